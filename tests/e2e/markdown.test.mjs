// Pages in Markdown and MDX: nothing is lifted in them, but their layout and what MDX renders lift what is below. The
// answer is the same with lifting and without, and the same loaders run.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { defaultConfig, makeSite, runs, together } from './harness.mjs';

const component = (name, { imports = '', props = '', markup = '' } = {}) => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '${name === 'Post' ? '..' : '../..'}/lib/work';
${imports}
export const loader = async (${props && '{ props }'}) => work('${name}', 30, ${props ? `props.${props}` : `'${name}'`});
const data = await getLoaderData<typeof loader>();
---
${markup || `<p>${name}: {data}</p>`}
`;

const files = {
  'src/layouts/Post.astro': component('Post', {
    imports: `
import Header from './parts/Header.astro';
import Footer from './parts/Footer.astro';
const { frontmatter, headings } = Astro.props;`,
    markup: `<html><head><title>{frontmatter.title}</title></head><body data-post={data}>
<Header title={frontmatter.title} />
<slot>nothing<Footer /></slot>
<ol>{headings.map((heading) => <li>{heading.text}</li>)}</ol>
{frontmatter.footer && <Footer />}
</body></html>`,
  }),
  'src/layouts/parts/Header.astro': component('Header', {
    imports: "import Menu from './Menu.astro';",
    props: 'title',
    markup: '<header>{data}<Menu /></header>',
  }),
  'src/layouts/parts/Menu.astro': component('Menu'),
  'src/layouts/parts/Footer.astro': component('Footer'),
  'src/components/post/Chart.astro': component('Chart', {
    imports: "import Legend from './Legend.astro';",
    markup: '<figure>{data}<slot /><Legend /></figure>',
  }),
  'src/components/post/Legend.astro': component('Legend'),
  'src/pages/post.md': `---
layout: ../layouts/Post.astro
title: "A *post*: with a title"
---
## First

Text with \`code\`, <b>HTML</b> and {braces}.
`,
  'src/pages/footer.md': '---\ntitle: Footer\nfooter: true\nlayout: ../layouts/Post.astro\n---\n\n## Only\n',
  'src/pages/plain.md': '# No layout\n',
};

const mdxFiles = {
  'src/pages/rich.mdx': `---
layout: ../layouts/Post.astro
title: Rich
---
import Chart from '../components/post/Chart.astro'
import Menu from '../layouts/parts/Menu.astro'

export const shown = false

## With a chart

<Chart>in the *chart*</Chart>

{shown && <Menu />}
`,
};

const variants = { off: { FORELOAD_LIFT: 'off' }, inline: {}, reference: { FORELOAD_STRATEGY: 'reference' } };
const config = (mode, mdx) =>
  defaultConfig({
    options: "{ strategy: process.env.FORELOAD_STRATEGY ?? 'auto' }",
    astro: mode === 'static' ? "output: 'static'" : '',
  })
    .replace('integrations: [', mdx ? 'integrations: [mdx(), ' : 'integrations: [')
    .replace('\n', mdx ? "\nimport mdx from '@astrojs/mdx';\n" : '\n');

for (const mode of ['dev', 'server', 'static']) {
  describe(mode, () => {
    const site = makeSite({ files });
    const mdx = existsSync(join(site.root, 'node_modules/@astrojs/mdx'));
    site.write({ 'astro.config.mjs': config(mode, mdx), ...(mdx ? mdxFiles : {}) });

    const layout = ['Header', 'Menu', 'Post'];
    const pages = {
      '/post': { loaders: layout, together: layout, text: /<header>A \*post\*: with a title<p>Menu: Menu<\/p>/ },
      '/footer': { loaders: ['Footer', ...layout], together: ['Footer', ...layout], text: /<p>Footer: Footer<\/p>/ },
      '/plain': { loaders: [], together: [], text: /No layout/ },
      ...(mdx && {
        '/rich': { loaders: ['Chart', 'Legend', ...layout].sort(), together: layout, also: ['Chart', 'Legend'], text: /<figure>Chart/ },
      }),
    };

    const seen = {};
    before(async () => {
      for (const [variant, env] of Object.entries(variants)) seen[variant] = await collect(site, mode, variant, env, Object.keys(pages));
    });
    after(() => site.remove('.'));

    for (const [path, page] of Object.entries(pages)) {
      test(`${path}: the same answer and the same loaders`, () => {
        assert.match(seen.off[path].body.replace(/ data-astro-source-\w+="[^"]*"/g, ''), page.text);
        for (const variant of ['inline', 'reference']) assert.equal(seen[variant][path].body, seen.off[path].body, variant);
        if (mode === 'static') return; // pages are rendered in the build, all at once
        for (const variant of Object.keys(variants)) assert.deepEqual(runs(seen[variant][path].record), page.loaders, variant);
      });
      if (page.together.length === 0 || mode === 'static') continue;
      test(`${path}: what the layout renders starts with it, with lifting only`, () => {
        for (const group of [page.together, page.also].filter(Boolean)) {
          assert.ok(!together(seen.off[path].record, group), 'without lifting');
          assert.ok(together(seen.inline[path].record, group), 'inlined');
          assert.ok(together(seen.reference[path].record, group), 'referenced');
        }
      });
    }

    test('a layout that is edited to render something else starts that', { skip: mode !== 'dev' }, async () => {
      const server = await site.dev();
      try {
        await server.get('/post');
        site.edit('src/layouts/Post.astro', '{frontmatter.footer && <Footer />}', '<Footer />');
        await server.until('/post', ({ body }) => body.includes('Footer: Footer'));
        await server.record();
        await server.get('/post');
        const record = await server.record();
        assert.ok(together(record, ['Footer', ...layout]));
      } finally {
        await server.stop();
      }
    });
  });
}

async function collect(site, mode, variant, env, paths) {
  const outDir = `dist-${variant}`;
  if (mode !== 'dev') await site.build({ outDir, env });
  const server = await (mode === 'dev' ? site.dev({ env }) : site.preview({ outDir }));
  try {
    const seen = {};
    for (const path of paths) {
      if (mode === 'dev') await server.get(path); // what is compiled while it is asked for starts late
      await server.record();
      const { status, body } = await server.get(path);
      assert.equal(status, 200, path);
      seen[path] = { body: body.replace(/(dev-toolbar\/entrypoint\.js\?v=)\w+/g, '$1'), record: await server.record() };
    }
    return seen;
  } finally {
    await server.stop();
  }
}
