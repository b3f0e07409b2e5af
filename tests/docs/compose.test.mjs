// docs/compose.md shows what the command prints, and names the keys and fields that there are, and no others.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, makeProject } from '../native.mjs';
import { examples, rows } from './examples.mjs';

const all = examples('docs/compose.md');
const named = (name) => all.find((example) => example.name === `test: ${name}`).text;
const files = Object.fromEntries(all.filter(({ name }) => name?.startsWith('test: file ')).map(({ name, text }) => [name.slice('test: file '.length), text]));

test('the example prints what it shows', (t) => {
  const [line, ...printed] = named('console').split('\n');
  const [program, ...args] = line.slice('$ '.length).split(' ');
  assert.equal(program, 'foreload');
  assert.equal(execFileSync(command, args, { cwd: makeProject(t, files), encoding: 'utf8' }), printed.join('\n'));
});

test('the tables of fields', (t) => {
  const json = JSON.parse(execFileSync(command, ['compose', 'compose.json', '--json'], { cwd: makeProject(t, files), encoding: 'utf8' }));
  const { statistics } = json;
  for (const [name, value] of Object.entries({ fields: json, 'component fields': json.components[0], 'statistics fields': statistics }))
    assert.deepEqual(rows(named(name)).flatMap(([names]) => names.split(', ')), Object.keys(value), name);
  for (const [name, what] of rows(named('statistics fields')))
    if (typeof statistics[name] === 'object') assert.deepEqual(what.split(', '), Object.keys(statistics[name]));
});

test('the table of keys', (t) => {
  const root = makeProject(t, files);
  const keysOf = (config) => {
    writeFileSync(join(root, 'wrong.json'), JSON.stringify(config));
    const { stderr } = spawnSync(command, ['compose', 'wrong.json'], { cwd: root, encoding: 'utf8' });
    return /unknown key '\?': the keys are (.*)/.exec(stderr)[1].split(', ');
  };
  const keys = keysOf({ '?': 1 }).flatMap((key) => (['cache', 'limits', 'retries', 'prediction'].includes(key) ? keysOf({ [key]: { '?': 1 } }).map((inner) => `${key}.${inner}`) : [key]));
  assert.deepEqual(rows(named('configuration')).flatMap(([names]) => names.split(', ')), keys);
});
