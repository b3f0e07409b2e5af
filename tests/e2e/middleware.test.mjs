// Sites with a middleware of their own: order, locals, rewrites, endpoints; in a production build and in dev.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSite, runs, together } from './harness.mjs';

const files = {
  'src/middleware.ts': `
import { defineMiddleware, sequence } from 'astro:middleware';

const user = defineMiddleware(async (context, next) => {
  context.locals.user = context.url.searchParams.get('user') ?? 'nobody';
  const response = await next();
  response.headers.set('x-user', context.locals.user);
  return response;
});
const rewrites = defineMiddleware((context, next) => {
  const to = context.url.searchParams.get('to');
  if (context.url.pathname === '/by-next' && to) return next(to);
  return next();
});
export const onRequest = sequence(user, rewrites);
`,
  'src/components/Parent.astro': `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { work } from '../lib/work';
import Child from './Child.astro';

export const loader = async ({ locals }: Context) => work('Parent', 30, { user: locals.user });
const { user } = await getLoaderData<typeof loader>();
---

<h1>{user}</h1>
<Child />
`,
  'src/components/Child.astro': `---
import { getLoaderData, type Context } from 'foreload/runtime';
import { work } from '../lib/work';

export const loader = async (context: Context) =>
  work('Child', 30, { id: context.params.id ?? 'none', path: context.url.pathname, agent: context.request.headers.get('x-agent') });
const { id, path, agent } = await getLoaderData<typeof loader>();
---

<p>id {id} path {path} agent {agent} astro {Astro.params.id ?? 'none'} {Astro.url.pathname}</p>
`,
  'src/pages/index.astro': page('Parent'),
  'src/pages/by-next.astro': page('Parent'),
  'src/pages/item/[id].astro': page('Parent'),
  'src/pages/by-astro.astro': `---
import Parent from '../components/Parent.astro';
const to = Astro.url.searchParams.get('to');
if (to) return Astro.rewrite(to);
---

<html><body><Parent /></body></html>
`,
  'src/pages/after-load.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';

export const loader = async () => work('AfterLoad', 10, { moved: true });
const { moved } = await getLoaderData<typeof loader>();
if (moved) return Astro.rewrite('/item/9');
---

<html><body>never</body></html>
`,
  'src/pages/missing.astro': `---
return new Response('gone', { status: 410, headers: { 'x-why': 'gone' } });
---
`,
  'src/pages/api.json.ts': "export const GET = ({ locals, url }) => Response.json({ user: locals.user, path: url.pathname });\n",
};

function page(component) {
  return `---\nimport ${component} from '../components/${component}.astro';\n---\n\n<html><body><${component} /></body></html>\n`;
}
files['src/pages/item/[id].astro'] = files['src/pages/item/[id].astro'].replace('../', '../../');

for (const mode of ['production', 'dev']) {
  describe(mode, () => {
    const site = makeSite({ files });
    let server;
    before(async () => {
      if (mode === 'production') await site.build();
      server = await (mode === 'dev' ? site.dev() : site.preview());
    });
    after(() => server?.stop());

    const text = (body) => body.replace(/ data-astro-[\w-]+="[^"]*"/g, '');

    test('loaders see the locals that the middleware set, and start together', async () => {
      await server.record();
      const { status, headers, body } = await server.get('/?user=ada', { headers: { 'x-agent': 'test' } });
      assert.equal(status, 200);
      assert.equal(headers['x-user'], 'ada');
      assert.match(text(body), /<h1>ada<\/h1>\s*<p>id none path \/ agent test astro none \/<\/p>/);
      const record = await server.record();
      assert.deepEqual(runs(record), ['Child', 'Parent']);
      assert.ok(together(record, ['Child', 'Parent']));
    });

    for (const path of ['/by-next?to=/item/7&user=ada', '/by-astro?to=/item/7&user=ada']) {
      test(`after a rewrite, ${path}, params and url are the new page's`, async () => {
        await server.record();
        const { status, body } = await server.get(path);
        assert.equal(status, 200);
        const [, id, seen, astroId, astroPath] = /id (\S+) path (\S+) agent\s+astro (\S+) ([^<]+)</.exec(text(body)) ?? [body];
        assert.deepEqual([id, seen], ['7', '/item/7']);
        assert.deepEqual([astroId, astroPath], ['7', '/item/7'], 'as Astro says');
        assert.deepEqual(runs(await server.record()), ['Child', 'Parent']);
      });
    }

    test('a rewrite after a loader has run', async () => {
      await server.record();
      const { status, body } = await server.get('/after-load');
      assert.equal(status, 200);
      assert.match(text(body), /id 9 path \/item\/9/);
      assert.deepEqual(runs(await server.record()), ['AfterLoad', 'Child', 'Parent']);
    });

    test('an endpoint and a bare response are left as they are', async () => {
      const api = await server.get('/api.json?user=eve');
      assert.deepEqual(JSON.parse(api.body), { user: 'eve', path: '/api.json' });
      assert.equal(api.headers['x-user'], 'eve');
      const { status, headers, body } = await server.get('/missing');
      assert.deepEqual([status, headers['x-why'], body], [410, 'gone', 'gone']);
    });

    test('an unknown path is a 404', async () => {
      assert.equal((await server.get('/no/such/page')).status, 404);
    });
  });
}
