// Speculation is asked for, by a loader or for the whole project. What it wastes is counted; loaders that have not asked
// for it never run for nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSite, runs, together } from './harness.mjs';

const component = (name, options = '') => `---
import { defineLoader, getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
export const loader = defineLoader(async () => work('${name}', 20, '${name}')${options});
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
`;

const files = {
  'astro.config.mjs': `
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import foreload from 'foreload/astro';
export default defineConfig({
  output: 'server', adapter: node({ mode: 'standalone' }), devToolbar: { enabled: false },
  integrations: [foreload(JSON.parse(process.env.OPTIONS))],
});`,
  'src/lib/chance.ts': "export const chance = (url: URL) => url.searchParams.has('on');",
  'src/components/Asked.astro': component('Asked', ', { speculative: true }'),
  'src/components/Strict.astro': component('Strict'),
  'src/pages/index.astro': `---
import Asked from '../components/Asked.astro';
import Strict from '../components/Strict.astro';
import { chance } from '../lib/chance';
import { work } from '../lib/work';
const page = await work('page', 20, 'page');
---
{page}{chance(Astro.url) && <Asked />}{chance(Astro.url) && <Strict />}
`,
  'src/pages/speculation.json.ts': "import { speculation } from 'foreload/runtime';\nexport const GET = () => Response.json(speculation());",
};

/** By the options: what runs in vain. */
const variants = {
  'no loader': { options: { lift: false, speculative: true }, wasted: [] },
  'a loader that asks for it': { options: {}, wasted: ['Asked'] },
  'every loader': { options: { speculative: true }, wasted: ['Asked', 'Strict'] },
};

for (const mode of ['server', 'dev'])
  for (const [name, { options, wasted }] of Object.entries(variants))
    describe(`${mode}: ${name} starts on speculation`, () => {
      let server;
      before(async () => {
        const site = makeSite({ files });
        const env = { OPTIONS: JSON.stringify(options) };
        if (mode === 'server') await site.build({ env });
        server = await (mode === 'server' ? site.preview() : site.dev({ env }));
      });
      after(() => server?.stop());

      test('a page that does not render them', async () => {
        const { status, body } = await server.get('/');
        assert.equal(status, 200);
        assert.doesNotMatch(body, /Asked|Strict/);
        assert.deepEqual(runs(await server.record()), [...wasted, 'page']);
      });

      test('a page that does', async () => {
        const { body } = await server.get('/?on');
        assert.match(body, /<p>Asked<\/p>\s*<p>Strict<\/p>/);
        const record = await server.record();
        assert.deepEqual(runs(record), ['Asked', 'Strict', 'page']);
        for (const loader of ['Asked', 'Strict']) assert.equal(together(record, ['page', loader]), wasted.includes(loader), loader);
      });

      test('what was wasted is counted', async () => {
        const { started, wasted: count, loaders } = JSON.parse((await server.get('/speculation.json')).body);
        assert.deepEqual({ started, count }, { started: 2 * wasted.length, count: wasted.length });
        assert.deepEqual(
          loaders,
          Object.fromEntries(wasted.map((loader) => [`file:///src/components/${loader}.astro`, { started: 2, wasted: 1 }])),
        );
      });
    });
