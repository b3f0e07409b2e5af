// How `foreload build` runs: modes that give the same bytes, what it tells people and programs, one file for all outputs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository, site } from '../native.mjs';

function run(args, { cwd = repository, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Path → text of every file below a folder. */
const tree = (folder) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

/** Pages of components with loaders, some of which are wrong. */
function project(t, size = 60) {
  const files = { 'package.json': '{ "name": "site" }\n', 'src/lib/api.ts': 'export const get = async (id) => ({ id });\n' };
  for (let i = 0; i < size; i++) {
    const next = 2 * i + 2 < size ? [2 * i + 1, 2 * i + 2] : [];
    files[`src/components/Item${i}.astro`] = `---
import { getLoaderData } from 'foreload/runtime';
import { get } from '../lib/api';
${next.map((n) => `import Item${n} from './Item${n}.astro';`).join('\n')}
${i % 7 === 3 ? 'const local = 1;' : ''}
export const loader = async () => get(${i % 7 === 3 ? 'local' : i});
${i % 11 === 5 ? '' : 'const data = await getLoaderData<typeof loader>();'}
---
<p>{${i % 11 === 5 ? i : 'data.id'}}</p>${next.map((n) => `<Item${n} />`).join('')}
`;
  }
  for (let i = 0; i < 4; i++) files[`src/pages/${i}.astro`] = `---\nimport Item from '../components/Item${i}.astro';\nimport Lost from './Lost${i}.astro';\n---\n<Item /><Lost />\n`;
  files['src/pages/wrong.astro'] = '---\nconst = ;\n---\n<p />\n';
  return makeProject(t, files);
}

const modes = [
  ['--mode', 'sequential'],
  ['--mode', 'parallel', '--jobs', '4'],
  ['--mode', 'batch', '--jobs', '3', '--batch', '5'],
  ['--jobs', '1'],
  ['--batch', '1000'],
  [],
];

test('all modes give the same outputs, diagnostics and exit code', (t) => {
  const root = project(t);
  let expected;
  for (const [number, mode] of modes.entries()) {
    const out = join(root, `out${number}`);
    const { status, stdout, stderr } = run(['build', 'src', '--out', out, '--packed', `packed${number}`, ...mode], { cwd: root });
    const got = { status, stdout: stdout.replaceAll(String(number), ''), stderr, files: tree(out), packed: readFileSync(join(root, `packed${number}`), 'utf8') };
    expected ??= got;
    assert.equal(status, 1);
    assert.match(stderr, /FL2001/);
    assert.ok(Object.keys(got.files).length > 100);
    assert.deepEqual(got.files, expected.files, mode.join(' '));
    assert.equal(got.packed, expected.packed, mode.join(' '));
    assert.equal(got.stderr, expected.stderr, mode.join(' '));
  }
});

test('what is below a component that others start is told by their plans alone', () => {
  const folder = join(repository, "fixtures/golden/what needs a loader's data starts when it is there");
  const { stdout } = run(['build', join(folder, 'input'), '--no-cache', '--json']);
  const told = stdout.trim().split('\n').map((line) => JSON.parse(line)).filter(({ event }) => event === 'diagnostic');
  const expected = readFileSync(join(folder, 'expected/diagnostics.txt'), 'utf8');
  assert.ok(told.length > 0);
  for (const { message } of told) assert.ok(expected.includes(message), message);
});

test('the loaders of packages are counted with the others', (t) => {
  const root = makeProject(t, {
    'package.json': '{}',
    'node_modules/pkg/package.json': '{ "name": "pkg", "exports": { "./*": "./*" } }',
    'node_modules/pkg/Card.astro': `---\nimport { getLoaderData } from 'foreload/runtime';\nexport const loader = async () => 1;\nconst data = await getLoaderData();\n---\n<p>{data}</p>\n`,
    'src/pages/index.astro': "---\nimport Card from 'pkg/Card.astro';\n---\n<Card />\n",
  });
  assert.match(run(['build', 'src', '--no-cache'], { cwd: root }).stdout, /^1 component: 1 changed, 1 of 1 loader lifted$/m);
});

test('options of the modes have to make sense', (t) => {
  const root = makeProject(t, site);
  for (const [args, message] of [
    [['--mode', 'paralel'], /did you mean 'parallel'/],
    [['--jobs', '0'], /option '--jobs' is a number from 1 on, not '0'/],
    [['--batch', 'many'], /option '--batch' is a number from 1 on, not 'many'/],
    [['--jobs', '-1'], /--jobs/],
  ]) {
    const { status, stderr } = run(['build', root, ...args]);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, message);
  }
});

test('outputs that are there already are not written again', (t) => {
  const root = makeProject(t, site);
  const build = () => JSON.parse(run(['build', '.', '--out', 'out', '--json'], { cwd: root }).stdout.trimEnd().split('\n').at(-1)).statistics;
  const first = build();
  const times = () => Object.fromEntries(Object.keys(tree(join(root, 'out'))).map((file) => [file, statSync(join(root, 'out', file), { bigint: true }).mtimeNs]));
  const before = times();
  assert.equal(first.written, Object.keys(before).length);
  assert.equal(first.unchanged, 0);
  const second = build();
  assert.deepEqual(times(), before);
  assert.equal(second.written, 0);
  assert.equal(second.unchanged, first.written);
  const file = join(root, 'out/src/components/Card.astro');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('hello', 'HELLO'));
  assert.equal(build().written, 1);
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('no temporary file is left, and what cannot be written is said', (t) => {
  const root = makeProject(t, site);
  mkdirSync(join(root, 'out/manifest.json'), { recursive: true });
  const { status, stderr } = run(['build', '.', '--out', 'out'], { cwd: root });
  assert.equal(status, 1);
  assert.match(stderr, /FL9002/);
  assert.deepEqual(Object.keys(tree(join(root, 'out'))).filter((file) => !/\.(astro|ts|map)$/.test(file)), []);
});

test('a packed file has all outputs, each in a line', (t) => {
  const root = makeProject(t, { ...site, 'src/pages/bytes.astro': Buffer.from('<p>\xff</p>\n', 'latin1') });
  run(['build', '.', '--out', 'out'], { cwd: root });
  run(['build', '.', '--packed', 'new/outputs.ndjson'], { cwd: root });
  assert.deepEqual(readdirSync(join(root, 'new')), ['outputs.ndjson']);
  const lines = readFileSync(join(root, 'new/outputs.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  const unpacked = Object.fromEntries(lines.map(({ path, text, base64 }) => [path, text ?? Buffer.from(base64, 'base64').toString()]));
  assert.equal(lines.filter(({ base64 }) => base64).length, 1);
  assert.equal(lines.at(-1).path, 'manifest.json');
  assert.deepEqual(unpacked, tree(join(root, 'out')));
});

test('--json tells what happens, as lines of JSON', (t) => {
  const root = project(t);
  const { status, stdout, stderr } = run(['build', 'src', '--out', 'out', '--json'], { cwd: root });
  assert.equal(status, 1);
  assert.equal(stderr, '');
  const events = stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(events[0], { event: 'start', directory: join(root, 'src'), out: join(root, 'out') });
  const progress = events.filter(({ event }) => event === 'progress');
  assert.deepEqual([...new Set(progress.map(({ phase }) => phase))], ['find', 'read', 'link', 'emit', 'write']);
  for (const phase of ['read', 'emit']) assert.ok(progress.some((it) => it.phase === phase && it.done === it.total && it.total === 65), phase);
  const wrong = events.find(({ event, code }) => event === 'diagnostic' && code === 'FL2001');
  assert.equal(wrong.severity, 'error');
  assert.equal(wrong.file, join(root, 'src/components/Item10.astro'));
  assert.equal(readFileSync(wrong.file, 'utf8').slice(wrong.start.offset, wrong.end.offset), 'local');
  const done = events.at(-1);
  assert.equal(done.event, 'done');
  assert.equal(done.success, false);
  assert.equal(done.components, 65);
  assert.deepEqual(done.manifest, JSON.parse(readFileSync(join(root, 'out/manifest.json'), 'utf8')));
  const { statistics } = done;
  assert.ok(statistics.peakMemory > 1 << 20 && statistics.bytesRead > 1000 && statistics.seconds > 0 && statistics.jobs >= 1);
  assert.equal(statistics.written, Object.keys(tree(join(root, 'out'))).length);
  assert.equal(statistics.bytesWritten, Object.values(tree(join(root, 'out'))).reduce((sum, text) => sum + Buffer.byteLength(text), 0));
});

test('--trace has the phases, by thread', (t) => {
  const root = project(t);
  run(['build', 'src', '--trace', 'trace.json', '--jobs', '2', '--batch', '1'], { cwd: root });
  const { traceEvents } = JSON.parse(readFileSync(join(root, 'trace.json'), 'utf8'));
  const threads = Object.fromEntries(traceEvents.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]));
  assert.ok(Object.values(threads).includes('main'));
  const phases = traceEvents.filter(({ cat }) => cat === 'phase');
  for (const phase of ['find', 'read', 'link', 'emit', 'write']) assert.ok(phases.some(({ name }) => name === phase), phase);
  for (const { tid, dur, ts } of phases) assert.ok(tid in threads && dur >= 0 && ts >= 0);
});

test('--stats prints phases and what was needed', (t) => {
  const root = makeProject(t, site);
  const { stderr } = run(['build', '.', '--stats', '--out', 'out'], { cwd: root });
  assert.match(stderr, /^find +\d+\.\d\d ms\nread +.*\nlink +.*\nemit +.*\nwrite +.*\nall of it in .* on 1 thread, 1 component at a time\n/);
  assert.match(stderr, / MB read, \d+ files \(\d+\.\d MB\) written, 0 unchanged, \d+\.\d MB of memory at most\n/);
});

test('progress is shown on a terminal only, not in CI, and not of what is quick', (t) => {
  const root = makeProject(t, site);
  const onTerminal = (env) => {
    const { stdout, error } = spawnSync('script', ['-qec', `'${command}' build '${root}'`, '/dev/null'], { encoding: 'utf8', env: { ...process.env, TERM: 'xterm', ...env } });
    return error ? undefined : stdout;
  };
  const quick = onTerminal({ CI: '' });
  if (quick === undefined) return t.skip('there is no script(1)');
  assert.equal(quick.replaceAll('\r\n', '\n'), run(['build', root]).stdout);
  // Long enough on any machine: it is made to stand still for a while.
  const big = project(t, 4000);
  const line = `'${command}' build '${join(big, 'src')}' --jobs 1 2>&1 & pid=$!; sleep 0.1; kill -STOP $pid; sleep 0.6; kill -CONT $pid; wait $pid`;
  const shown = (env) => spawnSync('script', ['-qec', line, '/dev/null'], { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', ...env } }).stdout;
  const text = shown({ CI: '' }).replaceAll('\r\n', '\n');
  assert.match(text, /\r(read|link|emit|write)( \d+ of 400\d files)?/);
  assert.doesNotMatch(text.slice(text.lastIndexOf('\r') + 1), / of 400\d files/, 'the line is gone at the end');
  for (const env of [{ CI: 'true' }, { CI: '', TERM: 'dumb' }]) assert.doesNotMatch(shown(env).replaceAll('\r\n', '\n'), /\r/);
});
