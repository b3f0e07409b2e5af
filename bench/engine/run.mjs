#!/usr/bin/env node
// How long does it take to know the module graph of a project: `foreload graph` beside bundlers, which have to know it
// before anything else, and beside a program that does nothing but read the files. Whole processes, one after the other,
// taking turns. `node bench/engine/run.mjs [--rounds N] [--size N]… [--large] [--json]`; a run with all sizes writes its
// tables and the plot to docs/. --large adds 100,000 modules for foreload and the floor.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';
import { plot } from './plot.mjs';
import { writeSite } from '../build/site.mjs';
import { writeProject } from './projects.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const require = createRequire(import.meta.url);
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    size: { type: 'string', multiple: true, default: ['100', '1000', '10000'] },
    large: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const sizes = options.size.map(Number);
if (![rounds, ...sizes].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('bench/engine: --rounds and --size want positive integers');
  process.exit(2);
}

const version = (name) => require(join(repository, 'node_modules', name, 'package.json')).version;
const installed = (...path) => join(repository, 'node_modules', ...path);
const threads = String(Math.max(1, (await import('node:os')).availableParallelism()));
const command = join(build, 'foreload');
const floor = join(build, 'tests/foreload-bench-floor');

/** What is run for a project of a kind: the command line, with where output goes. */
const programs = {
  modules: {
    foreload: ({ root }) => [command, 'graph', join(root, 'src')],
    'foreload, from the entry': ({ entry }) => [command, 'graph', entry],
    'walk and read': ({ root }) => [floor, join(root, 'src'), threads],
    [`bun ${version('bun')}`]: ({ entry, out }) => [installed('@oven/bun-linux-x64/bin/bun'), 'build', entry, '--outfile', out],
    [`esbuild ${version('esbuild')}`]: ({ entry, out }) => [installed('@esbuild/linux-x64/bin/esbuild'), entry, '--bundle', '--format=esm', `--outfile=${out}`],
    [`rolldown ${version('rolldown')}`]: ({ entry, out }) => [process.execPath, installed('rolldown/bin/cli.mjs'), entry, '--file', out],
  },
  components: {
    foreload: ({ root }) => [command, 'graph', join(root, 'src')],
    'foreload, from the entry': ({ entry }) => [command, 'graph', entry],
    'walk and read': ({ root }) => [floor, join(root, 'src'), threads],
    [`compiler-rs ${version('@astrojs/compiler-rs')}`]: ({ root }) => [process.execPath, join(repository, 'bench/engine/compile_astro.mjs'), join(root, 'src')],
  },
  site: {
    'foreload build': ({ root }) => [command, 'build', join(root, 'src'), '--no-cache'],
    'walk and read': ({ root }) => [floor, join(root, 'src'), threads],
    [`compiler-rs ${version('@astrojs/compiler-rs')}`]: ({ root }) => [process.execPath, join(repository, 'bench/engine/compile_astro.mjs'), join(root, 'src')],
    [`bun ${version('bun')}, as many modules`]: ({ modules, out }) => [installed('@oven/bun-linux-x64/bin/bun'), 'build', modules, '--outfile', out],
  },
};

/** Runs a program under the stopwatch. */
function measure(words, cwd) {
  const { status, stdout, stderr, error } = spawnSync(join(build, 'tests/foreload-bench-stopwatch'), words, { cwd, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
  const [milliseconds, cpu, kilobytes] = stdout.trim().split(' ').map(Number);
  return { milliseconds, cpu, megabytes: kilobytes / 1000 };
}

/** Medians of all programs on a project of \p count modules; only those that \p wanted accepts. */
function measureProject(kind, count, wanted = () => true) {
  const root = mkdtempSync(join(tmpdir(), 'foreload-engine-'));
  try {
    if (kind === 'site') writeSite(root, count);
    const { entry, bytes } = kind === 'site' ? writeProject(join(root, 'modules'), 'modules', count) : writeProject(root, kind, count);
    execFileSync('sync');
    const project = { root, entry, modules: entry, out: join(root, 'bundle.js') };
    const found = JSON.parse(execFileSync(command, ['graph', entry, '--json'], { encoding: 'utf8', maxBuffer: 1 << 30 }));
    if (found.statistics.modules !== count) throw new Error(`${found.statistics.modules} of ${count} modules found`);
    const times = {};
    const turns = Object.entries(programs[kind]).filter(([name]) => wanted(name));
    for (let round = -1; round < rounds; round++) // the first fills the caches
      for (let turn = 0; turn < turns.length; turn++) {
        // Who comes after a bundler meets what it has left: half of its bundle unwritten, and caches full of it.
        const [name, words] = turns[(turn + round + 1) % turns.length];
        const result = measure(words(project), root);
        if (round >= 0) (times[name] ??= []).push(result);
      }
    const medians = Object.entries(times).map(([name, results]) => [
      name,
      Object.fromEntries(['milliseconds', 'cpu', 'megabytes'].map((key) => [key, median(results.map((result) => result[key]))])),
    ]);
    return { kind, count, bytes, imports: found.statistics.imports, programs: Object.fromEntries(medians) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const results = [];
for (const kind of Object.keys(programs)) for (const size of sizes) results.push(measureProject(kind, size));
const large = options.large ? [1000, 10_000, 100_000].map((size) => measureProject('modules', size, (name) => name === 'foreload' || name === 'walk and read')) : [];

const ms = (number) => (number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString('en'));
const times = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number)} ×`;

function tableOf(kind) {
  const own = results.filter((result) => result.kind === kind);
  const [subject] = Object.keys(programs[kind]);
  const head = [`ms (times as long as ${subject})`, ...own.map(({ count }) => count.toLocaleString('en'))];
  const rows = Object.keys(programs[kind]).map((name) => [
    name,
    ...own.map((result) => {
      const { milliseconds } = result.programs[name];
      const ratio = milliseconds / result.programs[subject].milliseconds;
      return name === subject ? ms(milliseconds) : `${ms(milliseconds)} (${times(ratio)})`;
    }),
  ]);
  return table(head, rows);
}

const largeTable = () =>
  table(
    ['modules', 'foreload, ms', 'µs a module', 'memory, MB', 'walk and read, ms', 'foreload : walk and read'],
    large.map(({ count, programs: { foreload, 'walk and read': least } }) => [
      count.toLocaleString('en'), ms(foreload.milliseconds), ((foreload.milliseconds * 1000) / count).toFixed(1), ms(foreload.megabytes), ms(least.milliseconds),
      times(foreload.milliseconds / least.milliseconds),
    ]),
  );

if (options.json) {
  console.log(JSON.stringify({ benchmark: 'engine', rounds, machine: machine(), results, large }, null, 2));
} else {
  const tables = [tableOf('modules'), tableOf('components'), tableOf('site'), ...(large.length ? [largeTable()] : [])];
  console.log(tables.join('\n\n'));
  if (options.size.join() === '100,1000,10000') {
    const modules = results.filter(({ kind }) => kind === 'modules');
    const lines = Object.keys(programs.modules)
      .filter((name) => name !== 'foreload, from the entry')
      .map((name) => ({ name, dashed: name === 'walk and read', points: modules.map(({ count, programs: each }) => [count, each[name].milliseconds]) }));
    writeFileSync(join(repository, 'docs/bench-graph.svg'), plot('Time to know the module graph of 100, 1,000 and 10,000 modules', lines));
    const bytes = modules.at(-1).bytes / modules.at(-1).count;
    writeSection(
      'engine',
      'The module graph of a project',
      `\`node bench/engine/run.mjs${options.large ? ' --large' : ''}\`: ${machine()}; medians of ${rounds} rounds in which the programs take turns, whole processes with warm
caches. Modules have ${(bytes / 1000).toFixed(1)} KB and about four imports each. They do different work: \`foreload graph\` reads, scans and resolves all modules, orders
them and finds cycles; bundlers go on to parse, link, print and write a bundle; compiler-rs compiles components, and resolves nothing. "Walk and
read" is a C program that only lists the folders and reads the files, on ${threads} threads.

<picture><img src="bench-graph.svg" alt="Time over the number of modules, on logarithmic axes, for foreload, bundlers and a program that only reads." width="760"></picture>

JavaScript modules:

${tables[0]}

Components (\`.astro\`):

${tables[1]}

Sites: pages of 19 components, of which every third has a loader. \`foreload build\` analyzes and transforms all of them and makes
their maps; it writes nothing. Bun bundles as many modules as there are components.

${tables[2]}${tables[3] ? `\n\nThe cost of a module, up to 100,000 of them:\n\n${tables[3]}` : ''}`,
    );
  }
}

// What we promise of the graph.
const wanted = [
  [10000, 'bun', 25], [10000, 'esbuild', 50], [1000, 'bun', 15], [100, 'bun', 1], [100, 'esbuild', 1], [100, 'rolldown', 1],
];
for (const [count, peer, least] of wanted) {
  const result = results.find((each) => each.kind === 'modules' && each.count === count);
  const name = result && Object.keys(result.programs).find((each) => each.startsWith(`${peer} `));
  const ratio = name && result.programs[name].milliseconds / result.programs.foreload.milliseconds;
  if (ratio < least) console.error(`bench/engine: ${count} modules: ${times(ratio)} faster than ${name}, ${least} are wanted`);
}
const wholes = [['modules', 'foreload', 1.5], ['site', 'foreload build', 4]];
for (const [kind, program, most] of wholes) {
  const whole = results.find((each) => each.kind === kind && each.count === 10000)?.programs;
  const ratio = whole && whole[program].milliseconds / whole['walk and read'].milliseconds;
  if (ratio > most) console.error(`bench/engine: 10,000 ${kind}: ${program} takes ${times(ratio)} of walking and reading, ${most} are wanted`);
}
