// `foreload report` on small projects: fixtures/report/<a sentence>/{input/**, traces.jsonl?, expected/**}.
//
// expected/ has what the command writes in each of its formats, and diagnostics.txt if it says something besides.
// FORELOAD_UPDATE=1 writes what there is; review happens in the diff, and in the pictures of tests/browser. A file that is
// missing and one that nobody expects fail alike.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'parse5';
import sax from 'sax';
import { command, makeProject, repository, site } from '../native.mjs';

const fixtures = join(repository, 'fixtures/report');
const formats = { 'report.html': 'html', 'report.svg': 'svg', 'report.txt': 'text' };

function report(args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, ['report', ...args], { cwd, encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  if (error) throw error;
  return { status, stdout, stderr };
}

function* elements(node) {
  if (node.tagName) yield node;
  for (const child of node.childNodes ?? []) yield* elements(child);
}

/** Parses without an error of the specification, stands alone, and runs nothing. */
function assertSafeHtml(html) {
  const errors = [];
  const document = parse(html, { onParseError: (error) => errors.push(error) });
  assert.deepEqual(errors, []);
  const ids = new Set();
  for (const { tagName, attrs } of elements(document)) {
    assert.ok(!['script', 'img', 'svg', 'link', 'iframe', 'object', 'i-'].includes(tagName), `<${tagName}>`);
    for (const { name, value } of attrs) {
      assert.doesNotMatch(name, /^on/);
      if (name === 'href') assert.match(value, /^(#page-\d+$|https:\/\/code\.example\/)/);
      if (name === 'id') assert.ok(!ids.has(value) && ids.add(value), `two elements are #${value}`);
    }
  }
  return document;
}

/** Is well-formed, and holds shapes and text only. */
function assertSafeSvg(svg) {
  const parser = sax.parser(true);
  parser.onerror = (error) => { throw error; };
  parser.onopentag = ({ name, attributes }) => {
    assert.ok(['svg', 'title', 'desc', 'style', 'text', 'rect', 'line'].includes(name), `<${name}>`);
    for (const attribute of Object.keys(attributes)) assert.doesNotMatch(attribute, /^on|href/);
  };
  parser.write(svg).close();
}

for (const name of readdirSync(fixtures)) {
  test(name, () => {
    const folder = join(fixtures, name), input = join(folder, 'input'), expected = join(folder, 'expected');
    const traces = existsSync(join(folder, 'traces.jsonl')) ? ['--traces', '../traces.jsonl'] : [];
    const found = {};
    for (const [file, format] of Object.entries(formats)) {
      const { status, stdout, stderr } = report(['.', '--root', '.', '--format', format, '--link', 'https://code.example/{file}#L{line}', ...traces], input);
      assert.equal(status, 0, stderr);
      // The style sheet is a file of its own in the sources, and its looks are tested by pictures.
      found[file] = stdout.replace(/<style>\n[^]*?<\/style>/, '<style></style>').replaceAll(folder + '/', '');
      if (stderr) found['diagnostics.txt'] = stderr.replaceAll(folder + '/', '');
      if (format === 'html') assertSafeHtml(stdout);
      if (format === 'svg') assertSafeSvg(stdout);
      // eslint-disable-next-line no-control-regex
      if (format === 'text') assert.doesNotMatch(stdout, /[\x00-\x09\x0b-\x1f]/);
    }
    if (process.env.FORELOAD_UPDATE) {
      rmSync(expected, { recursive: true, force: true });
      mkdirSync(expected);
      for (const [file, text] of Object.entries(found)) writeFileSync(join(expected, file), text);
    }
    assert.deepEqual(readdirSync(expected).sort(), Object.keys(found).sort());
    for (const [file, text] of Object.entries(found)) assert.equal(text, readFileSync(join(expected, file), 'utf8'), file);
  });
}

const trace = (loaders, more = {}) =>
  JSON.stringify({ version: 1, url: '/', method: 'GET', route: '/src/pages/index.astro', start: 0, duration: 100, loaders, ...more }) + '\n';

const nested = {
  'package.json': '{}',
  'src/pages/index.astro': "---\nimport A from '../components/A.astro';\n---\n<A />\n",
  ...Object.fromEntries(
    ['A', 'B', 'C'].map((name, at, all) => [
      `src/components/${name}.astro`,
      `---\nimport { getLoaderData } from 'foreload/runtime';\n${all[at + 1] ? `import Child from './${all[at + 1]}.astro';\n` : ''}` +
        `export const loader = async () => 1;\nconst data = await getLoaderData();\n---\n{data}${all[at + 1] ? '<Child />' : ''}\n`,
    ]),
  ),
};
const load = (id, name, started, settled, more = {}) => ({ id, key: `file:///src/components/${name}.astro`, started, settled, status: 'ok', lifter: 'file:///src/pages/index.astro', ...more });

test('what plain rendering costs is the sum of the longest way down, with the times that were measured', (t) => {
  const root = makeProject(t, { ...nested, log: trace([load(0, 'A', 5, 25), load(1, 'B', 5, 45), load(2, 'C', 5, 15)]) });
  const { stdout } = report(['.', '--traces', 'log', '--format', 'text'], root);
  assert.match(stdout, / {2}75 ms → 45 ms {2}1\.7×\n/); // 5 before the first loader, then 20 + 40 + 10
  assert.match(stdout, /^◆ {3}B /m); // it is the one that the page has to wait for
  assert.doesNotMatch(stdout, /^◆ (A| {4}C)/m);
});

test('a page that renders plainly gains nothing, and its critical path is the whole chain', (t) => {
  const plain = { lifter: null };
  const root = makeProject(t, { ...nested, log: trace([load(0, 'A', 5, 25, plain), load(1, 'B', 25, 65, plain), load(2, 'C', 65, 75, plain)]) });
  const { stdout } = report(['.', '--traces', 'log', '--format', 'text'], root);
  assert.match(stdout, / {2}75 ms → 75 ms\n/);
  assert.equal(stdout.match(/^◆ /gm).length, 3);
});

test('a component that was not rendered costs nothing', (t) => {
  const root = makeProject(t, { ...nested, log: trace([load(0, 'A', 0, 20), load(1, 'B', 0, 20)]) });
  assert.match(report(['.', '--traces', 'log', '--format', 'text'], root).stdout, / {2}40 ms → 20 ms {2}2×\n/);
});

test('a loader that loads another takes what is left after the other has its data', (t) => {
  const root = makeProject(t, {
    ...nested,
    'src/components/A.astro': `---
import { getLoaderData } from 'foreload/runtime';
import B, { loader as other } from './B.astro';
export const loader = async ({ load }) => (await load(other)) + 1;
const data = await getLoaderData();
---
{data}<B />
`,
    log: trace([load(0, 'A', 0, 50, { dependsOn: [1] }), load(1, 'B', 0, 30), load(2, 'C', 0, 10)]),
  });
  // A takes 20 after B, which it starts itself; then C.
  assert.match(report(['.', '--traces', 'log', '--format', 'text'], root).stdout, / {2}60 ms → 50 ms {2}1\.2×\n/);
});

test('what a loader does before it loads another counts, too', (t) => {
  const root = makeProject(t, {
    ...nested,
    'src/lib/session.ts': 'export const session = async () => 1;\n',
    'src/components/C.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { session } from '../lib/session';
export const loader = async ({ load }) => (await load(session)) + 1;
const data = await getLoaderData();
---
{data}
`,
    log: trace([load(0, 'A', 0, 10), load(1, 'B', 0, 10), load(2, 'C', 0, 50, { dependsOn: [3] }), { id: 3, key: 'session', started: 15, settled: 40, lifter: null }]),
  });
  // C: 15 before, 25 of the session, which is known by its name, and 10 after; behind A and B.
  assert.match(report(['.', '--traces', 'log', '--format', 'text'], root).stdout, / {2}70 ms → 50 ms {2}1\.4×\n/);
});

test('a list counts with its slowest item, and the sum of such is said to be a bound', (t) => {
  const item = (id, name, settled) => load(id, name, 0, settled, { props: `{"n":${id}}` });
  const root = makeProject(t, { ...nested, log: trace([load(0, 'A', 0, 10), item(1, 'B', 30), item(2, 'B', 20), load(3, 'C', 0, 5)]) });
  assert.match(report(['.', '--traces', 'log', '--format', 'text'], root).stdout, / {2}at most 45 ms → 30 ms/);
});

test('the report is written to a file, folders and all', (t) => {
  const root = makeProject(t, site);
  const { status, stdout } = report(['.', '--out', 'a/b/report.html'], root);
  assert.equal(status, 0);
  assert.equal(stdout, '1 page, written to a/b/report.html\n');
  assertSafeHtml(readFileSync(join(root, 'a/b/report.html'), 'utf8'));
  assert.equal(report(['.', '--out', 'a'], root).status, 1);
});

test('one page can be chosen, by its file or its URL', (t) => {
  const root = makeProject(t, { ...nested, 'src/pages/other.astro': nested['src/pages/index.astro'], log: trace([load(0, 'A', 0, 10)], { url: '/?one' }) });
  assert.match(report(['.', '--format', 'text', '--page', 'src/pages/other.astro'], root).stdout, /^src\/pages\/other\.astro /);
  const chosen = report(['.', '--format', 'text', '--traces', 'log', '--page', '/?one'], root).stdout;
  assert.match(chosen, /^src\/pages\/index\.astro {2}GET \/\?one /);
  assert.doesNotMatch(chosen, /other/);
  const none = report(['.', '--page', '/none'], root);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /there is no page '\/none'/);
});

test('what makes no sense is said', (t) => {
  const root = makeProject(t, site);
  for (const [args, message] of [
    [['nowhere'], /'nowhere' is no directory/],
    [['.', '--root', 'nowhere'], /'nowhere' is no directory/],
    [['.', '--traces', 'nowhere'], /'nowhere' could not be read/],
    [['.', '--format', 'pdf'], /--format/],
  ]) {
    const { status, stderr } = report(args, root);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});
