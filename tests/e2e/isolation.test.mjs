// Requests never see each other's data, and a loader that fails is its own component's affair.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSite, runs } from './harness.mjs';

describe('concurrent requests', () => {
  const site = makeSite({ from: 'demo' });
  let server;
  before(async () => {
    await site.build();
    server = await site.preview();
  });
  after(() => server?.stop());

  const own = (id) => async () => {
    const { status, body } = await server.get(`/item/${id}`);
    assert.equal(status, 200);
    const seen = [...body.matchAll(/\b(?:left|right|many)-\d+/g)].map(([match]) => match);
    assert.ok(seen.length >= 4, body);
    assert.deepEqual([...new Set(seen)], [id]);
  };

  test('two with different params never mix', async () => {
    for (let round = 0; round < 60; ++round) {
      await Promise.all([own(`left-${round}`)(), own(`right-${round}`)()]);
    }
  });

  test('a hundred at once run each loader once for each', async () => {
    await server.record();
    await Promise.all(Array.from({ length: 100 }, (_, index) => own(`many-${index}`)()));
    const ran = runs(await server.record());
    assert.equal(ran.length, 200);
    assert.equal(ran.filter((name) => name === 'item/Card').length, 100);
  });
});

const file = (imports, loader, rest) => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
${imports}
${loader}
${rest}
`;
const read = 'const data = await getLoaderData<typeof loader>();\n---\n';
const throwing = (name, read) =>
  file(
    '',
    `export const loader = async () => {
  await work('${name}', 1, null);
  throw new Error('${name} has no data');
};`,
    read,
  );
const failures = {
  // The children's loaders run while Parent still waits, so they fail when nobody reads them yet.
  'src/components/Parent.astro': file(
    "import Bad from './Bad.astro';\nimport Caught from './Caught.astro';\nimport Good from './Good.astro';\nimport Sync from './Sync.astro';",
    "export const loader = async () => work('Parent', 60, { name: 'parent' });",
    `${read}
<h1>{data.name}</h1><Good />
{Astro.url.searchParams.get('show') === 'bad' && <Bad />}
{Astro.url.searchParams.get('show') === 'caught' && <Caught />}
{Astro.url.searchParams.get('show') === 'sync' && <Sync />}`,
  ),
  'src/components/Always.astro': file(
    "import Bad from './Bad.astro';\nimport Good from './Good.astro';",
    "export const loader = async () => work('Always', 60, { name: 'always' });",
    `${read}\n<h1>{data.name}</h1><Good /><Bad />`,
  ),
  'src/components/Unread.astro': file(
    "import Bad from './Bad.astro';",
    "export const loader = async () => work('Unread', 30, { name: 'unread' });",
    `${read.replace('---', "if (data.name) throw new Error('the parent gives up');\n---")}\n<Bad />`,
  ),
  'src/components/Tolerant.astro': file(
    "import Caught from './Caught.astro';\nimport Good from './Good.astro';\nimport Sync from './Sync.astro';",
    "export const loader = async () => work('Tolerant', 60, { name: 'tolerant' });",
    `${read}\n<h1>{data.name}</h1><Good /><Caught /><Sync />`,
  ),
  'src/components/Good.astro': file('', "export const loader = async () => work('Good', 30, { name: 'good' });", `${read}\n<p>{data.name}</p>`),
  'src/components/Bad.astro': throwing('Bad', `${read}\n<p>{data.name}</p>`),
  'src/components/Caught.astro': throwing(
    'Caught',
    'const message = await getLoaderData<typeof loader>().catch((error) => error.message);\n---\n\n<p>caught: {message}</p>',
  ),
  'src/components/Sync.astro': file(
    '',
    "export const loader = (): Promise<string> => {\n  throw new Error('at once');\n};",
    `let message = 'nothing';
try {
  message = await getLoaderData<typeof loader>();
} catch (error) {
  message = error.message;
}
---

<p>caught: {message}</p>`,
  ),
  ...Object.fromEntries(
    ['Parent', 'Always', 'Unread', 'Tolerant'].map((name) => [
      `src/pages/${name.toLowerCase()}.astro`,
      `---\nimport ${name} from '../components/${name}.astro';\n---\n\n<html><body><${name} /></body></html>\n`,
    ]),
  ),
};

describe('a loader that throws', () => {
  const site = makeSite({ files: failures });
  const servers = {};
  before(async () => {
    for (const [lift, env] of Object.entries({ off: { FORELOAD_LIFT: 'off' }, on: {} })) {
      const outDir = `dist-${lift}`;
      await site.build({ outDir, env });
      servers[lift] = await site.preview({ outDir });
    }
  });
  after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

  /** What both servers say, which has to be the same, and the loaders that ran with lifting. */
  async function ask(path) {
    await servers.on.record();
    const { headers: _, ...off } = await servers.off.get(path);
    const { headers: __, ...on } = await servers.on.get(path);
    assert.deepEqual(on, off);
    await new Promise((settled) => setTimeout(settled, 100)); // whatever was still running when the answer broke off
    const record = await servers.on.record();
    for (const [lift, server] of Object.entries(servers)) {
      assert.ok(server.alive, `the server, lifting ${lift}, has died:\n${server.output}`);
      assert.doesNotMatch(server.output, /unhandled/i);
    }
    return { ...on, record };
  }

  test('is caught where its component reads it, and its siblings have their data', async () => {
    const { status, body, aborted, record } = await ask('/tolerant');
    assert.deepEqual([status, aborted], [200, false]);
    assert.match(body, /<h1>tolerant<\/h1><p>good<\/p><p>caught: Caught has no data<\/p><p>caught: at once<\/p>/);
    assert.deepEqual(runs(record), ['Caught', 'Good', 'Tolerant']);
  });

  test('ends the page as it does without lifting, when nobody catches it', async () => {
    const { body, record } = await ask('/always');
    assert.doesNotMatch(body, /<p>undefined/);
    assert.ok(record.some(({ name, type }) => name === 'Good' && type === 'end'), 'the sibling ran to its end');
    assert.match(servers.on.output, /Bad has no data/);
  });

  test('harms nobody if its component is never reached', async () => {
    await ask('/unread');
    assert.match(servers.on.output, /the parent gives up/);
  });

  for (const [show, seen] of [['bad', null], ['caught', 'caught: Caught has no data'], ['sync', 'caught: at once'], ['none', '<p>good</p>']]) {
    test(`behind a condition (${show})`, async () => {
      const { body, record } = await ask(`/parent?show=${show}`);
      if (seen) assert.ok(body.includes(seen), body);
      const conditional = { bad: ['Bad'], caught: ['Caught'] }[show] ?? [];
      assert.deepEqual(runs(record), [...conditional, 'Good', 'Parent'].sort());
    });
  }

  test('leaves the next requests alone', async () => {
    for (let round = 0; round < 5; ++round) {
      const [good] = await Promise.all([servers.on.get('/tolerant'), servers.on.get('/always'), servers.on.get('/unread')]);
      assert.match(good.body, /<p>caught: at once<\/p>/);
    }
    assert.ok(servers.on.alive);
  });
});
