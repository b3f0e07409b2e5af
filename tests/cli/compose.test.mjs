// `foreload compose` on small folders: fixtures/compose/<a sentence>/{input/**, expected/**}, where input/config.json is
// composed.
//
// expected/ has what the command prints (composed.txt), its JSON without what differs from run to run (compose.json), what
// it says besides (diagnostics.txt), and what it writes (out/). FORELOAD_UPDATE=1 writes what there is; review happens in
// the diff. A file that is missing and one that nobody expects fail alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository } from '../native.mjs';

const fixtures = join(repository, 'fixtures/compose');

function compose(cwd, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, ['compose', ...args], { cwd, encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** A fresh copy of a case's input: the command may write beside it. */
function copyOf(t, input) {
  const root = makeProject(t, {});
  cpSync(input, root, { recursive: true, verbatimSymlinks: true });
  return root;
}

/** The files below a folder, by path. */
function filesBelow(folder) {
  if (!existsSync(folder)) return {};
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map(({ parentPath, path, name }) => join(parentPath ?? path, name)).sort().map((file) => [relative(folder, file), readFileSync(file, 'utf8')]),
  );
}

/** Without what differs from run to run and from machine to machine. */
function comparable(text, root) {
  const json = JSON.parse(text.replaceAll(root, '/project'));
  delete json.statistics;
  for (const component of json.components) {
    delete component.milliseconds;
    delete component.fromCache;
  }
  return JSON.stringify(json, null, 2) + '\n';
}

/** What a case comes to, by the names of the files in expected/. */
function outcome(t, input) {
  const found = {};
  const root = copyOf(t, input);
  const printed = compose(root, 'config.json');
  if (printed.stdout) found['composed.txt'] = printed.stdout;
  if (printed.stderr) found['diagnostics.txt'] = printed.stderr;
  assert.equal(printed.status, /^error/m.test(printed.stderr) ? 1 : 0);

  const second = copyOf(t, input);
  const json = compose(second, 'config.json', '--json');
  if (json.stdout) found['compose.json'] = comparable(json.stdout, second);
  assert.equal(json.stderr, printed.stderr);

  const third = copyOf(t, input);
  const out = join(third, 'out');
  assert.equal(compose(third, 'config.json', '--out', out).status, printed.status);
  for (const [path, text] of Object.entries(filesBelow(out))) found[join('out', path)] = text;
  return found;
}

for (const name of readdirSync(fixtures)) {
  const input = join(fixtures, name, 'input');
  test(name, (t) => {
    const expected = join(fixtures, name, 'expected');
    const found = outcome(t, input);
    if (process.env.FORELOAD_UPDATE) {
      rmSync(expected, { recursive: true, force: true });
      for (const [file, text] of Object.entries(found)) {
        mkdirSync(dirname(join(expected, file)), { recursive: true });
        writeFileSync(join(expected, file), text);
      }
    }
    assert.deepEqual(filesBelow(expected), found);
  });

  let config;
  try {
    config = JSON.parse(readFileSync(join(input, 'config.json'), 'utf8'));
  } catch {
    continue; // there is nothing to be done by any number of workers
  }
  test(`${name}: with one worker and with many`, (t) => {
    const results = [1, 2, 16].map((workers) => {
      const root = copyOf(t, input);
      writeFileSync(join(root, 'config.json'), JSON.stringify({ ...config, workers }));
      const { stdout } = compose(root, 'config.json', '--json');
      return stdout && comparable(stdout, root);
    });
    assert.equal(results[1], results[0]);
    assert.equal(results[2], results[0]);
  });
}

const page = { 'config.json': '{"includes": ["page.md"], "context_vars": {"name": "N"}}', 'page.md': '# {name}\n' };

test('wrong usage is exit code 2', (t) => {
  const root = makeProject(t, page);
  for (const [args, message] of [
    [['none.json'], /'none\.json' cannot be read: No such file/],
    [[], /CONFIG\.json/],
    [['config.json', '--format', 'json'], /'--format'/],
  ]) {
    const { status, stdout, stderr } = compose(root, ...args);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});

test('paths of the configuration are relative to its folder', (t) => {
  const root = makeProject(t, { 'site/config.json': '{"base": "../parts", "includes": ["page.md"], "context_vars": {"name": 1}}', 'parts/page.md': '{name}\n' });
  assert.deepEqual(compose(root, 'site/config.json'), { status: 0, stdout: '1\n', stderr: '' });
});

test('components are not written over', (t) => {
  const root = makeProject(t, page);
  const { status, stderr } = compose(root, 'config.json', '--out', '.');
  assert.equal(status, 1);
  assert.match(stderr, /FL9003/);
  assert.equal(readFileSync(join(root, 'page.md'), 'utf8'), '# {name}\n');
});

test('what cannot be written is said', (t) => {
  const root = makeProject(t, { ...page, out: 'a file' });
  const { status, stderr } = compose(root, 'config.json', '--out', 'out');
  assert.equal(status, 1);
  assert.match(stderr, /FL9002/);
});

test('what was learned is kept from run to run', (t) => {
  const config = (includes) => JSON.stringify({ includes, prediction: { file: 'state/usage.json' } });
  const root = makeProject(t, { 'a.md': 'a\n', 'b.md': 'b\n', 'both.json': config(['a.md', 'b.md']), 'one.json': config(['a.md']), 'other.json': config(['b.md']) });
  const prediction = (file) => JSON.parse(compose(root, file, '--json').stdout).statistics.prediction;
  prediction('both.json');
  assert.equal(prediction('one.json').requests, 1); // after a and b nothing was to be expected, and nothing new came
  const { predicted, wanted, correct, precision, recall } = prediction('other.json');
  assert.deepEqual({ predicted, wanted, correct, precision, recall }, { predicted: 1, wanted: 1, correct: 1, precision: 1, recall: 1 });
  assert.ok(statSync(join(root, 'state/usage.json')).isFile());
});

test('the JSON has statistics that add up', (t) => {
  const root = makeProject(t, { ...page, 'page.md': '{{component: part.md}} {{component: none.md}}\n', 'part.md': 'ü\n' });
  const { statistics } = JSON.parse(compose(root, 'config.json', '--json').stdout);
  const { loaded, failed, filesRead, bytesRead, retries, cacheHits } = statistics;
  assert.deepEqual({ loaded, failed, filesRead, bytesRead, retries, cacheHits }, { loaded: 2, failed: 1, filesRead: 2, bytesRead: 49, retries: 0, cacheHits: 0 });
  assert.deepEqual([statistics.cache.misses, statistics.cache.hitRatio, statistics.cache.entries], [2, 0, 2]);
});

test('a build writes Markdown that was composed beside the components', (t) => {
  const root = makeProject(t, {
    'package.json': '{ "name": "site" }\n',
    'compose.json': JSON.stringify({ base: 'src', context_vars: { name: 'Apollo' } }),
    'src/page.md': '# {name}\n\n{{component: parts/end.md}}\n',
    'src/parts/end.md': 'The end.\n',
    'src/Card.astro': '<p>card</p>\n',
  });
  const build = (...args) => spawnSync(command, ['build', 'src', '--out', 'out', ...args], { cwd: root, encoding: 'utf8' });
  const { status, stderr } = build('--compose', 'compose.json');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const { 'page.md': page, 'page.md.map': map, ...others } = filesBelow(join(root, 'out'));
  assert.equal(page, '# Apollo\n\nThe end.\n');
  assert.deepEqual(JSON.parse(map).sources.map((source) => source.split('/').at(-1)), ['page.md']);
  assert.deepEqual(Object.keys(others), ['Card.astro', 'manifest.json']);

  writeFileSync(join(root, 'src/parts/end.md'), '{who}\n');
  assert.match(build('--compose', 'compose.json').stderr, /who/);
  writeFileSync(join(root, 'compose.json'), '{ "bas": 1 }');
  const wrong = build('--compose', 'compose.json');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /unknown key 'bas'/);
  assert.equal(build('--compose', 'none.json').status, 2);
});
