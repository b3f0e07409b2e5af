// docs/plugins.md: its first plugin is built and run as it is printed, with the conformance check.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository, site } from '../native.mjs';

const guide = readFileSync(join(repository, 'docs/plugins.md'), 'utf8');
const header = readFileSync(join(repository, 'plugin-abi/include/foreload/foreload_plugin.h'), 'utf8');

test('the plugin of the guide does what the guide says', (t) => {
  const [, code] = /<!-- plugin: first\.c -->\n```c\n([^]*?)```/.exec(guide);
  const root = makeProject(t, { ...site, 'first.c': code });
  const library = join(root, 'first.so');
  const include = join(repository, 'plugin-abi/include');
  const compiled = spawnSync('cc', ['-std=c99', '-shared', '-fPIC', '-o', library, join(root, 'first.c'), '-I', include], { encoding: 'utf8' });
  assert.equal(compiled.status, 0, compiled.stderr);
  const built = spawnSync(command, ['build', root, '--out', join(root, 'out'), '--plugin', library], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  assert.match(readFileSync(join(root, 'out/src/pages/index.astro'), 'utf8'), /<!-- seen -->\n$/);
  const checked = spawnSync(join(dirname(command), 'plugins/foreload-check-plugin'), [library], { encoding: 'utf8' });
  assert.match(checked.stdout, / 0 failed/);
});

test('the guide has every hook of the header, in its order', () => {
  const hooks = [...header.matchAll(/const fl_hook_use \*(\w+)_use;/g)].map(([, hook]) => hook);
  const described = [...guide.matchAll(/^\| `(\w+)` \| [^|]*\| [^|]*\|$/gm)].map(([, hook]) => hook);
  assert.equal(hooks.length, 8);
  assert.deepEqual(described, hooks);
});
