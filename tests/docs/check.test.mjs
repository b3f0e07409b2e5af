// docs/check.md names the fields that the command writes, and no others.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, repository } from '../native.mjs';
import { examples, rows } from './examples.mjs';

const shop = join(repository, 'fixtures/check/a shop that has never heard of foreload/input');
const found = JSON.parse(execFileSync(command, ['check', shop, '--format', 'json'], { encoding: 'utf8' }));

for (const [name, value] of Object.entries({ fields: found, 'page fields': found.pages[0], 'step fields': found.pages[0].chain[0] })) {
  test(`the table of the ${name}`, () => {
    const [table] = examples('docs/check.md').filter((example) => example.name === `test: ${name}`);
    assert.deepEqual(rows(table.text).flatMap(([names]) => names.split(', ')), Object.keys(value));
  });
}

test('the lists of words in them', () => {
  const [fields, , step] = examples('docs/check.md').filter(({ name }) => name?.endsWith('fields')).map(({ text }) => text);
  for (const key of Object.keys(found.summary)) assert.ok(fields.includes(`\`${key}\``), key);
  for (const key of Object.keys(found.notCounted)) assert.ok(fields.includes(`\`${key}\``), key);
  const needs = found.pages.flatMap(({ chain }) => chain.flatMap((one) => one.needs));
  assert.ok(needs.length > 3);
  for (const need of needs) for (const word of [...Object.keys(need), need.why]) assert.ok(step.includes(`\`${word}\``), word);
});
