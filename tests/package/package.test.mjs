// The package as npm would publish it: packed, unpacked into a project's node_modules, and used from there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { repository, site } from '../native.mjs';

const { version, exports, bin } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
// Below the repository, so that what users bring along themselves (astro, vite) is found in its node_modules.
mkdirSync(join(repository, 'build'), { recursive: true });
const project = mkdtempSync(join(repository, 'build/package-'));
const installed = join(project, 'node_modules/foreload');

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: project, encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}
const runModule = (source) => run(process.execPath, ['--input-type=module', '-e', source]);

before(() => {
  const packed = run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: repository });
  assert.equal(packed.status, 0, packed.stderr);
  mkdirSync(installed, { recursive: true });
  const unpacked = run('tar', ['-xzf', join(project, `foreload-${version}.tgz`), '-C', installed, '--strip-components=1']);
  assert.equal(unpacked.status, 0, unpacked.stderr);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "type": "module" }\n');
});
after(() => rmSync(project, { recursive: true, force: true }));

test('it holds what it needs and nothing else', () => {
  const held = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath ?? entry.path, entry.name)));
  const binaries = ['dist/bin/foreload', 'dist/node/foreload.node'];
  const documents = ['LICENSE', 'README.md', 'THIRD_PARTY_NOTICES.md', 'package.json'];
  for (const needed of [...binaries, ...documents]) assert.ok(held.includes(needed), `${needed} is missing`);
  const others = held.filter((file) => !binaries.includes(file) && !documents.includes(file));
  assert.deepEqual(others.filter((file) => !/^dist\/(node|vite|runtime)\/[\w/-]+(\.d\.ts|\.js)$|^docs\/[\w/-]+\.(md|svg)$|^docs\/examples\/[\w/-]+\.(c|cc|rs|toml)$|^plugin-abi\/include\/foreload\/\w+\.hp?p?$/.test(file)), []);
});

test('every export can be imported and has types', () => {
  const names = {
    '.': 'createHost',
    './astro': 'default',
    './vite': 'default',
    './runtime': 'getLoaderData',
    './middleware': 'onRequest',
    './auto': 'awaitLifted',
    './batch': 'createBatcher',
    './limits': 'LoaderTimeoutError',
    './trace': 'traces',
  };
  for (const [entry, targets] of Object.entries(exports)) {
    if (entry === './package.json') continue;
    if (entry === './native') { // what Bun takes: no module of JavaScript
      assert.ok(statSync(join(installed, targets)).isFile());
      continue;
    }
    const specifier = `foreload${entry.slice(1)}`;
    const { status, stdout, stderr } = runModule(`console.log(Object.keys(await import('${specifier}')).join(' '))`);
    assert.equal(status, 0, `${specifier}: ${stderr}`);
    if (entry in names) assert.ok(stdout.trim().split(' ').includes(names[entry]), `${specifier} exports ${stdout}`);
    assert.ok(statSync(join(installed, targets.types)).isFile());
  }
  for (const entry of Object.keys(names)) assert.ok(entry in exports, `${entry} is not exported`);
});

test('its command runs', () => {
  assert.deepEqual(run(join(installed, bin.foreload), ['--version']), { status: 0, stdout: `foreload ${version}\n`, stderr: '' });
});

test('its addon works where it was installed', () => {
  const root = join(project, 'site');
  for (const [path, text] of Object.entries(site)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const { status, stdout, stderr } = runModule(`
    import { createHost } from 'foreload';
    const host = createHost({ root: ${JSON.stringify(root)} });
    console.log((await host.build(${JSON.stringify(root)})).components);
    host.close();`);
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '2\n', stderr: '' });
});

test('its binaries are stripped', () => {
  for (const file of ['dist/bin/foreload', 'dist/node/foreload.node'])
    assert.doesNotMatch(run('readelf', ['-S', '-W', join(installed, file)]).stdout, /\.symtab|\.debug_info/, file);
});
