// Compares the resolver with oxc-resolver, which Vite 8 resolves with, and with enhanced-resolve, which webpack does: on
// every import of every installed package and of the sites and sources at hand, and on projects made of the constructs
// that packages seldom use.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { after, test } from 'node:test';
import enhancedResolve from 'enhanced-resolve';
import { ResolverFactory } from 'oxc-resolver';
import ts from 'typescript';

const repository = join(import.meta.dirname, '../..');
const dumpResolve = process.env.FORELOAD_DUMP_RESOLVE;
assert(dumpResolve, 'FORELOAD_DUMP_RESOLVE must name the built foreload-dump-resolve');

/** What the resolver answers to `[importer, specifier]` pairs. */
function ours(root, pairs, options = []) {
  const input = pairs.map((pair) => `${pair.join('\t')}\n`).join('');
  const output = execFileSync(dumpResolve, [root, ...options], { input, maxBuffer: 1 << 28, encoding: 'utf8' });
  return output.split('\n').slice(0, -1);
}

/** The same of oxc-resolver, with the options that Vite gives it for a server build. */
function theirs(root, pairs) {
  const resolver = new ResolverFactory({
    conditionNames: ['astro', 'import', 'module', 'node', 'production', 'default'],
    extensions: ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'],
    extensionAlias: { '.js': ['.js', '.ts', '.tsx'], '.mjs': ['.mjs', '.mts'], '.cjs': ['.cjs', '.cts'], '.jsx': ['.jsx', '.tsx'] },
    mainFields: ['module', 'jsnext:main', 'jsnext', 'main'],
    roots: [root],
    builtinModules: true,
    tsconfig: 'auto',
  });
  return pairs.map(([importer, specifier]) => {
    // A bundler takes these out before it asks a resolver.
    if (/^([a-z][a-z\d+.-]+:|\/\/|\0)/i.test(specifier)) return 'external';
    const { path, builtin } = resolver.resolveFileSync(importer, specifier);
    if (builtin) return 'external';
    return path?.replace(/\?.*$/, '') ?? 'missing';
  });
}

/** The same of enhanced-resolve. Its tsconfig is one file; Node's own resolver is not asked, so builtins are left out. */
function webpacks(root, pairs, { tsconfig = existsSync(join(root, 'tsconfig.json')), ...options } = {}) {
  const resolver = enhancedResolve.create.sync({
    conditionNames: ['astro', 'import', 'module', 'node', 'production', 'default'],
    extensions: ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'],
    extensionAlias: { '.js': ['.js', '.ts', '.tsx'], '.mjs': ['.mjs', '.mts'], '.cjs': ['.cjs', '.cts'], '.jsx': ['.jsx', '.tsx'] },
    mainFields: ['module', 'jsnext:main', 'jsnext', 'main'],
    roots: [root],
    ...(tsconfig ? { tsconfig: { configFile: join(root, 'tsconfig.json'), references: 'auto' } } : {}),
    ...options,
  });
  return pairs.map(([importer, specifier]) => {
    if (/^([a-z][a-z\d+.-]+:|\/\/|\0)/i.test(specifier)) return 'external';
    try {
      const path = resolver(dirname(importer), specifier);
      // It marks what is no query with a NUL. `false`: it is replaced by nothing.
      return path ? path.replace(/(?<!\0)[?#].*$/, '').replaceAll('\0', '') : 'external';
    } catch {
      return builtinModules.includes(specifier) ? 'external' : 'missing';
    }
  });
}

function differences(root, pairs, reference = theirs, mine = ours(root, pairs)) {
  const other = reference(root, pairs);
  assert.equal(mine.length, pairs.length);
  const different = {};
  pairs.forEach(([importer, specifier], i) => {
    if (mine[i] !== other[i])
      different[`${specifier} from ${importer.slice(root.length + 1)}`] = [mine[i], other[i]].map((path) => path.replace(`${root}/`, ''));
  });
  return different;
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (/\.([cm]?[jt]sx?|astro)$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name)) yield path;
  }
}

function importsOf(path) {
  let text = readFileSync(path, 'utf8');
  if (extname(path) === '.astro') text = /^\s*---(.*?)---/s.exec(text)?.[1] ?? '';
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

const modules = realpathSync('node_modules');

/** The imports of all files below \p folder, each once for a folder. */
function importsBelow(folder) {
  const pairs = new Map();
  for (const path of filesBelow(folder)) {
    for (const specifier of importsOf(path)) {
      // A package that is installed wins over a builtin of its name: see `intended`.
      if (builtinModules.includes(specifier) && existsSync(join(modules, specifier))) continue;
      if (!/[\t\r\n]/.test(specifier)) pairs.set(`${dirname(path)}\t${specifier}`, [path, specifier]);
    }
  }
  return [...pairs.values()];
}

/** Whether \p differences are those for which there is a reason, and no other. */
function assertReasons(differences, reasons) {
  const unused = new Set(reasons);
  const unexpected = Object.entries(differences).filter(([what, [mine, other]]) => {
    const reason = reasons.find(({ applies }) => applies({ what, mine, other }));
    unused.delete(reason);
    return !reason;
  });
  assert.deepEqual(Object.fromEntries(unexpected.slice(0, 20)), {}, `${unexpected.length} differences`);
  assert.deepEqual([...unused].map(({ reason }) => reason), [], 'reasons that explain nothing');
}

test('every import of the installed packages', () => {
  const root = dirname(modules);
  const pairs = importsBelow(modules);
  assert.ok(pairs.length > 3000, `only ${pairs.length} imports found`);
  const mine = ours(root, pairs);
  const found = mine.filter((path) => path.startsWith('/')).length;
  assert.ok(found > pairs.length / 2, `only ${found} of ${pairs.length} imports resolved`);
  assert.deepEqual(differences(root, pairs, theirs, mine), {});
  assertReasons(differences(root, pairs, (...args) => webpacks(...args, { tsconfig: false }), mine), []);
});

test('every import of the sites and of the components of packages', (context) => {
  // As packages: of their dependencies only those are found that this project has, too.
  const folders = ['fixtures', 'tests/differential/corpus', 'plugin-abi', 'runtime', 'docs', 'bench'].map((folder) => join(repository, folder));
  const pairs = folders.filter((folder) => existsSync(folder)).flatMap((folder) => importsBelow(realpathSync(folder)));
  assert.ok(pairs.length > 1000, `only ${pairs.length} imports found: run tests/differential/run.sh`);
  const root = realpathSync(repository);
  const mine = ours(root, pairs);
  const found = mine.filter((path) => path.startsWith('/')).length;
  context.diagnostic(`${pairs.length} imports, ${found} of them resolved`);
  assert.ok(found > 1000);
  assertReasons(differences(root, pairs, theirs, mine), [
    {
      reason: 'oxc applies a tsconfig to what its `include` covers, .ts by default; Astro applies it to .astro files too',
      applies: ({ what, other }) => /^[@~]\/.* from .*\.astro$/.test(what) && other === 'missing',
    },
    {
      reason: "what is below node_modules is in no package above it, by Node's LOOKUP_PACKAGE_SCOPE",
      applies: ({ what, mine }) => /^foreload\/.*\/node_modules\//.test(what) && mine === 'missing',
    },
  ]);
});

test("packages for browsers, as enhanced-resolve's own tests have them", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'foreload-browser-')));
  after(() => rmSync(root, { recursive: true }));
  const files = {
    'package.json': { name: 'site' },
    'node_modules/fields/package.json': { main: './main.js', module: './module.js', browser: './browser.js' },
    'node_modules/object/package.json': {
      main: './main.js', browser: { './main.js': './browser.js', './lib/a.js': './lib/a-browser.js', './lib/b': './lib/b-browser.js',
        './gone.js': false, fs: false, 'node-only': 'browser-only', './lib/chain.js': './lib/a.js', './lib/same.js': './lib/same.js' },
    },
    'node_modules/conditional/package.json': { exports: { '.': { browser: './browser.js', default: './main.js' }, './*': { browser: './web/*.js', node: './node/*.js' } } },
    'node_modules/browser-only/package.json': { main: './index.js' },
    'node_modules/node-only/package.json': { main: './index.js' },
    'node_modules/.pnpm/a@1/node_modules/a/package.json': { main: './a.js', browser: { './a.js': './web.js', b: './b-web.js' } },
    'node_modules/.pnpm/b@2/node_modules/b/package.json': { exports: { browser: './web.js', default: './b.js' } },
  };
  for (const path of ['fields/main', 'fields/module', 'fields/browser', 'object/main', 'object/browser', 'object/gone', 'object/lib/a', 'object/lib/a-browser',
    'object/lib/b', 'object/lib/b-browser', 'object/lib/chain', 'object/lib/same', 'conditional/browser', 'conditional/main', 'conditional/web/x', 'conditional/node/x',
    'browser-only/index', 'node-only/index', '.pnpm/a@1/node_modules/a/a', '.pnpm/a@1/node_modules/a/web', '.pnpm/a@1/node_modules/a/b-web',
    '.pnpm/b@2/node_modules/b/b', '.pnpm/b@2/node_modules/b/web'])
    files[`node_modules/${path}.js`] = '';
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  symlinkSync('.pnpm/a@1/node_modules/a', join(root, 'node_modules/a'));
  symlinkSync('../../b@2/node_modules/b', join(root, 'node_modules/.pnpm/a@1/node_modules/b'));
  const specifiers = {
    'src/page.js': `fields fields/main object object/main object/main.js object/lib/a object/lib/a.js object/lib/b object/lib/b.js object/gone object/gone.js
      object/lib/chain object/lib/same conditional conditional/x conditional/y a b a/a a/web`,
    'node_modules/object/lib/x.js': './a ./a.js ../lib/a ./b ./b.js ../main ../gone .. node-only fs ./chain ./same',
    'node_modules/object/main.js': './lib/a ./lib/b.js ./gone node-only browser-only fs',
    'node_modules/.pnpm/a@1/node_modules/a/web.js': 'b ./a.js ./b-web',
  };
  const pairs = Object.entries(specifiers).flatMap(([importer, list]) => list.split(/\s+/).map((specifier) => [join(root, importer), specifier]));
  const conditionNames = ['browser', 'import', 'module', 'production', 'default'], mainFields = ['browser', 'module', 'main'];
  const mine = ours(root, pairs, [conditionNames.join(), mainFields.join()]);
  assert.ok(mine.filter((path) => path.startsWith(root)).length > 30);
  assertReasons(differences(root, pairs, (...args) => webpacks(...args, { conditionNames, mainFields, aliasFields: ['browser'] }), mine), [
    {
      reason: 'in Vite, a key without an extension names the file, too',
      applies: ({ what, mine }) => /b\.js from/.test(what) && mine.endsWith('b-browser.js'),
    },
    {
      reason: 'in Vite, what replaces something is not replaced again',
      applies: ({ what, mine }) => /chain from/.test(what) && mine.endsWith('lib/a.js'),
    },
  ]);
});

/** Where the two differ on purpose: [ours, theirs]. */
const intended = {
  // A hash is no part of a file's path.
  '../hash#gone from src/pages/page.ts': ['src/hash.ts', 'src/hash.ts#gone'],
  'exported/sub#hash from src/pages/page.ts': ['node_modules/exported/lib/sub.js', 'node_modules/exported/lib/sub.js#hash'],
  // `exports` names files, not folders: Node and Vite's JavaScript resolver agree.
  'exported/folder from src/pages/page.ts': ['missing', 'node_modules/exported/lib/index.js'],
  // A package that is installed wins over a builtin of its name, as in Vite.
  'events from src/pages/page.ts': ['node_modules/events/events.js', 'external'],
  // oxc applies a tsconfig to what its `include` covers, .ts by default; Astro applies it to .astro files too.
  '@/a from src/pages/index.astro': ['src/a.ts', 'missing'],
  // A slash at the end asks for a folder, below baseUrl as anywhere.
  'util/ from nested/index.ts': ['nested/code/util/index.ts', 'nested/code/util.ts'],
  // oxc does not know jsconfig.json.
  'x/z from cycle/jsonly/q.ts': ['cycle/jsonly/z.js', 'missing'],
  'x/y from cycle/jsonly/q.ts': ['missing', 'cycle/y.ts'],
};

test('constructs that packages seldom use', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'foreload-resolver-')));
  after(() => rmSync(root, { recursive: true }));
  const write = (path, content = '') => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const link = (target, path) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  };

  write('package.json', {
    name: 'site', exports: { '.': './src/index.ts', './lib/*': './src/lib/*.ts' },
    imports: { '#a': './src/a.ts', '#lib/*': './src/lib/*', '#dep': 'exported', '#dep/*': 'exported/*', '#fs': 'fs', '#nodefs': 'node:fs',
      '#out': '../x.js', '#cond': { browser: './src/no.ts', node: './src/a.ts' }, '#null': null },
  });
  write('tsconfig.json', `{ // comment
    "extends": ["./config/base.json", "shared-config/strict", "@scope/config"],
    "compilerOptions": { "paths": {
      "@/*": ["./src/*", "./generated/*"], "@/lib/*": ["./other/*"], "@lib": ["./src/lib/index.ts"], "pre-*-post": ["./src/*"],
      "plain": ["./plain/*"], "~/*": ["\${configDir}/src/*"], },
    }, }`);
  write('config/base.json', { compilerOptions: { paths: { 'base/*': ['../src/*'] } } });
  write('node_modules/shared-config/package.json', { exports: { './*': './*.json' } });
  write('node_modules/shared-config/strict.json', {});
  write('node_modules/@scope/config/package.json', {});
  write('node_modules/@scope/config/tsconfig.json', { extends: './more' });
  write('node_modules/@scope/config/more.json', {});
  for (const path of ['src/index.ts', 'src/a.ts', 'src/b.tsx', 'src/b/index.ts', 'src/c.mts', 'src/d.jsx', 'src/e.json', 'src/Card.astro',
    'src/lib/index.ts', 'src/lib/one.ts', 'src/lib/two.js', 'src/with space/é😀.ts', 'src/100%25.ts', 'src/hash#tag.ts', 'src/hash.ts',
    'src/data.css', 'src/.hidden.ts', 'src/dots.in.name.ts', 'generated/g.ts', 'other/one.ts', 'src/pages/[slug].ts',
    'plain/plain.ts', 'src/folder/main.ts', 'src/folder2/index.tsx', 'src/x.js', 'src/x.ts', 'src/both.js/index.ts', 'pages.ts'])
    write(path);
  write('src/folder/package.json', { main: './main' });
  write('nested/tsconfig.json', { extends: '../tsconfig.json', compilerOptions: { baseUrl: './code' } });
  for (const path of ['nested/code/util.ts', 'nested/code/util/index.ts', 'nested/code/react.ts', 'nested/index.ts', 'nested/src/a.ts']) write(path);
  write('cycle/tsconfig.json', { compilerOptions: { paths: { 'x/*': ['./*'] } }, references: [{ path: '../nested' }] });
  write('cycle/y.ts');
  write('cycle/jsonly/jsconfig.json', { compilerOptions: { paths: { 'x/*': ['./*'] } } });
  write('cycle/jsonly/z.js');

  write('node_modules/exported/package.json', {
    name: 'exported', version: '1.0.0',
    exports: {
      '.': { types: './i.d.ts', browser: './browser.js', node: { require: './node.cjs', import: './node.mjs' }, default: './default.js' },
      './sub': './lib/sub.js', './sub/*': './lib/*.js', './sub/private/*': null, './features/*.js': './features/*.js', './features/*': './features/*.js',
      './array': ['invalid', './lib/sub.js'], './array2': [{ browser: './no.js' }, './lib/sub.js'], './array3': [], './nothing': null,
      './escape': './../outside.js', './escape2': '../outside.js', './escape3': './lib/../../outside.js', './modules': './node_modules/x/x.js',
      './star/*/end': './lib/*/end.js', './default-only': { default: './lib/sub.js' }, './unmet': { worker: './lib/sub.js' },
      './folder': './lib', './legacy/': './lib/', './noext': './lib/sub', './ts': './lib/typed.js', './package.json': './package.json',
      './dev': { development: './lib/dev.js', production: './lib/sub.js' }, './absent': './absent.js', './a*b': './lib/*.js', './a*': './features/*.js',
    },
  });
  for (const path of ['i.d.ts', 'browser.js', 'node.cjs', 'node.mjs', 'default.js', 'lib/sub.js', 'lib/other.js', 'lib/dev.js', 'lib/private/p.js',
    'lib/index.js', 'lib/s/end.js', 'lib/typed.ts', 'features/f.js', 'features/deep/g.js', 'node_modules/x/x.js', 'index.js'])
    write(`node_modules/exported/${path}`);
  write('node_modules/outside.js');
  write('node_modules/mained/package.json', { main: 'lib/main', module: './esm/index.js' });
  for (const path of ['lib/main.js', 'esm/index.js', 'index.js', 'deep/index.js', 'deep/file.js', 'folder.js/index.js']) write(`node_modules/mained/${path}`);
  write('node_modules/mainless/index.js');
  write('node_modules/mainfolder/package.json', { main: './lib' });
  write('node_modules/mainfolder/lib/index.js');
  write('node_modules/mainbroken/package.json', { main: './gone.js' });
  write('node_modules/mainbroken/index.js');
  write('node_modules/typesonly/package.json', { types: './index.d.ts' });
  write('node_modules/typesonly/index.d.ts');
  write('node_modules/@scope/pkg/package.json', { exports: './main.js' });
  write('node_modules/@scope/pkg/main.js');
  write('node_modules/sugar/package.json', { exports: { import: './i.js', default: './d.js' } });
  write('node_modules/sugar/i.js');
  write('node_modules/mixed/package.json', { exports: { '.': './i.js', import: './i.js' } });
  write('node_modules/mixed/i.js');
  write('node_modules/events/package.json', { main: './events.js' });
  write('node_modules/events/events.js');
  write('node_modules/fs/nothing.txt');
  write('src/node_modules/shadow/index.js');
  write('node_modules/shadow/index.js');
  write('node_modules/shadow/only-here.js');
  write('node_modules/.pnpm/linked@1/node_modules/linked/package.json', { exports: './l.js' });
  write('node_modules/.pnpm/linked@1/node_modules/linked/l.js');
  write('node_modules/.pnpm/linked@1/node_modules/peer/index.js');
  link('.pnpm/linked@1/node_modules/linked', 'node_modules/linked');
  write('packages/ui/package.json', { name: '@site/ui', exports: { './*': './src/*.ts' }, imports: { '#self': './src/button.ts' } });
  write('packages/ui/src/button.ts');
  link('../../packages/ui', 'node_modules/@site/ui');
  link('a.ts', 'src/alias.ts');
  link('lib', 'src/liblink');
  link('gone', 'src/dangling.ts');

  const specifiers = {
    'src/pages/page.ts': `./[slug] ./[slug].ts .. ../ ../. . ./ ../a ../a.ts ../a.js ../a.mjs ../b ../b/ ../b.js ../b.jsx ../c ../c.mjs ../d ../e
      ../e.json ../Card ../Card.astro ../card.astro ../lib ../lib/ ../lib/one ../lib/two.js ../lib/one.js/ ../hash#tag ../hash#tag.ts ../hash#gone
      ../hash?query ../a.ts?raw ../a?url ../Card.astro?x=/y/z ../data.css ../data ../.hidden ../dots.in.name ../dots.in.name.js ../folder ../folder/
      ../folder/main ../folder2 ../x ../x.js ../both.js ../100%25 ../100% ../pages ../../pages ../alias ../liblink/one ../liblink ../dangling
      ./../pages/../a .//../a ../lib/../a ../gone/../a ../../../../../../../../../../nowhere ../pages/
      /src/a /src/a.ts /src/lib /src/lib/ /src /gone / /src/pages/[slug]
      @/a @/a.js @/g @/lib/one @/lib/two @/lib @lib @/ @ pre-a-post pre-gone-post plain plain/plain ~/a ~/b/ ~ base/a @/with%20space
      #a #lib/one.ts #lib/one #dep #dep/sub #fs #nodefs #out #cond #null #gone # #/ site site/lib/one site/lib/gone site/other
      exported exported/sub exported/sub.js exported/sub/other exported/sub/private/p exported/features/f exported/features/f.js exported/features/deep/g
      exported/array exported/array2 exported/array3 exported/nothing exported/escape exported/escape2 exported/escape3 exported/modules exported/star/s/end
      exported/default-only exported/unmet exported/folder exported/legacy/sub.js exported/noext exported/ts exported/package.json exported/dev
      exported/absent exported/ exported/index.js exported/lib/sub.js exported/sub/ exported/sub/../other exported/sub/gone exported/axb exported/asubb
      exported/af exported?raw exported/sub?raw exported/sub#hash
      mained mained/ mained/lib/main mained/lib/main.js mained/deep mained/deep/ mained/deep/file mained/folder.js mained/gone mained/package.json
      mainless mainless/index mainless/index.js mainfolder mainbroken typesonly @scope/pkg @scope/pkg/main.js @scope @scope/ @scope/gone sugar sugar/i.js mixed
      events events/ fs fs/promises fs/nothing.txt path path/posix path/gone node:path node:gone assert/strict shadow shadow/only-here linked linked/l.js peer
      @site/ui/button @site/ui @site/ui/gone gone gone/sub Exported https://a.b/c data:text/plain,x virtual:v astro:content //a.b/c C:\\a\\b C:/a .\\a ..a ...
      %2e/a ./%61 a%2fb`,
    'src/pages/index.astro': '@/a ../a',
    'nested/index.ts': './code/util util util.js util/ util/index react @/a ~/a base/a code/util exported fs gone',
    'cycle/q.ts': 'x/y x/gone @/a util',
    'cycle/jsonly/q.ts': 'x/z x/y',
    'packages/ui/src/card.ts': '#self @site/ui/button ./button @/a exported',
    'node_modules/exported/lib/sub.js': 'exported exported/sub exported/lib/sub.js x @/a mained ./sub ../index',
    'node_modules/.pnpm/linked@1/node_modules/linked/l.js': 'peer linked mained @/a',
    'node_modules/@scope/pkg/main.js': '@scope/pkg @scope/config/more.json',
  };
  const pairs = Object.entries(specifiers).flatMap(([importer, list]) => list.trim().split(/\s+/).map((specifier) => [join(root, importer), specifier]));
  pairs.push(...['../with space/é😀', '../with space/é😀.js', ' ../a', '../a '].map((specifier) => [join(root, 'src/pages/page.ts'), specifier]));
  assert.deepEqual(differences(root, pairs), intended);
  // enhanced-resolve has one tsconfig for all files.
  const ofOneConfig = pairs.filter(([importer]) => !/^(nested|cycle)\//.test(importer.slice(root.length + 1)));
  assertReasons(differences(root, ofOneConfig, webpacks), [
    { reason: 'it knows no builtins', applies: ({ what, mine }) => /^#(fs|nodefs) /.test(what) && mine === 'external' },
    { reason: 'a query and a hash are no part of what `exports` name, in Vite', applies: ({ what, other }) => /^exported.*[?#]/.test(what) && other === 'missing' },
    { reason: 'a `.js` of `exports` may stand for a `.ts`, for TypeScript', applies: ({ what, other }) => /^exported\/ts /.test(what) && other === 'missing' },
    { reason: '`exports` name files, not folders: Node', applies: ({ what, mine }) => /^exported\/folder /.test(what) && mine === 'missing' },
    { reason: 'a `*` of `paths` may be empty, for TypeScript', applies: ({ what, other }) => /^@\/ /.test(what) && other === 'missing' },
    { reason: 'what is installed was built with its own tsconfig', applies: ({ what, mine }) => /^@\/a from node_modules/.test(what) && mine === 'missing' },
    { reason: 'a slash at the end asks for a folder', applies: ({ what, mine }) => /^~\/b\/ /.test(what) && mine === 'src/b/index.ts' },
  ]);
});
