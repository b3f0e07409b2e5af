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
  typescript: list('node_modules/typescript/lib/*.{js,ts}').filter((path) => statSync(path).size < 500_000),
  three: list('node_modules/three/{src,examples/jsm}/**/*.js'),
  'lodash-es': list('node_modules/lodash-es/**/*.js'),
  '@types/node': list('node_modules/@types/node/**/*.ts'),
  vite: list('node_modules/vite/dist/**/*.{js,ts}').filter((path) => statSync(path).size < 500_000),
  astro: list('node_modules/astro/dist/**/*.{js,ts}'),
  'this project': list(['plugin-abi/vite/*.ts', 'runtime/*.ts', 'bench/**/*.mjs', 'tests/{runtime,e2e,differential}/*.{ts,mjs}', 'scripts/*.mjs']),
};
const components = list(['tests/differential/corpus/**/*.astro', 'fixtures/**/*.astro', 'node_modules/astro/components/**/*.astro']);

const run = (command, paths) => execFileSync(command, { input: paths.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30 });
const scanned = (paths) => run(scan, paths).trim().split('\n').map((line) => JSON.parse(line));

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

/** What oxc-parser says of a module, as the scanner's dump says it. Nothing if it finds an error. */
function theirs(path, text) {
  const declaration = /\.d\.[cm]?ts$/.test(path);
  const lang = declaration ? 'dts' : /\.[cm]?ts$/.test(path) ? 'ts' : path.endsWith('.tsx') ? 'tsx' : 'jsx';
  const { module, errors, program } = parseSync(path, text, { lang, sourceType: 'module' });
  if (errors.length > 0) return undefined;
  const at = byteOffsets(text);
  const span = ({ start, end }) => [at(start), at(end)];
  const imports = [];
  for (const { start, end, moduleRequest, entries } of module.staticImports)
    imports.push({ form: 'static', statement: span({ start, end }), specifier: span(moduleRequest), names: entries.map(({ localName }) => span(localName)) });
  for (const { start, end, moduleRequest } of module.dynamicImports) {
    const quoted = /^['"]/.test(text[moduleRequest.start]) && text[moduleRequest.start] === text[moduleRequest.end - 1];
    const literal = quoted && !text.slice(moduleRequest.start + 1, moduleRequest.end - 1).includes(text[moduleRequest.start]);
    imports.push({ form: 'dynamic', statement: span({ start, end }), specifier: literal ? span(moduleRequest) : [0, 0], names: [] });
  }
  const exports = [];
  for (const { start, end, entries } of module.staticExports) {
    // Of `import { a } from 'b'; export { a }` it says the same as of `export { a } from 'b'`.
    const request = text.startsWith('export', start) && entries.find((entry) => entry.moduleRequest)?.moduleRequest;
    if (request) imports.push({ form: 're-export', statement: span({ start, end }), specifier: span(request), names: [] });
    for (const { exportName, importName } of entries) exports.push(exportName.kind === 'None' && importName.kind === 'AllButDefault' ? '*' : exportName.kind === 'Default' ? 'default' : exportName.name);
  }
  imports.sort((a, b) => a.statement[0] - b.statement[0]);
  return { imports, exports: exports.sort(), meta: module.importMetas.length > 0, program };
}

/** The scanner's dump without what oxc-parser's module record leaves out. */
function ours(dump, text) {
  const slice = ([begin, end]) => text.subarray(begin, end).toString();
  return {
    imports: dump.imports
      .filter(({ form, type }) => form !== 'require' && !(form === 'dynamic' && type)) // which are no modules' imports, and types
      .map(({ form, statement, specifier, names }) => ({ form, statement, specifier, names: names.map(({ local }) => local) })),
    exports: dump.exports
      .map(({ form, exported }) => (form === 'star' ? '*' : form === 'default' ? 'default' : slice(exported).replace(/^(['"])(.*)\1$/, '$2')))
      .sort(),
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
      if (dump.doubtful) {
        ++doubtful;
        continue;
      }
      if (dump.tree) differences.push(`${dump.path}: the tree says ${JSON.stringify(dump.tree)}`);
      if (dump.importsAlone) differences.push(`${dump.path}: a scan for imports says ${JSON.stringify(dump.importsAlone)}`);
      const bytes = readFileSync(dump.path);
      const text = bytes.toString();
      const reference = theirs(dump.path, text);
      if (!reference) continue;
      ++compared;
      const found = ours(dump, bytes);
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
  const differences = dumps.filter((dump) => dump.tree || dump.importsAlone).map((dump) => dump.path);
  context.diagnostic(`${dumps.length} files, ${doubtful} doubtful`);
  assert.deepEqual(differences, []);
  assert.ok(doubtful * 50 < dumps.length);
});

test("the quick parser's nodes are the grammar's", (context) => {
  const inComponents = run(compare, components).trim();
  const inModules = run(compare, Object.values(packages).flat()).trim();
  for (const [what, output] of Object.entries({ components: inComponents, modules: inModules })) {
    const [, files, parsed, different] = /(\d+) files, (\d+) parsed quickly, (\d+) of them differently/.exec(output).map(Number);
    context.diagnostic(`${what}: ${parsed} of ${files} parsed quickly`);
    assert.equal(different, 0, output);
    if (what === 'components') assert.ok(parsed > files * 0.95, output);
  }
});
