// A site written for astro-auto-load works with one changed line in its config.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultConfig, makeSite, runs, together } from './harness.mjs';

const files = {
  'astro.config.mjs': defaultConfig({ options: '{ compat: true }' }),
  'src/middleware.ts': `
import { defineMiddleware, sequence } from 'astro:middleware';
import { autoLoadMiddleware } from 'astro-auto-load/middleware';

const mine = defineMiddleware((context, next) => {
  context.locals.tenant = 'acme';
  return next();
});
export const onRequest = sequence(mine, autoLoadMiddleware);
`,
  'src/components/Post.astro': `---
// src/components/Post.astro
import { type Context, getLoaderData } from 'astro-auto-load/runtime';
import { work } from '../lib/work';
import Author from './Author.astro';
import Related from './Related.astro';

export const loader = async (context: Context) => work('Post', 30, { title: \`Post \${context.params.id}\` });

const data = await getLoaderData<typeof loader>();
---

<article><h2>{data.title}</h2><Author /><Related /></article>
`,
  'src/components/Author.astro': `---
import { defineLoader, getLoaderData } from 'astro-auto-load/runtime';
import { work } from '../lib/work';

export const loader = defineLoader(async (context) => {
  return context.dedupe(\`author-\${context.params.id}\`, () => work('author', 30, { name: 'Ada' }));
});

const { name } = await getLoaderData<typeof loader>();
---

<p>by {name}</p>
`,
  'src/components/Related.astro': `---
import { type Loader, getLoaderData } from 'astro-auto-load/runtime';
import { work } from '../lib/work';

export const loader = async (context) =>
  context.dedupe(\`author-\${context.params.id}\`, () => work('author', 30, { name: 'Ada' }));
export type Data = Loader<typeof loader>;

const data = await getLoaderData<Data>();
---

<p>more by {data.name}</p>
`,
  'src/pages/posts/[id].astro':
    "---\nimport Post from '../../components/Post.astro';\n---\n\n<html><body><Post /></body></html>\n",
};

describe('a site written for astro-auto-load', () => {
  const site = makeSite({ files });
  for (const mode of ['production', 'dev']) {
    test(mode, async () => {
      if (mode === 'production') await site.build();
      const server = await (mode === 'dev' ? site.dev() : site.preview());
      try {
        const { status, body } = await server.get('/posts/42');
        assert.equal(status, 200);
        const text = body.replace(/ data-astro-[\w-]+="[^"]*"/g, '');
        assert.match(text, /<h2>Post 42<\/h2><p>by Ada<\/p>\s*<p>more by Ada<\/p>/);
        const record = await server.record();
        assert.deepEqual(runs(record), ['Post', 'author']);
        assert.ok(together(record, ['Post', 'author']));
      } finally {
        await server.stop();
      }
    });
  }
});
