// `foreload build --watch`: whatever happens to a project, its output is that of a build from nothing.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { command, makeProject, site } from '../native.mjs';
import { RandomProject } from './random_project.mjs';

/** Path → text of every file below a folder. */
function tree(folder) {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ parentPath, name }) => join(parentPath, name)).sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

const diagnosticsIn = (events) => events.filter(({ event }) => event === 'diagnostic');

/** A command that watches the `src` of a project and writes to `out`. */
class Watch {
  /** Each build: { changed, events, done }. */
  builds = [];
  #sentinel = 0;
  #waiting = [];

  /** \p folder: where in the files the project is. */
  constructor(t, files, folder = '') {
    t.after(async () => { // before the project is deleted
      this.child?.kill();
      await this.exited;
    });
    this.root = join(makeProject(t, { ...files, [join(folder, 'src/sentinel.astro')]: '' }), folder);
  }

  /** Comes back when the first build is done. */
  async start() {
    this.child = spawn(command, ['build', 'src', '--out', 'out', '--watch', '--json'], { cwd: this.root, stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = once(this.child, 'exit');
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const event = JSON.parse(line);
      if (event.event === 'start') this.builds.push({ changed: event.changed ?? [], events: [] });
      const build = this.builds.at(-1);
      build.events.push(event);
      if (event.event !== 'done') return;
      build.done = event;
      this.#waiting = this.#waiting.filter((look) => !look());
    });
    await this.#until(() => this.builds[0]?.done);
  }

  #until(condition) {
    return new Promise((done, fail) => {
      const look = () => condition() && (done(), true);
      this.exited.then(() => fail(new Error('the command has come to an end')));
      if (!look()) this.#waiting.push(look);
    });
  }

  /**
   * Waits until all that was done to the project so far is in the output: changes are told in their order, and to write
   * to a file that is there is one change. (To make a file would be two, which may become two builds.)
   */
  async settled() {
    const path = join(this.root, 'src', 'sentinel.astro');
    const text = `<p>${++this.#sentinel}</p>\n`;
    writeFileSync(path, text);
    const from = this.builds.length;
    const told = () => this.builds.slice(from).some(({ changed, done }) => done && changed.includes(path));
    const output = join(this.root, 'out/sentinel.astro');
    await this.#until(() => told() && existsSync(output) && readFileSync(output, 'utf8') === text);
    return this.builds.at(-1);
  }
}

/** Output and diagnostics of a build from nothing, which leaves no trace that the watch could see. */
function fresh(root) {
  const out = `${root}-fresh`;
  const { stdout } = spawnSync(command, ['build', 'src', '--out', out, '--json', '--no-cache'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const files = tree(out);
  rmSync(out, { recursive: true, force: true });
  return { files, diagnostics: diagnosticsIn(stdout.trimEnd().split('\n').map((line) => JSON.parse(line))) };
}

async function assertUpToDate(watch, message) {
  const build = await watch.settled();
  const expected = fresh(watch.root);
  assert.deepEqual(tree(join(watch.root, 'out')), expected.files, message);
  assert.deepEqual(diagnosticsIn(build.events), expected.diagnostics, message);
}

const card = (text) => site['src/components/Card.astro'].replace('hello', text);

test('edits, new files, saved copies and deletions reach the output', async (t) => {
  const watch = new Watch(t, site);
  const { root } = watch;
  await watch.start();
  const at = (path) => join(root, path);
  const output = (path) => readFileSync(at(join('out', path)), 'utf8');
  const steps = {
    'an edit': () => writeFileSync(at('src/components/Card.astro'), card('edited')),
    'a copy that takes the name of the file, as editors save': () => {
      writeFileSync(at('src/components/.Card.astro.tmp'), card('replaced'));
      renameSync(at('src/components/.Card.astro.tmp'), at('src/components/Card.astro'));
    },
    'a new component': () => writeFileSync(at('src/components/New.astro'), card('new')),
    'a new page in a new folder': () => {
      mkdirSync(at('src/pages/deep/er'), { recursive: true });
      writeFileSync(at('src/pages/deep/er/page.astro'), "---\nimport Card from '../../../components/Card.astro';\n---\n<Card />\n");
    },
    'a renamed component': () => renameSync(at('src/components/New.astro'), at('src/components/Old.astro')),
    'a renamed folder': () => renameSync(at('src/pages/deep'), at('src/pages/flat')),
    'a component that is gone': () => rmSync(at('src/components/Card.astro')),
    'one that is back': () => writeFileSync(at('src/components/Card.astro'), card('back')),
    'a folder that is gone': () => rmSync(at('src/pages/flat'), { recursive: true }),
    'one that comes from elsewhere': () => {
      mkdirSync(at('elsewhere'));
      writeFileSync(at('elsewhere/page.astro'), "---\nimport Card from '../../components/Card.astro';\n---\n<Card />\n");
      renameSync(at('elsewhere'), at('src/pages/here'));
    },
    'one that goes elsewhere': () => renameSync(at('src/pages/here'), at('elsewhere')),
  };
  for (const [message, step] of Object.entries(steps)) {
    step();
    await assertUpToDate(watch, message);
    if (message === 'an edit') assert.match(output('pages/index.astro.foreload.ts'), /edited/);
  }
  for (const { changed } of watch.builds) for (const path of changed) assert.ok(!path.startsWith(at('out')), path);
});

test('changes of the configuration and of modules reach what depends on them', async (t) => {
  const watch = new Watch(t, {
    ...site,
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/one/*"] } } }\n',
    'src/one/Box.astro': card('one'),
    'src/two/Box.astro': card('two'),
    'src/lib/barrel.ts': "export { default as Card } from '../components/Card.astro';\nexport const open = true;\n",
    'src/pages/box.astro': "---\nimport Box from '@/Box.astro';\nimport { Card, open } from '../lib/barrel';\n---\n<Box />{open && <Card />}\n",
  });
  const { root } = watch;
  await watch.start();
  const lifted = () => readFileSync(join(root, 'out/pages/box.astro.foreload.ts'), 'utf8');
  await assertUpToDate(watch, 'at first');
  assert.match(lifted(), /"one"/);
  writeFileSync(join(root, 'tsconfig.json'), '{ "compilerOptions": { "paths": { "@/*": ["./src/two/*"] } } }\n');
  await assertUpToDate(watch, 'another alias');
  assert.match(lifted(), /"two"/);
  writeFileSync(join(root, 'src/lib/barrel.ts'), "export { default as Card } from '../one/Box.astro';\nexport let open = true;\nopen = false;\n");
  await assertUpToDate(watch, 'another barrel');
  writeFileSync(join(root, 'package.json'), '{ "name": "site", "imports": { "#box": "./src/one/Box.astro" } }\n');
  writeFileSync(join(root, 'src/pages/box.astro'), "---\nimport Box from '#box';\n---\n<Box />\n");
  await assertUpToDate(watch, 'an import of the package');
  assert.match(lifted(), /"one"/);
  rmSync(join(root, 'tsconfig.json'));
  await assertUpToDate(watch, 'no tsconfig.json');
  writeFileSync(join(root, 'src/lib/loaders.ts'), "export { loader } from '../one/Box.astro';\n");
  writeFileSync(join(root, 'src/lib/user.ts'), "import { loader } from './loaders';\nexport const use = (load) => load(loader);\n");
  await assertUpToDate(watch, 'a loader that others may load');
  assert.match(lifted(), /import { loader/);
  writeFileSync(join(root, 'src/lib/loaders.ts'), "export { loader } from '../two/Box.astro';\n");
  await assertUpToDate(watch, 'another loader');
});

test('what lies outside of the project is watched, too', async (t) => {
  const app = (files) => Object.fromEntries(Object.entries(files).map(([path, text]) => [`app/${path}`, text]));
  const watch = new Watch(t, {
    ...app(site),
    'app/tsconfig.json': '{ "extends": "../base/tsconfig.json" }\n',
    'app/node_modules/plain/package.json': '{ "name": "plain", "exports": { "./*": "./*" } }\n',
    'app/node_modules/plain/Box.astro': card('plain'),
    'app/src/pages/box.astro':
      "---\nimport Box from '@/Box.astro';\nimport Linked from 'ui/Box.astro';\nimport Plain from 'plain/Box.astro';\nimport { open } from '../../../shared/open';\nimport Late from '../../../late/Box.astro';\n---\n<Box /><Linked /><Plain />{open && <Late />}\n",
    'base/tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["../one/*"] } } }\n',
    'one/Box.astro': card('one'),
    'two/Box.astro': card('two'),
    'packages/ui/package.json': '{ "name": "ui", "exports": { "./*": "./*" } }\n',
    'packages/ui/Box.astro': card('linked'),
    'shared/open.ts': 'export const open = true;\n',
  }, 'app');
  const above = dirname(watch.root);
  symlinkSync('../../packages/ui', join(watch.root, 'node_modules/ui'));
  await watch.start();
  const lifted = () => readFileSync(join(watch.root, 'out/pages/box.astro.foreload.ts'), 'utf8');
  const write = (path, text) => {
    mkdirSync(dirname(join(above, path)), { recursive: true });
    writeFileSync(join(above, path), text);
  };
  const empty = '<p />\n';
  const steps = [
    [() => {}, /one\/Box[^]*ui\/Box[^]*plain\/Box/],
    [() => write('one/Box.astro', empty), /^(?![^]*one\/Box)/],
    [() => write('one/Box.astro', card('one')), /one\/Box/],
    [() => write('packages/ui/Box.astro', empty), /^(?![^]*ui\/Box)/],
    [() => write('app/node_modules/plain/Box.astro', empty), /^(?![^]*plain\/Box)/],
    [() => write('base/tsconfig.json', '{ "compilerOptions": { "paths": { "@/*": ["../two/*"] } } }\n'), /two\/Box/],
    [() => write('late/Box.astro', card('late')), /late\/Box/],
    [() => write('late/Box.astro', empty), /^(?![^]*late\/Box)/],
    [() => write('late/Box.astro', card('late')), /late\/Box/],
    [() => rmSync(join(above, 'late'), { recursive: true }), /^(?![^]*late\/Box)/],
    [() => write('late/Box.astro', card('back')), /late\/Box/],
    [() => write('shared/open.ts', 'export const open = false && 1;\n'), /late\/Box/],
    [() => renameSync(join(above, 'two/Box.astro'), join(above, 'two/Bax.astro')), /^(?![^]*two\/Box)/],
  ];
  for (const [step, expected] of steps) {
    step();
    await assertUpToDate(watch, step.toString());
    assert.match(lifted(), expected, step.toString());
  }
  const builds = watch.builds.length;
  write('nobody/asked.ts', ''); // above the project are many things
  await watch.settled();
  for (const { changed } of watch.builds.slice(builds)) assert.ok(!changed.some((path) => path.includes('nobody')), changed.join());
});

test('only outputs that are as they were written are deleted', async (t) => {
  const watch = new Watch(t, site);
  const { root } = watch;
  await watch.start();
  writeFileSync(join(root, 'out/components/mine.txt'), 'mine');
  writeFileSync(join(root, 'out/components/Card.astro'), 'mine, too');
  rmSync(join(root, 'src/components/Card.astro'));
  await watch.settled();
  assert.deepEqual(tree(join(root, 'out/components')), { 'Card.astro': 'mine, too', 'mine.txt': 'mine' });
});

test('links to folders are followed', async (t) => {
  const watch = new Watch(t, { ...site, 'packages/ui/Box.astro': card('one') });
  const { root } = watch;
  symlinkSync('../packages/ui', join(root, 'src/ui'));
  writeFileSync(join(root, 'src/pages/box.astro'), "---\nimport Box from '../ui/Box.astro';\n---\n<Box />\n");
  await watch.start();
  writeFileSync(join(root, 'packages/ui/Box.astro'), card('two'));
  await assertUpToDate(watch, 'what the link leads to');
  assert.match(readFileSync(join(root, 'out/pages/box.astro.foreload.ts'), 'utf8'), /two/);
});

for (const signal of ['SIGINT', 'SIGTERM'])
  test(`${signal} ends it`, async (t) => {
    const watch = new Watch(t, site);
    await watch.start();
    watch.child.kill(signal);
    assert.deepEqual(await watch.exited, [0, null]);
  });

test('after any changes the output is that of a build from nothing', async (t) => {
  const seed = Number(process.env.FORELOAD_SEED ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`FORELOAD_SEED=${seed}`);
  const watch = new Watch(t, RandomProject.files);
  const project = new RandomProject(watch.root, seed);
  project.fill(30);
  await watch.start();
  const rounds = Number(process.env.FORELOAD_ROUNDS ?? 40);
  for (let round = 0; round < rounds; round++) {
    const kind = project.random(3) ? 'texts' : 'anything'; // edits alone take another way than changes of what there is
    for (let i = project.random(3); i >= 0; i--) project.change(kind);
    await assertUpToDate(watch, `round ${round}, FORELOAD_SEED=${seed}`);
  }
});
