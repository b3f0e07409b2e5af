#!/usr/bin/env node
// What does it bring that a page's components are read ahead: the first request to Astro's development server for a page
// of many components; and the transforms that come of it alone, one after the other as Vite asks for them. With and
// without, taking turns.
// `node bench/prefetch/run.mjs [--rounds N] [--json]`; a run without --json writes its table to docs/benchmarks.md.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const addon = join(repository, 'dist/node/foreload.node');
const { createHost } = createRequire(import.meta.url)(addon);
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('bench/prefetch: --rounds wants a positive integer');
  process.exit(2);
}
const count = 300;

/** A component that renders others. \p from is what their imports begin with. */
const component = (name, children, from) => `---
import { getLoaderData, type Context } from 'foreload/runtime';
${children.map((child) => `import ${child} from '${from}${child}.astro';`).join('\n')}

interface Props { title: string; count?: number }
const { title = 'untitled', count = 1 } = Astro.props;
export const loader = async ({ url }: Context) => ({ name: '${name}', path: url.pathname });
const data = await getLoaderData<typeof loader>();
const classes = ['part', count > 1 && 'many', data.name].filter(Boolean).join(' ');
---

<section class={classes}>
  <h2>{title}: {data.name} of {data.path}</h2>
${'  <p class="text">A paragraph with {count} of something, and <em>more</em> text behind it.</p>\n'.repeat(20)}
  ${children.map((child) => `<${child} title="part ${child}" />`).join('\n  ')}
</section>
`;

/** Components in a tree, each of which renders two others. */
function makeSite(root, from) {
  const files = {
    'package.json': '{ "type": "module" }\n',
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/components/*"] } } }\n',
    'src/pages/empty.astro': '<p></p>\n',
  };
  for (let at = 0; at < count; ++at) {
    const children = [2 * at + 1, 2 * at + 2].filter((child) => child < count).map((child) => `C${child}`);
    files[`src/components/C${at}.astro`] = component(`C${at}`, children, from);
  }
  files['src/pages/index.astro'] = `---\nimport C0 from '${from === './' ? '../components/' : from}C0.astro';\n---\n\n<html><body><C0 title="all" /></body></html>\n`;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return ['src/pages/index.astro', ...Object.keys(files).filter((path) => path.includes('/components/'))].map((path) => [join(root, path), files[path]]);
}

/** The milliseconds of all transforms, with imports answered as Vite answers them. */
async function transforms(root, files, prefetch) {
  const host = createHost({ root, askFirst: true, prefetch });
  const answered = new Set();
  const times = [];
  for (const [path, text] of files) {
    const begin = performance.now();
    for (let open = true; open; ) {
      const { unresolved } = await host.transform(path, text);
      const questions = unresolved.filter(({ specifier, importer }) => !answered.has(`${specifier}\0${importer}`));
      for (const { specifier, importer } of questions) {
        answered.add(`${specifier}\0${importer}`);
        host.addResolution(specifier, importer, specifier.startsWith('@/') ? join(root, 'src/components', specifier.slice(2)) : null);
      }
      open = questions.length > 0;
    }
    times.push(performance.now() - begin);
  }
  host.close();
  return { page: times[0], all: times.reduce((sum, time) => sum + time, 0) };
}

async function request(root, shim, prefetch) {
  const { stdout } = await promisify(execFile)(process.execPath, [join(repository, 'bench/prefetch/serve.mjs'), root], {
    env: { ...process.env, FORELOAD_ADDON: shim, FORELOAD_PREFETCH: prefetch ? 'on' : '', ASTRO_TELEMETRY_DISABLED: '1', VITEST: undefined },
  });
  const { time, components } = JSON.parse(stdout.trim().split('\n').at(-1));
  if (components !== count) throw new Error(`the page has ${components} components`);
  return time;
}

mkdirSync(join(repository, 'build'), { recursive: true });
const folder = mkdtempSync(join(repository, 'build/bench-prefetch-')); // from where packages are found
const results = {};
try {
  const shim = join(folder, 'addon.cjs');
  writeFileSync(shim, `const addon = require(${JSON.stringify(addon)});
module.exports = { ...addon, createHost: (options) => addon.createHost({ ...options, prefetch: process.env.FORELOAD_PREFETCH === 'on' }) };
`);
  for (const [name, from] of Object.entries({ 'relative imports': './', 'aliases (`@/…`)': '@/' })) {
    const root = join(folder, from === './' ? 'relative' : 'aliases');
    const files = makeSite(root, from);
    const times = { request: { off: [], on: [] }, page: { off: [], on: [] }, all: { off: [], on: [] } };
    for (let round = -1; round < rounds; ++round)
      for (const [way, prefetch] of Object.entries({ off: false, on: true })) {
        const requested = await request(root, shim, prefetch);
        if (round >= 0) times.request[way].push(requested);
      }
    for (let round = -5; round < 5 * rounds; ++round)
      for (const [way, prefetch] of Object.entries({ off: false, on: true })) {
        const { page, all } = await transforms(root, files, prefetch);
        if (round < 0) continue;
        times.page[way].push(page);
        times.all[way].push(all);
      }
    results[name] = Object.fromEntries(
      Object.entries(times).map(([what, { off, on }]) => [what, { off: median(off), on: median(on) }]),
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

if (options.json) {
  console.log(JSON.stringify(results, null, 2));
} else {
  const labels = { page: "the page's transform", all: 'all 301 transforms', request: "Astro's first response" };
  const rows = table(
    ['ms', 'without', 'read ahead', 'without : read ahead'],
    Object.entries(results).flatMap(([name, result]) =>
      Object.entries(labels).map(([what, label]) => {
        const { off, on } = result[what];
        return [`${name}: ${label}`, off.toFixed(1), on.toFixed(1), `${(off / on).toFixed(2)} ×`];
      }),
    ),
  );
  writeSection('prefetch', 'Reading ahead in development', `\`node bench/prefetch/run.mjs\`: ${machine()}; medians of ${rounds} rounds, of transforms five times as many, in which both take turns. A page of ${count} components in a tree,
each with a loader. The transforms are those that Vite asks for, one after the other; the response is that of a new
development server to the first request for the page, after one for an empty page. In that, Astro's compiler and Vite are
nearly all.

${rows}`);
  console.log(rows);
}
