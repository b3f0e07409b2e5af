// The plugin in plain Vite: what it answers to, and what it leaves alone.
import { createHost } from '../../dist/node/index.js';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import foreload from '../../dist/vite/index.js';
import { createPlugins } from '../../dist/vite/plugin.js';
import { createFakeHost } from './fake_host.mjs';

const CHILD = `---
import { getLoaderData } from 'foreload/runtime';
export const loader = async () => {
  return 'child';
};
const data = await getLoaderData<typeof loader>();
---
{data}
`;
const PAGE = "---\nimport Child from './Child.astro';\n---\n<Child />\n";

async function serve(t, files, options = {}, createHost = createFakeHost, config = {}) {
  const root = join(mkdtempSync(join(tmpdir(), 'foreload-')), 'ein Ördner');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const compiled = new Map();
  const astro = {
    name: 'stand-in for astro',
    enforce: 'pre',
    load: (id) => (id.includes('.astro?astro') ? CHILD : undefined),
    transform: {
      order: 'pre',
      handler(code, id) {
        if (id.endsWith('.foreload.ts')) return;
        compiled.set(id, code);
        return { code: 'export default 0', map: null };
      },
    },
  };
  const server = await createServer({
    ...config,
    root,
    configFile: false,
    appType: 'custom',
    logLevel: 'silent',
    server: { middlewareMode: true, ws: false, watch: null },
    plugins: [createPlugins(options, createHost), astro],
  });
  t.after(async () => {
    await server.close();
    rmSync(dirname(root), { recursive: true });
  });
  const { pluginContainer } = server.environments.ssr;
  return {
    root,
    server,
    resolve: async (specifier, importer) => (await pluginContainer.resolveId(specifier, importer))?.id,
    /** What Astro's compiler is given for an id. */
    async compiled(id) {
      await server.environments.ssr.transformRequest(id);
      return compiled.get(join(root, id));
    },
    ssr: server.environments.ssr,
  };
}

test('a companion is found however it is asked for, and loads without its component', async (t) => {
  const { root, resolve, ssr } = await serve(t, { 'src/Child.astro': CHILD, 'src/Page.astro': PAGE });
  const companion = join(root, 'src/Page.astro.foreload.ts');
  assert.equal(await resolve('./Page.astro.foreload.ts', join(root, 'src/Page.astro')), companion);
  assert.equal(await resolve('./Page.astro.foreload.ts', join(root, 'src/Page.astro?container')), companion);
  assert.equal(await resolve('/src/Page.astro.foreload.ts'), companion);
  assert.equal(await resolve('/src/Page.astro.foreload.ts?t=1'), companion);
  assert.equal(await resolve(companion), companion);
  assert.equal(await resolve(`/@fs${companion}`), companion);
  assert.equal(await resolve('/elsewhere/Page.astro.foreload.ts'), '/elsewhere/Page.astro.foreload.ts');

  const { code } = await ssr.transformRequest('/src/Page.astro.foreload.ts');
  assert.match(code, /file:\/\/\/src\/Child\.astro/);
  assert.doesNotMatch(code, /Lift/, 'TypeScript is stripped');
});

test('a companion that has nothing left to start still loads', async (t) => {
  const { server } = await serve(t, { 'src/Child.astro': CHILD });
  const { lift } = await server.ssrLoadModule('/src/Child.astro.foreload.ts');
  assert.equal(lift(), undefined);
});

test('imports that the host leaves open are put to Vite, once each, until none is left', async (t) => {
  const asked = [];
  const createHost = (options) => {
    const host = createFakeHost(options);
    const addResolution = (specifier, importer, path) => {
      asked.push([specifier, path]);
      host.addResolution(specifier, importer, path);
    };
    return { ...host, addResolution };
  };
  const files = {
    'src/Page.astro': PAGE.replace('./Child', '~/Middle').replace('\n---\n<', "\nimport Gone from 'gone/Gone.astro';\n---\n<"),
    'src/Middle.astro': PAGE.replace('./Child', '~/Child'),
    'src/Child.astro': CHILD,
  };
  const alias = { '~': '/src' };
  const { root, ssr } = await serve(t, files, {}, createHost, { resolve: { alias } });
  const { code } = await ssr.transformRequest('/src/Page.astro.foreload.ts');
  assert.match(code, /file:\/\/\/src\/Child\.astro/);
  assert.deepEqual(asked.sort(), [
    ['gone/Gone.astro', null],
    ['~/Child.astro', join(root, 'src/Child.astro')],
    ['~/Middle.astro', join(root, 'src/Middle.astro')],
  ]);
});

test('only components are transformed', async (t) => {
  const { compiled } = await serve(t, { 'src/Child.astro': CHILD });
  assert.match(await compiled('/src/Child.astro'), /getLoaderData<typeof loader>\("file:\/\/\/src\/Child\.astro", loader\)/);
  assert.match(await compiled('/src/Child.astro?container'), /getLoaderData<typeof loader>\("file/);
  for (const query of ['astro&type=script&index=0&lang.ts', 'raw', 'url']) {
    const code = await compiled(`/src/Child.astro?${query}`);
    assert.ok(code, query);
    assert.ok(!code.includes('file:///src'), query);
  }
});

test('everyone gets the runtime of this package; with compat, under its old names too', async (t) => {
  const runtime = fileURLToPath(new URL('../../dist/runtime/index.js', import.meta.url));
  const middleware = fileURLToPath(new URL('../../dist/runtime/middleware.js', import.meta.url));
  const auto = fileURLToPath(new URL('../../dist/runtime/auto.js', import.meta.url));
  const plain = await serve(t, {}, { trace: false });
  assert.equal(await plain.resolve('foreload/runtime'), runtime);
  assert.equal(await plain.resolve('foreload/auto'), auto);
  assert.equal(await plain.resolve('foreload/middleware'), middleware);
  assert.equal(await plain.resolve('astro-auto-load/runtime'), undefined);
  const compat = await serve(t, {}, { compat: true, trace: false });
  assert.equal(await compat.resolve('astro-auto-load/runtime'), runtime);
  assert.equal(await compat.resolve('astro-auto-load/middleware'), middleware);
  assert.equal(await compat.resolve('astro-auto-load'), middleware);
  for (const environment of Object.values(compat.server.environments))
    if (environment.name !== 'client')
      assert.deepEqual(environment.config.resolve.noExternal, ['foreload', 'astro-auto-load']);
});

test('what is traced names its component as the compiler does', async () => {
  const { loaderKey } = await import('../../dist/vite/extensions.js');
  const paths = ['/site/src/A.astro', "/site/src/[id] ü/it's {100%} \u{1F98A}.astro", '/elsewhere/node_modules/pkg/B.astro', '/other/C.astro', '/site2/D.astro'];
  for (const path of paths) {
    const host = createHost({ root: '/site', lift: true });
    const { code } = await host.transform(
      path,
      "---\nimport { getLoaderData } from 'foreload/runtime';\nexport const loader = () => 1;\nawait getLoaderData();\n---\n",
    );
    host.close();
    assert.ok(code.includes(JSON.stringify(loaderKey(path, '/site'))), `${loaderKey(path, '/site')} in ${code}`);
  }
});

test('options reach the host, and the host is closed with the server', async (t) => {
  const seen = [];
  let closed = 0;
  const createHost = (options) => {
    seen.push(options);
    return { ...createFakeHost(options), close: () => closed++ };
  };
  const options = { lift: false, strategy: 'reference', auto: true, dedupe: true, speculative: true, root: 'src', compat: true };
  const { root, server, compiled } = await serve(t, { 'src/Child.astro': CHILD }, options, createHost);
  assert.match(await compiled('/src/Child.astro'), /file:\/\/\/Child\.astro/);
  assert.deepEqual(seen, [
    {
      root: join(root, 'src'),
      lift: false,
      strategy: 'reference',
      auto: true,
      dedupe: true,
      speculative: true,
      runtimeModule: 'foreload/runtime',
      askFirst: true,
      runtimeAliases: ['astro-auto-load/runtime'],
    },
  ]);
  await server.close();
  assert.equal(closed, 1);
});

test('wrong options are refused', () => {
  assert.throws(() => foreload({ lfit: true }), /unknown option lfit \(the options are lift, strategy, root, auto, dedupe, speculative, compat, trace, limits, timeout, plugins, compose\)/);
  assert.throws(() => foreload({ lift: 'yes' }), /option lift is "yes", expected true or false/);
  assert.throws(() => foreload({ strategy: 'eager' }), /option strategy is "eager", expected 'auto', 'inline' or 'reference'/);
  for (const flag of ['auto', 'dedupe', 'speculative', 'compat'])
    assert.throws(() => foreload({ [flag]: 1 }), new RegExp(`option ${flag} is 1, expected true or false`));
  for (const trace of [1, '', null, { sample: 2 }, { log: true }, { verbose: true }])
    assert.throws(() => foreload({ trace }), /option trace is .*, expected true, false, a file, or \{ log: a file/);
  for (const limits of [1, 'db', { request: 0 }, { db: 1.5 }, { db: '4' }])
    assert.throws(() => foreload({ limits }), /option limits is .*, expected whole numbers above 0/);
  for (const timeout of [0, -1, '1s', Infinity, { page: 1 }, { loader: 0 }])
    assert.throws(() => foreload({ timeout }), /option timeout is .*, expected milliseconds, or { loader/);
  for (const plugins of ['x.so', [''], [1], [{ options: {} }], [{ path: 'x.so', extra: 1 }]])
    assert.throws(() => foreload({ plugins }), /option plugins is .*, expected a list of paths, or of { path, options }/);
  foreload({ lift: undefined, plugins: ['x.so', { path: 'y.so', options: { deep: [1] } }], trace: { sample: 0.5, log: undefined }, limits: { request: 8, db: 4 }, timeout: { request: 1 } });
});
