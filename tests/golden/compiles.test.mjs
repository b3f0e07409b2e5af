// What the golden cases expect is what users' tools will read: Astro's own compiler takes every component, and what it
// makes of it, like every companion, is a module.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { transform as compile } from '@astrojs/compiler-rs';
import { transform } from 'esbuild';
import { repository } from '../native.mjs';

const cases = join(repository, 'fixtures/golden');
const expected = (pattern) => globSync(`*/expected/**/${pattern}`, { cwd: cases }).map((path) => join(cases, path));

/** The names that a module imports, by what it imports them from. */
function imports(code) {
  return [...code.matchAll(/^import .*? from "(.*)";$/gm)].map(([, specifier]) => specifier);
}

test('Astro compiles every component', async () => {
  const components = expected('*.astro');
  assert.ok(components.length > 50);
  for (const path of components) {
    const source = readFileSync(path, 'utf8');
    const { code, diagnostics } = await compile(source, { filename: path, resolvePath: (specifier) => specifier });
    assert.deepEqual(diagnostics, [], relative(cases, path));
    await transform(code, { loader: 'ts', sourcefile: path });
    // The call that was put in is a statement, and no text.
    const [, lift] = /\{ lift as (\w+) \}/.exec(source) ?? [];
    if (lift) assert.match(code, new RegExp(`^\\s*${lift}\\([\\w, ]*\\);`, 'm'), relative(cases, path));
  }
});

test('every companion is a module that exports lift', async () => {
  const companions = expected('*.foreload.ts');
  assert.ok(companions.length > 30);
  for (const path of companions) {
    const source = readFileSync(path, 'utf8');
    const { code } = await transform(source, { loader: 'ts', sourcefile: path });
    assert.match(code, /^export \{\n {2}lift\n\};|^export function lift\(/m, relative(cases, path));
    assert.match(imports(source)[0], /^foreload\/(runtime|auto)$/, relative(cases, path));
  }
});
