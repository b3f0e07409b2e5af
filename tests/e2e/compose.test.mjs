// Component inclusion in Astro: pages in Markdown and entries of collections are composed before they are rendered, and
// the page follows an edit of what it includes.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { astroMajor, defaultConfig, makeSite } from './harness.mjs';

const files = {
  'astro.config.mjs': defaultConfig({ options: "{ compose: { base: 'src', context_vars: { project: 'Apollo' } } }" }),
  'src/pages/guide.md': '---\ntitle: Guide\n---\n\n# Guide to {project}\n\n{{component: parts/steps.md}}\n',
  'src/parts/steps.md': '---\ntitle: Steps\n---\n\n1. Take **{project}**\n{{component: parts/end.md}}\n',
  'src/parts/end.md': '2. Go\n',
  'src/content.config.ts': `import { defineCollection } from 'astro:content';
import { glob } from 'astro/loaders';
export const collections = { posts: defineCollection({ loader: glob({ pattern: '*.md', base: './src/posts' }) }) };
`,
  'src/posts/first.md': '# Post\n\n{{component: parts/end.md}}\n',
  'src/pages/post.astro': `---
import { getEntry, render } from 'astro:content';
const { Content } = await render(await getEntry('posts', 'first'));
---
<Content />
`,
};

const list = /<h1[^>]*>Guide to Apollo<\/h1>\s*<ol>\s*<li>Take <strong>Apollo<\/strong><\/li>\s*<li>Go<\/li>\s*<\/ol>/;

describe('composed Markdown', { skip: astroMajor < 7 && 'Astro before 7 renders Markdown by itself' }, () => {
  const site = makeSite({ files });
  after(() => site.remove('.'));

  test('a build', async () => {
    await site.build();
    const server = await site.preview();
    try {
      assert.match((await server.get('/guide')).body, list);
      assert.match((await server.get('/post')).body, /<li>Go<\/li>/);
    } finally {
      await server.stop();
    }
  });

  test('development, and an edit', async () => {
    const server = await site.dev();
    try {
      assert.match((await server.get('/guide')).body, list);
      site.edit('src/parts/end.md', 'Go', 'Stay');
      await server.until('/guide', ({ body }) => body.includes('<li>Stay</li>'));
      assert.match((await server.get('/guide')).body, /<h1[^>]*>Guide to Apollo/);
    } finally {
      await server.stop();
    }
  });
});
