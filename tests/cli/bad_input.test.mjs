// Projects in which something is wrong: what is wrong is said, the rest is done, and nothing is left behind.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, site } from '../native.mjs';

function run(args, { cwd, prefix = [] } = {}) {
  const [program, ...rest] = [...prefix, command, ...args];
  const { status, stdout, stderr, error } = spawnSync(program, rest, { cwd, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NO_COLOR: '1' } });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** All files below a folder, by path. */
function tree(folder) {
  const files = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      files[path.slice(folder.length + 1)] = readFileSync(path);
    }
  return files;
}

/** Builds a project in which one thing is wrong; the page and the card have to come out all the same. */
function buildAround(t, files, { change, prefix } = {}) {
  const root = makeProject(t, { ...site, ...files });
  change?.(root);
  const result = run(['build', '.', '--out', 'out'], { cwd: root, prefix });
  const out = existsSync(join(root, 'out')) ? tree(join(root, 'out')) : {};
  assert.match(String(out['src/pages/index.astro']), /__foreload_lift/);
  assert.match(String(out['src/components/Card.astro']), /"file:\/\/\/src\/components\/Card\.astro"/);
  assert.ok('manifest.json' in out);
  assert.deepEqual(Object.keys(out).filter((path) => path.endsWith('.tmp')), []);
  return { root, out, ...result };
}

const wrongFiles = [
  ['frontmatter that cannot be parsed', '---\nconst a = (;\n---\n<p />\n', /^error\[FL1002\]: .*\n {2}--> src\/Bad\.astro:2:\d+$/m],
  ['markup that cannot be parsed', '<p>{a</p>\n', /^error\[FL1003\]: .*\n {2}--> src\/Bad\.astro:1:4$/m],
  ['invalid UTF-8', Buffer.from('<p>caf\xe9</p>\n', 'latin1'), /^error\[FL1001\]: .*\n {2}--> src\/Bad\.astro:1:7$/m],
  ['an import that leads nowhere', "---\nimport Gone from './Gone.astro';\n---\n<Gone />\n", /^error\[FL5001\]: '\.\/Gone\.astro' was not found\n {2}--> src\/Bad\.astro:2:18$/m],
  ['an import in the wrong case', "---\nimport Card from './components/card.astro';\n---\n<Card />\n", /^error\[FL5001\]: [^]*hint: did you mean '\.\/components\/Card\.astro'\?/m],
];
for (const [what, text, message] of wrongFiles)
  test(`${what} is an error in its file, which passes through`, (t) => {
    const { status, stderr, out } = buildAround(t, { 'src/Bad.astro': text });
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.deepEqual(out['src/Bad.astro'], Buffer.from(text));
  });

test('components that import each other are no error', (t) => {
  const component = (other) => `---\nimport Other from './${other}.astro';\n---\n{Astro.props.deep && <Other />}\n`;
  const { status, stderr } = buildAround(t, { 'src/A.astro': component('B'), 'src/B.astro': component('A') });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('a file of 10 MB is a file like any other', (t) => {
  const large = site['src/components/Card.astro'] + '<p title="x">{data.text} and more</p>\n'.repeat(270_000);
  assert.ok(large.length > 10_000_000);
  const { status, stderr, out } = buildAround(t, { 'src/components/Large.astro': large });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.equal(out['src/components/Large.astro'].length, large.length + '"file:///src/components/Large.astro", loader'.length);
});

test('links that lead nowhere or in a circle, and what is no file, are said', (t) => {
  const { status, stderr } = buildAround(t, {}, {
    change(root) {
      symlinkSync('Gone.astro', join(root, 'src/Dangling.astro'));
      symlinkSync('Circle.astro', join(root, 'src/Circle.astro'));
      symlinkSync('..', join(root, 'src/components/up'));
      assert.equal(spawnSync('mkfifo', [join(root, 'src/Pipe.astro')]).status, 0);
    },
  });
  assert.equal(status, 1);
  for (const name of ['Dangling', 'Circle', 'Pipe'])
    assert.match(stderr, new RegExp(`^error\\[FL9001\\]: the file could not be read: .*\\n {2}--> src/${name}\\.astro`, 'm'));
  assert.equal(stderr.match(/^error/gm).length, 3);
});

/** What makes the command an ordinary user, whom permissions keep out. */
function asUser(t) {
  if (process.getuid() !== 0) return [];
  const prefix = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  if (spawnSync(prefix[0], [...prefix.slice(1), command, '--version']).status === 0) return prefix;
  t.skip('this machine lets root be nobody else');
  return null;
}

test('a file and a folder that must not be read are said', (t) => {
  const prefix = asUser(t);
  if (!prefix) return;
  const root = makeProject(t, { ...site, 'src/Secret.astro': '<p />\n', 'src/secret/Other.astro': '<p />\n' });
  chmodSync(root, 0o777);
  chmodSync(join(root, 'src/Secret.astro'), 0);
  chmodSync(join(root, 'src/secret'), 0);
  const { status, stdout, stderr } = run(['build', '.', '--out', 'out'], { cwd: root, prefix });
  chmodSync(join(root, 'src/secret'), 0o755);
  assert.equal(status, 1);
  assert.match(stderr, /^error\[FL9001\]: the file could not be read: .*ermission denied\n {2}--> src\/Secret\.astro/m);
  assert.match(stderr, /^error\[FL9001\]: the folder could not be read: .*ermission denied\n {2}--> src\/secret/m);
  assert.match(stdout, /1 of 1 loader lifted/);
});

test('an output folder that cannot be written is said', (t) => {
  const prefix = asUser(t);
  if (!prefix) return;
  const root = makeProject(t, site);
  mkdirSync(join(root, 'out'));
  chmodSync(root, 0o755);
  chmodSync(join(root, 'out'), 0o555);
  const { status, stderr } = run(['build', '.', '--out', 'out'], { cwd: root, prefix });
  assert.equal(status, 1);
  assert.match(stderr, /^error\[FL9002\]: the file could not be written: .*ermission denied\n {2}--> out\//m);
  assert.deepEqual(readdirSync(join(root, 'out')), []);
});

test('an output folder that is a file is said', (t) => {
  const root = makeProject(t, { ...site, out: 'a file\n' });
  const { status, stderr } = run(['build', '.', '--out', 'out'], { cwd: root });
  assert.equal(status, 1);
  assert.match(stderr, /^error\[FL9002\]/m);
  assert.equal(readFileSync(join(root, 'out'), 'utf8'), 'a file\n');
});

test('a disk that is full leaves whole files only', (t) => {
  const root = makeProject(t, { ...site, 'src/Large.astro': site['src/components/Card.astro'] + '<p>large</p>\n'.repeat(20_000) });
  const out = join(root, 'out');
  mkdirSync(out);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', out]);
  if (mounted.status !== 0) return t.skip('this machine mounts no small disk');
  try {
    const { status, stderr } = run(['build', '.', '--out', 'out'], { cwd: root });
    assert.equal(status, 1);
    assert.match(stderr, /^error\[FL9002\]: the file could not be written: No space left on device\n {2}--> out\/src\/Large\.astro/m);
    const files = tree(out);
    assert.deepEqual(Object.keys(files).filter((path) => path.endsWith('.tmp')), []);
    assert.ok(!('src/Large.astro' in files));
    assert.match(String(files['src/components/Card.astro']), /<p>\{data\.text\}<\/p>\n$/);
  } finally {
    assert.equal(spawnSync('umount', [out]).status, 0);
  }
});

test('the output is not written over the components, whatever the folder is called', (t) => {
  const root = makeProject(t, { ...site, 'src/src/components/Card.astro': site['src/components/Card.astro'] });
  symlinkSync('.', join(root, 'link'));
  const before = tree(root);
  for (const [dir, out] of [['.', '.'], ['src', 'src'], ['.', 'link'], ['src', '.']]) {
    const { status, stderr } = run(['build', dir, '--out', out], { cwd: root });
    assert.equal(status, 1, `${dir} → ${out}`);
    assert.match(stderr, /^error\[FL9003\]: the output would be written over the component/m);
    for (const [path, text] of Object.entries(before)) assert.deepEqual(readFileSync(join(root, path)), text, path);
  }
});

test('a folder with components of the project is no place for the output', (t) => {
  const root = makeProject(t, site);
  symlinkSync('src', join(root, 'link'));
  const before = tree(root);
  for (const out of ['src', 'src/components', 'link']) {
    const { status, stderr } = run(['build', '.', '--out', out], { cwd: root });
    assert.equal(status, 1, out);
    assert.match(stderr, /^error\[FL9003\]: the output would be written over the components/m);
    assert.deepEqual(tree(root), before, out);
  }
  assert.equal(run(['build', 'src', '--out', 'src/pages/out'], { cwd: root }).status, 0); // there are none
});

test('a build that was killed does not stand in the way of the next one, and leaves nothing', (t) => {
  const { root, out } = buildAround(t, {});
  rmSync(join(root, 'out/manifest.json')); // which is written last
  const left = ['out/.foreload-1F.tmp', 'out/src/components/.foreload-2F.tmp', '.foreload-3F.tmp'];
  for (const path of left) writeFileSync(join(root, path), 'half of a fi');
  const { status, stderr } = run(['build', '.', '--out', 'out', '--packed', 'pack.ndjson'], { cwd: root });
  assert.equal(status, 0, stderr);
  assert.deepEqual(tree(join(root, 'out')), out);
  for (const path of left) assert.ok(!existsSync(join(root, path)), path);
});

test('the output is the same on every run and wherever the project is, also within the project', (t) => {
  const one = buildAround(t, {});
  const again = run(['build', '.', '--out', 'out'], { cwd: one.root });
  assert.equal(again.status, 0);
  assert.equal(again.stdout, one.stdout);
  assert.deepEqual(tree(join(one.root, 'out')), one.out);

  const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), 'foreload another place ')));
  t.after(() => rmSync(elsewhere, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(site)) {
    mkdirSync(join(elsewhere, 'deep', path, '..'), { recursive: true });
    writeFileSync(join(elsewhere, 'deep', path), text);
  }
  assert.equal(run(['build', join(elsewhere, 'deep'), '--out', join(elsewhere, 'somewhere')]).status, 0);
  assert.deepEqual(tree(join(elsewhere, 'somewhere')), one.out);
});

test('a manifest.json that no build has written is not written over', (t) => {
  const root = makeProject(t, { 'package.json': '{}', 'src/a.astro': '<p />\n', 'public/manifest.json': '{ "name": "PWA" }\n' });
  const { status, stderr } = run(['build', 'src', '--out', 'public', '--no-cache'], { cwd: root });
  assert.equal(status, 1);
  assert.match(stderr, /^error\[FL9003\]: no build has written this file/m);
  assert.deepEqual([readFileSync(join(root, 'public/manifest.json'), 'utf8'), existsSync(join(root, 'public/a.astro'))], ['{ "name": "PWA" }\n', false]);
});

test('what a build has written that was killed is no source', async (t) => {
  const files = { 'package.json': '{}' };
  for (let i = 0; i < 300; i++) files[`src/C${i}.astro`] = `<p>${'text '.repeat(500)}</p>\n`;
  const root = makeProject(t, files);
  const child = spawn(command, ['build', '.', '--out', 'first', '--no-cache', '--mode', 'parallel', '--jobs', '2'], { cwd: root, stdio: 'ignore' });
  const ended = new Promise((done) => child.on('close', done));
  while (child.exitCode === null && !existsSync(join(root, 'first/src'))) await new Promise((done) => setTimeout(done, 1));
  child.kill('SIGKILL');
  await ended;
  assert.match(run(['build', '.', '--out', 'second', '--no-cache'], { cwd: root }).stdout, /^300 components: /);
});
