// The plugin in plain Vite: what it answers to, and what it leaves alone.
import { createHost } from '../../dist/node/index.js';
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { channel, hasSubscribers } from 'node:diagnostics_channel';
import { createServer } from 'vite';
import foreload from '../../dist/vite/index.js';
import { createPlugins } from '../../dist/vite/plugin.js';
import { toolbarServer } from '../../dist/vite/toolbar_server.js';
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

async function serve(t, files, options = {}, createHost = createFakeHost, config = {}, beside = []) {
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
        if (!/\.astro(?:\?|$)/.test(id)) return;
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
    plugins: [createPlugins(options, createHost), astro, beside],
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

test("what Vite's aliases lead to is read while Vite is asked, and is known when it comes to be transformed", async (t) => {
  const hosts = [];
  const watched = (options) => (hosts.push(createHost(options)), hosts.at(-1));
  const names = Array.from({ length: 12 }, (_, at) => `C${at}`);
  const files = { 'src/pages/index.astro': PAGE.replace('./Child', '~/C0').replaceAll('Child', 'C0') };
  names.forEach((name, at) => {
    const next = names[at + 1];
    files[`src/${name}.astro`] = next ? CHILD.replace('---\n', `---\nimport Next from '~/${next}.astro';\n`) + '<Next />\n' : CHILD;
  });
  files['tsconfig.json'] = '{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }\n';
  const slow = {
    name: 'a slow resolver',
    enforce: 'pre',
    async resolveId() {
      while (hosts[0]?.statistics().modules.isReadingAhead) await setTimeout(1);
    },
  };
  const { compiled } = await serve(t, files, {}, watched, { resolve: { alias: { '~': '/src' } } }, [slow]);
  await compiled('/src/pages/index.astro');
  const { modules: before } = hosts[0].statistics();
  assert.equal(before.analyzed, 13);
  assert.equal(before.readAhead, 12);
  for (const name of names) assert.match(await compiled(`/src/${name}.astro`), /"file:\/\/\/src\/C/);
  const { modules: after } = hosts[0].statistics();
  assert.equal(hosts.length, 1);
  assert.equal(after.analyzed, 13);
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
  const auto = fileURLToPath(new URL('../../dist/runtime/auto.js', import.meta.url));
  const plain = await serve(t, {}, { trace: false });
  assert.equal(await plain.resolve('foreload/runtime'), runtime);
  assert.equal(await plain.resolve('foreload/auto'), auto);
  assert.equal(await plain.resolve('foreload/middleware'), '\0foreload:middleware', 'in development it undoes what there was');
  const exported = await plain.server.ssrLoadModule('foreload/middleware');
  assert.equal(typeof exported.onRequest, 'function');
  assert.equal(await plain.resolve('astro-auto-load/runtime'), undefined);
  const compat = await serve(t, {}, { compat: true, trace: false });
  assert.equal(await compat.resolve('astro-auto-load/runtime'), runtime);
  for (const name of ['astro-auto-load/middleware', 'astro-auto-load'])
    assert.equal(await compat.resolve(name), '\0foreload:middleware');
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
      prefetch: true,
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
  for (const limits of [1, 'db', [], [4], { request: 0 }, { db: 1.5 }, { db: '4' }])
    assert.throws(() => foreload({ limits }), /option limits is .*, expected whole numbers above 0/);
  for (const timeout of [0, -1, '1s', Infinity, { page: 1 }, { loader: 0 }, {}, [], { loader: undefined }])
    assert.throws(() => foreload({ timeout }), /option timeout is .*, expected milliseconds, or { loader/);
  for (const plugins of ['x.so', [''], [1], [{ options: {} }], [{ path: 'x.so', extra: 1 }]])
    assert.throws(() => foreload({ plugins }), /option plugins is .*, expected a list of paths, or of { path, options }/);
  foreload({ lift: undefined, plugins: ['x.so', { path: 'y.so', options: { deep: [1] } }], trace: { sample: 0.5, log: undefined }, limits: { request: 8, db: 4 }, timeout: { request: 1 } });
});

test('what the options no longer ask for is taken out when a dev server starts again', async (t) => {
  const options = { trace: { otel: true, log: join(tmpdir(), `foreload-${process.pid}.jsonl`) }, limits: { request: 1 }, timeout: 50 };
  const shared = (name) => globalThis[Symbol.for(`foreload.${name}`)];
  const start = async (options) => {
    const { server } = await serve(t, {}, options);
    await server.ssrLoadModule('foreload/middleware');
  };
  const inside = () => [...shared('extensions').keys()].sort();
  t.after(() => rmSync(options.trace.log, { force: true }));
  await start(options);
  assert.deepEqual(inside(), ['otel', 'schedule', 'trace']);
  assert.deepEqual(shared('schedule').options, { limits: { request: 1 }, timeout: 50 });
  assert.ok(shared('trace.log'));
  await start({});
  assert.deepEqual(inside(), ['schedule', 'trace']);
  assert.deepEqual(shared('schedule').options, {});
  assert.equal(shared('trace.log'), undefined);
  await start({ trace: false });
  assert.deepEqual(inside(), ['schedule'], "a loader's own options are honoured");
});

test('a server that starts again with the same plugins keeps its host and its toolbar', async (t) => {
  let hosts = 0;
  let open = 0;
  const createHost = (options) => {
    hosts++;
    open++;
    return { ...createFakeHost(options), close: () => open-- };
  };
  const toolbar = toolbarServer({ waterfall: () => Promise.reject(new Error('cannot draw')) });
  const { server } = await serve(t, { 'src/Child.astro': CHILD }, {}, createHost, {}, [toolbar]);
  await server.environments.ssr.transformRequest('/src/Child.astro');
  assert.deepEqual([hosts, open], [1, 1]);
  await server.restart();
  assert.equal(open, 0, 'that of the old server');
  assert.ok(hasSubscribers('foreload:request'));
  await server.environments.ssr.transformRequest('/src/Child.astro');
  assert.deepEqual([hosts, open], [2, 1]);

  await server.close();
  assert.equal(open, 0);
  assert.equal(hasSubscribers('foreload:request'), false);
});

test('what cannot be drawn is said, and the server lives on', async () => {
  const handlers = {};
  const logged = [];
  const plugin = toolbarServer({ waterfall: () => Promise.reject(new Error('cannot draw')) });
  const config = { base: '/', logger: { error: (message) => logged.push(message) } };
  plugin.configureServer({ config, ws: { send() {}, on: (event, handler) => (handlers[event] = handler) }, middlewares: { use() {} } });
  channel('foreload:request').publish({ request: { url: '/' } });
  const answers = [];
  await handlers['foreload:show']({ url: '/' }, { send: (...answer) => answers.push(answer) });
  assert.deepEqual(answers, [['foreload:waterfall', { url: '/', html: '' }]]);
  assert.deepEqual(logged, ['[foreload] the loaders of / cannot be drawn: cannot draw']);
  plugin.closeBundle.call({ environment: { getTopLevelConfig: () => config } });
  assert.equal(hasSubscribers('foreload:request'), false);
});

test('spans without OpenTelemetry are refused, with what to install', async (t) => {
  // Neither the project nor the package has it.
  const folder = mkdtempSync(join(tmpdir(), 'foreload-alone-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../dist/vite', import.meta.url)), join(folder, 'vite'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const { Extensions } = await import(pathToFileURL(join(folder, 'vite/extensions.js')).href);
  assert.throws(() => new Extensions({ trace: { otel: true } }, folder, true, {}), /trace\.otel needs @opentelemetry\/api, .*npm install/);
  new Extensions({ trace: { otel: false } }, folder, true, {});
  new Extensions({ trace: { otel: true } }, fileURLToPath(new URL('../..', import.meta.url)), true, {});
});
