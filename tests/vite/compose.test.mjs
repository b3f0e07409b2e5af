// The option `compose` in plain Vite: what imports of Markdown give, and what an edit changes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build, createServer } from 'vite';
import { addonPath, makeProject, repository } from '../native.mjs';

process.env.FORELOAD_ADDON ??= addonPath;
const { default: foreload } = await import(pathToFileURL(join(repository, 'dist/vite/index.js')));

const files = {
  'package.json': '{ "name": "site" }\n',
  'docs/page.md': '# Page of {project}\n\n{{component: parts/intro.md}}\n',
  'docs/parts/intro.md': '---\ntitle: Introduction\n---\n\nThis is {project}.\n{{component: parts/end.md}}\n',
  'docs/parts/end.md': 'The end.\n',
  'docs/plain.md': 'Plain\n',
  'other/page.md': '{project}\n',
};
const compose = { base: 'docs', context_vars: { project: 'Apollo' } };
const composed = '# Page of Apollo\n\nThis is Apollo.\nThe end.\n';

/** Stands for plugins that make modules of Markdown. It comes before foreload, and before all others. */
const markdown = {
  name: 'markdown',
  enforce: 'pre',
  transform: {
    order: 'pre',
    handler(code, id) {
      if (!id.endsWith('.md')) return;
      return { code: `export default ${JSON.stringify(code.toUpperCase())};`, map: null };
    },
  },
};

async function run(root, entry, options = { compose }, plugins = [markdown]) {
  writeFileSync(join(root, 'entry.js'), entry);
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [...plugins, foreload(options)],
    build: { write: false, ssr: true, rollupOptions: { input: join(root, 'entry.js') } },
  });
  return (await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)).default;
}

test('imports with ?raw are the composed text', async (t) => {
  const root = makeProject(t, files);
  assert.equal(await run(root, "export { default } from './docs/page.md?raw';"), composed);
  assert.equal(await run(root, "export { default } from './docs/plain.md?raw';"), 'Plain\n');
  assert.equal(await run(root, "export { default } from './other/page.md?raw';"), '{project}\n'); // not below the base
});

test('plugins for Markdown see the composed text, wherever they stand', async (t) => {
  const root = makeProject(t, files);
  assert.equal(await run(root, "export { default } from './docs/page.md';"), composed.toUpperCase());
});

test('without the option, Markdown is as it was written', async (t) => {
  const root = makeProject(t, files);
  assert.equal(await run(root, "export { default } from './docs/page.md?raw';", {}), files['docs/page.md']);
});

test('native plugins may stand beside it', async (t) => {
  const root = makeProject(t, files);
  const plugins = [join(dirname(addonPath), 'plugins/foreload-probe.so')];
  assert.equal(await run(root, "export { default } from './docs/page.md';", { compose, plugins }), composed.toUpperCase());
});

test('a configuration that makes no sense ends the build', async (t) => {
  const root = makeProject(t, files);
  const entry = "export { default } from './docs/page.md';";
  await assert.rejects(run(root, entry, { compose: { bas: 'docs' } }), /options\.compose: unknown key 'bas'/);
  await assert.rejects(run(root, entry, { compose: 'docs' }), /option compose is "docs", expected/);
  await assert.rejects(run(root, entry, { compose: { base: 'nope' } }), /option compose has the base "nope", and there is no such folder/);
});

test('an edit of what is included gives a new text in development', async (t) => {
  const root = makeProject(t, files);
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [foreload({ compose })],
    server: { middlewareMode: true, ws: false },
    optimizeDeps: { noDiscovery: true },
    appType: 'custom',
  });
  t.after(() => server.close());
  const text = async () => (await server.ssrLoadModule('/docs/page.md?raw')).default;
  assert.equal(await text(), composed);
  do { // again and again: the watcher may begin after the server, and Vite works on a change behind its event
    writeFileSync(join(root, 'docs/parts/end.md'), 'Not yet.\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while ((await text()) === composed);
  assert.equal(await text(), composed.replace('The end.', 'Not yet.'));
});
