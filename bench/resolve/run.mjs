#!/usr/bin/env node
// How long does it take to find the file that an import leads to: foreload's resolver beside oxc-resolver, which Vite uses,
// and enhanced-resolve, which webpack does. Cold, all caches are empty but the disk's; warm, everything was asked before.
// What is measured is the processor's time, which other processes change little; all take turns.
// `node bench/resolve/run.mjs [--rounds N] [--json]`; a run without --json writes its table to docs/benchmarks.md.
import { globSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import enhancedResolve from 'enhanced-resolve';
import { init, parse } from 'es-module-lexer';
import { ResolverFactory } from 'oxc-resolver';
import { contender } from '../contender.mjs';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const version = (name) => createRequire(import.meta.url)(join(repository, 'node_modules', name, 'package.json')).version;
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, json: { type: 'boolean', default: false } } });
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('bench/resolve: --rounds wants a positive integer');
  process.exit(2);
}

const modules = realpathSync(join(repository, 'node_modules'));
const root = dirname(modules);
const patterns = {
  'astro: what it runs': 'astro/dist/**/*.js',
  'three: its source': 'three/src/**/*.js',
  'lodash-es': 'lodash-es/*.js',
};

/** `[importer, specifier]` of the imports of the files of \p pattern. */
function importsOf(pattern) {
  const found = [];
  for (const file of globSync(pattern, { cwd: modules }).sort()) {
    const path = join(modules, file);
    for (const { specifier } of parse(readFileSync(path, 'utf8'))[0])
      if (specifier && !/^([a-z][a-z\d+.-]+:|\0)|[\t\r\n]/i.test(specifier)) found.push([path, specifier]);
  }
  if (found.length === 0) throw new Error(`no imports in ${pattern}`);
  return found;
}

const settings = {
  conditionNames: ['astro', 'import', 'module', 'node', 'production', 'default'],
  extensions: ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'],
  extensionAlias: { '.js': ['.js', '.ts', '.tsx'], '.mjs': ['.mjs', '.mts'], '.cjs': ['.cjs', '.cts'], '.jsx': ['.jsx', '.tsx'] },
  mainFields: ['module', 'jsnext:main', 'jsnext', 'main'],
  roots: [root],
};
const makeOxc = () => new ResolverFactory({ ...settings, builtinModules: true, tsconfig: 'auto' });
const makeEnhanced = () => enhancedResolve.create.sync({ ...settings, fileSystem: new enhancedResolve.CachedInputFileSystem(createRequire(import.meta.url)('fs'), 60_000) });
const resolveByOxc = (resolver, imports) => { for (const [importer, specifier] of imports) resolver.resolveFileSync(importer, specifier); };
function resolveByEnhanced(resolve, imports) {
  for (const [importer, specifier] of imports) {
    try {
      resolve(dirname(importer), specifier);
    } catch { /* it is not installed, or a builtin */ }
  }
}

function timed(work) {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) * 1000;
}

await init;
const folder = mkdtempSync(join(tmpdir(), 'foreload-resolve-'));
const results = {};
try {
  for (const [name, pattern] of Object.entries(patterns)) {
    const imports = importsOf(pattern);
    const list = join(folder, `${name.replace(/\W/g, '-')}.txt`);
    writeFileSync(list, imports.map((pair) => `${pair.join('\t')}\n`).join(''));
    const native = contender(join(build, 'tests/foreload-bench-resolve'), [root, list]);
    const oxc = makeOxc(), enhanced = makeEnhanced();
    const contenders = {
      foreload: { cold: () => native.measure('cold', 3), warm: () => native.measure('warm', 20) },
      crawl: { warm: () => native.measure('crawl', 20) },
      oxc: { cold: () => { const fresh = makeOxc(); return timed(() => resolveByOxc(fresh, imports)); }, warm: () => timed(() => resolveByOxc(oxc, imports)) },
      enhanced: { cold: () => { const fresh = makeEnhanced(); return timed(() => resolveByEnhanced(fresh, imports)); }, warm: () => timed(() => resolveByEnhanced(enhanced, imports)) },
    };
    const times = {};
    for (let round = -2; round < rounds; ++round)
      for (const [who, tasks] of Object.entries(contenders))
        for (const [task, pass] of Object.entries(tasks)) {
          const nanoseconds = (await pass()) / imports.length;
          if (round >= 0) ((times[who] ??= {})[task] ??= []).push(nanoseconds);
        }
    results[name] = { imports: imports.length };
    for (const [who, tasks] of Object.entries(times))
      results[name][who] = Object.fromEntries(Object.entries(tasks).map(([task, all]) => [task, median(all)]));
    native.close();
  }
} finally {
  rmSync(folder, { recursive: true });
}

if (options.json) {
  console.log(JSON.stringify(results, null, 2));
} else {
  const time = (nanoseconds) => Math.round(nanoseconds).toLocaleString('en');
  const times = (a, b) => `${(a / b).toFixed(1)} ×`;
  const peers = [`oxc-resolver ${version('oxc-resolver')}`, `enhanced-resolve ${version('enhanced-resolve')}`];
  const rows = (task, crawl) => Object.entries(results).map(([name, { imports, foreload, oxc, enhanced, ...rest }]) => [
    name, imports, time(foreload[task]), ...(crawl ? [time(rest.crawl.warm)] : []), time(oxc[task]), time(enhanced[task]),
    times(oxc[task], foreload[task]), times(enhanced[task], foreload[task]),
  ]);
  const ratios = ['oxc-resolver : foreload', 'enhanced-resolve : foreload'];
  writeSection('resolve', 'Resolving imports', `\`node bench/resolve/run.mjs\`: ${machine()}; the processor's time, medians of ${rounds} rounds in which all take turns. What each
import of a package's modules leads to: from paths to paths. oxc-resolver and enhanced-resolve are called from JavaScript, as
bundlers do, and foreload in C++, as its own engine does; a call from JavaScript would add about a microsecond. In a crawl an
importer's folder is at hand and no path is made.

${table(['cold, ns an import', 'imports', 'foreload', ...peers, ...ratios], rows('cold', false))}

${table(['warm, ns an import', 'imports', 'foreload', 'foreload, in a crawl', ...peers, ...ratios], rows('warm', true))}`);
}
