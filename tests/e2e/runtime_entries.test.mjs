// What generated code imports, called by hand, where Astro and its adapter make and read the responses.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSite, runs } from './harness.mjs';

const files = {
  'src/pages/counts.json.ts': `import { speculation } from 'foreload/runtime';
export const GET = () => Response.json(speculation());
`,
  'src/components/Guess.astro': `---
import { speculateLoader } from 'foreload/runtime';
import { work } from '../lib/work';
const { name, after = 0 } = Astro.props;
if (after) await new Promise((done) => setTimeout(done, after));
speculateLoader(name, () => work(name, 1, name));
---
<i>{name}</i>
`,
  'src/components/Reader.astro': `---
import { getLoaderData } from 'foreload/runtime';
const { name } = Astro.props;
export const loader = () => { throw new Error('ran again'); };
const data = await getLoaderData(name, loader);
---
<b>{data}</b>
`,
  'src/components/Slow.astro': `---
await new Promise((done) => setTimeout(done, 40));
---
<p>slow</p>
`,
  'src/components/Counter.astro': `---
import { awaitLifted } from 'foreload/auto';
import { work } from '../lib/work';
const { id } = Astro.props;
const value = await awaitLifted('Counter', [id], () => work('Counter ' + id, 20, id));
---
<u>{value}</u>
`,
  'src/pages/early.astro': `---
import { speculateLoader } from 'foreload/runtime';
import Reader from '../components/Reader.astro';
import Slow from '../components/Slow.astro';
speculateLoader('early read', () => 'data');
speculateLoader('early vain', () => 'data');
---
<html><body><Slow /><Reader name="early read" /></body></html>
`,
  'src/pages/late.astro': `---
import Guess from '../components/Guess.astro';
import Slow from '../components/Slow.astro';
---
<html><body><p>head</p><Guess name="late" after={30} /><Slow /></body></html>
`,
  'src/pages/left.astro': `---
import Guess from '../components/Guess.astro';
const pieces = async function* () {
  for (let at = 0; at < 500; at++) {
    yield at + ' '.repeat(4000);
    await new Promise((done) => setTimeout(done, 5));
  }
};
---
<html><body><Guess name="left" />{pieces()}</body></html>
`,
  'src/pages/redirect.astro': `---
import { speculateLoader } from 'foreload/runtime';
speculateLoader('redirect', () => 'data');
return Astro.redirect('/late');
---
`,
  'src/pages/lifted.astro': `---
import { registerAwait } from 'foreload/auto';
import Counter from '../components/Counter.astro';
import Slow from '../components/Slow.astro';
import { work } from '../lib/work';
for (const id of [1, 1, 2]) registerAwait('page', 'Counter', [id], () => work('Counter ' + id, 20, id));
---
<html><body><Slow /><Counter id={1} /><Counter id={1} /><Counter id={2} /></body></html>
`,
};

for (const mode of ['production', 'dev']) {
  describe(mode, () => {
    const site = makeSite({ files });
    let server;
    before(async () => {
      if (mode === 'production') await site.build();
      server = await (mode === 'production' ? site.preview() : site.dev());
      // Modules are compiled when they are first asked for, and Vite may start anew when it finds further packages.
      for (const path of ['/lifted', '/counts.json']) await server.until(path, ({ status }) => status === 200);
    });
    after(() => server?.stop());

    /** The counts of one loader, once it has any. */
    async function counted(name) {
      for (let tries = 0; tries < 100; tries++) {
        const { loaders } = JSON.parse((await server.get('/counts.json')).body);
        if (loaders[name]) return loaders[name];
        await sleep(20);
      }
      assert.fail(`${name} was never counted\n${server.output}`);
    }

    test('speculation is counted when the page has been sent', async () => {
      const { body } = await server.get('/early');
      assert.match(body, /<b[^>]*>data<\/b>/);
      assert.deepEqual(await counted('early vain'), { started: 1, wasted: 1 });
      assert.deepEqual(await counted('early read'), { started: 1, wasted: 0 });
      const line = '[foreload] /early: 1 of 2 speculative loaders ran in vain: early vain';
      assert.equal(server.output.includes(line), mode === 'dev');
    });

    test('so is that of a component which renders when the first bytes are out', async () => {
      await server.get('/late');
      assert.deepEqual(await counted('late'), { started: 1, wasted: 1 });
    });

    test('a client that leaves ends the request', async () => {
      const leave = new AbortController();
      const response = await fetch(`${server.origin}/left`, { signal: leave.signal });
      await response.body.getReader().read();
      const { loaders } = JSON.parse((await server.get('/counts.json')).body);
      assert.equal(loaders.left, undefined);
      leave.abort();
      assert.deepEqual(await counted('left'), { started: 1, wasted: 1 });
    });

    test('so does a redirect', async () => {
      assert.equal((await server.get('/redirect')).status, 302);
      assert.deepEqual(await counted('redirect'), { started: 1, wasted: 1 });
    });

    test('an await is run once for each instance, by the page', async () => {
      await server.record();
      const { body } = await server.get('/lifted');
      assert.deepEqual([...body.matchAll(/<u[^>]*>(.)<\/u>/g)].map(([, value]) => value), ['1', '1', '2']);
      const record = await server.record();
      assert.deepEqual(runs(record), ['Counter 1', 'Counter 1', 'Counter 2']);
      assert.deepEqual(record.slice(0, 3).map(({ type }) => type), ['start', 'start', 'start']);
    });
  });
}
