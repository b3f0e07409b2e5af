#!/usr/bin/env node
// What do threads and batches save a build, and how long does a change take in watch mode? Whole processes that take turns,
// by the time that the build says it took. `node bench/build/run.mjs [--rounds N] [--size N]… [--json]`; a run with all sizes
// writes its table to docs/.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';
import { writeSite } from './site.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const command = join(resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release')), 'foreload');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    size: { type: 'string', multiple: true, default: ['1', '10', '100', '1000', '10000'] },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const sizes = options.size.map(Number);
if (![rounds, ...sizes].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('bench/build: --rounds and --size want positive integers');
  process.exit(2);
}
const threads = availableParallelism();

/** The statistics of one build. */
function build(root, out, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, ['build', root, '--no-cache', '--json', '--out', out, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) throw error;
  if (status !== 0) throw new Error(`foreload build ${args.join(' ')} failed: ${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)).statistics;
}

const modes = {
  sequential: ['--mode', 'sequential'],
  [`parallel, ${threads} threads`]: ['--mode', 'parallel', '--jobs', String(threads)],
  [`batch, ${threads} threads`]: ['--mode', 'batch', '--jobs', String(threads)],
  'as foreload chooses': [],
};

/** The milliseconds from a change of one component to the moment when its output is there. */
async function measureEdits(root, out, file) {
  const child = spawn(command, ['build', root, '--no-cache', '--out', out, '--watch', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    let done;
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('{"event":"done"') && done?.());
    const next = () => new Promise((resolvePromise) => (done = resolvePromise));
    await next();
    const output = join(out, file.slice(root.length + 1));
    const times = [];
    for (let round = -2; round < rounds; round++) {
      const end = next();
      const text = `<!-- ${round + 2} -->\n`;
      const start = process.hrtime.bigint();
      appendFileSync(file, text);
      while (!readFileSync(output, 'utf8').endsWith(text)) await new Promise(setImmediate);
      const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
      if (round >= 0) times.push(milliseconds);
      await end;
    }
    return median(times);
  } finally {
    child.kill();
  }
}

async function measureProject(count) {
  const folder = mkdtempSync(join(tmpdir(), 'foreload-build-'));
  const [root, out] = [join(folder, 'site'), join(folder, 'out')];
  try {
    const folders = writeSite(root, count);
    const fresh = {};
    const again = {};
    let statistics;
    for (let round = -1; round < rounds; round++) // the first fills the system's caches
      for (const [mode, args] of Object.entries(modes)) {
        rmSync(out, { recursive: true, force: true });
        const first = build(root, out, ...args);
        const second = build(root, out, ...args); // finds all outputs there
        if (round < 0) continue;
        (fresh[mode] ??= []).push(first.seconds * 1e3);
        (again[mode] ??= []).push(second.seconds * 1e3);
        statistics = first;
      }
    const medians = (times) => Object.fromEntries(Object.entries(times).map(([mode, all]) => [mode, median(all)]));
    const edited = folders[folders.length >> 1];
    const edit = edited && (await measureEdits(root, out, join(edited, 'Part8.astro')));
    return { count, fresh: medians(fresh), again: medians(again), edit, peakMemory: statistics.peakMemory, jobs: statistics.jobs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = [];
for (const size of sizes) results.push(await measureProject(size));
if (options.json) {
  console.log(JSON.stringify({ benchmark: 'build', rounds, machine: machine(), results }, null, 2));
} else {
  const ms = (number) => (number === undefined ? '' : number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString('en'));
  const names = Object.keys(modes);
  const ratio = (times, mode) => `${(times.sequential / times[mode]).toFixed(2)} ×`;
  const text = table(
    ['components', ...results.map(({ count }) => count.toLocaleString('en'))],
    [
      ...names.map((mode) => [`${mode}, ms`, ...results.map(({ fresh }) => ms(fresh[mode]))]),
      ...names.map((mode) => [`${mode}, outputs are there, ms`, ...results.map(({ again }) => ms(again[mode]))]),
      ['sequential : batch', ...results.map(({ fresh }) => ratio(fresh, names[2]))],
      ['sequential : batch, outputs are there', ...results.map(({ again }) => ratio(again, names[2]))],
      ['sequential : chosen', ...results.map(({ again }) => ratio(again, names[3]))],
      ['threads that foreload chooses', ...results.map(({ jobs }) => jobs)],
      ['memory at most, MB', ...results.map(({ peakMemory }) => ms(peakMemory / 1024 / 1024))],
      ['watch mode: from an edit to its output, ms', ...results.map(({ edit }) => ms(edit))],
    ],
  );
  console.log(text);
  if (options.size.join() === '1,10,100,1000,10000')
    writeSection(
      'build',
      'Builds on several threads',
      `\`node bench/build/run.mjs\`: ${machine()}; medians of ${rounds} rounds in which the modes take turns, without a cache. A build
writes all outputs, and then finds them there in another process. An edit adds a comment to a component that
another one renders; its time includes those that the system takes to tell of it.

${text}`,
    );
}
