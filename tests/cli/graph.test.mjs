// `foreload graph` on small projects: fixtures/graph/<a sentence>/{input/**, options.json?, expected/**}.
//
// expected/ has what the command writes in each of its formats, and diagnostics.txt if it says something besides.
// FORELOAD_UPDATE=1 writes what there is; review happens in the diff. A file that is missing and one that nobody expects
// fail alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'parse5';
import { command, makeProject, repository } from '../native.mjs';

const fixtures = join(repository, 'fixtures/graph');
const formats = { 'graph.txt': [], 'graph.json': ['--json'], 'graph.dot': ['--dot'], 'graph.html': ['--html'] };

function graph(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, ['graph', ...args], { cwd, encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** The graph as JSON, of a run that has nothing to complain about. */
function found(args, cwd) {
  const { status, stdout, stderr } = graph([...args, '--json'], cwd);
  assert.deepEqual([status, stderr], [0, '']);
  return JSON.parse(stdout);
}

/** Without what differs from run to run and from machine to machine. The style sheet is the reports'. */
const normalized = (text, input) =>
  text.replaceAll(input, '/project').replace(/"(cacheHits|foldersListed|threads|crawlMilliseconds|orderMilliseconds|peakMemory)": [\d.e+-]+/g, '"$1": 0')
    .replace(/\d+ of (\d+ look-ups?) .*\nread in .*\n$/, 'N of $1\nread in TIME\n').replace(/<style>[^]*<\/style>/, '<style></style>');

for (const name of readdirSync(fixtures)) {
  test(name, () => {
    const folder = join(fixtures, name), input = join(folder, 'input'), expected = join(folder, 'expected');
    const optionsFile = join(folder, 'options.json');
    const options = existsSync(optionsFile) ? JSON.parse(readFileSync(optionsFile, 'utf8')) : {};
    const written = {};
    for (const [file, format] of Object.entries(formats)) {
      const run = (jobs) => graph([...(options.operands ?? ['.']), ...(options.arguments ?? []), '--root', '.', ...format, '--jobs', jobs], input);
      const { status, stdout, stderr } = run('1');
      assert.equal(status, options.exit ?? 0, stderr);
      written[file] = normalized(stdout, input);
      if (stderr) written['diagnostics.txt'] = stderr;
      assert.equal(normalized(run('4').stdout, input), written[file]);
    }
    assert.equal(parse(written['graph.html'], { onParseError: (error) => assert.fail(error.code) }).childNodes[0].name, 'html');
    if (process.env.FORELOAD_UPDATE) {
      rmSync(expected, { recursive: true, force: true });
      mkdirSync(expected);
      for (const [file, text] of Object.entries(written)) writeFileSync(join(expected, file), text);
    }
    assert.deepEqual(existsSync(expected) ? readdirSync(expected).sort() : [], Object.keys(written).sort());
    for (const [file, text] of Object.entries(written)) assert.equal(text, readFileSync(join(expected, file), 'utf8'), file);
  });
}

const site = {
  'package.json': '{}',
  'src/pages/index.astro': "---\nimport 'pkg';\nimport { a } from '../a';\n---\n<p>{a}</p>\n",
  'src/a.ts': "import type { T } from 'pkg/types';\nexport const a = 1;\n",
  'node_modules/pkg/package.json': '{ "exports": { ".": "./main.js", "./types": "./types.ts" } }',
  'node_modules/pkg/main.js': "import './inner.js';\n",
  'node_modules/pkg/inner.js': '',
  'node_modules/pkg/types.ts': 'export type T = 1;\n',
};

test('packages are named, and followed if they are asked for', (t) => {
  const root = makeProject(t, site);
  const named = found(['.'], root);
  assert.deepEqual(named.packages, [{ name: 'pkg', importers: 2 }]);
  assert.deepEqual(named.modules.filter(({ bytes }) => bytes === undefined).map(({ path }) => path), ['node_modules/pkg/types.ts', 'node_modules/pkg/main.js']);
  const followed = found(['.', '--packages'], root);
  assert.deepEqual(followed.modules.find(({ path }) => path === 'node_modules/pkg/main.js').imports, [{ path: 'node_modules/pkg/inner.js', form: 'static' }]);
});

test('conditions and main fields are those that are asked for', (t) => {
  const root = makeProject(t, {
    'package.json': '{}',
    'a.js': "import 'exported';\nimport 'mained';\n",
    'node_modules/exported/package.json': '{ "exports": { "browser": "./browser.js", "default": "./default.js" } }',
    'node_modules/exported/browser.js': '',
    'node_modules/exported/default.js': '',
    'node_modules/mained/package.json': '{ "main": "./main.js", "browser": { "./main.js": "./browser.js" } }',
    'node_modules/mained/browser.js': '',
    'node_modules/mained/main.js': '',
  });
  const imports = (...args) => found(['a.js', ...args], root).modules[0].imports.map(({ path }) => path.slice('node_modules/'.length));
  assert.deepEqual(imports(), ['exported/default.js', 'mained/main.js']);
  assert.deepEqual(imports('--conditions', 'browser,import', '--main-fields=browser,main'), ['exported/browser.js', 'mained/browser.js']);
});

test('files are entries, and only what they lead to is there', (t) => {
  const root = makeProject(t, { ...site, 'src/b.ts': "import './a';\n", 'src/c.ts': '' });
  assert.deepEqual(found(['src/b.ts'], root).modules.map(({ path }) => path), ['src/b.ts', 'src/a.ts', 'node_modules/pkg/types.ts']);
  assert.deepEqual(found(['src/c.ts', 'src/b.ts'], root).modules.map(({ path }) => path).slice(0, 3), ['src/c.ts', 'src/b.ts', 'src/a.ts']);
});

test('links lead to one module, and a link around in a circle to no end', (t) => {
  const root = makeProject(t, { 'package.json': '{}', 'src/a.ts': "import './link/b';\nimport './lib/b';\nimport './c';\n", 'src/lib/b.ts': '' });
  symlinkSync('lib', join(root, 'src/link'));
  symlinkSync('..', join(root, 'src/lib/up'));
  symlinkSync('lib/b.ts', join(root, 'src/c.ts'));
  const { modules } = found(['.'], root);
  assert.deepEqual(modules.map(({ path }) => path), ['src/a.ts', 'src/lib/b.ts']);
  assert.deepEqual(modules[0].imports.map(({ path }) => path), ['src/lib/b.ts', 'src/lib/b.ts', 'src/lib/b.ts']);
});

test('what cannot be read is an error, and the rest is shown', { skip: process.getuid() === 0 && 'root may read everything' }, (t) => {
  const root = makeProject(t, site);
  chmodSync(join(root, 'src/a.ts'), 0);
  const { status, stdout, stderr } = graph(['.', '--json'], root);
  assert.equal(status, 1);
  assert.match(stderr, /src\/a\.ts.*\n.*FL9001|FL9001.*could not be read: Permission denied/s);
  assert.equal(JSON.parse(stdout).modules.length, 4);
});

test('findings fail if that is asked for, and otherwise do not', (t) => {
  const root = makeProject(t, {
    'package.json': '{}',
    'a.ts': "import './b';\nimport './gone';\n",
    'b.ts': "import './a';\n",
    'c.ts': '',
  });
  const failsOn = (...args) => {
    const { status, stdout, stderr } = graph(['.', ...args], root);
    assert.match(stdout, /^3 modules, 2 imports/);
    return [status, stderr];
  };
  assert.deepEqual(failsOn(), [0, '']);
  assert.deepEqual(failsOn('--fail-on', 'cycles'), [1, 'foreload graph: failed on cycles: 1\n']);
  assert.deepEqual(failsOn('--fail-on=unresolved,orphans'), [1, 'foreload graph: failed on unresolved: 1\nforeload graph: failed on orphans: 1\n']);
  writeFileSync(join(root, 'gone.ts'), "import './c';\n");
  const { status, stderr } = graph(['.', '--fail-on', 'unresolved,orphans'], root);
  assert.deepEqual([status, stderr], [0, '']);
  writeFileSync(join(root, 'gone.ts'), "import './c';\nimport type { T } from './types';\n"); // which the type checker finds
  assert.equal(graph(['.', '--fail-on', 'unresolved'], root).status, 0);
});

test('caches answer for what was asked before', (t) => {
  const root = makeProject(t, { 'package.json': '{}', 'src/a.ts': "import './b';\nimport './b';\nimport './lib/c';\n", 'src/b.ts': '', 'src/lib/c.ts': '' });
  const { lookups, cacheHits, foldersListed } = found(['src/a.ts', '--jobs', '1'], root).statistics;
  assert.deepEqual([lookups, cacheHits], [3, 2]);
  assert.ok(foldersListed >= 2);
});

test('a file is written where it is asked for', (t) => {
  const root = makeProject(t, site);
  const { status, stdout } = graph(['.', '--dot', '--out', 'deep/er/graph.dot'], root);
  assert.deepEqual([status, stdout], [0, '4 modules, written to deep/er/graph.dot\n']);
  assert.match(readFileSync(join(root, 'deep/er/graph.dot'), 'utf8'), /^digraph modules \{/);
});

test('wrong usage is exit code 2', (t) => {
  const root = makeProject(t, site);
  for (const [args, message] of [
    [[], /DIR\|FILE… is missing/],
    [['.', 'nowhere'], /'nowhere' is no file and no directory/],
    [['.', '--root', 'nowhere'], /'nowhere' is no directory/],
    [['.', '--json', '--dot'], /only one of/],
    [['.', '--jobs', '0'], /'--jobs' is a number from 1 on, not '0'/],
    [['.', '--fail-on', 'cycles,types'], /'--fail-on' takes cycles, unresolved and orphans, not 'types'/],
    [['.', '--fail-on', ','], /'--fail-on' takes cycles, unresolved and orphans/],
    [['.', '--jobs', 'all'], /'--jobs' is a number from 1 on, not 'all'/],
  ]) {
    const { status, stdout, stderr } = graph(args, root);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});
