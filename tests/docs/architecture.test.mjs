// docs/architecture.md follows a loader through the compiler: what it shows is what the command writes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, repository } from '../native.mjs';
import { examples, read } from './examples.mjs';

const document = 'docs/architecture.md';

test('the generated code is what foreload build writes', (t) => {
  const files = { input: {}, output: {} };
  for (const { name, text } of examples(document)) {
    const [, kind, path] = /^test: (input|output) (\S+)$/.exec(name ?? '') ?? [];
    if (kind) files[kind][path] = text;
  }
  const root = makeProject(t, { ...files.input, 'package.json': '{ "name": "site" }\n' });
  execFileSync(command, ['build', root, '--out', join(root, 'out')], { stdio: 'pipe' });
  assert.ok(Object.keys(files.output).length > 3);
  for (const [path, text] of Object.entries(files.output)) assert.equal(readFileSync(join(root, 'out', path), 'utf8'), text, path);
});

test('the overview has the folders in the order that the layering test holds them to', () => {
  const [, order] = /^order=\((.*)\)$/m.exec(read('tests/layering.sh'));
  const overview = examples(document).find(({ language }) => language === 'text').text;
  assert.deepEqual(overview.match(/\b\w+(?=\/ )/g), order.split(' '));
});

test('every folder of tests/ is mentioned', () => {
  const text = read(document);
  for (const { name } of readdirSync(join(repository, 'tests'), { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    if (!['golden', 'tools'].includes(name)) assert.ok(text.includes(`](../tests/${name})`), `tests/${name}`);
});
