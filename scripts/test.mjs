// Runs every test suite and counts what passed: `node scripts/test.mjs build/release [suite…]`. A suite's output is
// shown if something in it fails, and is kept in build/test-logs/ anyway.
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [build, ...chosen] = process.argv.slice(2);
if (!build || !existsSync(build)) {
  console.error('usage: node scripts/test.mjs BUILD_FOLDER [SUITE…]');
  process.exit(2);
}
const logs = resolve('build/test-logs');
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });

/** The last match of \p pattern in what a suite printed, as numbers. */
const numbers = (output, pattern) => [...output.matchAll(pattern)].at(-1)?.slice(1).map(Number);

const doctest = {
  command: [join(build, 'tests/foreload-unit-tests')],
  count(output) {
    const found = numbers(output, /test cases: *\d+ \| *(\d+) passed \| *(\d+) failed/g);
    return found && { passed: found[0], failed: found[1] };
  },
};

const golden = {
  command: [join(build, 'tests/foreload-golden'), 'fixtures/golden'],
  count(output) {
    const found = numbers(output, /(\d+) passed, (\d+) failed/g);
    return found && { passed: found[0], failed: found[1] };
  },
};

// The unit tests are one test to CTest, and so are the golden ones: they are counted above instead.
const ctest = {
  command: ['ctest', '--test-dir', build, '--output-on-failure', '--exclude-regex', '^(unit|golden)$', '--no-tests=error'],
  count(output) {
    const found = numbers(output, /\d+% tests passed, (\d+) tests failed out of (\d+)/g);
    return found && { passed: found[1] - found[0], failed: found[0] };
  },
};

/** The `*.test.mjs` files of a folder below tests/. */
function nodeTests(folder, { note } = {}) {
  const path = join('tests', folder);
  const files = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.test.mjs')).sort() : [];
  return {
    note,
    command: [process.execPath, '--test', '--test-reporter=tap', ...files.map((file) => join(path, file))],
    missing: files.length === 0 && `no ${path}/*.test.mjs`,
    count(output) {
      const passed = numbers(output, /^# pass (\d+)$/gm);
      const failed = numbers(output, /^# fail (\d+)$/gm);
      const cancelled = numbers(output, /^# cancelled (\d+)$/gm);
      return passed && failed && { passed: passed[0], failed: failed[0] + (cancelled?.[0] ?? 0) };
    },
  };
}

/** A script that prints "N passed, N failed", or is one test. */
function script(path, { note, interpreter = 'bash' } = {}) {
  return {
    note,
    command: [interpreter, path],
    missing: !existsSync(path) && `no ${path}`,
    count(output, code) {
      const found = numbers(output, /(\d+) passed, (\d+) failed/g);
      return found ? { passed: found[0], failed: found[1] } : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    },
  };
}

const suites = {
  unit: doctest,
  golden,
  native: ctest,
  differential: script('tests/differential/run.sh', { note: 'against other parsers and resolvers' }),
  compiled: nodeTests('golden', { note: "the golden cases' output, compiled by Astro and esbuild" }),
  addon: nodeTests('addon'),
  cli: nodeTests('cli'),
  plugins: nodeTests('plugins', { note: 'native plugins: the examples, what is refused, Bun' }),
  runtime: nodeTests('runtime'),
  runtimes: nodeTests('runtimes', { note: 'the same in Bun, Deno and workerd' }),
  vite: nodeTests('vite'),
  package: nodeTests('package'),
  docs: nodeTests('docs', { note: 'what the documentation shows' }),
  browser: nodeTests('browser', { note: 'the dev toolbar and reports in Chromium, if it is installed' }),
  e2e: nodeTests('e2e', { note: 'builds and serves Astro sites: a few minutes' }),
  oracle: script('tests/oracle/run.mjs', { note: 'pages made up by chance, against a model: two minutes', interpreter: process.execPath }),
};

function run(name, command) {
  const log = createWriteStream(join(logs, `${name}.log`));
  const environment = { ...process.env, FORELOAD_BUILD: resolve(build) };
  delete environment.NODE_TEST_CONTEXT; // so that a runner inside a test still reports on its own
  return new Promise((done) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => log.write(chunk));
    const finish = (code) => log.end(() => done(code));
    child.on('error', (error) => { log.write(`${error.message}\n`); finish(1); });
    child.on('close', (code, signal) => {
      if (signal) log.write(`ended by ${signal}\n`);
      finish(code ?? 1);
    });
  });
}

let passed = 0;
let failed = 0;
for (const [name, suite] of Object.entries(suites)) {
  if (chosen.length && !chosen.includes(name)) continue;
  process.stdout.write(`== ${name}${suite.note ? ` (${suite.note})` : ''}: `);
  if (suite.missing) {
    console.log(`FAILED, ${suite.missing}`);
    failed++;
    continue;
  }
  const start = performance.now();
  const code = await run(name, suite.command);
  const output = readFileSync(join(logs, `${name}.log`), 'utf8');
  const counted = suite.count(output, code) ?? { passed: 0, failed: 0 };
  // A suite that fails without a test that does has crashed, and so has one that counts nothing.
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  if (counted.passed + counted.failed === 0) counted.failed = 1;
  passed += counted.passed;
  failed += counted.failed;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${counted.passed} passed, ${counted.failed} failed in ${seconds} s`);
  if (counted.failed) console.log(output.replace(/^/gm, '   '));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
