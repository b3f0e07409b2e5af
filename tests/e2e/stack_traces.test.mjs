// An error in a loader points to the component file that the loader is written in, wherever its body was copied to: in dev,
// and in a production build with source maps. Astro 7's compiler knows lines only; a body that was copied past it keeps its
// columns, too.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { astroMajor, defaultConfig, makeSite } from './harness.mjs';

const child = (name, loader) => `---
import { getLoaderData } from 'foreload/runtime';
import { fail, LABEL } from '../lib/fail';

${loader}
const stack: string = await getLoaderData<typeof loader>().catch((error) => error.stack);
---

<pre id="${name}">{stack}</pre>
`;

const children = {
  // Each throws in its own line; "⟨here⟩" marks the place and is taken out.
  Arrow: "export const loader = async () => {\n  const label = LABEL;\n  if (label) throw ⟨here⟩new Error('arrow');\n};",
  Declared: "export async function loader() {\n\n\n  await null; throw ⟨here⟩new TypeError('declared');\n}",
  Helper: "export const explode = () => {\n  throw ⟨here⟩new Error('helper');\n};\nexport const loader = async () => explode();",
  Imported: 'export const loader = async () => ⟨here⟩fail(LABEL);',
  Wide: "export const loader = async () => { /* wide: 🦊 ü */ throw ⟨here⟩new Error('wide'); };",
};

const files = {
  'src/lib/fail.ts': "export const LABEL = 'label';\nexport function fail(label: string): Promise<never> {\n  throw new Error(label);\n}\n",
  'src/components/Parent.astro': `---
import { getLoaderData } from 'foreload/runtime';
${Object.keys(children).map((name) => `import ${name} from './${name}.astro';`).join('\n')}
export const loader = async () => 'parent';
const parent = await getLoaderData<typeof loader>();
---

<h1>{parent}</h1>
${Object.keys(children).map((name) => `<${name} />`).join('\n')}
`,
  'src/pages/index.astro': "---\nimport Parent from '../components/Parent.astro';\n---\n\n<html><body><Parent /></body></html>\n",
};
const places = {};
for (const [name, loader] of Object.entries(children)) {
  const text = child(name, loader);
  const before = text.slice(0, text.indexOf('⟨here⟩')).split('\n');
  places[name] = { line: before.length, column: before.at(-1).length + 1 };
  files[`src/components/${name}.astro`] = text.replace('⟨here⟩', '');
}

/** Where each child's stack first names a file of the site's components. */
function topFrames(body) {
  const tops = {};
  for (const [, name, stack] of body.matchAll(/<pre id="(\w+)"[^>]*>([\s\S]*?)<\/pre>/g)) {
    const frame = /src\/components\/(\w+)\.astro:(\d+):(\d+)/.exec(stack);
    tops[name] = frame ? { file: frame[1], line: Number(frame[2]), column: Number(frame[3]) } : stack;
  }
  return tops;
}

function checkFrames(body, strategy) {
  const tops = topFrames(body);
  for (const [name, { line, column }] of Object.entries(places)) {
    const { column: seenColumn, ...seen } = tops[name];
    assert.deepEqual(seen, { file: name, line });
    if (strategy === 'inline') assert.equal(seenColumn, column, `${name}: the column`);
  }
}

for (const strategy of ['inline', 'reference']) {
  describe(strategy, () => {
    const site = makeSite({
      files: {
        ...files,
        'astro.config.mjs': defaultConfig({ options: `{ strategy: '${strategy}' }`, astro: 'vite: { build: { sourcemap: true } }' }),
      },
    });

    test('production, with source maps', async () => {
      await site.build();
      const server = await site.preview({ nodeOptions: ['--enable-source-maps'] });
      try {
        checkFrames((await server.get('/')).body, strategy);
      } finally {
        await server.stop();
      }
    });

    const unmapped = astroMajor < 6 && 'the dev server of Astro 5 maps the stacks that it prints, not those that a page sees';
    test('dev', { skip: unmapped }, async () => {
      const server = await site.dev();
      try {
        checkFrames((await server.get('/')).body, strategy);
      } finally {
        await server.stop();
      }
    });
  });
}
