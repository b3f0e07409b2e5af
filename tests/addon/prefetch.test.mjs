// A host that reads ahead: what a page renders is known before its components are asked for, and nothing else changes.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { loadAddon, makeProject, repository } from '../native.mjs';

const { createHost } = loadAddon();

/** A component with a loader that renders others: by name, the specifier of each. */
const component = (name, children = {}) => `---
import { getLoaderData } from 'foreload/runtime';
${Object.entries(children).map(([child, specifier]) => `import ${child} from '${specifier}';`).join('\n')}
export const loader = async () => '${name}';
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
${Object.keys(children).map((child) => `<${child} />`).join('\n')}
`;

/** A page and \p count components in a tree, in each of which two others are rendered; \p folder is how they import. */
function tree(count, folder = './') {
  const files = { 'package.json': '{ "name": "site" }\n' };
  for (let at = 0; at < count; at++) {
    const children = [2 * at + 1, 2 * at + 2].filter((child) => child < count).map((child) => [`C${child}`, `${folder}C${child}.astro`]);
    files[`src/components/C${at}.astro`] = component(`C${at}`, Object.fromEntries(children));
  }
  files['src/pages/index.astro'] = component('page', { C0: folder === './' ? '../components/C0.astro' : `${folder}C0.astro` });
  return files;
}

function open(t, files, options = {}) {
  const root = makeProject(t, files);
  const host = createHost({ root, prefetch: true, ...options });
  t.after(() => host.close());
  return {
    root,
    host,
    transform: (path, from = host) => from.transform(join(root, path), readFileSync(join(root, path), 'utf8')),
    /** Says what was read when nothing is left to do. */
    async finished() {
      while (host.statistics().modules.isReadingAhead) await setTimeout(1);
      return host.statistics().modules;
    },
  };
}

const components = (files) => Object.keys(files).filter((path) => path.includes('/components/'));

/** What a new host that reads nothing ahead makes of the project as it is now. */
async function expected({ root, transform }, path) {
  const host = createHost({ root });
  try {
    return await transform(path, host);
  } finally {
    host.close();
  }
}

test("after a page's transform, those of its components analyze nothing", async (t) => {
  const files = tree(40);
  const { host, transform } = open(t, files);
  await transform('src/pages/index.astro');
  const before = host.statistics().modules;
  for (const path of components(files)) await transform(path);
  const after = host.statistics().modules;
  assert.equal(before.analyzed, 41, 'each file once, whoever came to it first');
  assert.equal(after.analyzed, 41);
  assert.equal(after.known - before.known, 40);
});

test('what only Vite can resolve is read while it does', async (t) => {
  const files = { ...tree(40, '@/'), 'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/components/*"] } } }\n' };
  const { host, transform, finished } = open(t, files, { askFirst: true });
  const { unresolved } = await transform('src/pages/index.astro');
  assert.deepEqual(unresolved.map(({ specifier }) => specifier), ['@/C0.astro'], 'the transform itself asks, as ever');
  assert.deepEqual(await finished(), { analyzed: 41, known: 0, readAhead: 40, isReadingAhead: false });
  for (const path of components(files)) await transform(path);
  assert.equal(host.statistics().modules.known, 40);
});

test('a host that was not told to reads nothing ahead', async (t) => {
  const { host, transform } = open(t, tree(3, '@/'), { askFirst: true, prefetch: false });
  await transform('src/pages/index.astro');
  assert.deepEqual(host.statistics().modules, { analyzed: 1, known: 0, readAhead: 0, isReadingAhead: false });
});

test('results are the same to the byte', async (t) => {
  const cases = globSync('fixtures/golden/*/input', { cwd: repository }).sort();
  let transforms = 0;
  for (const folder of cases) {
    const root = join(repository, folder);
    const [plain, ahead] = [false, true].map((prefetch) => createHost({ root, prefetch }));
    t.after(() => [plain, ahead].forEach((host) => host.close()));
    for (const path of globSync('**/*.astro', { cwd: root }).sort()) {
      const text = readFileSync(join(root, path), 'utf8');
      const results = await Promise.all([plain, ahead].map((host) => host.transform(join(root, path), text)));
      assert.deepEqual(results[1], results[0], `${folder}/${path}`);
      transforms++;
    }
  }
  assert.ok(transforms > 500);
});

test('edits, creations and deletions come into effect while a tree is read', async (t) => {
  const page = 'src/pages/index.astro';
  const site = open(t, tree(60));
  const { root, host, transform } = site;
  const leaf = 'src/components/C59.astro', parent = 'src/components/C29.astro', other = 'src/components/New.astro';
  const write = (path, text) => writeFileSync(join(root, path), text);
  const original = readFileSync(join(root, leaf), 'utf8');
  for (let round = 0; round < 20; round++) {
    host.invalidate();
    const pending = transform(page);
    // Of one length, and often within the clock's tick: only invalidate() tells.
    write(leaf, original.replace("'C59'", `'${100 + round}'`));
    host.invalidate([join(root, leaf)]);
    assert.match((await transform(page)).companion.code, new RegExp(`'${100 + round}'`));
    await pending;
    if (round % 5) continue;

    write(other, component('new'));
    write(parent, component('C29', { New: './New.astro' }));
    host.invalidate();
    const created = transform(page);
    rmSync(join(root, other));
    host.invalidate();
    await created;
    const without = await transform(page);
    assert.deepEqual(without, await expected(site, page));
    assert.deepEqual(without.unresolved.map(({ specifier }) => specifier), ['./New.astro']);
    write(parent, component('C29', { C59: './C59.astro' }));
  }
});

test('a child that is not there is left to the transform to tell of', async (t) => {
  const site = open(t, tree(12));
  for (const path of ['src/components/C11.astro', 'src/components/C10.astro']) rmSync(join(site.root, path));
  mkdirSync(join(site.root, 'src/components/C10.astro')); // no file
  const result = await site.transform('src/pages/index.astro');
  assert.deepEqual(result, await expected(site, 'src/pages/index.astro'));
  assert.equal(result.unresolved.length, 2);
  await site.finished();
});

test('components may render each other', async (t) => {
  const files = {
    ...tree(2),
    'src/components/C1.astro': component('C1', { C0: './C0.astro', C1: './C1.astro' }),
  };
  const site = open(t, files);
  assert.deepEqual(await site.transform('src/pages/index.astro'), await expected(site, 'src/pages/index.astro'));
  assert.equal((await site.finished()).analyzed, 3);
});

test('texts that a build tool has from elsewhere are taken for what they are', async (t) => {
  const { root, host, transform, finished } = open(t, tree(3));
  await host.transform(join(root, 'src/virtual/page.astro'), component('virtual', { C0: '../components/C0.astro', Gone: './Gone.astro' }));
  await finished();
  const path = 'src/components/C0.astro';
  const { code } = await host.transform(join(root, path), component('other text'));
  assert.match(code, /other text/);
  assert.match((await transform(path)).code, /'C0'/);
});

test('a host is closed while it reads ahead', async (t) => {
  const files = tree(100, '@/');
  const root = makeProject(t, { ...files, 'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/components/*"] } } }\n' });
  for (let round = 0; round < 50; round++) {
    const host = createHost({ root, prefetch: true, askFirst: true });
    const result = await host.transform(join(root, 'src/pages/index.astro'), files['src/pages/index.astro']);
    assert.equal(result.unresolved.length, 1);
    if (round % 2) await setTimeout(1);
    host.close();
  }
});
