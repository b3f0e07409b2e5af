// Component inclusion through the addon: shapes, arguments and lifetimes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addonPath, loadAddon, makeProject } from '../native.mjs';

const { createComposer } = loadAddon();

const parts = { 'page.md': '# {name}\n\n{{component: part.md}}\n', 'part.md': 'part ä語\u{1f600}\n' };

function open(t, files = parts, configuration) {
  const base = makeProject(t, files);
  const composer = createComposer({ base, ...(configuration && { configuration: JSON.stringify(configuration) }) });
  t.after(() => composer.close());
  return { base, composer };
}

test('compose gives components, phases, diagnostics and statistics', async (t) => {
  const { composer } = open(t);
  const result = await composer.compose({ components: ['page.md'], context: { name: 'N' } });
  assert.deepEqual(Object.keys(result), ['components', 'phases', 'diagnostics', 'statistics']);
  assert.deepEqual(result.components.map(({ path, requested, content }) => [path, requested, content]), [
    ['page.md', true, '# N\n\npart ä語\u{1f600}\n'],
    ['part.md', false, parts['part.md']],
  ]);
  assert.deepEqual(result.phases, [['part.md'], ['page.md']]);
  assert.deepEqual(result.diagnostics, []);
});

test('what is wrong with components is a diagnostic', async (t) => {
  const { base, composer } = open(t);
  const { components, diagnostics } = await composer.compose({ components: ['page.md', 'none.md'] });
  assert.equal(components[1].content, null);
  assert.match(components[1].error, /^cannot be read: /);
  assert.deepEqual(diagnostics.map(({ code, file }) => [code, file]), [['FL7002', join(base, 'none.md')], ['FL7008', join(base, 'page.md')]]);
});

test('texts stand for files', async (t) => {
  const { composer } = open(t);
  const { components } = await composer.compose({ components: ['page.md'], texts: { 'part.md': 'edited', 'page.md': '{{component: part.md}}!' } });
  assert.equal(components[0].content, 'edited!');
});

test('many requests at once come to the same', async (t) => {
  const { composer } = open(t);
  const request = { components: ['page.md'], priorities: [3], context: { name: 'N' } };
  await composer.warmUp(request);
  const results = await Promise.all(Array.from({ length: 20 }, () => composer.compose(request)));
  for (const { components } of results) assert.equal(components[0].content, results[0].components[0].content);
  assert.equal(composer.statistics().requests, 20);
});

test('the configuration counts', async (t) => {
  const { composer } = open(t, { ...parts, 'page.md': '```\n{name}\n```\n' }, { code_fences: 'leave', limits: { component_bytes: 20 } });
  const { components } = await composer.compose({ components: ['page.md'], context: { name: 'N' } });
  assert.equal(components[0].content, '```\n{name}\n```\n');
});

test('wrong arguments are type errors', async (t) => {
  const { base, composer } = open(t);
  assert.throws(() => createComposer(), { name: 'TypeError', message: /options must be an object/ });
  assert.throws(() => createComposer({}), { name: 'TypeError', message: /options\.base must be a string/ });
  assert.throws(() => createComposer({ base: 'relative' }), { name: 'TypeError', message: /no absolute path/ });
  assert.throws(() => createComposer({ base, configuration: '{"x": 1}' }), { name: 'TypeError', message: /unknown key 'x'/ });
  for (const [request, message] of [
    [undefined, /request must be an object/],
    [{ components: 'page.md' }, /request\.components must be an array of strings/],
    [{ components: ['page.md'], priorities: [] }, /as many as/],
    [{ components: ['page.md'], priorities: ['1'] }, /request\.priorities\[0\] must be a number/],
    [{ components: [], context: { name: 1 } }, /request\.context\.name must be a string/],
    [{ components: [], texts: { '../x.md': '' } }, /not in the base directory/],
  ])
    await assert.rejects(() => composer.compose(request), { name: 'TypeError', message });
});

test('a composer that is closed says so, and one that is forgotten goes away', async (t) => {
  const { composer } = open(t);
  const underWay = composer.compose({ components: ['page.md'] });
  await composer.close();
  assert.ok((await underWay).components.length > 0);
  await assert.rejects(() => composer.compose({ components: [] }), { code: 'ERR_FORELOAD_CLOSED' });
  assert.throws(() => composer.statistics(), { code: 'ERR_FORELOAD_CLOSED' });
  await composer.close();

  const code = `const { createComposer } = require(${JSON.stringify(addonPath)});
    createComposer({ base: '/' }).compose({ components: ['none.md'] });`;
  const worker = new Worker(code, { eval: true });
  assert.equal(await new Promise((done) => worker.on('exit', done)), 0);
});
