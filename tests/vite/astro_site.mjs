// Runs the site in ./site with Astro, in dev and built, from a folder that is awkward to name.
// ASTRO_VERSION: a folder whose node_modules has another version of Astro (with @astrojs/node and foreload).
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const home = process.env.ASTRO_VERSION ?? repository;
const fromHome = createRequire(join(home, 'package.json'));
const importFromHome = (name) => import(pathToFileURL(fromHome.resolve(name)).href);

export const { version } = JSON.parse(
  readFileSync(join(dirname(fromHome.resolve('astro/package.json')), 'package.json'), 'utf8'),
);

mkdirSync(join(home, 'build'), { recursive: true });
const sites = mkdtempSync(join(home, 'build', 'vite-test-'));
// At the very end: servers that are closing may still write.
process.once('exit', () => rmSync(sites, { recursive: true, force: true }));

/** A copy of the site. */
export function copySite() {
  const root = join(mkdtempSync(join(sites, 'site-')), 'näive & sons');
  cpSync(fileURLToPath(new URL('./site', import.meta.url)), root, { recursive: true });
  const write = (path, text) => writeFileSync(join(root, path), text);
  const read = (path) => readFileSync(join(root, path), 'utf8');
  return { root, write, edit: (path, change) => write(path, change(read(path))), read };
}

async function config(root, integration, logged) {
  const { default: node } = await importFromHome('@astrojs/node');
  // Some versions of the adapter come with a warning about themselves.
  const logger = (level) => (message) => message.includes('@astrojs/node') || logged.push(`${level} ${message}`);
  return {
    root,
    configFile: false,
    output: 'server',
    adapter: node({ mode: 'middleware' }),
    integrations: [integration],
    devToolbar: { enabled: false },
    logLevel: 'error',
    vite: {
      logLevel: 'info',
      customLogger: {
        hasWarned: false,
        info: () => {},
        warn: logger('warn'),
        warnOnce: logger('warn'),
        error: logger('error'),
        clearScreen: () => {},
        hasErrorLogged: () => false,
      },
    },
  };
}

/** Asks for a page; gives its text and the log of the loaders that ran for it. */
async function request(base, path, options) {
  globalThis.loaderLog = [];
  const response = await fetch(base + path, options);
  const text = await response.text();
  return { status: response.status, text, log: globalThis.loaderLog };
}

export async function startDev(t, { root }, integration) {
  const { dev } = await importFromHome('astro');
  const logged = [];
  const server = await dev({ ...(await config(root, integration, logged)), server: { port: 0 } });
  t.after(() => server.stop());
  const base = `http://localhost:${server.address.port}`;
  return {
    get: (path, options) => request(base, path, options),
    logged,
    browser: await connectBrowser(t, base),
  };
}

/** Listens to what Vite tells a browser that has a page open. */
async function connectBrowser(t, base) {
  let messages = [];
  const client = await (await fetch(`${base}/@vite/client`)).text();
  const token = /wsToken = "(.+?)"/.exec(client)[1];
  const socket = new WebSocket(`${base.replace('http', 'ws')}/?token=${token}`, 'vite-hmr');
  t.after(() => socket.close());
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data).type));
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  return {
    /** Edits files, and gives the types of the messages that come of it. No request is under way in the meantime. */
    async during(edit) {
      messages = [];
      edit();
      const deadline = Date.now() + 5_000;
      const seen = () => new Set(messages.filter((type) => type === 'update' || type === 'full-reload'));
      while (!seen().size && Date.now() < deadline) await sleep(20);
      await sleep(300);
      return [...seen()];
    },
  };
}

export async function buildAndServe(t, { root }, integration) {
  const { build } = await importFromHome('astro');
  const logged = [];
  globalThis.loaderLog = [];
  await build(await config(root, integration, logged));
  const prerenderLog = globalThis.loaderLog;
  const { handler } = await import(pathToFileURL(join(root, 'dist/server/entry.mjs')).href);
  const server = createServer(handler).listen(0);
  t.after(() => server.close());
  const base = `http://localhost:${server.address().port}`;
  return {
    get: (path, options) => request(base, path, options),
    logged,
    prerenderLog,
    /** All code of the server, as one text. */
    code: () =>
      readdirSync(join(root, 'dist/server'), { recursive: true })
        .filter((path) => path.endsWith('.mjs'))
        .map((path) => readFileSync(join(root, 'dist/server', path), 'utf8'))
        .join('\n'),
    prerendered: (path) => readFileSync(join(root, 'dist/client', path), 'utf8'),
  };
}
