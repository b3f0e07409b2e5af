// docs/graph.md shows what the command prints, and names the fields that it writes and no others.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../native.mjs';
import { examples, read, rows } from './examples.mjs';

const fixtures = join(repository, 'fixtures/graph');
const expected = (name, file) => readFileSync(join(fixtures, name, 'expected', file), 'utf8');
const graphs = readdirSync(fixtures).map((name) => JSON.parse(expected(name, 'graph.json')));
const shown = (name) => examples('docs/graph.md').find((example) => example.name === `test: ${name}`).text;
const keys = (objects) => [...new Set(objects.flatMap(Object.keys))].sort();

test('the example', () => {
  const text = expected('cycles, lost modules and imports that lead nowhere are told', 'graph.txt');
  assert.equal(shown('text').replace(/\d+ of (\d+ look-ups?) .*\nread in .*/, 'N of $1\nread in TIME'), text);
});

test('the tables of fields', () => {
  assert.deepEqual(rows(shown('fields')).map(([name]) => name).sort(), keys(graphs));
  // Fixtures have nothing installed: tests/cli/graph.test.mjs has.
  assert.deepEqual(rows(shown('module fields')).map(([name]) => name).sort(), [...keys(graphs.flatMap(({ modules }) => modules)), 'installed'].sort());
});

test('the lists of words in them', () => {
  const text = read('docs/graph.md');
  const modules = graphs.flatMap((graph) => graph.modules);
  const imports = modules.flatMap((module) => module.imports ?? []);
  const words = [
    ...keys(graphs.map(({ statistics }) => statistics)), ...keys(graphs.flatMap(({ cycles }) => cycles)), ...keys(imports),
    ...keys(modules.flatMap(({ external = [], unresolved = [] }) => [...external, ...unresolved])),
    ...modules.map(({ type }) => type), ...imports.map(({ form }) => form),
  ];
  assert.ok(new Set(words).size > 20);
  for (const word of words) assert.ok(text.includes(`\`${word}\``), word);
});
