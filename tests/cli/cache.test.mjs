// `foreload build` with a cache comes to what it comes to without one, whatever happened in between.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, site } from '../native.mjs';
import { RandomProject } from './random_project.mjs';

const project = {
  ...site,
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }\n',
  'node_modules/pkg/package.json': '{ "name": "pkg", "exports": { ".": "./index.js" } }\n',
  'node_modules/pkg/index.js': 'export const get = async () => 1;\n',
  'src/lib/api.ts': "import { get } from 'pkg';\nexport const load = async (what: string) => [what, get];\n",
  'src/pages/index.astro': "---\nimport Card from '@/components/Card.astro';\nimport Broken from './Missing.astro';\n---\n<main><Card /><Broken /></main>\n",
  'src/pages/about.md': '---\nlayout: ../components/Card.astro\n---\n# About\n',
};

/** The files below a folder, by path. */
function tree(folder) {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort().map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

function run(args, env = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, ['build', ...args], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', ...env } });
  if (error) throw error;
  return { status, signal, stdout, stderr };
}

/** Builds with the cache, and fails unless it is what a build without one gives. Returns what --stats has about the cache. */
function build(root, options = []) {
  const out = join(root, 'out');
  const cached = run([root, '--out', out, '--stats', ...options]);
  const reuse = /^(?:nothing has changed since the last build|the result is from .*|\d+ of \d+ components? left as before|\d+ of \d+ files? from the cache)$/m.exec(cached.stderr)?.[0];
  const freshOut = `${root}-fresh`;
  rmSync(freshOut, { recursive: true, force: true });
  const fresh = run([root, '--out', freshOut, '--no-cache', ...options.filter((option, at) => !/^--cache/.test(option) && !/^--cache/.test(options[at - 1]))]);
  try {
    assert.equal(cached.status, fresh.status);
    assert.equal(cached.stdout.replaceAll(out, 'OUT'), fresh.stdout.replaceAll(freshOut, 'OUT'));
    // A build leaves alone what earlier ones have written for components that are gone.
    const written = tree(out);
    for (const [path, text] of Object.entries(tree(freshOut))) assert.equal(written[path], text, path);
    const said = (text) => [...text.matchAll(/^.*\bFL\d{4}\b.*$/gm)].map(([line]) => line);
    assert.deepEqual(said(cached.stderr), said(fresh.stderr));
  } finally {
    rmSync(freshOut, { recursive: true, force: true });
  }
  return reuse;
}

const unchanged = 'nothing has changed since the last build';
const cacheOf = (root) => join(root, 'node_modules/.cache/foreload');

/** Sets the times of all files back, so that they are not too new to be believed. */
function age(root) {
  const then = new Date(Date.now() - 3600_000);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink()) utimesSync(join(entry.parentPath ?? entry.path, entry.name), then, then);
}

test('a build of what has not changed is not done again', (t) => {
  const root = makeProject(t, project);
  assert.match(build(root), /^0 of \d+ files from the cache$/);
  assert.equal(build(root), unchanged); // the folder for output, which was not there before, does not matter
  age(root);
  build(root);
  assert.equal(build(root), unchanged);
});

test('in a workspace the cache is where its packages are installed', (t) => {
  const root = makeProject(t, { 'package.json': '{ "workspaces": ["apps/*"] }', 'node_modules/x/package.json': '{}', 'apps/web/package.json': '{}', 'apps/web/src/a.astro': '<p />\n' });
  const web = join(root, 'apps/web');
  build(web);
  assert.ok(existsSync(cacheOf(root)) && !existsSync(join(web, 'node_modules')));
  assert.equal(build(web), unchanged);
});

test('what changed is done, and nothing else is analyzed', (t) => {
  const root = makeProject(t, project);
  for (let turn = 0; turn < 3; turn++) build(root);
  const edit = (path, text) => writeFileSync(join(root, path), text);
  const card = join(root, 'src/components/Card.astro');
  appendFileSync(card, '<p>more</p>\n');
  assert.match(build(root), /^\d+ of \d+ components left as before$/);
  assert.equal(build(root), unchanged);
  for (const change of [
    () => edit('src/components/Card.astro', readFileSync(card, 'utf8').replace('hello', 'HELLO')),
    () => edit('src/pages/Missing.astro', '<p>not missing</p>\n'),
    () => edit('src/pages/sub/new.astro', '---\nimport Card from "@/components/Card.astro";\n---\n<Card />\n'),
    () => edit('tsconfig.json', '{ "compilerOptions": { "paths": { "@/*": ["./elsewhere/*"] } } }\n'),
    () => edit('tsconfig.json', project['tsconfig.json']),
    () => edit('src/lib/api.ts', "import { loader } from '../components/Card.astro';\nexport const load = async () => loader;\n"),
    () => renameSync(card, join(root, 'src/components/Kard.astro')),
    () => renameSync(join(root, 'src/components/Kard.astro'), card),
    () => rmSync(join(root, 'src/pages/sub'), { recursive: true }),
    () => rmSync(join(root, 'out'), { recursive: true }),
    () => edit('out/src/pages/index.astro', 'by hand'),
    () => rmSync(join(root, 'out/src/pages/index.astro')),
    () => symlinkSync('components', join(root, 'src/linked')),
  ]) {
    mkdirSync(join(root, 'src/pages/sub'), { recursive: true });
    change();
    assert.notEqual(build(root), unchanged, change.toString());
    build(root);
    assert.equal(build(root), unchanged, change.toString());
  }
});

test('any sequence of changes comes to what a fresh build comes to', (t) => {
  const seed = Number(process.env.FORELOAD_SEED ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`FORELOAD_SEED=${seed}`);
  const root = makeProject(t, RandomProject.files);
  const project = new RandomProject(root, seed);
  project.fill(30);
  build(root);
  const rounds = Number(process.env.FORELOAD_ROUNDS ?? 40);
  let same = 0, resumed = 0;
  for (let round = 0; round < rounds; round++) {
    const kind = project.random(4) ? 'texts' : 'anything'; // texts alone take another way than changes of what there is
    for (let i = project.random(3); i > 0; i--) project.change(kind);
    const reuse = build(root);
    same += reuse === unchanged;
    resumed += / left as before$/.test(reuse);
  }
  t.diagnostic(`${same} of ${rounds} were the same, ${resumed} were resumed`);
  assert.ok(same > 0 && resumed > 0 && same + resumed < rounds);
});

test('results of other options are others', (t) => {
  const root = makeProject(t, { ...project, 'src/components/Wait.astro': '---\nconst a = await fetch("/a");\n---\n<p />\n' });
  for (const options of [[], ['--auto'], ['--auto', '--dedupe'], ['--speculative'], ['--strategy', 'reference'], ['--root', join(root, 'src')]]) {
    assert.notEqual(build(root, options), unchanged, options.join(' '));
  }
});

test('without node_modules, with --no-cache and with plugins nothing is taken from a cache', (t) => {
  const files = Object.fromEntries(Object.entries(project).filter(([path]) => !path.startsWith('node_modules')));
  const root = makeProject(t, files);
  assert.equal(build(root), undefined);
  assert.equal(existsSync(join(root, 'node_modules')), false);
  assert.match(build(root, ['--cache', join(root, 'kept here')]), /^0 of/);
  assert.ok(existsSync(join(root, 'kept here/builds')));

  const other = makeProject(t, project);
  run([other, '--no-cache']);
  assert.equal(existsSync(cacheOf(other)), false);
  const plugin = `${join(dirname(command), 'plugins/nonsense.so')}={"do": "nothing"}`;
  for (let turn = 0; turn < 3; turn++) {
    const { stderr } = run([other, '--plugin', plugin, '--stats']);
    assert.match(stderr, turn ? /^(\d+) of \1 files from the cache$/m : /^0 of/m);
  }
});

test('a damaged cache costs time and nothing else', (t) => {
  const root = makeProject(t, project);
  for (let turn = 0; turn < 3; turn++) build(root);
  const files = readdirSync(cacheOf(root), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  assert.ok(files.some((path) => path.endsWith('.pack')) && files.some((path) => path.endsWith('.record')));
  const intact = files.map((path) => readFileSync(path));
  for (let round = 0; round < 24; round++) {
    files.forEach((path, at) => {
      const bytes = Buffer.from(intact[at]);
      if (round % 4 === 3) return writeFileSync(path, bytes.subarray(0, Math.floor((bytes.length * round) / 24)));
      bytes[Math.floor((bytes.length * round) / 24)] ^= 1 << round % 8;
      writeFileSync(path, bytes);
    });
    build(root);
  }
  build(root);
  assert.equal(build(root), unchanged);
});

test('what is damaged in a cache does not stay there', (t) => {
  const root = makeProject(t, project);
  build(root);
  const packs = () => readdirSync(cacheOf(root)).filter((name) => name.endsWith('.pack')).map((name) => join(cacheOf(root), name));
  const [pack] = packs();
  const intact = readFileSync(pack);
  const valueAt = 60; // behind the header
  for (const damage of [(bytes) => bytes.subarray(0, 20), (bytes) => (bytes[0] ^= 1, bytes), (bytes) => (bytes[valueAt] ^= 1, bytes)]) {
    packs().forEach((path) => rmSync(path));
    writeFileSync(pack, damage(Buffer.from(intact)));
    appendFileSync(join(root, 'tsconfig.json'), '\n'); // everything is looked for
    build(root);
    assert.ok(!packs().includes(pack), damage.toString());
    appendFileSync(join(root, 'tsconfig.json'), '\n');
    assert.match(build(root), /^(\d+) of \1 files from the cache$/);
  }
});

test('a cache that cannot be written costs time and nothing else', (t) => {
  const root = makeProject(t, { ...project, 'file in the way': '' });
  for (let turn = 0; turn < 2; turn++) assert.match(build(root, ['--cache', join(root, 'file in the way/cache')]), /^0 of/);
});

test('builds may be killed at any moment, and be several at once', async (t) => {
  const root = makeProject(t, project);
  const once = () =>
    new Promise((done) => {
      const child = spawn(command, ['build', root, '--out', join(root, 'out')], { stdio: 'ignore' });
      const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * 12);
      child.on('close', (code, signal) => { clearTimeout(timer); done(signal ?? code); });
    });
  const ends = new Set();
  for (let round = 0; round < 40; round++) {
    appendFileSync(join(root, 'src/components/Card.astro'), `<p>${round}</p>\n`);
    for (const end of await Promise.all([once(), once(), once()])) ends.add(end);
  }
  assert.deepEqual([...ends].filter((end) => end !== 'SIGKILL' && end !== 0 && end !== 1), []);
  for (let turn = 0; turn < 2; turn++) build(root);
  assert.equal(build(root), unchanged);
});

test('a project that was moved or copied with its cache is built as a new one', (t) => {
  const root = makeProject(t, project);
  for (let turn = 0; turn < 3; turn++) build(root);
  const copy = `${root}-copy`;
  t.after(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(root, copy, { recursive: true, preserveTimestamps: true });
  assert.match(build(copy), /^(\d+) of \1 files from the cache$/);
});

test('the size of the cache is limited', (t) => {
  const big = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`src/big/C${at}.astro`, `---\n${Array.from({ length: 400 }, (_, line) => `const value${at}_${line} = Math.max(${line}, 1);`).join('\n')}\n---\n<p />\n`]));
  const root = makeProject(t, { ...project, ...big });
  for (let turn = 0; turn < 6; turn++) {
    for (const path of Object.keys(big)) appendFileSync(join(root, path), `<p>${turn}</p>\n`);
    build(root, ['--cache-size', '1']);
    const packs = readdirSync(cacheOf(root)).filter((name) => name.endsWith('.pack'));
    const size = packs.reduce((sum, name) => sum + statSync(join(cacheOf(root), name)).size, 0);
    assert.ok(size <= 1 << 20, `${size} bytes`);
  }
});

test('options that make no sense are wrong usage', (t) => {
  const root = makeProject(t, project);
  for (const [options, message] of [
    [['--no-cache', '--cache', 'x'], /'--no-cache' and '--cache' exclude each other/],
    [['--no-cache', '--remote-cache', 'http://localhost'], /'--no-cache' and '--remote-cache' exclude each other/],
    [['--cache-size', 'much'], /'--cache-size' is a number from 1 on, not 'much'/],
    [['--cache-size', '0'], /'--cache-size' is a number from 1 on/],
    [['--remote-cache', 'ftp://localhost'], /'--remote-cache' is a URL with http/],
    [['--remote-cache-read-only'], /'--remote-cache-read-only' needs '--remote-cache'/],
  ]) {
    const { status, stderr } = run([root, ...options]);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});
