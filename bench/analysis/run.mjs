#!/usr/bin/env node
// How long does the analysis of a whole project take, by the number of its components? It is to be linear: the time for
// one component should not depend on how many there are, whatever they render. What is measured is the processor's time,
// which other processes change little. `out/in` says how much larger the output is than the components.
// `node bench/analysis/run.mjs [--size N]… [--shape NAME]… [--rounds N] [--command FILE] [--json]`
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shapes } from './shapes.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const build = process.env.FORELOAD_BUILD ?? join(repository, 'build/release');

const options = (() => {
  try {
    const { values } = parseArgs({
      options: {
        command: { type: 'string', default: join(build, 'foreload') },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        shape: { type: 'string', multiple: true, default: Object.keys(shapes) },
        size: { type: 'string', multiple: true, default: ['10', '100', '1000', '10000'] },
      },
    });
    for (const shape of values.shape)
      if (!shapes[shape]) throw new Error(`there is no shape "${shape}"; there are ${Object.keys(shapes).join(', ')}`);
    for (const number of [values.rounds, ...values.size])
      if (!/^[1-9]\d*$/.test(number)) throw new Error(`"${number}" is no positive integer`);
    if (!existsSync(values.command)) throw new Error(`${values.command} does not exist: run make`);
    return { ...values, rounds: Number(values.rounds), sizes: values.size.map(Number) };
  } catch (error) {
    console.error(`bench/analysis: ${error.message}`);
    process.exit(2);
  }
})();

/** The milliseconds that the processor spends on one run of the command, of \p times. */
function cpuTime(times, args) {
  // Bash reports the time of all that it has waited for.
  const script = 'TIMEFORMAT="%U %S"; time for ((i = 0; i < TIMES; i++)); do "$@" > /dev/null 2> /dev/null || exit 1; done';
  const { status, stderr, error } = spawnSync('bash', ['-c', script, 'bash', options.command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TIMES: String(times) },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`foreload ${args.join(' ')} failed`);
  const [user, system] = stderr.trim().split(' ').map(Number);
  return ((user + system) * 1000) / times;
}

function median(numbers) {
  numbers.sort((a, b) => a - b);
  return numbers[Math.floor(numbers.length / 2)];
}

const rounds = (measure) => median(Array.from({ length: options.rounds }, measure));

function measure(shape, size) {
  const root = mkdtempSync(join(tmpdir(), 'foreload-analysis-'));
  try {
    const files = { 'package.json': '{ "name": "site" }\n', ...shapes[shape](size) };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'in', path)), { recursive: true });
      writeFileSync(join(root, 'in', path), text);
    }
    const components = Object.keys(files).filter((path) => path.endsWith('.astro'));
    const times = Math.ceil(1000 / size); // the clock that is read counts milliseconds
    const milliseconds = rounds(() => cpuTime(times, ['build', join(root, 'in')])) - empty;
    const result = { shape, components: components.length, milliseconds, microsecondsEach: (milliseconds * 1000) / components.length };
    if (size > 1000) return result; // it takes longer to write than to make
    cpuTime(1, ['build', join(root, 'in'), '--out', join(root, 'out')]);
    const written = readdirSync(join(root, 'out'), { recursive: true })
      .filter((path) => /\.(astro|ts)$/.test(path))
      .reduce((sum, path) => sum + statSync(join(root, 'out', path)).size, 0);
    const read = components.reduce((sum, path) => sum + Buffer.byteLength(files[path]), 0);
    return { ...result, growth: written / read };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const empty = rounds(() => cpuTime(50, ['--version'])); // to start a process at all
try {
  const results = [];
  const say = (text) => options.json || process.stdout.write(text);
  say(`µs per component, medians of ${options.rounds}\n\n${''.padEnd(18)}`);
  for (const size of options.sizes) say(String(size).padStart(9) + '   out/in');
  for (const shape of options.shape) {
    say(`\n${shape.padEnd(18)}`);
    for (const size of options.sizes) {
      const result = measure(shape, size);
      results.push(result);
      say(result.microsecondsEach.toFixed(0).padStart(9) + (result.growth?.toFixed(1) ?? '').padStart(9));
    }
  }
  say('\n');
  if (options.json) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length };
    console.log(JSON.stringify({ benchmark: 'analysis', rounds: options.rounds, machine, results }, null, 2));
  }
} catch (error) {
  console.error(`bench/analysis: ${error.message}`);
  process.exitCode = 1;
}
