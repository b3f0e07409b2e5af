// A built server and clients that leave, loaders that hang, and failures that come when nobody listens any more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultConfig, makeSite } from './harness.mjs';

const files = {
  'src/lib/seen.ts': `const seen = ((globalThis as any).seen ??= []) as string[];
export const note = (text: string) => void seen.push(text);
export const all = () => seen;
export const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
`,
  'src/pages/seen.json.ts': "import { all } from '../lib/seen';\nexport const GET = () => Response.json(all());\n",
  'src/components/Waits.astro': `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { note } from '../lib/seen';
export const loader = ({ url, signal }: Context) =>
  new Promise((_, reject) => {
    note('here ' + url.search);
    signal.addEventListener('abort', () => {
      note('left ' + url.search);
      reject(new Error('the client has left'));
    });
  });
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
`,
  'src/components/Late.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { note, sleep } from '../lib/seen';
export const loader = async () => {
  await sleep(60);
  note('late failure');
  throw new Error('nobody is there');
};
if (Astro.url.searchParams.has('render')) await getLoaderData<typeof loader>();
---
<p>late</p>
`,
  'src/components/Echo.astro': `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { sleep } from '../lib/seen';
export const loader = async ({ url, dedupe, props }: Context<{ part: string }>) => {
  const id = url.searchParams.get('id');
  await sleep(Number(id) % 7);
  return dedupe('id', async () => (await sleep(1), id)) .then((same) => props.part + same);
};
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
`,
  'src/components/Fails.astro': `---
import { getLoaderData } from 'foreload/runtime';
export const loader = async () => { throw new Error('fails'); };
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
`,
  'src/pages/waits.astro': "---\nimport Waits from '../components/Waits.astro';\n---\n<html><body><p>head</p><Waits /></body></html>\n",
  'src/pages/late.astro': `---
import { registerLoader } from 'foreload/runtime';
import { loader } from '../components/Late.astro';
registerLoader('file:///late', loader);
---
<html><body><p>done</p></body></html>
`,
  'src/pages/echo.astro': `---
import Echo from '../components/Echo.astro';
---
<html><body><Echo part="a" /><Echo part="b" /></body></html>
`,
  'src/pages/fails.astro': "---\nimport Fails from '../components/Fails.astro';\nimport Echo from '../components/Echo.astro';\n---\n<html><body><Echo part=\"a\" /><Fails /></body></html>\n",
};

for (const options of ['{}', "{ trace: true, limits: { request: 4 }, timeout: { loader: 5000 } }"]) {
  let server;
  before(async () => {
    const site = makeSite({ files: { ...files, 'astro.config.mjs': defaultConfig({ options }) } });
    await site.build();
    server = await site.preview();
  });
  after(() => server?.stop());
  const seen = async () => JSON.parse((await server.get('/seen.json')).body);
  const until = async (accept) => {
    for (let tries = 0; tries < 250; tries++) {
      if (accept(await seen())) return;
      await sleep(20);
    }
    assert.fail(`never: ${accept}; ${await seen()}`);
  };

  test(`${options}: loaders of clients that leave are told, and only those`, async () => {
    const clients = Array.from({ length: 20 }, () => new AbortController());
    // Each ends with an error, as its client leaves.
    const pages = clients.map(({ signal }, id) => fetch(`${server.origin}/waits?id=${id}`, { signal }).then((page) => page.text()).catch(() => {}));
    await until((notes) => notes.filter((note) => note.startsWith('here')).length === 20);
    for (const client of clients.slice(0, 10)) client.abort();
    await until((notes) => notes.filter((note) => note.startsWith('left')).length >= 10);
    const left = (await seen()).filter((note) => note.startsWith('left'));
    assert.deepEqual(left.sort(), Array.from({ length: 10 }, (_, id) => `left ?id=${id}`).sort());
    for (const client of clients) client.abort();
    await Promise.all(pages);
  });

  test(`${options}: a loader that fails after the response has ended harms nobody`, async () => {
    assert.match((await server.get('/late')).body, /done/);
    await until((notes) => notes.includes('late failure'));
    await sleep(20);
    assert.ok(server.alive);
  });

  test(`${options}: requests at the same time have each their own data, among others that fail`, async () => {
    await Promise.all(
      Array.from({ length: 200 }, async (_, id) => {
        const { body } = await server.get(`/echo?id=${id}`);
        assert.ok(body.includes(`<p>a${id}</p>`) && body.includes(`<p>b${id}</p>`), body);
        if (id % 10 === 0) await server.get(`/fails?id=${id}`);
      }),
    );
    assert.ok(server.alive);
    assert.doesNotMatch(server.output, /unhandled/i);
  });
}
