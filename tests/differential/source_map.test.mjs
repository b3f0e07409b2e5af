// Our source maps, read by the library that Vite reads them with, alone and composed with the map of a compiler that
// moves every token: esbuild, minifying.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import remapping from '@jridgewell/remapping';
import { TraceMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { transformSync } from 'esbuild';

const dumpMap = process.env.FORELOAD_DUMP_MAP;
assert(dumpMap, 'FORELOAD_DUMP_MAP must name the built foreload-dump-map');

// Every word that starts with `o` is in the text once, and survives minification: they are globals, properties, strings.
const original = [
  'export * from "o-two";',
  'export const local = oThree("é😀", "oFour");\t/* ü */ oFive(local).oSix = 10001;',
  '',
  '  oSeven(`oEight ${oNine}`, { oEleven: local, oTwelve: 10002 });oThirteen?.oFourteen(/oFifteen/, local);',
  'oSixteen(async () => { await oSeventeen(); throw new oEighteen("oNineteen"); });',
  'renamed();oTwenty(local);',
];
const wanted = /\bo(?:-two|[A-Z][a-z]+)\b|\b1000\d\b/g;

/** The line and column of an index, as maps count them, in a text whose lines end in any way. */
function place(text, index) {
  const before = text.slice(0, index).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1).length };
}

const folder = mkdtempSync(join(tmpdir(), 'foreload-map-'));
after(() => rmSync(folder, { recursive: true }));

/** Puts generated text into the original at many places, among them the middle of lines. */
function emit(text) {
  const path = join(folder, 'page.ts');
  writeFileSync(path, text);
  const edits = [];
  const insert = (before, inserted) => edits.push([Buffer.byteLength(text.slice(0, text.indexOf(before))), inserted]);
  insert('export', 'import { gOne } from "g-two"; ');
  insert('oThree', 'await gThree() || ');
  insert('oFive', ';gFour("g😀");');
  insert('oSeven', 'gFive();');
  insert('oThirteen', ' gSix(gOne); ');
  insert('renamed', '=renamed gSeven');
  const input = edits.map(([offset, inserted]) => `${offset} ${inserted}\n`).join('');
  return JSON.parse(execFileSync(dumpMap, [path], { input, encoding: 'utf8' }));
}

for (const [name, lineEnd, start] of [['LF', '\n', ''], ['CR LF', '\r\n', ''], ['CR', '\r', ''], ['a byte order mark', '\n', '\ufeff']]) {
  const visible = original.join(lineEnd);

  /** Checks that each wanted word of \p code leads to itself in the original, and generated words lead nowhere. */
  const check = (code, map) => {
    const trace = new TraceMap(map);
    assert.deepEqual(trace.sources, ['page.ts']);
    assert.deepEqual(trace.sourcesContent, [visible]);
    const words = [...code.matchAll(wanted)];
    assert.deepEqual(words.map(([word]) => word).sort(), [...visible.matchAll(wanted)].map(([word]) => word).sort());
    for (const { 0: word, index } of words) {
      const found = originalPositionFor(trace, place(code, index));
      // A compiler has one place for a whole string: that of its quote.
      const places = [...visible.matchAll(wanted)].filter((match) => match[0] === word)
        .flatMap(({ index: at }) => (/["`/]/.test(visible[at - 1]) ? [at - 1, at] : [at])).map((at) => place(visible, at));
      assert.ok(places.some(({ line, column }) => found.line === line && found.column === column), `${word}: ${JSON.stringify(found)}`);
    }
    const generated = [...code.matchAll(/\bg(One|Three|Four|Five|Six)\b/g)];
    assert.ok(generated.length >= 5);
    for (const { 0: word, index } of generated) assert.equal(originalPositionFor(trace, place(code, index)).source, null, word);
    const renamed = originalPositionFor(trace, place(code, code.indexOf('gSeven')));
    assert.deepEqual({ ...renamed }, { source: 'page.ts', ...place(visible, visible.indexOf('renamed')), name: 'renamed' });
  };

  test(`lines end in ${name}: read alone`, () => {
    const { code, map } = emit(start + visible);
    assert.equal(map.version, 3);
    assert.equal(code.startsWith(start), true);
    check(code.slice(start.length), map);
  });

  test(`lines end in ${name}: composed with a minifier's`, () => {
    const emitted = emit(start + visible);
    const minified = transformSync(emitted.code, { loader: 'ts', minify: true, sourcemap: 'external', sourcefile: 'page.ts.out', format: 'esm' });
    check(minified.code, remapping([minified.map, emitted.map], () => null));
  });
}
