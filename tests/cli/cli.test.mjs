// The command as a person or a script meets it: what it prints where, and its exit codes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository, site } from '../native.mjs';

const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

function run(args, { cwd = repository, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, TERM: 'xterm', ...env } });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** What the command prints on a terminal, output and errors together; null if this machine has no script(1). */
function runOnTerminal(args, { cwd, env = {} }) {
  const line = [command, ...args].map((word) => `'${word}'`).join(' ');
  const { stdout, error } = spawnSync('script', ['-qec', line, '/dev/null'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...env },
  });
  return error ? null : stdout;
}

test('--version prints the version', () => {
  assert.deepEqual(run(['--version']), { status: 0, stdout: `foreload ${version}\n`, stderr: '' });
});

test('--help lists the commands, and each of them has its own', () => {
  const help = run(['--help']);
  assert.equal(help.status, 0);
  assert.equal(help.stderr, '');
  const names = [...help.stdout.matchAll(/^  ([a-z]+) [A-Z]/gm)].map(([, name]) => name);
  assert.ok(names.includes('build') && names.includes('explain'));
  for (const name of names) {
    const own = run([name, '--help']);
    assert.equal(own.status, 0);
    assert.match(own.stdout, new RegExp(`^Usage: foreload ${name} `));
  }
});

test('wrong usage is exit code 2, with a line that says what is wrong', () => {
  for (const [args, message] of [
    [[], /no command given/],
    [['biuld'], /unknown command 'biuld'; did you mean 'build'\?/],
    [['build'], /DIR is missing/],
    [['build', 'no/such/folder'], /'no\/such\/folder' is no directory/],
    [['build', '.', '--ouput', 'x'], /unknown option '--ouput'/],
    [['build', '.', '--outt', 'x'], /unknown option '--outt'; did you mean '--out'\?/],
    [['explain', 'no/such/file'], /'no\/such\/file' is no file and no directory/],
  ]) {
    const { status, stdout, stderr } = run(args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.match(stderr, /--help'/);
  }
});

test('build without --out writes nothing and prints a summary', (t) => {
  const root = makeProject(t, site);
  const { status, stdout, stderr } = run(['build', root]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.match(stdout, /^2 components: \d changed, 1 of 1 loader lifted\n$/);
});

test('flags are taken by build and explain, and have no value', (t) => {
  const root = makeProject(t, site);
  for (const name of ['build', 'explain'])
    for (const flag of ['--auto', '--dedupe', '--speculative']) {
      assert.match(run([name, '--help']).stdout, new RegExp(`^  ${flag} +\\w`, 'm'));
      assert.equal(run([name, root, flag]).status, 0);
      const wrong = run([name, root, `${flag}=yes`]);
      assert.equal(wrong.status, 2);
      assert.match(wrong.stderr, /takes no value/);
    }
});

test('the folder that is named does not change the keys of a project', (t) => {
  const root = makeProject(t, site);
  const explain = (path) => JSON.parse(run(['explain', path, '--json'], { cwd: root }).stdout);
  const [fromRoot] = explain('.');
  assert.deepEqual(explain('src/pages'), [fromRoot]);
  assert.deepEqual(explain('src/pages/index.astro'), fromRoot);
});

test('explain shows a tree of each outermost component', (t) => {
  const root = makeProject(t, site);
  const { status, stdout } = run(['explain', '.'], { cwd: root });
  assert.equal(status, 0);
  assert.match(stdout, /^src\/pages\/index\.astro\n└─ src\/components\/Card\.astro {2}renders at 4:\d+\n {6}loader at 3:\d+: lifted/);
  assert.equal(stdout.match(/^(└─ )?src\/components\/Card\.astro/gm).length, 1, 'a component that is part of a tree has none of its own');
});

test('explain --conflicts lists what loaders and components share and change', (t) => {
  const component = (call) => `---
import { ${call} } from '../lib/visits';
import { getLoaderData } from 'foreload/runtime';
export const loader = async () => ${call}();
const data = await getLoaderData<typeof loader>();
---
{data}
`;
  const root = makeProject(t, {
    'src/lib/visits.ts': 'let visits = 0;\nexport const count = async () => ++visits;\nexport const read = async () => visits;\n',
    'src/components/Counter.astro': component('count'),
    'src/components/Reader.astro': component('read'),
    'src/pages/index.astro': `---
import Counter from '../components/Counter.astro';
import Reader from '../components/Reader.astro';
---
<Counter /><Reader />
`,
  });
  const summary = 'conflicts: 1; 2 loaders keep their place in the order of the render\n';
  const table = `conflict: 'visits' of src/lib/visits.ts
  src/components/Counter.astro  loader  changes it at src/lib/visits.ts:2:36: keeps its place
  src/components/Reader.astro   loader  reads it at src/lib/visits.ts:3:33: keeps its place
`;
  assert.ok(run(['explain', '.'], { cwd: root }).stdout.endsWith(summary));
  assert.ok(run(['explain', '.', '--conflicts'], { cwd: root }).stdout.endsWith(summary + table));
  const [{ conflicts }] = JSON.parse(run(['explain', '.', '--json'], { cwd: root }).stdout);
  assert.deepEqual(conflicts.map(({ resource, uses }) => [resource, ...uses.map(({ by, does, keepsPlace }) => [by, does, keepsPlace])]), [
    ["'visits' of src/lib/visits.ts", ['loader', 'changes', true], ['loader', 'reads', true]],
  ]);
});

/** The component's loader uses what is not there before the component renders. */
const broken = {
  ...site,
  'src/components/Card.astro': site['src/components/Card.astro']
    .replace('"hello"', 'greeting')
    .replace('\nconst data', '\nconst greeting = "hello";\nconst data'),
};

test('errors in the project are exit code 1, and are shown with their line', (t) => {
  const root = makeProject(t, broken);
  const { status, stdout, stderr } = run(['build', '.'], { cwd: root });
  assert.equal(status, 1);
  assert.match(stdout, /^2 components: /);
  assert.match(stderr, /^error\[FL2\d{3}\]: .*greeting/m);
  assert.match(stderr, /^ {2}--> src\/components\/Card\.astro:3:\d+$/m);
  assert.match(stderr, /^ 3 \| export const loader = async \(\) => \(\{ text: greeting \}\);$/m);
  assert.match(stderr, /^1 error$/m);
  assert.doesNotMatch(stdout + stderr, /\x1b/);
});

test('colour is for terminals, unless NO_COLOR is set', (t) => {
  const root = makeProject(t, broken);
  const coloured = runOnTerminal(['build', '.'], { cwd: root });
  if (coloured === null) return t.skip('this machine has no script(1)');
  assert.match(coloured, /\x1b\[1;31merror\[FL/);
  assert.doesNotMatch(runOnTerminal(['build', '.'], { cwd: root, env: { NO_COLOR: '1' } }), /\x1b/);
  assert.doesNotMatch(runOnTerminal(['build', '.'], { cwd: root, env: { TERM: 'dumb' } }), /\x1b/);
});

test('a folder without components is no mistake', (t) => {
  const root = makeProject(t, { 'package.json': '{}' });
  assert.match(run(['build', root]).stdout, /^0 components/);
  assert.deepEqual(run(['explain', root, '--json']), { status: 0, stdout: '[]\n', stderr: '' });
  assert.ok(!existsSync(join(root, 'manifest.json')));
});

test('output that nobody can take is a failure', () => {
  const { status, stderr } = spawnSync('bash', ['-c', `'${command}' --help > /dev/full`], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /cannot write to standard output/);
});
