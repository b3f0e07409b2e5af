// What the golden cases expect is run: Astro renders the pages of each case that has a requests.txt, once as if nothing
// were lifted and once with what is expected of us. Both must give the same HTML and run the same loaders with the same
// props, none of them later; and requests.txt says when each of them starts.
//
//   / ?user=1                        a request: `/`, with this query (`locals.user` is "1" then)
//       Card {"id":"1"} 10 -> 0      Card's loader starts at time 0, and would start at 10 if nothing were lifted
//       Tip 0 (wasted)               started on speculation, for nothing
//       (fails)                      the page ends with an error; what stands behind it is started, but not reached
//
// Time stands still but for loaders, which take 10 each, and for `setTimeout` in the case's own files.
// FORELOAD_UPDATE=1 writes what there is behind each request.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { transform as compile } from '@astrojs/compiler-rs';
import { experimental_AstroContainer as AstroContainer } from 'astro/container';
import { build } from 'esbuild';
import { repository } from '../native.mjs';
import { withClocks } from '../oracle/clock.mjs';

const LOADER_TIME = 10;
const fixtures = join(repository, 'fixtures/golden');
const folder = join(repository, 'build/rendered', String(process.pid)); // below node_modules' folder: bundles import Astro
after(() => rmSync(folder, { recursive: true, force: true }));

/** What the bundled pages see of the request that they are rendered for: its clock, and a log of what starts. */
const current = new AsyncLocalStorage();
globalThis.foreloadRendered = {
  setTimeout: (done, ms) => void current.getStore().clock.sleep(ms).then(done),
  watch,
};

const watched = new WeakMap();

/** A loader that writes down when it starts, and takes its time. */
function watch(key, loader) {
  if (!watched.has(loader))
    watched.set(loader, async (context) => {
      const { clock, runs } = current.getStore();
      const name = basename(decodeURIComponent(key), '.astro');
      runs.push({ key, name, props: context.props, at: clock.now });
      const data = await loader(context);
      await clock.sleep(LOADER_TIME);
      return data;
    });
  return watched.get(loader);
}

// The runtime itself, with every loader watched.
const runtime = `
import * as runtime from ${JSON.stringify(join(repository, 'runtime/index.ts'))};
export * from ${JSON.stringify(join(repository, 'runtime/index.ts'))};
export { createScope, storage } from ${JSON.stringify(join(repository, 'runtime/registry.ts'))};
const { watch } = globalThis.foreloadRendered;
export const getLoaderData = (key, loader, props) => runtime.getLoaderData(key, watch(key, loader), props);
export const registerLoader = (key, loader, props) => runtime.registerLoader(key, watch(key, loader), props);
export const speculateLoader = (key, loader, props) => runtime.speculateLoader(key, watch(key, loader), props);
`;

/** Bundles the pages of a case as they are expected to be; unless \p lifts, what lifts does nothing. */
async function bundle(name, pages, lifts) {
  const input = join(fixtures, name, 'input');
  const expected = (path) => {
    const changed = join(fixtures, name, 'expected', relative(input, path));
    return existsSync(changed) ? changed : path;
  };
  const outdir = join(folder, name.replaceAll(/\W/g, '_'), lifts ? 'on' : 'off');
  const plugin = {
    name: 'case',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(foreload\/runtime|foreload:.*)$/ }, () => ({ path: 'runtime', namespace: 'foreload' }));
      onResolve({ filter: /\.css$/ }, ({ path }) => ({ path, namespace: 'asset' }));
      onResolve({ filter: /^astro(\/|$)/ }, ({ path }) => ({ path, external: true }));
      onResolve({ filter: /\?astro&/ }, ({ path }) => ({ path, namespace: 'asset' }));
      onResolve({ filter: /\.astro(\.foreload\.ts)?$/ }, ({ path, resolveDir }) =>
        path.startsWith('.') ? { path: join(resolveDir, path) } : undefined);
      onLoad({ filter: /.*/, namespace: 'asset' }, () => ({ contents: '' }));
      onLoad({ filter: /.*/, namespace: 'foreload' }, () => ({ contents: runtime, resolveDir: repository, loader: 'ts' }));
      onLoad({ filter: /\.astro\.foreload\.ts$/ }, ({ path }) => {
        const contents = readFileSync(expected(path), 'utf8');
        const names = [...contents.matchAll(/^export function (lift\w*)|^export \{ .* as (lift\w*) \}/gm)];
        return {
          contents: lifts ? contents : names.map(([, lift, other]) => `export const ${lift ?? other} = () => {};`).join('\n'),
          resolveDir: dirname(path),
          loader: 'ts',
        };
      });
      onLoad({ filter: /\.astro$/ }, async ({ path }) => {
        const { code } = await compile(readFileSync(expected(path), 'utf8'), {
          filename: path,
          normalizedFilename: `/${relative(input, path).split(sep).join('/')}`,
          internalURL: 'astro/compiler-runtime',
          resultScopedSlot: true,
          scopedStyleStrategy: 'attribute',
          resolvePath: (specifier) => specifier,
        });
        return { contents: code, resolveDir: dirname(path), loader: 'ts' };
      });
    },
  };
  await build({
    entryPoints: [...pages.map((page) => join(input, page)), 'foreload:runtime'],
    entryNames: '[hash]',
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    outdir,
    outExtension: { '.js': '.mjs' },
    jsx: 'automatic',
    logLevel: 'silent',
    define: { setTimeout: 'foreloadRendered.setTimeout', 'import.meta.env': '{"MODE":"test"}' },
    plugins: [plugin],
  }).then(async ({ metafile }) => {
    for (const [output, { entryPoint }] of Object.entries(metafile.outputs))
      if (entryPoint) modules.set(`${lifts} ${name} ${entryPoint}`, await import(pathToFileURL(join(process.cwd(), output)).href));
  });
}

const modules = new Map();
const moduleOf = (lifts, name, page) =>
  modules.get(`${lifts} ${name} ${page === undefined ? 'foreload:runtime' : relative(process.cwd(), join(fixtures, name, 'input', page))}`);

/** The page of the request for \p pathname, and its parameters. */
function route(pages, pathname) {
  for (const page of pages) {
    const names = [];
    const path = page.replace(/^src\/pages\//, '/').replace(/(\/index)?\.astro$/, '') || '/';
    const pattern = path.replaceAll(/\[(\w+)\]/g, (_, name) => (names.push(name), '([^/]+)'));
    const match = new RegExp(`^${pattern}$`).exec(pathname);
    if (match) return { page, params: Object.fromEntries(names.map((name, i) => [name, match[i + 1]])) };
  }
  throw new Error(`no page for ${pathname}`);
}

async function ask(container, lifts, name, { page, params }, url, clock) {
  const { createScope, storage } = moduleOf(lifts, name);
  const seen = { clock, runs: [], html: '', fails: false };
  const request = new Request(url, { headers: { cookie: url.searchParams.get('cookie') ?? '' } });
  const user = url.searchParams.get('user') ?? undefined;
  const locals = { user };
  // The scope reads the request as a middleware's context has it.
  const scope = createScope({ request, url, params, locals, cookies: undefined });
  return current.run(seen, () =>
    storage.run(scope, async () => {
      try {
        const response = await container.renderToResponse(moduleOf(lifts, name, page).default, { request, params, locals, partial: true });
        seen.status = response.status;
        seen.html = await response.text();
      } catch (error) {
        seen.fails = true;
        seen.error = error;
      }
      return seen;
    }),
  );
}

/** A loader's props as they can be read. */
function shown(props) {
  const sorted = Object.fromEntries(Object.entries(props).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify(sorted, (_, value) => {
    if (value instanceof Map || value instanceof Set) return [...value];
    if (Object.is(value, -0) || Number.isNaN(value) || typeof value === 'symbol') return String(value);
    return typeof value === 'bigint' ? `${value}n` : typeof value === 'function' ? '(function)' : value;
  });
  return text === '{}' ? '' : ` ${text}`;
}

const describe = ({ name, props }) => name + shown(props);

/** By what ran: when it started, once for each run. */
function starts(runs) {
  const byRun = new Map();
  for (const run of runs) {
    const text = describe(run);
    if (!byRun.has(text)) byRun.set(text, []);
    byRun.get(text).push(run.at);
  }
  for (const times of byRun.values()) times.sort((a, b) => a - b);
  return byRun;
}

function report(off, on) {
  assert.equal(on.fails, off.fails, on.error?.stack ?? off.error?.stack);
  if (!off.fails) assert.equal(on.html, off.html);
  assert.equal(on.status, off.status);
  const lines = [];
  const plain = starts(off.runs), lifted = starts(on.runs);
  for (const [run, times] of lifted) {
    const before = plain.get(run) ?? [];
    times.forEach((at, i) => {
      if (before[i] === undefined) {
        lines.push(`${run} ${at} (${off.fails ? 'not reached' : 'wasted'})`);
        return;
      }
      assert.ok(at <= before[i], `${run} starts later: at ${at}, not ${before[i]}`);
      lines.push(`${run} ${before[i] === at ? at : `${before[i]} -> ${at}`}`);
    });
    assert.ok(before.length <= times.length, `${run} runs ${times.length} times, not ${before.length}`);
  }
  // A page that fails is not rendered to its end: what is lifted may have started less far along.
  for (const run of plain.keys()) assert.ok(off.fails || lifted.has(run), `${run} does not run`);
  if (off.fails) lines.push('(fails)');
  if (off.status >= 300) lines.push(`(${off.status})`);
  return lines;
}

const cases = globSync('*/requests.txt', { cwd: fixtures }).map(dirname).sort();
for (const name of cases)
  test(name, async () => {
    const path = join(fixtures, name, 'requests.txt');
    const text = readFileSync(path, 'utf8');
    const options = join(fixtures, name, 'options.json');
    const speculates = existsSync(options) && JSON.parse(readFileSync(options, 'utf8')).speculative;
    const pages = globSync('src/pages/**/*.astro', { cwd: join(fixtures, name, 'input') }).sort();
    mkdirSync(folder, { recursive: true });
    await bundle(name, pages, false);
    await bundle(name, pages, true);
    const container = await AstroContainer.create();
    const requests = text.split('\n').filter((line) => line.startsWith('/'));
    const asked = requests.flatMap((request) => [false, true].map((lifts) => ({ request, lifts })));
    const seen = await withClocks(asked, 16, ({ request, lifts }, clock) => {
      const url = new URL(request.replaceAll(' ', ''), 'http://localhost');
      return ask(container, lifts, name, route(pages, decodeURIComponent(url.pathname)), url, clock);
    });
    let got = '';
    requests.forEach((request, i) => {
      const [off, on] = [seen[2 * i], seen[2 * i + 1]];
      if (off.error && !off.runs) throw off.error;
      let lines;
      try {
        lines = report(off, on);
      } catch (error) {
        error.message = `${request}\n${error.message}\noff: ${off.runs?.map((run) => `${describe(run)} ${run.at}`).join('; ')}\non: ${on.runs?.map((run) => `${describe(run)} ${run.at}`).join('; ')}`;
        throw error;
      }
      got += `${request}\n${lines.map((line) => `    ${line}\n`).join('')}`;
    });
    const wasted = [...got.matchAll(/^ +(.*) \(wasted\)$/gm)].map(([, run]) => run);
    if (!speculates) assert.deepEqual(wasted, [], `started for nothing:\n${got}`);
    if (process.env.FORELOAD_UPDATE) writeFileSync(path, got);
    else assert.equal(got, text);
  });
