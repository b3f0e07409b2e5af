#!/usr/bin/env node
// How long does it take to compose components from slow files and from a warm cache: foreload, a plain sequential loader,
// and a loader in Python with asyncio and a thread pool, taking turns.
// `node bench/compose/run.mjs [--rounds N] [--latency US] [--workers N] [--json]`; a full run appends its table to
// docs/benchmarks.md.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const native = join(resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release')), 'tests/foreload-bench-compose');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    latency: { type: 'string', default: '3000' },
    workers: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, latency, workers] = [options.rounds, options.latency, options.workers].map(Number);
if (![rounds, latency, workers].every(Number.isInteger) || rounds < 1 || workers < 1 || latency < 0) {
  console.error('bench/compose: --rounds, --latency and --workers want whole numbers');
  process.exit(2);
}

const prose = 'Keep answers for {project_name} {version} short, and say which file they are about.\n'.repeat(12);
const component = (name, includes, references) =>
  `---\ntitle: ${name}\n${includes.length ? `includes:\n${includes.map((path) => `  - ${path}\n`).join('')}` : ''}---\n\n## ${name}\n\n${prose}\n` +
  references.map((path) => `{{component: ${path}}}\n`).join('\n');

/** Layers of components, each of which includes three of the layer below; the top layer is asked for. */
function layers(depth, width) {
  const files = {};
  for (let layer = 0; layer < depth; ++layer)
    for (let at = 0; at < width; ++at) {
      const below = layer ? [0, 1, 2].map((k) => `layer-${layer - 1}/${(at * 2 + k * 5) % width}.md`) : [];
      files[`layer-${layer}/${at}.md`] = component(`${layer}.${at}`, below.slice(0, 1), [...new Set(below)].slice(0, 2));
    }
  return { files, depth, entries: Array.from({ length: width }, (_, at) => `layer-${depth - 1}/${at}.md`) };
}

const shapes = {
  'a page of 120 parts': (() => {
    const paths = Array.from({ length: 120 }, (_, at) => `parts/${at}.md`);
    return { depth: 2, entries: ['page.md'], files: { 'page.md': component('page', [], paths), ...Object.fromEntries(paths.map((path) => [path, component(path, [], [])])) } };
  })(),
  '4 layers of 30': layers(4, 30),
  'a chain of 12': layers(12, 1),
};

/** A process that answers each line with a time and a digest. */
function loader(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async measure(mode) {
      child.stdin.write(`${mode}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ended`);
      const [milliseconds, digest] = value.split(' ');
      return { milliseconds: Number(milliseconds), digest };
    },
    close: () => child.stdin.end(),
  };
}

async function measureShape({ files, entries, depth }) {
  const folder = mkdtempSync(join(tmpdir(), 'foreload-bench-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
      utimesSync(join(folder, path), 1e9, 1e9); // what was written a moment ago is not trusted to stay
    }
    const args = [folder, String(latency), String(workers), ...entries];
    const foreload = loader(native, args);
    const python = loader(process.env.PYTHON ?? 'python3', [join(repository, 'bench/compose/loader.py'), ...args]);
    const variants = {
      sequential: () => foreload.measure('sequential'),
      python: () => python.measure('parallel'),
      foreload: () => foreload.measure('parallel'),
      pythonWarm: () => python.measure('warm'),
      foreloadWarm: () => foreload.measure('warm'),
    };
    const times = {};
    const digests = new Set();
    for (let round = -1; round < rounds; ++round) // the first fills the caches
      for (const [name, measure] of Object.entries(variants)) {
        const { milliseconds, digest } = await measure();
        digests.add(digest);
        if (round >= 0) (times[name] ??= []).push(milliseconds);
      }
    foreload.close();
    python.close();
    assert.equal(digests.size, 1, 'all loaders come to the same text');
    const count = Object.keys(files).length;
    const limit = (latency / 1000) * Math.max(depth, Math.ceil(count / workers));
    return { files: count, depth, limit, ...Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = {};
for (const [name, shape] of Object.entries(shapes)) results[name] = await measureShape(shape);

const ms = (number) => number.toFixed(number < 10 ? 2 : 1);
const times = (number) => `${number.toFixed(1)} ×`;
const cold = table(
  ['cold, ms', 'files', 'longest chain', 'no faster than', 'foreload', 'Python', 'one after the other', 'foreload : one after the other'],
  Object.entries(results).map(([name, r]) => [name, r.files, r.depth, ms(r.limit), ms(r.foreload), ms(r.python), ms(r.sequential), times(r.sequential / r.foreload)]),
);
const warm = table(
  ['warm, ms', 'foreload', 'Python', 'foreload : Python'],
  Object.entries(results).map(([name, r]) => [name, ms(r.foreloadWarm), ms(r.pythonWarm), times(r.pythonWarm / r.foreloadWarm)]),
);

if (options.json) {
  console.log(JSON.stringify({ benchmark: 'compose', rounds, latency, workers, machine: machine(), results }, null, 2));
} else {
  console.log(`${cold}\n\n${warm}`);
  writeSection(
    'compose',
    'Composing components',
    `\`node bench/compose/run.mjs\`: ${machine()}; medians of ${rounds} rounds in which the loaders take turns. Opening a file
takes ${latency / 1000} ms longer than it does, as on a share in a network; ${workers} workers each. "No faster than" is what the latency
alone comes to: the longest chain of files that name each other, or all files divided among the workers, whichever is more.
"One after the other" is a plain loop in C++. Python is \`asyncio\` with a thread pool, and reads as far ahead as foreload does. All
come to the same bytes.

${cold}

Warm, the files are looked at and have not changed; there is no latency in that. A time is one of ten loads in a row.

${warm}`,
  );
}

// What we promise. A page whose parts can be read side by side is where it has to show.
const failures = Object.entries(results).flatMap(([name, r]) => [
  ...(r.depth < r.files && r.sequential / r.foreload < 1.4 ? [`${name}: ${times(r.sequential / r.foreload)} faster than one after the other, 1.4 are wanted`] : []),
  ...(r.depth < r.files && r.pythonWarm / r.foreloadWarm < 20 ? [`${name}: ${times(r.pythonWarm / r.foreloadWarm)} faster than Python when warm, 20 are wanted`] : []),
]);
for (const failure of failures) console.error(`bench/compose: ${failure}`);
process.exitCode = failures.length ? 1 : 0;
