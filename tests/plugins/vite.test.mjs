// Native plugins in Vite, through the option `plugins`: components, virtual modules, other files, options and refusals.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { addonPath, makeProject, repository, site } from '../native.mjs';

process.env.FORELOAD_ADDON ??= addonPath;
const { default: foreload } = await import(pathToFileURL(join(repository, 'dist/vite/index.js')));
const plugin = (name) => join(dirname(addonPath), 'plugins', `${name}.so`);

/** Bundles a module; `.astro` files are modules whose export is their text. */
async function bundle(root, plugins) {
  const compiled = new Map();
  const astro = {
    name: 'stand-in for astro',
    transform(code, id) {
      if (!id.endsWith('.astro')) return;
      compiled.set(id.slice(root.length + 1), code);
      return { code: `export default ${JSON.stringify(code)};`, map: null };
    },
  };
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [foreload({ plugins }), astro],
    build: { write: false, ssr: true, minify: false, rollupOptions: { input: join(root, 'src/entry.js') } },
  });
  return { code: output[0].code, compiled };
}

const files = { ...site, 'src/entry.js': "export { config } from 'virtual:build';\nexport * from './pages/index.astro';\n" };

test('a virtual module is resolved and loaded by a plugin', async (t) => {
  const root = makeProject(t, files);
  const { code } = await bundle(root, [plugin('build_time')]);
  assert.match(code, /name: "site"|"name": "site"/);
});

test('components go through plugins in the order given, with their options', async (t) => {
  const root = makeProject(t, { ...files, 'src/entry.js': "export { default } from './pages/index.astro';\n" });
  const { compiled } = await bundle(root, [
    { path: plugin('banner'), options: { text: 'one' } },
    { path: plugin('banner'), options: { text: 'two' } },
  ]);
  assert.match(compiled.get('src/pages/index.astro'), /\n\/\/ two\n\/\/ one\n/);
  assert.match(compiled.get('src/pages/index.astro'), /__foreload_lift/);
});

test('a plugin that refuses its options ends the build, and is named', async (t) => {
  const root = makeProject(t, files);
  await assert.rejects(bundle(root, [plugin('banner')]), /banner\.so' does not want to start: the options have to be/);
});
