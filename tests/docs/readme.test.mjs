// What README.md shows is tried: each of its examples runs, and each of its tables says what the sources say.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { makeSite, node, runs, together } from '../e2e/harness.mjs';
import { command, makeProject, repository } from '../native.mjs';
import { examples, read, rows } from './examples.mjs';

const all = examples('README.md');

/** The texts of the examples that are called \p name, of which there is at least one. */
function named(name) {
  const found = all.filter((example) => example.name === `test: ${name}`).map(({ text }) => text);
  assert.ok(found.length, `README.md has no example "${name}"`);
  return found;
}

const files = Object.fromEntries(
  all.filter(({ name }) => name?.startsWith('test: file ')).map(({ name, text }) => [name.slice('test: file '.length), text]),
);

/** Author.astro and Comments.astro, of which README.md says that they are like Post.astro. */
const child = (fetcher, markup) => `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { ${fetcher} } from '../lib/blog';

export const loader = async ({ params }: Context) => ${fetcher}(params.slug);
const data = await getLoaderData<typeof loader>();
---

${markup}
`;
const components = {
  ...files,
  'src/components/Author.astro': child('fetchAuthor', '<p>by {data.name}</p>'),
  'src/components/Comments.astro': child('fetchComments', '<ul>{data.map((comment) => <li>{comment}</li>)}</ul>'),
};

const checked = Object.fromEntries(
  all.filter(({ name }) => name?.startsWith('test: check file ')).map(({ name, text }) => [name.slice('test: check file '.length), text]),
);

const tested = ['auto', 'auto console', 'check', 'make', 'install', 'context', 'options', 'compat', 'vite', 'console', 'C'];

test('every example is tested', () => {
  for (const { name, line } of all)
    assert.ok(/^test: (check )?file /.test(name) || tested.includes(name?.replace('test: ', '')), `README.md:${line}: ${name}`);
});

test('make has the two targets', () => {
  const [text] = named('make');
  const targets = [...text.matchAll(/^make (\S+)/gm)].map(([, target]) => target);
  assert.deepEqual(targets, ['demo', 'test']);
  for (const target of targets) execFileSync('make', ['--dry-run', target], { cwd: repository, stdio: 'pipe' });
});

test('the tarball is called what make package calls it', () => {
  const { version } = JSON.parse(read('package.json'));
  const [text] = named('install');
  assert.deepEqual([...new Set(text.match(/\S+\.tgz/g))], [`dist/foreload-${version}.tgz`, `../foreload/dist/foreload-${version}.tgz`]);
  assert.match(execFileSync('make', ['--dry-run', 'package'], { cwd: repository, encoding: 'utf8' }), new RegExp(`dist/foreload-${version}\\.tgz`));
});

test('the Astro site builds, and starts the loaders that are certain together', async () => {
  const site = makeSite({
    files: {
      ...components,
      'src/lib/blog.ts': `import { work } from './work';
export const fetchPost = (slug: string) => work('Post', 30, { title: 'About ' + slug, open: slug === 'lamps' });
export const fetchAuthor = (slug: string) => work('Author', 30, { name: 'Ada' });
export const fetchComments = (slug: string) => work('Comments', 30, ['first']);
`,
    },
  });
  await site.build();
  const server = await site.preview();
  try {
    const open = await server.get('/posts/lamps');
    assert.equal(open.status, 200);
    assert.match(open.body, /<h1>About lamps<\/h1>\s*<p>by Ada<\/p>\s*<ul><li>first<\/li><\/ul>/);
    const record = await server.record();
    assert.deepEqual(runs(record), ['Author', 'Comments', 'Post']);
    assert.ok(together(record, ['Post', 'Author']));
    assert.ok(!together(record, ['Post', 'Comments']), 'Comments waits for its condition');

    await server.get('/posts/closed');
    assert.deepEqual(runs(await server.record()), ['Author', 'Post']);
  } finally {
    await server.stop();
  }
});

test("the loaders pass Astro's strict type check, and their data has their type", () => {
  const frontmatter = (path) => components[path].split('---')[1];
  const site = makeSite({
    files: {
      'types/tsconfig.json': '{ "extends": "astro/tsconfigs/strict", "include": ["."] }',
      // Components' modules are known to Astro's language server; to the compiler itself only so.
      'types/components.d.ts': "declare module '*.astro' {\n  const component: (props: object) => unknown;\n  export default component;\n}\n",
      'types/lib/blog.ts': `export const fetchPost = async (slug?: string) => ({ title: slug ?? '', open: true });
export const fetchAuthor = async (slug?: string) => ({ name: slug ?? '' });
`,
      'types/components/Post.ts': `${frontmatter('src/components/Post.astro')}
export const title: string = post.title;
// @ts-expect-error A post has no such field.
post.titel;
`,
      'types/components/Author.ts': `${frontmatter('src/components/Author.astro')}
export const name: string = data.name;
`,
    },
  });
  const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  const { status, stdout } = spawnSync(node, [tsc, '-p', join(site.root, 'types')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('the table of the context has its members', () => {
  const [table] = named('context');
  const source = read('runtime/types.ts').split('export interface Context')[1].split('\n}')[0];
  const members = [...source.matchAll(/^  (?:readonly )?(\w+)(?:: |[<(])/gm)].map(([, name]) => name);
  assert.ok(members.includes('params') && members.includes('load'), 'members were found');
  assert.deepEqual(rows(table).map(([name]) => name.replace(/\(.*/, '')), members);
});

test('the table of the options has their names, values and defaults', () => {
  const [table] = named('options');
  const source = read('plugin-abi/vite/options.ts').split('export interface Options {')[1].split('\n}')[0];
  const options = [...source.matchAll(/\/\*\* (.*?) Default: (.*?)\. \*\/\n  (\w+)\?: (.*);/g)].map(([, , fallback, name, type]) => [
    name,
    type.split(' | ').map((part) => ({ boolean: 'true, false', string: 'a path' })[part] ?? part).join(', '),
    fallback,
  ]);
  assert.equal(options.length, source.match(/^  \w+\?:/gm).length, 'every option has a default in its comment');
  assert.deepEqual(rows(table).map((row) => row.slice(0, 3)), options.map(([name, values, fallback]) => [name, values, fallback.replace(/^the project's root$/, "the project's root")]));
});

test('the configurations can be loaded', () => {
  const [compat] = named('compat');
  const [vite] = named('vite');
  const site = makeSite({
    files: { 'compat.config.mjs': `import { defineConfig } from 'astro/config';\n${compat}`, 'vite.config.mjs': vite },
  });
  const show = `
    const { integrations } = (await import('./compat.config.mjs')).default;
    const { plugins } = (await import('./vite.config.mjs')).default;
    console.log(integrations.map(({ name }) => name).join(), plugins.flat().map(({ name }) => name)[0]);`;
  const shown = execFileSync(node, ['--input-type=module', '-e', show], { cwd: site.root, encoding: 'utf8' });
  assert.equal(shown, 'foreload foreload\n');
});

/** Runs the examples that are called \p name in a project of \p files. */
function assertPrinted(t, name, files) {
  const root = makeProject(t, { ...files, 'package.json': '{ "name": "blog" }\n' });
  const PATH = `${dirname(resolve(command))}:${process.env.PATH}`;
  for (const text of named(name)) {
    const [prompt, ...printed] = text.split('\n');
    assert.match(prompt, /^\$ foreload /);
    const shell = prompt.slice('$ '.length);
    const { status, stdout, stderr } = spawnSync('bash', ['-c', shell], { cwd: root, encoding: 'utf8', env: { ...process.env, PATH, NO_COLOR: '1' } });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: printed.join('\n'), stderr: '' }, shell);
  }
}

test('the command says what is printed', (t) => {
  const { 'astro.config.mjs': config, ...rest } = components;
  assertPrinted(t, 'console', rest);
});

test('the check of a project without foreload says what is printed', (t) => {
  assertPrinted(t, 'check', checked);
});

test('awaits are loaders with the option auto', (t) => {
  const [user] = named('auto');
  const root = makeProject(t, {
    'package.json': '{ "name": "users" }\n',
    'src/pages/users.astro': "---\nimport User from '../components/User.astro';\n---\n<User id=\"1\" />\n",
    'src/components/User.astro': user,
    'src/components/Orders.astro': "---\nimport { fetchOrders } from '../lib/users';\nconst orders = await fetchOrders(Astro.props.of);\n---\n{orders}\n",
    'src/lib/users.ts': 'export const fetchUser = async (id) => ({ id });\nexport const fetchOrders = async (id) => [id];\n',
  });
  const [[prompt, ...printed]] = named('auto console').map((text) => text.split('\n'));
  const words = prompt.slice('$ foreload '.length).split(' ');
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: printed.join('\n'), stderr: '' });
});

test('the exit codes are those of the help', () => {
  const [, codes] = /Exit codes: (.*)\./.exec(execFileSync(command, ['--help'], { encoding: 'utf8' }));
  assert.ok(read('README.md').replace(/\s+/g, ' ').includes(`Exit codes: ${codes}.`));
});

test('the C program compiles, and counts the lifted loaders', (t) => {
  const [program] = named('C');
  const build = dirname(resolve(command));
  const root = makeProject(t, { ...components, 'package.json': '{ "name": "blog" }\n', 'program.c': program });
  const executable = join(root, 'program');
  const options = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Werror', `-I${join(repository, 'plugin-abi/include')}`];
  execFileSync(process.env.CC ?? 'cc', [...options, join(root, 'program.c'), `-L${build}`, '-lforeload', '-o', executable], { stdio: 'pipe' });
  const run = (args) => spawnSync(executable, args, { encoding: 'utf8', env: { ...process.env, LD_LIBRARY_PATH: build } });
  assert.deepEqual([run([root]).status, run([root]).stdout], [0, '3 loaders lifted\n']);
  const { status, stderr } = run([]);
  assert.equal(status, 1);
  assert.match(stderr, /\S/);
});
