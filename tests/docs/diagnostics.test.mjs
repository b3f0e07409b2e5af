// docs/diagnostics.md has every code, and each of its examples gives the code that it is an example of.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { command, loadAddon, makeProject, repository } from '../native.mjs';
import { examples, read } from './examples.mjs';

const document = 'docs/diagnostics.md';
const sections = [...read(document).matchAll(/^### (FL\d{4})$/gm)].map(([, code]) => code);

const base = {
  'package.json': '{ "name": "site" }\n',
  'src/lib/api.ts': 'export const load = async (what: string) => [what];\nexport const connect = async () => true;\n',
  'src/lib/cache.ts': 'export const cache = new Map();\n',
  'src/pages/index.astro': "---\nimport Card from '../components/Card.astro';\n---\n\n<main><Card /></main>\n",
  'src/components/Card.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { load } from '../lib/api';
export const loader = async () => load('card');
const data = await getLoaderData<typeof loader>();
---

<p>{data.length}</p>
`,
};

const included = {
  'compose.json': '{ "includes": ["page.md"], "context_vars": { "name": "World" } }\n',
  'page.md': 'Hello {name}\n',
  'parts/greeting.md': 'World\n',
};

const baseOf = (code) => (code.startsWith('FL70') ? included : base);

function run(args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  if (error) throw error;
  return { status, output: stdout + stderr };
}

/** The rules that `foreload check` finds broken. */
function rulesOf(root) {
  const { output } = run(['check', root, '--format', 'sarif', '--max-depth', '2']);
  return new Set(JSON.parse(output).runs[0].results.map(({ ruleId }) => ruleId));
}

/** All that is said about the page of a project, and the codes in it. */
function codesOf(root, code) {
  if (code.startsWith('FL31')) return rulesOf(root);
  if (code.startsWith('FL70')) return new Set(run(['compose', join(root, 'compose.json')]).output.match(/\bFL\d{4}\b/g));
  const page = join(root, 'src/pages/index.astro');
  const outputs = [
    run(['explain', page, '--json']),
    run(['explain', page, '--json', '--strategy', 'inline']),
    run(['build', root]), // the page alone does not show what is wrong with a component that it cannot read
  ];
  return new Set(outputs.flatMap(({ output }) => output.match(/\bFL\d{4}\b/g) ?? []));
}

test('it has a section for each code of the sources, in order, and for no other', () => {
  const codes = new Set();
  for (const { parentPath, path, name } of readdirSync(join(repository, 'transformer'), { recursive: true, withFileTypes: true })) {
    if (!name.endsWith('.cc')) continue;
    const source = read(join((parentPath ?? path).slice(repository.length + 1), name)).replace(/\/\/.*$/gm, '');
    // In the sources codes are numbers: a digit for the class, and a small number. (1024 is how many bytes a kilobyte has.)
    for (const [, code] of source.matchAll(/(?<![\w.'"])(?!1024)([1-9][01](?:0[1-9]|[1-2]\d))(?![\w.'"])/g)) codes.add(`FL${code}`);
  }
  assert.ok(codes.size > 10, 'codes were found');
  assert.deepEqual(sections, [...codes].sort());
});

const withExamples = new Map(sections.map((code) => [code, { given: {}, mended: {} }]));
for (const { name, text, line } of examples(document)) {
  const [, code, mended, path] = /^(FL\d{4})( mended)?: (\S+)$/.exec(name ?? '') ?? [];
  if (!code || !withExamples.has(code)) throw new Error(`${document}:${line}: whose example is this?`);
  withExamples.get(code)[mended ? 'mended' : 'given'][path] = text;
}

for (const [code, { given, mended }] of withExamples) {
  if (Object.keys(given).length === 0) continue;
  test(`the example of ${code} gives ${code}`, (t) => {
    assert.ok(codesOf(makeProject(t, { ...baseOf(code), ...given }), code).has(code));
  });
  if (Object.keys(mended).length === 0) continue;
  test(`${code} is gone when its example is mended, and nothing else comes up`, (t) => {
    assert.deepEqual([...codesOf(makeProject(t, { ...baseOf(code), ...given, ...mended }), code)], []);
  });
}

// Those that no text in a document can show.
const otherwise = {
  FL1001(t) {
    const root = makeProject(t, base);
    writeFileSync(join(root, 'src/components/Card.astro'), Buffer.from('<p>caf\xe9</p>', 'latin1'));
    return run(['build', root]);
  },
  FL1004(t) {
    return run(['graph', makeProject(t, { ...base, 'src/lib/api.ts': "import { load from './cache';\n" })]);
  },
  async FL3009(t) {
    const root = makeProject(t, base);
    const host = loadAddon().createHost({ root, lift: false });
    t.after(() => host.close());
    return { output: JSON.stringify(await host.explain(join(root, 'src/pages/index.astro'))) };
  },
  FL4003(t) {
    const reader = base['src/components/Card.astro'].replace('async () => load(', 'async ({ locals }) => load(locals.x ?? ');
    const panel = "---\nimport Card from './Card.astro';\n---\n\n<Card />\n";
    const root = makeProject(t, { ...base, 'src/components/Card.astro': reader, 'src/components/Panel.astro': panel });
    return run(['explain', join(root, 'src/components/Panel.astro')]);
  },
  FL7009(t) {
    const root = makeProject(t, included);
    writeFileSync(join(root, 'page.md'), Buffer.from('caf\xe9', 'latin1'));
    return run(['compose', join(root, 'compose.json')]);
  },
  ...Object.fromEntries(
    Object.entries({ 6001: 'fail with words', 6002: 'null code', 6003: 'no map', 6004: 'fail', 6005: 'emit outside' }).map(
      ([code, what]) => [
        `FL${code}`,
        (t) => run(['build', makeProject(t, base), '--plugin', `${join(dirname(command), 'plugins/nonsense.so')}={"do": "${what}"}`]),
      ],
    ),
  ),
  FL9001(t) {
    const root = makeProject(t, base);
    symlinkSync('nowhere.astro', join(root, 'src/components/Link.astro'));
    return run(['build', root]);
  },
  FL9002(t) {
    const root = makeProject(t, base);
    mkdirSync(join(root, 'out/src'), { recursive: true });
    writeFileSync(join(root, 'out/src/pages'), 'a file where a folder should be');
    return run(['build', root, '--out', join(root, 'out')]);
  },
  FL9003(t) {
    const root = makeProject(t, base);
    return run(['build', root, '--out', root]);
  },
  FL9004(t) {
    const root = makeProject(t, { ...base, log: '{"version":1,"url":"/","loaders":[' });
    return run(['report', root, '--traces', join(root, 'log')]);
  },
  FL9005(t) {
    const root = makeProject(t, base);
    return run(['build', root, '--cache', join(root, 'cache'), '--remote-cache', 'http://127.0.0.1:1']);
  },
};
for (const [code, provoke] of Object.entries(otherwise)) {
  test(`${code} is given where its section says`, async (t) => {
    const { status, output } = await provoke(t);
    assert.match(output, new RegExp(`\\b${code}\\b`));
    if (status !== undefined) assert.equal(status, code.startsWith('FL4') || ['FL1004', 'FL9004', 'FL9005'].includes(code) ? 0 : 1);
  });
}

test('every section is tried', () => {
  const tried = [...withExamples].filter(([, { given }]) => Object.keys(given).length).map(([code]) => code);
  assert.deepEqual([...tried, ...Object.keys(otherwise)].sort(), sections);
});

test('severities are those that the sources give', () => {
  const severities = new Map();
  for (const { parentPath, path, name } of readdirSync(join(repository, 'transformer'), { recursive: true, withFileTypes: true })) {
    if (!name.endsWith('.cc')) continue;
    const source = read(join((parentPath ?? path).slice(repository.length + 1), name));
    for (const [, code, severity] of source.matchAll(/\b(\d{4}), Severity::(\w+)/g)) severities.set(`FL${code}`, severity.toLowerCase());
  }
  assert.ok(severities.size > 5);
  for (const [code, severity] of severities) {
    const section = read(document).split(`### ${code}\n`)[1].split('\n###')[0].toLowerCase();
    assert.ok(section.includes(`${severity}.`) || section.includes(`${severity};`), `${code} is of severity ${severity}`);
  }
});
