// What Astro's checker, and with it editors, make of sites that use foreload: the demo, and one under the strictest rules.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeSite, node, repository } from './harness.mjs';

const checker = join(repository, 'node_modules/@astrojs/check/bin/astro-check.js');

/** What the checker says of a site. */
function check(site) {
  return new Promise((done) => {
    const child = spawn(node, [checker, '--root', site.root, '--minimumSeverity', 'hint'], { cwd: site.root, env: { ...process.env, NO_COLOR: '1' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done({ code, output }));
  });
}

const strict = {
  'tsconfig.json': JSON.stringify({ extends: 'astro/tsconfigs/strictest', include: ['src', '*.mjs'], compilerOptions: { types: ['node'] } }),
  'astro.config.mjs': `// @ts-check
import { defineConfig } from 'astro/config';
import foreload from 'foreload/astro';
export default defineConfig({ integrations: [foreload({ limits: { db: 4 }, timeout: { loader: 500 }, trace: { sample: 0.1 } })] });
`,
  'src/lib/work.ts': 'export const find = async (id: string): Promise<{ title: string; tags: string[] } | undefined> => (id ? { title: id, tags: [] } : undefined);\n',
  'src/pages/work.json.ts': 'export const GET = () => Response.json([]);\n',
  'src/components/Post.astro': `---
import { defineLoader, getLoaderData, type Context } from 'foreload/runtime';
import { find } from '../lib/work';
import Count from './Count.astro';
interface Props {
  id: string;
  level?: 1 | 2;
}
export const loader = defineLoader(async ({ props }: Context<Props>) => find(props.id), { timeout: 500, limit: 'db', key: ({ id }) => id });
const { level = 1 } = Astro.props;
const post = await getLoaderData<typeof loader>();
const survived = await getLoaderData<typeof loader>().catch(() => null);
---
<h1 data-level={level}>{post?.title.toUpperCase()} {survived?.tags.length.toFixed(1)}</h1>
{post && <Count tags={post.tags} />}
`,
  'src/components/Count.astro': `---
import { getLoaderData, type Context, type Loader } from 'foreload/runtime';
interface Props {
  tags: string[];
}
export async function loader({ props: { tags }, url }: Context<Props>) {
  return { count: tags.length, path: url.pathname };
}
type Data = Loader<typeof loader>;
const { count, path }: Data = await getLoaderData<typeof loader>();
---
<p>{count.toFixed(0)} {path.length} {Astro.props.tags.join()}</p>
`,
  'src/pages/index.astro': "---\nimport Post from '../components/Post.astro';\n---\n<html lang=\"en\"><body><Post id=\"1\" /></body></html>\n",
};

test('the demo passes', async () => {
  const { code, output } = await check(makeSite({ from: 'demo' }));
  assert.equal(code, 0, output);
  assert.match(output, /- 0 errors/);
});

test('a site under the strictest rules passes', async () => {
  const { code, output } = await check(makeSite({ files: strict }));
  assert.equal(code, 0, output);
  assert.match(output, /- 0 errors\s+- 0 warnings\s+- 0 hints/);
});

test('mistakes are found: of the data, of the props, and of the options', async () => {
  const post = strict['src/components/Post.astro']
    .replace('post?.title.toUpperCase()', 'post.title')
    .replace('timeout: 500', "timeout: 'long'")
    .replace('find(props.id)', 'find(props.slug)');
  const { code, output } = await check(makeSite({ files: { ...strict, 'src/components/Post.astro': post } }));
  assert.notEqual(code, 0);
  for (const mistake of [/'post' is possibly 'undefined'/, /Property 'slug' does not exist/, /Type 'string' is not assignable to type 'number'/])
    assert.match(output, mistake);
});
