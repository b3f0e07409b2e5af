// What is seen of a loader that fails: where it did, in Astro's overlay, the terminal and production's logs; what to do,
// if the mistake is one of foreload's own kinds; and a page that goes on without its data.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { astroMajor, defaultConfig, makeSite } from './harness.mjs';

const component = (loader, rest = 'const data = await getLoaderData<typeof loader>();', markup = '<p>{JSON.stringify(data)}</p>') => `---
import { defineLoader, getLoaderData } from 'foreload/runtime';
${loader}
${rest}
---
${markup}
`;
const page = (name, before = '') => `---
import ${name} from '../components/${name}.astro';
---
<html><body><h1>head</h1>${before}<${name} /></body></html>
`;

const files = {
  'src/components/Throws.astro': component(`
export const loader = async () => {
  const reason = 'no such card';
  throw new Error(reason);
};`),
  'src/components/Late.astro': component('export const loader = defineLoader(() => new Promise(() => {}), { timeout: 30 });'),
  'src/components/Slow.astro': component('export const loader = () => new Promise(() => {});'),
  'src/components/Circle.astro': component("import { other } from '../lib/other';\nexport const loader = async ({ load }) => load(other);"),
  'src/lib/other.ts': "import { loader } from '../components/Circle.astro';\nexport const other = async ({ load }) => load(loader);\n",
  'src/components/Nothing.astro': component('export const loader = async () => {};'),
  'src/components/Survives.astro': component(
    "export const loader = async () => { throw new Error('no mail'); };",
    'const data = await getLoaderData<typeof loader>().catch((error) => ({ failed: error.message }));',
  ),
  'src/pages/throws.astro': page('Throws'),
  'src/pages/late.astro': page('Late'),
  'src/pages/slow.astro': page('Slow'),
  'src/pages/circle.astro': page('Circle'),
  'src/pages/nothing.astro': page('Nothing'),
  'src/pages/survives.astro': page('Survives', '<p>beside</p>'),
  'astro.config.mjs': defaultConfig({ options: '{ timeout: 100, limits: { request: 2 } }', astro: 'vite: { build: { sourcemap: true } }' }),
};
const place = { file: /src\/components\/Throws\.astro$/, line: 6, column: 9 };

/** What each page says, by way of \p error: the first error that is shown after it was asked for. */
function messages(ask) {
  test('a deadline names the loader, and what to do', async () => {
    assert.match(await ask('/late'), /file:\/\/\/src\/components\/Late\.astro took longer than its timeout of 30 ms: make it faster/);
  });
  test("the project's deadline holds for loaders without options", async () => {
    assert.match(await ask('/slow'), /Slow\.astro took longer than its timeout of 100 ms/);
  });
  test('a circle of loaders is named', async () => {
    assert.match(await ask('/circle'), /loaders wait for each other, one must do without: other → file:\/\/\/src\/components\/Circle\.astro → other/);
  });
}

describe('development', () => {
  let server;
  let socket;
  const overlays = [];
  before(async () => {
    server = await makeSite({ files }).dev();
    const [, token] = /wsToken = "([^"]+)"/.exec((await server.get('/@vite/client')).body);
    socket = new WebSocket(`${server.origin.replace('http', 'ws')}?token=${token}`, 'vite-hmr');
    socket.addEventListener('message', ({ data }) => {
      const { type, err } = JSON.parse(data);
      if (type === 'error') overlays.push(err);
    });
    await new Promise((done) => socket.addEventListener('open', done));
  });
  after(async () => {
    socket?.close();
    await server?.stop();
  });

  /** The overlay of the next error. */
  async function overlay(path) {
    const count = overlays.length;
    await server.get(path);
    for (let tries = 0; tries < 200 && overlays.length === count; tries++) await new Promise((next) => setTimeout(next, 25));
    assert.ok(overlays.length > count, `no overlay for ${path}\n${server.output}`);
    return overlays.at(-1);
  }

  test("the overlay has the child's own place and lines, and the terminal has its place", async () => {
    const { message, loc, frame } = await overlay('/throws');
    assert.equal(message, 'no such card');
    assert.match(loc.file, place.file);
    assert.equal(loc.line, place.line);
    // Astro 5 maps the stack by itself.
    if (astroMajor >= 6) assert.equal(loc.column, place.column);
    assert.match(frame, /> 6 \|\s+throw new Error\(reason\);/);
    assert.match(server.output, /no such card[\s\S]*Throws\.astro:6:9/);
  });
  messages(async (path) => (await overlay(path)).message);

  test('a loader that returns nothing is warned of', async () => {
    assert.match((await server.get('/nothing')).body, /head/);
    assert.match(server.output, /the loader of file:\/\/\/src\/components\/Nothing\.astro returned nothing: return its data, or null/);
  });
  test('a fallback keeps the page', async () => {
    assert.match((await server.get('/survives')).body, /beside<\/p>.*{"failed":"no mail"}|beside<\/p>.*no mail/s);
  });
});

describe('production, with source maps', () => {
  let server;
  before(async () => {
    const site = makeSite({ files });
    await site.build();
    server = await site.preview({ nodeOptions: ['--enable-source-maps'] });
  });
  after(() => server?.stop());

  /** What is logged of the next error. */
  async function logged(path) {
    const length = server.output.length;
    await server.get(path);
    for (let tries = 0; tries < 200 && !/Error/.test(server.output.slice(length)); tries++) await new Promise((next) => setTimeout(next, 25));
    await new Promise((next) => setTimeout(next, 50));
    return server.output.slice(length);
  }

  test("the log has the child's own place", async () => {
    assert.match(await logged('/throws'), /no such card\n\s+at .*src\/components\/Throws\.astro:6:9/);
  });
  messages(logged);

  test('nothing is warned of, and a fallback keeps the page', async () => {
    assert.match((await server.get('/nothing')).body, /head/);
    const { body, aborted } = await server.get('/survives');
    assert.equal(aborted, false);
    assert.match(body, /beside<\/p>.*no mail/s);
    assert.doesNotMatch(server.output, /returned nothing/);
  });
});
