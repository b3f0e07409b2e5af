// What the addon draws for the dev toolbar.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseFragment } from 'parse5';
import { loadAddon, makeProject, site } from '../native.mjs';

const trace = (more = {}) =>
  JSON.stringify({
    version: 1,
    url: '/?a=<b>',
    method: 'GET',
    route: '/src/pages/index.astro',
    loaders: [{ id: 0, key: 'file:///src/components/Card.astro', started: 1, settled: 21, status: 'ok', wait: 5, lifter: null }],
    ...more,
  });

function open(t) {
  const root = makeProject(t, site);
  const host = loadAddon().createHost({ root });
  t.after(() => host.close());
  return { root, host };
}

test('a request becomes HTML that can be parsed, with links to the source', async (t) => {
  const { root, host } = open(t);
  const errors = [];
  const html = await host.waterfall(trace(), { source: '/open?file={path}:{line}:{column}&f={file}', code: '/codes/{code}' });
  parseFragment(html, { onParseError: (error) => errors.push(error) });
  assert.deepEqual(errors, []);
  assert.ok(html.includes(`href="/open?file=${join(root, 'src/components/Card.astro')}:3:14&amp;f=src/components/Card.astro"`), html);
  assert.ok(html.includes('/?a=&lt;b&gt;'));
  assert.match(html, /data-late="0"/);
});

test('links are optional, and a page that is not known is drawn from what was measured', async (t) => {
  const { host } = open(t);
  assert.doesNotMatch(await host.waterfall(trace()), /href/);
  const html = await host.waterfall(trace({ route: null }));
  assert.match(html, /With foreload/);
  assert.doesNotMatch(html, /Plain rendering/);
});

test('what is no trace gives nothing', async (t) => {
  const { host } = open(t);
  for (const text of ['', '{', '[]', '{"version":2}']) assert.equal(await host.waterfall(text), '');
  await assert.rejects(async () => host.waterfall({}), TypeError);
  await assert.rejects(async () => host.waterfall('', { source: 1 }), TypeError);
});
