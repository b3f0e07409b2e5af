// Pages that are easily changed by starting a loader too early, twice, or in the wrong place: each gives the same HTML and
// runs the same loaders, each as often, with lifting off and on. One site, built twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { astroMajor, defaultConfig, makeSite, runs } from './harness.mjs';

/** A component with a loader; \p result is what the loader gives, \p use what the component shows of it. */
const component = (name, result, { context = '{ locals, request }', before = '', imports = '', use = 'data', rest = '' } = {}) => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from 'work';
${imports}
export const loader = async (${context}) => {
  await work('${name}', 10, 0);
  ${before}
  return ${result};
};
const data = await getLoaderData();
---
<p>${name}: {String(${use})}</p>${rest}
`;
const page = (imports, markup, code = '') => `---
${Object.entries(imports).map(([name, from]) => `import ${name} from '${from}';`).join('\n')}
${code}
---
<html lang="en"><head><title>Contract</title></head><body>${markup}</body></html>
`;
const pair = (first, second) => ({ 'First.astro': first, 'Second.astro': second });
const reader = component('Second', 'locals.list.join() + locals.session.user');
const writer = (before, context = '{ locals }') =>
  component('First', '1', { before, context, imports: "import Second from './Second.astro';", rest: '<Second />' });

/** By page: the components in its folder, its markup, its frontmatter, and how it is asked for. */
const cases = {
  push: { files: pair(writer("locals.list.push('new');"), reader), markup: '<First />' },
  nested: { files: pair(writer("session.user = 'new';", '{ locals: { session } }'), reader), markup: '<First />' },
  alias: { files: pair(writer("const s = context.locals.session; s.user = 'new';", 'context'), reader), markup: '<First />' },
  assign: { files: pair(writer("Object.assign(context.locals.session, { user: 'new' });", 'context'), reader), markup: '<First />' },
  sibling: {
    files: pair("---\nAstro.locals.session.user = 'new';\n---\n", reader),
    markup: '<First /><Second />',
  },
  body: {
    files: { 'First.astro': component('First', 'text', { before: "let text; try { text = await request.text() } catch { text = 'read' }" }) },
    code: "await new Promise((done) => setTimeout(done, 5));\nconst form = await Astro.request.text();",
    markup: '<i>{form}</i><First />',
    init: { method: 'POST', body: 'payload', headers: { 'content-type': 'text/plain' } },
  },
  url: {
    files: { 'First.astro': component('First', "url.searchParams.get('q')", { context: '{ url }' }) },
    code: "await null;\nAstro.url.searchParams.set('q', 'new');",
    markup: '<First />',
  },
  attempt: {
    files: {
      'First.astro': component('First', '1').replace(
        'const data = await getLoaderData();',
        'let data, list;\ntry { for (const item of list) {} data = await getLoaderData() } catch {}',
      ),
    },
    markup: '<First />',
  },
  'default-value': {
    files: {
      'First.astro': component('First', 'run(work)', {
        context: 'context, run = label',
        imports: "import { label } from '../../label';",
        before: 'var label = 5, work = label;',
      }).replace("await work('First', 10, 0);", ''),
    },
    markup: '<First />',
  },
  slots: {
    files: {
      'Card.astro': '<section><slot /><slot name="x" /></section>',
      'First.astro': component('First', '1'),
      'Second.astro': component('Second', '2'),
    },
    imports: ['Card'],
    markup:
      '<Card><First />{Astro.url && <Fragment slot="default"><Second /></Fragment>}</Card>' +
      (astroMajor >= 7 ? '<Card><First slot /></Card>' : ''), // older compilers refuse it
  },
  package: { files: {}, imports: { First: '../../packages/ui/First.astro' }, markup: '<First />' },
  alias2: { files: {}, imports: { First: '~c/First.astro' }, markup: '<First />' },
};

const files = {
  'astro.config.mjs': defaultConfig({
    astro: "vite: { resolve: { alias: { '~c': new URL('./alias', import.meta.url).pathname } } }, security: { checkOrigin: false }",
  }),
  'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '~c/*': ['./other/*'], work: ['./src/lib/work.ts'] } } }),
  'alias/First.astro': component('First', '"alias"'),
  'other/First.astro': component('Other', '"other"'),
  'packages/ui/package.json': '{ "name": "ui", "imports": { "#d": "./d.js" } }',
  'packages/ui/d.js': "export const where = 'inner';",
  'packages/ui/First.astro': component('First', 'where', { imports: "import { where } from '#d';" }),
  'd.js': "export const where = 'outer';",
  'src/label.ts': 'export const label = (value: unknown) => `label ${value}`;',
  'src/middleware.ts':
    "export const onRequest = ({ locals }, next) => { locals.list = ['old']; locals.session = { user: 'old' }; return next() };",
};
for (const [name, { files: components, imports = [], markup, code }] of Object.entries(cases)) {
  for (const [file, text] of Object.entries(components)) files[`src/components/${name}/${file}`] = text;
  const own = Array.isArray(imports)
    ? Object.fromEntries(Object.keys(components).map((file) => [file.replace('.astro', ''), `../components/${name}/${file}`]))
    : imports;
  files[`src/pages/${name}.astro`] = page(own, markup, code);
}

/** Whose loaders do not run, or leave no record. */
const unheard = new Set(['attempt', 'default-value']);

describe('lifting changes nothing but time', () => {
  const site = makeSite({ files });
  site.edit('package.json', '"name":"site"', '"name":"site","imports":{"#d":"./d.js"}');
  const servers = {};
  before(async () => {
    for (const lift of ['off', 'on']) {
      await site.build({ outDir: `dist-${lift}`, env: { FORELOAD_LIFT: lift } });
      servers[lift] = await site.preview({ outDir: `dist-${lift}` });
    }
  });
  after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

  for (const [name, { init }] of Object.entries(cases)) {
    test(name, async () => {
      const seen = {};
      for (const lift of ['off', 'on']) {
        await servers[lift].record();
        const { status, body, aborted } = await servers[lift].get(`/${name}`, init);
        seen[lift] = { status, body, aborted, ran: runs(await servers[lift].record()) };
      }
      assert.equal(seen.off.status, 200);
      assert.equal(seen.off.ran.length > 0, !unheard.has(name)); // the case is about something
      assert.deepEqual(seen.on, seen.off);
    });
  }
});
