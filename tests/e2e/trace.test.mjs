// What the option `trace` writes, sends and shows of a real page's loaders.
import assert from 'node:assert/strict';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultConfig, makeSite } from './harness.mjs';

const loader = (name, ms, rest = '') => `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { work } from '../lib/work';
${rest}
export const loader = async ({ props }: Context<{ id?: string }>) => work('${name} ' + props.id, ${ms}, { id: '${name}', open: true });
const data = await getLoaderData<typeof loader>();
---
`;
const files = {
  'src/components/Outer.astro': loader('outer', 20, "import Inner from './Inner.astro';") + '<h1>{data.id}</h1><Inner id="1" />{data.open && <Inner id={data.id} />}\n',
  'src/components/Inner.astro': loader('inner', 20) + '<p>{data.id}</p>\n',
  'src/pages/shop/[item].astro': `---
import Outer from '../../components/Outer.astro';
---
<html><body><Outer /></body></html>
`,
};
const withTrace = (trace) => ({ ...files, 'astro.config.mjs': defaultConfig({ options: `{ trace: ${trace} }` }) });

const logged = (site, file) =>
  readFileSync(join(site.root, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** The log's lines, once there are \p count. */
async function log(server, site, count, file = 'traces.jsonl') {
  for (let tries = 0; tries < 100; tries++) {
    const lines = existsSync(join(site.root, file)) ? logged(site, file) : [];
    if (lines.length >= count) return lines;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error(`${file} never had ${count} lines\n${server.output}`);
}

/** What does not hang on the clock. */
const facts = ({ id, key, props, status, lifter, dependsOn, speculative, wasted }) => ({ id, key, props, status, lifter, dependsOn, speculative, wasted });
const OUTER = 'file:///src/components/Outer.astro';
const INNER = 'file:///src/components/Inner.astro';
const PAGE = 'file:///src/pages/shop/[item].astro';
const plain = { status: 'ok', speculative: false, wasted: false };
const EXPECTED = [
  { ...plain, id: 0, key: OUTER, props: '{}', lifter: PAGE, dependsOn: [] },
  { ...plain, id: 1, key: INNER, props: '{"id":"1"}', lifter: PAGE, dependsOn: [] },
  { ...plain, id: 2, key: INNER, props: '{"id":"outer"}', lifter: PAGE, dependsOn: [0] },
];

function check(trace) {
  assert.deepEqual(trace.loaders.map(facts), EXPECTED);
  assert.equal(trace.version, 1);
  assert.equal(trace.url, '/shop/one?x=1');
  assert.equal(trace.method, 'GET');
  assert.equal(trace.route, '/src/pages/shop/[item].astro');
  for (const { registered, started, awaited, settled, wait } of trace.loaders) {
    assert.ok(0 <= registered && registered <= started && started <= settled && settled <= trace.duration);
    assert.ok(registered <= awaited && awaited <= trace.duration);
    assert.ok(Math.abs(wait - Math.max(0, settled - awaited)) < 0.01);
  }
  // The first two start together; what depends on the first starts when it is there.
  const [outer, first, second] = trace.loaders;
  assert.ok(first.started < outer.settled && outer.settled <= second.started);
}

test('production: a log of the requests, and nothing of it in the response', async (t) => {
  const site = makeSite({ files: withTrace("'traces.jsonl'") });
  await site.build();
  const server = await site.preview();
  t.after(() => server.stop());
  const { headers, body } = await server.get('/shop/one?x=1');
  assert.equal(headers['server-timing'], undefined);
  assert.doesNotMatch(body, /foreload/);
  const [trace] = await log(server, site, 1);
  check(trace);
});

test('development: a header and a script, too', async (t) => {
  const site = makeSite({ files: withTrace("{ log: 'traces.jsonl' }") });
  const server = await site.dev();
  t.after(() => server.stop());
  const { headers, body } = await server.get('/shop/one?x=1');
  const json = /<script type="application\/json" id="foreload-trace">(.*?)<\/script>$/.exec(body)[1];
  check(JSON.parse(json));
  check((await log(server, site, 1))[0]);
  assert.match(headers['server-timing'], /^loader-0;desc="src\/components\/Outer.astro"(;dur=[\d.]+)?, loader-1;desc="src\/components\/Inner.astro"/);
});
