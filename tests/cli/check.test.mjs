// `foreload check` on small projects: fixtures/check/<a sentence>/{input/**, options.json?, expected/**}.
//
// expected/ has what the command writes in each of its formats, and diagnostics.txt if it says something besides.
// FORELOAD_UPDATE=1 writes what there is; review happens in the diff. A file that is missing and one that nobody expects
// fail alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import Ajv from 'ajv';
import { command, makeProject, repository } from '../native.mjs';

const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
const fixtures = join(repository, 'fixtures/check');
const formats = { 'check.txt': 'text', 'check.json': 'json', 'check.sarif': 'sarif' };

function check(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, ['check', ...args], { cwd, encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  if (error) throw error;
  return { status, stdout, stderr };
}

const schema = (() => {
  const require = createRequire(import.meta.url);
  const ajv = new Ajv({ schemaId: 'id', unknownFormats: 'ignore' });
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
  const folder = join(repository, 'node_modules/@microsoft/jest-sarif/lib/schemas');
  return ajv.compile(JSON.parse(readFileSync(join(folder, 'sarif-2.1.0-rtm.5.json'), 'utf8')));
})();

function assertSarif(text) {
  const log = JSON.parse(text);
  assert.ok(schema(log), JSON.stringify(schema.errors, null, 2));
  return log;
}

/** The same on every machine and in every version. */
const normalized = (text, input) =>
  text.replaceAll(pathToFileURL(input).href, 'file:///project').replaceAll(`foreload ${version}`, 'foreload VERSION').replaceAll(`"semanticVersion": "${version}"`, '"semanticVersion": "VERSION"');

for (const name of readdirSync(fixtures)) {
  test(name, () => {
    const folder = join(fixtures, name), input = join(folder, 'input'), expected = join(folder, 'expected');
    const optionsFile = join(folder, 'options.json');
    const options = existsSync(optionsFile) ? JSON.parse(readFileSync(optionsFile, 'utf8')) : {};
    const found = {};
    for (const [file, format] of Object.entries(formats)) {
      const { status, stdout, stderr } = check(['.', '--root', '.', '--format', format, ...(options.arguments ?? [])], input);
      assert.equal(status, options.exit ?? 0, stderr);
      found[file] = normalized(stdout, input);
      if (stderr) found['diagnostics.txt'] = stderr;
      if (format === 'sarif') assertSarif(stdout);
    }
    if (process.env.FORELOAD_UPDATE) {
      rmSync(expected, { recursive: true, force: true });
      mkdirSync(expected);
      for (const [file, text] of Object.entries(found)) writeFileSync(join(expected, file), text);
    }
    assert.deepEqual(existsSync(expected) ? readdirSync(expected).sort() : [], Object.keys(found).sort());
    for (const [file, text] of Object.entries(found)) assert.equal(text, readFileSync(join(expected, file), 'utf8'), file);
  });
}

const waterfall = "---\nconst a = await fetch('/a');\nconst b = await fetch('/b');\n---\n<p>{a.status}{b.status}</p>\n";
const blog = { 'package.json': '{}', 'src/pages/index.astro': waterfall };

test('the budget decides the exit code in every format', (t) => {
  const root = makeProject(t, blog);
  for (const format of Object.values(formats)) {
    assert.equal(check(['.', '--format', format], root).status, 0);
    assert.equal(check(['.', '--format', format, '--max-depth', '2'], root).status, 0);
    assert.equal(check(['.', '--format', format, '--max-depth=1'], root).status, 1);
    assert.equal(check(['.', '--format', format, '--max-depth', '0'], root).status, 1);
  }
});

test('wrong usage is exit code 2', (t) => {
  const root = makeProject(t, blog);
  for (const [args, message] of [
    [['nowhere'], /'nowhere' is no directory/],
    [['src/pages/index.astro'], /is no directory/],
    [['.', '--root', 'nowhere'], /'nowhere' is no directory/],
    [['.', '--max-depth', 'deep'], /'--max-depth' is a number, not 'deep'/],
    [['.', '--max-depth', '-1'], /'--max-depth' is a number, not '-1'/],
    [['.', '--format', 'sarf'], /'--format' is text, json or sarif, not 'sarf'; did you mean 'sarif'\?/],
  ]) {
    const { status, stdout, stderr } = check(args, root);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});

test('a folder of a project names its files as the project does', (t) => {
  const root = makeProject(t, { ...blog, 'src/pages/blog/[id].astro': waterfall, 'src/components/Card.astro': waterfall });
  const files = (folder) => JSON.parse(check([folder, '--format', 'json'], root).stdout).pages.map(({ file, kind }) => `${kind} ${file}`);
  assert.deepEqual(files('.'), ['page src/pages/blog/[id].astro', 'page src/pages/index.astro']);
  assert.deepEqual(files('src/pages/blog'), ['page src/pages/blog/[id].astro']);
  assert.deepEqual(files('src/components'), ['component src/components/Card.astro']);
});

test('the sites of a repository are found below it, and SARIF names their files from where it runs', (t) => {
  const root = makeProject(t, {
    'package.json': '{}',
    'apps/shop/package.json': '{}',
    'apps/shop/src/pages/a b.astro': waterfall,
    'apps/blog/package.json': '{}',
    'apps/blog/src/pages/[id].astro': waterfall,
  });
  const { pages } = JSON.parse(check(['.', '--format', 'json'], root).stdout);
  assert.deepEqual(pages.map(({ file }) => file), ['apps/blog/src/pages/[id].astro', 'apps/shop/src/pages/a b.astro']);
  const uris = (cwd, folder) => {
    const [run] = assertSarif(check([folder, '--format', 'sarif'], cwd).stdout).runs;
    return [run.originalUriBaseIds['%SRCROOT%'].uri, ...run.results.map(({ locations: [at] }) => at.physicalLocation.artifactLocation.uri)];
  };
  const base = (path) => pathToFileURL(path + '/').href;
  assert.deepEqual(uris(root, 'apps/blog'), [base(root), 'apps/blog/src/pages/%5Bid%5D.astro']);
  assert.deepEqual(uris(root, 'apps/shop'), [base(root), 'apps/shop/src/pages/a%20b.astro']);
  assert.deepEqual(uris(join(root, 'apps/blog'), '../shop'), [base(join(root, 'apps/shop')), 'src/pages/a%20b.astro']);
});

test('fingerprints stay when lines move, and differ between chains', (t) => {
  const fingerprints = (files) => {
    const root = makeProject(t, { 'package.json': '{}', ...files });
    return JSON.parse(check(['.', '--format', 'sarif'], root).stdout).runs[0].results.map((result) => result.partialFingerprints['foreload/v1']);
  };
  const [before] = fingerprints(blog);
  assert.match(before, /^[0-9a-f]{1,16}$/);
  assert.deepEqual(fingerprints({ 'src/pages/index.astro': waterfall.replace('---\n', '---\n\n// more lines\n') }), [before]);
  const changed = fingerprints({ 'src/pages/index.astro': waterfall.replace('/b', '/c'), 'src/pages/other.astro': waterfall });
  assert.equal(changed.length, 2);
  assert.equal(new Set([before, ...changed]).size, 3);
});

test('pages of one chain are one result', (t) => {
  const page = "---\nimport Layout from '../Layout.astro';\n---\n<Layout />\n";
  const root = makeProject(t, { 'package.json': '{}', 'src/Layout.astro': waterfall, 'src/pages/a.astro': page, 'src/pages/b.astro': page });
  const { results } = assertSarif(check(['.', '--format', 'sarif'], root).stdout).runs[0];
  assert.equal(results.length, 1);
  assert.match(results[0].message.text, /^src\/pages\/a\.astro and 1 more of the same chain: 2 awaits in a row, 1 would do\n/);
});

test('an empty project is no mistake', (t) => {
  const root = makeProject(t, { 'package.json': '{}' });
  const { status, stdout, stderr } = check([root, '--max-depth', '0'], root);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^0 pages: no waterfall, nothing to wait for, within the budget of 0\n/);
  assert.deepEqual(assertSarif(check([root, '--format', 'sarif'], root).stdout).runs[0].results, []);
});

test('control characters of a file do not get to the terminal', (t) => {
  const root = makeProject(t, { 'package.json': '{}', 'src/pages/index.astro': waterfall.replace("'/b'", "'\x1b[31m'") });
  assert.doesNotMatch(check([root], root).stdout, /\x1b/);
});
