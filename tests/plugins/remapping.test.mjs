// Maps are composed as @jridgewell/remapping composes them, which is what build tools use: on maps made up by chance.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import remapping from '@jridgewell/remapping';
import { encode } from '@jridgewell/sourcemap-codec';
import { command, makeProject } from '../native.mjs';

/** Numbers that look random and are the same each time (mulberry32). */
function makeRandom(seed) {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

function makeMap(random, sources, lines) {
  const names = ['a', 'b', 'c'];
  const decoded = Array.from({ length: 1 + random(lines) }, () => {
    const columns = [...new Set(Array.from({ length: random(8) }, () => random(30)))].sort((a, b) => a - b);
    return columns.map((column) => {
      if (random(5) === 0) return [column];
      const segment = [column, random(sources.length), random(lines), random(30)];
      return random(3) === 0 ? [...segment, random(names.length)] : segment;
    });
  });
  const sourcesContent = sources.map((source, at) => (at % 2 ? null : `text of ${source}`));
  return { version: 3, file: 'out.js', sources, sourcesContent, names, mappings: encode(decoded) };
}

test('composed maps are those of @jridgewell/remapping, segment by segment', (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = makeRandom(seed);
    const outer = makeMap(random, ['middle.js'], 6);
    const inner = makeMap(random, ['one.js', 'two.js', 'three.js'], 6);
    const root = makeProject(t, { 'outer.json': JSON.stringify(outer), 'inner.json': JSON.stringify(inner) });
    const tool = join(dirname(command), 'tests/foreload-compose-maps');
    const { status, stdout, stderr } = spawnSync(tool, [join(root, 'outer.json'), join(root, 'inner.json')], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const ours = JSON.parse(stdout);
    const theirs = remapping([outer, inner], () => null);
    for (const field of ['version', 'file', 'sources', 'sourcesContent', 'names', 'mappings'])
      assert.deepEqual(ours[field], theirs[field], `${field}, seed ${seed}`);
  }
});
