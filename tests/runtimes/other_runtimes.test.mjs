// The runtime's tests where sites run besides Node: in Bun, Deno and workerd. Each is an npm package; where its binary is
// not installed (other machines, `npm install --omit=optional`), it is skipped.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { build } from 'esbuild';

const repository = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const files = ['auto', 'batch', 'cycles', 'lift_program', 'props_key', 'registry', 'schedule', 'trace'].map(
  (name) => `tests/runtime/${name}.test.mjs`,
);

const binary = (path) => join(repository, 'node_modules', path);
const missing = (path) => !existsSync(path) && `${path} is not installed`;

/** What a command printed, and its exit code; it has a minute. */
function run(command, args) {
  return new Promise((done, fail) => {
    // What this runner tells its children is not for others.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const child = spawn(command, args, { cwd: repository, env: { ...environment, NO_COLOR: '1' }, timeout: 60_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', fail);
    child.on('close', (code) => done({ code, output: stripVTControlCharacters(output) }));
  });
}

/** The sum of the numbers that \p pattern finds. */
const sum = (output, pattern) => [...output.matchAll(pattern)].reduce((total, [, count]) => total + Number(count), 0);

const bun = binary('@oven/bun-linux-x64/bin/bun');
test('Bun', { skip: missing(bun) }, async (t) => {
  const { code, output } = await run(bun, ['test', ...files.map((file) => `./${file}`)]);
  t.diagnostic(`${sum(output, /^ *(\d+) pass$/gm)} tests`);
  assert.equal(code, 0, output);
  assert.ok(sum(output, /^ *(\d+) pass$/gm) > 100 && sum(output, /^ *(\d+) fail$/gm) === 0, output);
});

const deno = binary('@deno/linux-x64-glibc/deno');
test('Deno', { skip: missing(deno) }, async (t) => {
  const { code, output } = await run(deno, ['test', '--allow-all', '--no-check', '--no-lock', ...files]);
  t.diagnostic(`${sum(output, /^ok \| (\d+) passed/gm)} tests`);
  assert.equal(code, 0, output);
  assert.ok(sum(output, /^ok \| (\d+) passed \| 0 failed/gm) > 100, output);
});

// A worker has no test runner: what the files tell `node:test` is collected, and run by the worker's own.
const RUNNER = `
  const tests = [];
  const after = [];
  export const test = (name, ...rest) => void tests.push([name, rest.at(-1), rest.length > 1 && rest[0].skip]);
  export const afterEach = (fn) => void after.push(fn);
  export async function runTests() {
    let passed = 0, failed = 0;
    for (const [name, fn, skip] of tests) {
      if (skip) continue;
      const cleanups = [];
      try {
        await fn({ diagnostic() {}, after: (fn) => cleanups.push(fn) });
        passed++;
      } catch (error) {
        failed++;
        console.log('not ok', name, error?.stack ?? error);
      }
      for (const fn of [...cleanups, ...after]) await fn();
    }
    console.log(passed + ' passed, ' + failed + ' failed');
    if (failed) throw new Error(failed + ' tests failed');
  }`;

// It has no folder to put a bundle into, either.
const inWorker = files.filter((file) => !file.includes('/auto.'));

const workerd = binary('@cloudflare/workerd-linux-64/bin/workerd');
test('workerd', { skip: missing(workerd) }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'foreload-worker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const worker = `
    import { runTests } from 'node:test';
    ${inWorker.map((file) => `import './${file}';`).join('\n')}
    export default { test: runTests };`;
  await build({
    stdin: { contents: worker, resolveDir: repository },
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    external: ['node:*'],
    conditions: ['workerd'],
    plugins: [
      {
        name: 'runner',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^node:test$/ }, () => ({ path: 'node:test', namespace: 'runner' }));
          onLoad({ filter: /.*/, namespace: 'runner' }, () => ({ contents: RUNNER }));
        },
      },
    ],
  });
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_compat", "unhandled_rejection_after_microtask_checkpoint"],
);
`,
  );
  const { code, output } = await run(workerd, ['test', join(folder, 'config.capnp')]);
  const [, passed, failed] = /(\d+) passed, (\d+) failed/.exec(output) ?? [];
  t.diagnostic(`${passed} tests`);
  assert.equal(code, 0, output);
  assert.ok(Number(passed) > 100 && failed === '0', output);
});
