// Everything that astro-auto-load 0.4.0 gets wrong, one production site each. In every case the page renders Parent,
// whose loader is plain, and Parent imports and renders Case; so a case also shows that its loader is really lifted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSite, runs, together } from './harness.mjs';

const parent = (importCase = "import Case from './Case.astro';") => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
${importCase}

export const loader = async () => work('Parent', 30, { name: 'the parent' });
const parent = await getLoaderData<typeof loader>();
---

<h1>{parent.name}</h1>
<Case />
`;

const page = `---
import Parent from '../components/Parent.astro';
---

<html lang="en"><head><title>Case</title></head><body><Parent /></body></html>
`;

const component = (loader, template = '<p>{data.name}</p>', head = '') => `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { work } from '../lib/work';
${head}
${loader}
const data = await getLoaderData<typeof loader>();
---

${template}
`;

const plainLoader = "export const loader = async () => work('Case', 30, { name: 'the case' });";

/**
 * \p source is Case.astro; \p html what the page has to contain. The loaders are Parent's, Case's and those of \p also.
 * \p path is asked for, of a site in \p folder, made of \p files besides.
 */
const cases = {
  'a page with loaders works in a production build': { source: component(plainLoader) },
  'a typed parameter': {
    source: component("export const loader = async (context: Context) => work('Case', 30, { name: `the case of ${context.url.pathname}` });"),
    html: ['<p>the case of /</p>'],
  },
  'a typed, destructured parameter and a return type': {
    source: component(
      "export const loader = async ({ request }: Context): Promise<{ name: string }> => work('Case', 30, { name: request.method } as { name: string });",
    ),
    html: ['<p>GET</p>'],
  },
  '(context) =>': {
    source: component("export const loader = (context) => work('Case', 30, { name: `the case of ${context.url.pathname}` });"),
    html: ['<p>the case of /</p>'],
  },
  defineLoader: {
    source: component(
      "export const loader = defineLoader(async (context) => work('Case', 30, { name: `the case of ${context.url.pathname}` }));",
      undefined,
      "import { defineLoader } from 'foreload/runtime';",
    ),
    html: ['<p>the case of /</p>'],
  },
  'export async function loader': {
    source: component("export async function loader({ url }: Context) {\n  return work('Case', 30, { name: `the case of ${url.pathname}` });\n}"),
    html: ['<p>the case of /</p>'],
  },
  'an import that the loader uses': {
    source: component(
      "export const loader = async () => work('Case', 30, { name: shout('the case') });",
      undefined,
      "import { shout } from '../lib/shout';",
    ),
    files: { 'src/lib/shout.ts': 'export const shout = (text: string) => text.toUpperCase();' },
    html: ['<p>THE CASE</p>'],
  },
  'an exported const that the loader uses': {
    source: component(
      "export const NAME = 'the case';\nexport const loader = async () => work('Case', 30, { name: NAME, marks });\nexport const marks = ['!', '?'];",
      '<p>{data.name}{data.marks.join("")}</p>',
    ),
    html: ['<p>the case!?</p>'],
  },
  '"};" at column 0 inside the loader': {
    source: component(
      "export const loader = async () => {\n  const options = {\nname: 'the case',\n};\n  return work('Case', 30, options);\n};",
    ),
  },
  'data in a nested arrow of the template': {
    source: component(
      "export const loader = async () => work('Case', 30, { name: 'x', items: [1, 2], total: 2 });",
      '<p>the case</p><ul>{data.items.map((i) => <li>{i}/{data.total}</li>)}</ul>{data.items.map(i => data.total)}',
    ),
    html: ['<li>1/2</li><li>2/2</li>', '</ul>22'],
  },
  'prose that looks like code': {
    source: component(
      plainLoader,
      '<p>the case</p><p>Write data.name, getLoaderData() or export const loader = async () =&gt; 1; in the fence.</p>',
    ),
    html: ['<p>Write data.name, getLoaderData() or export const loader = async () =&gt; 1; in the fence.</p>'],
  },
  'strings and comments that look like code': {
    source: component(
      "// export const loader = () => 1; getLoaderData()\nconst text = 'await getLoaderData<typeof loader>()';\n" + plainLoader,
      '<p>{data.name}</p><p>{text}</p>',
    ),
    html: ['<p>await getLoaderData&lt;typeof loader&gt;()</p>'],
  },
  '{false && <Never />} does not run its loader': {
    source: component(plainLoader, '<p>the case</p>{false && <Never />}', "import Never from './Never.astro';"),
    files: { 'src/components/Never.astro': component("export const loader = async () => work('Never', 1, { name: 'never' });") },
  },
  'a commented-out component does not run its loader': {
    source: component(plainLoader, '<p>the case</p><!-- <Never /> -->{/* <Never /> */}', "import Never from './Never.astro';"),
    files: { 'src/components/Never.astro': component("export const loader = async () => work('Never', 1, { name: 'never' });") },
    html: ['<!-- <Never /> -->'],
  },
  'siblings run each loader once': {
    source: component(
      plainLoader,
      '<p>the case</p><One /><Two /><Three /><One />',
      ['One', 'Two', 'Three'].map((name) => `import ${name} from './${name}.astro';`).join('\n'),
    ),
    files: Object.fromEntries(
      ['One', 'Two', 'Three'].map((name) => [
        `src/components/${name}.astro`,
        component(`export const loader = async () => work('${name}', 30, { name: '${name}' });`, '<i>{data.name}</i>'),
      ]),
    ),
    also: ['One', 'Two', 'Three'],
    html: ['<i>One</i><i>Two</i><i>Three</i><i>One</i>'],
  },
  'CRLF line ends': { source: component(plainLoader), crlf: true },
  'a site in a folder with spaces': { source: component(plainLoader), folder: 'my site' },
  'components in a folder with spaces and other signs': {
    source: component(plainLoader),
    casePath: "src/components/a folder/it's 100% [new] ü/Case.astro",
    parentImport: 'import Case from "./a folder/it\'s 100% [new] ü/Case.astro";',
  },
  'an alias of tsconfig.json': {
    source: component(plainLoader).replace("'../lib/work'", "'@/lib/work'"),
    parentImport: "import Case from '@/components/Case.astro';",
    files: {
      'tsconfig.json': '{\n  // comments are legal here\n  "extends": "astro/tsconfigs/base",\n  "compilerOptions": { "paths": { "@/*": ["./src/*"] } },\n}\n',
    },
  },
  'a barrel': {
    source: component(plainLoader),
    parentImport: "import { Card as Case } from './index';",
    files: { 'src/components/index.ts': "export { default as Card } from './Case.astro';\nexport const other = 1;\n" },
  },
  'a loader that throws ends in its component, which may catch it': {
    source: `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';

export const loader = async () => {
  await work('Case', 1, null);
  throw new Error('no data today');
};
const message = await getLoaderData<typeof loader>().catch((error) => error.message);
---

<p>the case: {message}</p>
`,
    html: ['<p>the case: no data today</p>'],
  },
};

describe('what astro-auto-load 0.4.0 gets wrong', { concurrency: 2 }, () => {
  for (const [name, given] of Object.entries(cases)) {
    test(name, async () => {
      const { source, html = [], also = [], files = {}, folder, parentImport, crlf } = given;
      const casePath = given.casePath ?? 'src/components/Case.astro';
      const lib = '../'.repeat(casePath.split('/').length - 2);
      const all = {
        'src/pages/index.astro': page,
        'src/components/Parent.astro': parent(parentImport),
        [casePath]: source.replace("'../lib/work'", `'${lib}lib/work'`),
        ...files,
      };
      if (crlf) for (const path in all) all[path] = all[path].replaceAll('\n', '\r\n');
      const site = makeSite({ files: all, folder });
      await site.build();
      const server = await site.preview();
      try {
        const { status, body, aborted } = await server.get('/');
        const record = await server.record();
        assert.equal(status, 200);
        assert.equal(aborted, false);
        assert.match(body, /<h1>the parent<\/h1>/);
        for (const text of html.length ? html : ['the case']) assert.ok(body.includes(text), `${text} is not in ${body}`);
        const names = ['Parent', 'Case', ...also];
        assert.deepEqual(runs(record), [...names].sort());
        assert.ok(together(record, names), 'the loaders start together');
      } finally {
        await server.stop();
      }
    });
  }
});
