// The addon's own interface: shapes, arguments, lifetimes and threads.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addonPath, loadAddon, makeProject, site } from '../native.mjs';

const { createHost } = loadAddon();
const page = 'src/pages/index.astro';
const card = 'src/components/Card.astro';

/** A host for a project; both are gone when the test ends. */
function open(t, files = site, options = {}) {
  const root = makeProject(t, files);
  const host = createHost({ root, ...options });
  t.after(() => host.close());
  return { root, host };
}

test('transform gives code, map, companion, dependencies, unresolved and diagnostics', async (t) => {
  const { root, host } = open(t);
  const result = await host.transform(join(root, page), site[page]);
  assert.deepEqual(Object.keys(result), ['code', 'map', 'companion', 'files', 'dependencies', 'unresolved', 'diagnostics']);
  assert.equal(typeof result.code, 'string');
  assert.notEqual(result.code, site[page]);
  assert.match(result.code, /<main><Card \/><\/main>/);
  assert.equal(JSON.parse(result.map).version, 3);
  if (result.companion !== null) {
    assert.deepEqual(Object.keys(result.companion), ['path', 'code', 'map']);
    assert.equal(result.companion.path, `${join(root, page)}.foreload.ts`);
    assert.match(result.code, /index\.astro\.foreload/);
  }
  assert.ok(result.dependencies.includes(join(root, card)));
  assert.deepEqual(result.diagnostics, []);
});

test('what stays as it is has no code', async (t) => {
  const { root, host } = open(t);
  assert.deepEqual(await host.transform(join(root, 'src/Plain.astro'), '<p>ä語\u{1f600}</p>\n'), {
    code: null,
    map: null,
    companion: null,
    dependencies: [],
    files: [],
    unresolved: [],
    diagnostics: [],
  });
});

test('diagnostics name the code, the place and what to do', async (t) => {
  const text = site[card].replace('"hello"', 'greeting').replace('\nconst data', '\nconst greeting = "hello";\nconst data');
  const { root, host } = open(t, { ...site, [card]: text });
  const { diagnostics } = await host.transform(join(root, card), text);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  assert.ok(error, 'a loader that uses a local of the frontmatter is an error');
  assert.deepEqual(Object.keys(error), ['code', 'severity', 'file', 'range', 'message', 'hint', 'related']);
  assert.match(error.code, /^FL\d{4}$/);
  assert.equal(error.file, join(root, card));
  const offset = text.indexOf('greeting');
  const column = offset - text.lastIndexOf('\n', offset);
  assert.deepEqual(error.range, {
    start: { line: 3, column, offset },
    end: { line: 3, column: column + 'greeting'.length, offset: offset + 'greeting'.length },
  });
  for (const place of error.related) assert.deepEqual(Object.keys(place), ['file', 'range', 'message']);
});

test('build gives the manifest and counts, and writes only with out', async (t) => {
  const { root, host } = open(t);
  const result = await host.build(root);
  assert.deepEqual(Object.keys(result).sort(), ['changed', 'components', 'diagnostics', 'lifted', 'loaders', 'manifest']);
  assert.equal(result.components, 2);
  assert.equal(result.loaders, 1);
  assert.equal(result.lifted, 1);
  assert.equal(typeof result.manifest, 'object');
  assert.ok(!existsSync(join(root, 'out')));
  await host.build(root, { out: join(root, 'out') });
  assert.ok(existsSync(join(root, 'out/manifest.json')));
});

test('explain gives the tree', async (t) => {
  const { root, host } = open(t);
  const { tree } = await host.explain(join(root, page));
  assert.equal(tree.component, page);
  assert.equal(tree.children[0].component, card);
});

test('what the resolver of a build tool found is used', async (t) => {
  const text = site[page].replace('../components/Card.astro', 'aliased/Card.astro');
  const { root, host } = open(t, { ...site, [page]: text });
  const before = await host.transform(join(root, page), text);
  assert.deepEqual(before.unresolved, [{ specifier: 'aliased/Card.astro', importer: join(root, page) }]);
  host.addResolution('aliased/Card.astro', join(root, page), join(root, card));
  const after = await host.transform(join(root, page), text);
  assert.deepEqual(after.unresolved, []);
  assert.notEqual(after.code, null);
  host.invalidate();
  assert.equal((await host.transform(join(root, page), text)).unresolved.length, 1);
});

test('options reach the host', async (t) => {
  const { root, host } = open(t, site, { lift: false });
  assert.equal((await host.build(root)).lifted, 0);
  // The site's components import foreload/runtime; what is generated imports the module of this name.
  const named = open(t, site, { runtimeModule: 'my/runtime', strategy: 'reference', runtimeAliases: ['foreload/runtime'], lift: true });
  const { code, companion } = await named.host.transform(join(named.root, page), site[page]);
  assert.match(`${code}${companion?.code}`, /'my\/runtime'|"my\/runtime"/);
});

test('arguments of the wrong type are a TypeError', async (t) => {
  const { root, host } = open(t);
  for (const options of [
    undefined,
    null,
    'x',
    {},
    { root: 1 },
    { root: 'relative' },
    { root, lift: 1 },
    { root, strategy: 'quick' },
    { root, strategy: null },
    { root, auto: 1 },
    { root, dedupe: 'yes' },
    { root, speculative: null },
    { root, runtimeModule: 1 },
    { root, runtimeAliases: 'x' },
    { root, runtimeAliases: [1] },
  ])
    assert.throws(() => createHost(options), TypeError, JSON.stringify(options));
  // What returns promises rejects them, and throws nothing besides.
  for (const call of [
    () => host.transform(),
    () => host.transform(1, ''),
    () => host.transform(root, 1),
    () => host.transform('relative', ''),
    () => host.build(),
    () => host.build(root, 'out'),
    () => host.build(root, { out: 1 }),
    () => host.build('relative'),
    () => host.explain({}),
  ])
    await assert.rejects(call(), TypeError, String(call));
  for (const call of [
    () => host.addResolution(),
    () => host.addResolution('a', 'relative', null),
    () => host.addResolution('a', root),
    () => host.invalidate('x'),
    () => host.invalidate([1]),
    () => host.invalidate(['relative']),
    () => host.transform.call({}, root, ''),
  ])
    assert.throws(call, TypeError, String(call));
});

test('an error of a getter is passed on', () => {
  const options = {
    get root() {
      throw new RangeError('from the getter');
    },
  };
  assert.throws(() => createHost(options), new RangeError('from the getter'));
});

test('after close everything is an error, but what is under way comes to its end', async (t) => {
  const { root, host } = open(t);
  const pending = Array.from({ length: 20 }, () => host.transform(join(root, page), site[page]));
  host.close();
  host.close();
  for (const result of await Promise.all(pending)) assert.notEqual(result.code, null);
  const closed = { name: 'Error', code: 'ERR_FORELOAD_CLOSED' };
  await assert.rejects(host.transform(join(root, page), ''), closed);
  await assert.rejects(host.build(root), closed);
  await assert.rejects(host.explain(join(root, page)), closed);
  assert.throws(() => host.addResolution('a', join(root, page), null), closed);
  assert.throws(() => host.invalidate(), closed);
});

test('many calls at once give each its own result', async (t) => {
  const { root, host } = open(t);
  const text = (at) => site[page].replace('<main>', `<main id="${at}">`);
  const results = await Promise.all(Array.from({ length: 200 }, (_, at) => host.transform(join(root, `src/pages/p${at}.astro`), text(at))));
  for (const [at, { code }] of results.entries()) assert.match(code, new RegExp(`<main id="${at}">`));
});

test('workers load it side by side, and may end while it works for them', async (t) => {
  const root = makeProject(t, site);
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const host = require(workerData.addonPath).createHost({ root: workerData.root });
    const calls = Array.from({ length: 50 }, () => host.transform(workerData.id, workerData.text));
    parentPort.postMessage('started');
    Promise.all(calls).then((results) => parentPort.postMessage(results.filter(({ code }) => code !== null).length));
  `;
  const start = () => new Worker(source, { eval: true, workerData: { addonPath, root, id: join(root, page), text: site[page] } });
  const finished = (worker) =>
    new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('message', (message) => message !== 'started' && resolve(message));
    });
  assert.deepEqual(await Promise.all([finished(start()), finished(start())]), [50, 50]);

  for (let round = 0; round < 5; round++) {
    const worker = start();
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
  }
});

test('texts come over as they are, whatever is in them and wherever it stands', async (t) => {
  const { root, host } = open(t);
  const lines = ['plain', 'ä', '語', '\u{1f600}', '\u{10ffff}', '\ud800', '\udc00 \ud83d', '\ud83d\ud83d\ude00', '\0'];
  for (const odd of ['é', '語', '\u{1f600}', '\ud83d']) // at each place of a block, and across its end
    for (let before = 0; before < 66; before++) lines.push('x'.repeat(before) + odd + 'y'.repeat(before % 5));
  const sizes = [0, 1, 31, 32, 33, 1000, 300_000];
  for (const text of [...sizes.map((size) => 'z'.repeat(size)), ...sizes.map((size) => 'ß'.repeat(size)), `${lines.join('\n')}\n`]) {
    const source = `${site[card]}<pre>${text}</pre>\n`;
    const { code, map } = await host.transform(join(root, card), source);
    assert.ok(code.endsWith(`<pre>${Buffer.from(text).toString()}</pre>\n`));
    assert.deepEqual(JSON.parse(map).sourcesContent, [Buffer.from(source).toString()]);
  }
});

test('two hundred calls for few files, some of them with two texts at once, survive that the host is closed', async (t) => {
  const { root, host } = open(t);
  const text = (at) => site[card].replace('<p>', `<p id="${at}">`);
  const calls = Array.from({ length: 200 }, (_, at) => host.transform(join(root, at % 2 ? card : `src/components/C${at % 8}.astro`), text(at)));
  await calls[0];
  host.close();
  for (const [at, { code }] of (await Promise.all(calls)).entries()) assert.match(code, new RegExp(`<p id="${at}">`));
});

test('what JavaScript throws in between reaches whoever called, and nobody else', async (t) => {
  const { root, host } = open(t);
  const aliases = ['a', 'b'];
  Object.defineProperty(aliases, 1, { get: () => assert.fail('from an element') });
  assert.throws(() => createHost({ root, runtimeAliases: aliases }), /from an element/);

  const failing = Array.from({ length: 20 }, (_, at) =>
    host.transform(join(root, page), site[page]).then((result) => {
      if (at % 2) throw new RangeError(`from callback ${at}`);
      return result;
    }),
  );
  for (const [at, { status, reason, value }] of (await Promise.allSettled(failing)).entries()) {
    assert.equal(status, at % 2 ? 'rejected' : 'fulfilled');
    if (at % 2) assert.deepEqual(reason, new RangeError(`from callback ${at}`));
    else assert.match(value.code, /<Card \/>/);
  }

  const { parse } = JSON;
  t.after(() => (JSON.parse = parse));
  JSON.parse = () => assert.fail('somebody replaced it');
  assert.equal((await host.explain(join(root, page))).tree.component, page, 'the addon has its own');
});

test('a result is its own: changing one changes no other', async (t) => {
  const { root, host } = open(t);
  const plain = () => host.transform(join(root, 'src/Plain.astro'), '<p></p>\n');
  const first = await plain();
  first.dependencies.push('mine');
  first.code = 'mine';
  assert.deepEqual({ ...(await plain()) }, { ...first, code: null, dependencies: [] });
});
