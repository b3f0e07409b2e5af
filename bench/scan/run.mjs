#!/usr/bin/env node
// How long does it take to find out what a module imports and exports: the scanner beside es-module-lexer; what it imports
// alone, beside Bun's scanImports; and how long to transform a component with its map, beside Astro's own compiler, which
// does other work on the same file. All in memory and in process, taking turns. What is measured is the processor's time,
// which other processes change little.
// `node bench/scan/run.mjs [--rounds N] [--json]`; a run without --json writes its table to docs/benchmarks.md.
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { init, parse } from 'es-module-lexer';
import { transform } from '@astrojs/compiler-rs';
import { contender } from '../contender.mjs';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const version = (name) => createRequire(import.meta.url)(join(repository, 'node_modules', name, 'package.json')).version;
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('bench/scan: --rounds wants a positive integer');
  process.exit(2);
}

const list = (pattern) => globSync(pattern, { cwd: repository }).sort().map((path) => join(repository, path));
const modules = {
  'astro: what it runs': list('node_modules/astro/dist/**/*.js'),
  'lodash-es': list('node_modules/lodash-es/*.js'),
  'three: its source': list('node_modules/three/src/**/*.js'),
};
const folder = mkdtempSync(join(tmpdir(), 'foreload-scan-'));

/** So many passes make a turn, so that each has its own texts in the caches. */
const passes = 12;

/** Medians of the passes of each contender, in microseconds per file. The first rounds warm up. */
async function measure(paths, contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -3; round < rounds; ++round)
    for (const [name, pass] of Object.entries(contenders)) {
      const nanoseconds = await pass();
      if (round >= 0) times[name].push(nanoseconds / paths.length / 1000);
    }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

async function timed(work) {
  const begin = process.cpuUsage();
  for (let pass = 0; pass < passes; ++pass) await work();
  const { user, system } = process.cpuUsage(begin);
  return ((user + system) * 1000) / passes;
}

function listed(name, paths) {
  const file = join(folder, name.replace(/\W/g, '-'));
  writeFileSync(file, `${paths.join('\n')}\n`);
  return file;
}

/** A component with a loader, and its data; nothing if it has no frontmatter, or something of that kind. */
function withLoader(source) {
  const fence = /^---\r?\n/m.exec(source);
  if (!fence || /loader/i.test(source)) return undefined;
  const end = fence.index + fence[0].length;
  return `${source.slice(0, end)}import { getLoaderData } from 'foreload/runtime';
export const loader = async ({ params }) => (await fetch('https://example.org/' + params.slug)).json();
const loaded = await getLoaderData();
${source.slice(end)}`;
}

/** Those of the components that Astro's compiler takes. */
async function accepted(components) {
  const kept = [];
  for (const [path, source] of components) {
    const { diagnostics } = await transform(source, { filename: path });
    if (diagnostics.every(({ severity }) => severity === 'warning' || severity === 2)) kept.push([path, source]);
  }
  return kept;
}

const results = { scan: {}, transform: {} };
try {
  execFileSync(process.execPath, [join(repository, 'tests/differential/fetch_corpus.mjs')], { stdio: 'inherit' });
  const sources = (pattern) => list(pattern).map((path) => [path, readFileSync(path, 'utf8')]);
  const published = await accepted(sources('tests/differential/corpus/**/*.astro'));
  const components = {
    'on npm, as they are': published,
    'on npm, each with a loader': await accepted(published.flatMap(([path, source], number) => {
      const text = withLoader(source);
      if (!text) return [];
      const copy = join(folder, `${number}.astro`);
      writeFileSync(copy, text);
      return [[copy, text]];
    })),
    'the golden cases': await accepted(sources('fixtures/golden/**/input/**/*.astro')),
  };
  await init;
  for (const [name, paths] of Object.entries(modules)) {
    const file = listed(name, paths);
    const texts = paths.map((path) => readFileSync(path, 'utf8'));
    const native = contender(join(build, 'tests/foreload-bench-scan'), [file]);
    const bun = contender(join(repository, 'node_modules/@oven/bun-linux-x64/bin/bun'), [join(repository, 'bench/scan/bun.mjs'), file]);
    results.scan[name] = {
      files: paths.length,
      bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      ...(await measure(paths, {
        foreload: () => native.measure('scan', passes),
        imports: () => native.measure('imports', passes),
        lexer: () => timed(() => texts.forEach((text) => parse(text))),
        bun: () => bun.measure('scan', passes),
      })),
    };
    native.close();
    bun.close();
  }
  for (const [name, files] of Object.entries(components)) {
    const native = contender(join(build, 'tests/foreload-bench-scan'), [listed(name, files.map(([path]) => path))]);
    results.transform[name] = {
      files: files.length,
      bytes: files.reduce((sum, [, source]) => sum + Buffer.byteLength(source), 0),
      ...(await measure(files, {
        foreload: () => native.measure('transform', passes),
        compiler: () => timed(async () => {
          for (const [filename, source] of files) await transform(source, { filename });
        }),
      })),
    };
    native.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}

if (options.json) {
  console.log(JSON.stringify(results, null, 2));
} else {
  const time = (microseconds) => microseconds.toFixed(microseconds < 10 ? 2 : 1);
  const times = (a, b) => `${(a / b).toFixed(1)} ×`;
  const scans = table(
    ['µs a module', 'modules', 'bytes each', 'foreload', 'GB/s', 'foreload, imports alone', `es-module-lexer ${version('es-module-lexer')}`, `bun ${version('bun')} scanImports`, 'es-module-lexer : foreload', 'es-module-lexer : imports alone', 'bun : imports alone'],
    Object.entries(results.scan).map(([name, { files, bytes, foreload, imports, lexer, bun }]) => [
      name, files, Math.round(bytes / files), time(foreload), (bytes / files / foreload / 1000).toFixed(2), time(imports), time(lexer), time(bun), times(lexer, foreload), times(lexer, imports), times(bun, imports),
    ]),
  );
  const transforms = table(
    ['µs a component', 'components', 'bytes each', 'foreload', `compiler-rs ${version('@astrojs/compiler-rs')}`, 'compiler-rs : foreload'],
    Object.entries(results.transform).map(([name, { files, bytes, foreload, compiler }]) => [
      name, files, Math.round(bytes / files), time(foreload), time(compiler), times(compiler, foreload),
    ]),
  );
  writeSection('scan', 'Scanning modules, transforming a component', `\`node bench/scan/run.mjs\`: ${machine()}; the processor's time, medians of ${rounds} rounds of ${passes} passes in which all take turns; texts are in memory. What each
module imports and exports, and where, is what foreload and es-module-lexer tell. \`scanImports\` tells the imports alone; so
does foreload to its crawl, for which most modules need not be lexed to their end. Where foreload's scanner is in doubt it parses, which is in its times.

${scans}

Astro's compiler makes JavaScript of a component; foreload parses all of its code, finds what its loaders need and what may stand
in their way, and puts in what starts them: different work on the same files, with the maps of both.

${transforms}`);
  console.log(`${scans}\n\n${transforms}`);
}
