// docs/build.md shows how packed outputs are read, and names the modes, phases and events that there are, and no others.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject, site } from '../native.mjs';
import { examples, read, rows } from './examples.mjs';

const all = examples('docs/build.md');
const named = (name) => all.find((example) => example.name === `test: ${name}`).text;
const run = (root, ...args) => execFileSync(command, ['build', '.', ...args], { cwd: root, encoding: 'utf8' });

test('the example reads packed outputs', (t) => {
  const root = makeProject(t, site);
  run(root, '--packed', 'outputs.ndjson');
  writeFileSync(join(root, 'read.mjs'), named('packed'));
  const printed = execFileSync(process.execPath, ['read.mjs'], { cwd: root, encoding: 'utf8' });
  assert.match(printed, /^src\/components\/Card\.astro\.map \d+\nsrc\/components\/Card\.astro \d+\n/);
  assert.match(printed, /\nmanifest\.json \d+\n$/);
});

test('the table of modes', () => {
  const [, modes] = /--mode M +(.*): how/.exec(execFileSync(command, ['build', '--help'], { encoding: 'utf8' }));
  assert.deepEqual(rows(named('modes')).map(([name]) => name.split(' ')[0]), modes.split(/, | or /));
});

test('the table of events, phases and statistics', (t) => {
  const root = makeProject(t, { ...site, 'src/pages/wrong.astro': '---\nimport Lost from "./Lost.astro";\n---\n<Lost />\n' });
  const events = [];
  try {
    run(root, '--json', '--out', 'out', '--no-cache');
  } catch ({ stdout }) {
    events.push(...stdout.trimEnd().split('\n').map((line) => JSON.parse(line)));
  }
  const names = rows(named('events')).map(([name]) => name);
  assert.deepEqual([...new Set(events.map(({ event }) => event))], names);
  for (const [name, , fields] of rows(named('events')))
    for (const field of Object.keys(events.find(({ event }) => event === name)))
      assert.ok(field === 'event' || new RegExp(`\\b${field}\\b`).test(fields), `${field} of ${name}`);
  const text = read('docs/build.md');
  const { statistics } = events.at(-1);
  for (const field of [...Object.keys(statistics), ...Object.keys(statistics.work)]) assert.ok(text.includes(`\`${field}\``), field);
});
