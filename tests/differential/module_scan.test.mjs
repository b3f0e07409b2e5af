// The module scanner against oxc-parser and against the syntax tree, on packages of JavaScript and TypeScript and on
// components: the same imports and exports at the same places. And the quick parser against the grammar, node by node.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSync } from 'oxc-parser';

const repository = join(import.meta.dirname, '../..');
const tool = (name) => join(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'), 'tests', name);
const scan = tool('foreload-dump-scan');
const compare = tool('foreload-compare-parsers');

const list = (patterns) => globSync(patterns, { cwd: repository }).sort().map((path) => join(repository, path));
const packages = {
  typescript: list('node_modules/typescript/lib/*.{js,ts}'),
  three: list('node_modules/three/{src,examples/jsm,build}/**/*.js'),
  'lodash-es': list('node_modules/lodash-es/**/*.js'),
  '@types/node': list('node_modules/@types/node/**/*.ts'),
  vite: list('node_modules/vite/dist/**/*.{js,ts}'),
  astro: list('node_modules/astro/dist/**/*.{js,ts}'),
  'this project': list(['plugin-abi/vite/*.ts', 'runtime/*.ts', 'bench/**/*.mjs', 'tests/{runtime,e2e,differential}/*.{ts,mjs}', 'scripts/*.mjs']),
};
const components = list(['tests/differential/corpus/**/*.astro', 'fixtures/**/*.astro', 'node_modules/astro/components/**/*.astro']);

/** Too large for the grammar, in a test: half a minute in a debug build. oxc-parser reads them all the same. */
const isLarge = (path) => statSync(path).size > 5_000_000;

const run = (command, paths, args = []) => paths.length === 0 ? '' : execFileSync(command, args, { input: paths.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30 });
const lines = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const scanned = (paths) => [
  ...lines(run(scan, paths.filter((path) => !isLarge(path)))),
  ...lines(run(scan, paths.filter(isLarge), ['--no-tree'])),
];

/** The byte at which each UTF-16 unit of \p text begins. */
function byteOffsets(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return (offset) => offset;
  const offsets = new Uint32Array(text.length + 1);
  for (let i = 0, bytes = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    // A pair of surrogates has four bytes together.
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xe000 ? 2 : 3;
    offsets[i + 1] = bytes;
  }
  return (offset) => offsets[offset];
}

const unknown = 'unknown';
/** Names that come from imports are the last for oxc-parser, wherever they stand. `*` has no place there. */
const byPlace = (a, b) => (a.name[0] === '*') - (b.name[0] === '*') || a.name[0] - b.name[0];

/** What oxc-parser says of a module, as the scanner's dump says it. Nothing if it finds an error. */
function theirs(path, text) {
  const declaration = /\.d\.[cm]?ts$/.test(path);
  const lang = declaration ? 'dts' : /\.[cm]?ts$/.test(path) ? 'ts' : path.endsWith('.tsx') ? 'tsx' : 'jsx';
  const { module, errors } = parseSync(path, text, { lang, sourceType: 'module' });
  if (errors.length > 0) return undefined;
  const at = byteOffsets(text);
  const span = ({ start, end }) => [at(start), at(end)];
  const none = [0, 0];
  const imports = [];
  for (const { start, end, moduleRequest, entries } of module.staticImports) {
    const names = entries.map(({ importName, localName, isType }) =>
      ({ imported: importName.kind === 'Name' ? span(importName) : none, local: span(localName), type: isType }));
    imports.push({ form: 'static', statement: span({ start, end }), specifier: span(moduleRequest), names });
  }
  for (const { start, end, moduleRequest } of module.dynamicImports) {
    const quoted = /^['"]/.test(text[moduleRequest.start]) && text[moduleRequest.start] === text[moduleRequest.end - 1];
    const literal = quoted && !text.slice(moduleRequest.start + 1, moduleRequest.end - 1).includes(text[moduleRequest.start]);
    imports.push({ form: 'dynamic', statement: span({ start, end }), specifier: literal ? span(moduleRequest) : none, names: [] });
  }
  const exports = [];
  for (const { start, end, entries } of module.staticExports) {
    // Of `import { a } from 'b'; export { a }` it says the same as of `export { a } from 'b'`.
    const request = text.startsWith('export', start) && entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (request) imports.push({ form: 're-export', statement: span({ start, end }), specifier: span(request), names: [] });
    for (const { exportName, importName, localName, isType } of entries) {
      const name = exportName.kind === 'None' && importName.kind === 'AllButDefault' ? '*' : span(exportName);
      const local = localName.kind === 'Name' ? localName : request && importName.kind === 'Name' ? importName : undefined;
      // It does not name what `export default a` exports, and of `export { a }` where `a` is imported tells the import's place.
      const isUnknown = localName.kind === 'Default' || (localName.kind === 'None' && importName.kind !== 'None' && !request);
      // What is declared without a body it calls a type, even where everything is, as in declarations.
      exports.push({ name, local: isUnknown ? unknown : local ? span(local) : none, type: declaration ? unknown : isType });
    }
  }
  imports.sort((a, b) => a.statement[0] - b.statement[0]);
  exports.sort(byPlace);
  return { imports, exports, meta: module.importMetas.length > 0 };
}

/** The scanner's dump without what oxc-parser's module record leaves out. */
function ours(dump) {
  return {
    imports: dump.imports
      .filter(({ form, type }) => form !== 'require' && !(form === 'dynamic' && type)) // which are no modules' imports, and types
      .map(({ form, type: whole, statement, specifier, names }) =>
        ({ form, statement, specifier, names: names.map(({ imported, local, type }) => ({ imported, local, type: whole || type })) })),
    exports: dump.exports.map(({ form, exported, local, type }) => ({ name: form === 'star' ? '*' : exported, local, type })).sort(byPlace),
    meta: dump.meta,
  };
}

for (const [name, paths] of Object.entries(packages)) {
  test(`${name}: the scanner says what the syntax tree and oxc-parser say`, (context) => {
    assert.ok(paths.length > 0, 'no files');
    let doubtful = 0;
    let compared = 0;
    const differences = [];
    for (const dump of scanned(paths)) {
      doubtful += dump.doubtful;
      if (dump.doubtful && !dump.tree) continue; // the grammar does not know it
      if (dump.tree && !dump.doubtful) differences.push(`${dump.path}: the tree says ${JSON.stringify(dump.tree)}`);
      if (dump.importsAlone) differences.push(`${dump.path}: a scan for imports says ${JSON.stringify(dump.importsAlone)}`);
      const bytes = readFileSync(dump.path);
      const text = bytes.toString();
      const reference = theirs(dump.path, text);
      if (!reference) continue;
      ++compared;
      const found = ours(dump.doubtful ? dump.tree : dump);
      found.exports.forEach((one, i) => {
        for (const key of ['local', 'type']) if (reference.exports[i]?.[key] === unknown) one[key] = unknown;
      });
      for (const key of ['imports', 'exports', 'meta']) {
        try {
          assert.deepEqual(found[key], reference[key]);
        } catch (error) {
          differences.push(`${dump.path}, ${key}: ${error.message}`);
        }
      }
    }
    context.diagnostic(`${paths.length} files, ${compared} compared with oxc-parser, ${doubtful} doubtful`);
    assert.equal(differences.length, 0, `${differences.length} differences\n${differences.slice(0, 10).join('\n')}`);
    assert.ok(doubtful <= 3 + paths.length / 50, `${doubtful} of ${paths.length} are doubtful`);
  });
}

test('components: the scanner says what the syntax tree says', (context) => {
  assert.ok(components.length > 3800, `only ${components.length} files: run tests/differential/run.sh`);
  const dumps = scanned(components);
  const doubtful = dumps.filter((dump) => dump.doubtful).length;
  const differences = dumps.filter((dump) => (dump.tree && !dump.doubtful) || dump.importsAlone).map((dump) => dump.path);
  context.diagnostic(`${dumps.length} files, ${doubtful} doubtful`);
  assert.deepEqual(differences, []);
  assert.ok(doubtful * 50 < dumps.length);
});

test("the quick parser's nodes are the grammar's", (context) => {
  const inComponents = run(compare, components).trim();
  const inModules = run(compare, Object.values(packages).flat().filter((path) => !isLarge(path))).trim();
  for (const [what, output] of Object.entries({ components: inComponents, modules: inModules })) {
    const [, files, parsed, different] = /(\d+) files, (\d+) parsed quickly, (\d+) of them differently/.exec(output).map(Number);
    context.diagnostic(`${what}: ${parsed} of ${files} parsed quickly`);
    assert.equal(different, 0, output);
    if (what === 'components') assert.ok(parsed > files * 0.95, output);
  }
});
