// The integration as users have it, in a real Astro, in dev and built.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import foreload from '../../dist/vite/astro.js';
import { buildAndServe, copySite, startDev, version } from './astro_site.mjs';

const MODES = { dev: startDev, build: buildAndServe };
const inBody = (text) => /<body>([^]*)<\/body>/.exec(text)?.[1].replace(/ data-astro-[\w-]+(?:="[^"]*")?|<(?:style|script|link).*?<\/(?:style|script)>/gs, '');
const starts = (log) => log.filter((line) => line.startsWith('start')).sort();

for (const [mode, run] of Object.entries(MODES)) {
  test(`astro ${version}, ${mode}: a page's loaders start together, once, and the page stays the same`, async (t) => {
    const lifted = await run(t, copySite(), foreload());
    const page = await lifted.get('/7');
    assert.equal(page.status, 200);
    assert.match(inBody(page.text), /^<h1>7<\/h1><section class="outer">outer 7<p class="inner">inner of \/7<\/p>/);
    assert.deepEqual(page.log, ['start outer', 'start inner', 'end outer', 'end inner']);

    const plain = await run(t, copySite(), foreload({ lift: false }));
    const same = await plain.get('/7');
    assert.equal(inBody(same.text), inBody(page.text));
    assert.deepEqual(same.log, ['start outer', 'end outer', 'start inner', 'end inner']);
    assert.deepEqual([...lifted.logged, ...plain.logged], []);
  });

  test(`astro ${version}, ${mode}: requests, rewrites, islands and endpoints`, async (t) => {
    const site = await run(t, copySite(), foreload());
    const [a, b] = await Promise.all([site.get('/1'), site.get('/2')]);
    assert.match(a.text, /outer 1.*inner of \/1/s);
    assert.match(b.text, /outer 2.*inner of \/2/s);

    const equalProps = await site.get('/items');
    assert.match(equalProps.text, /<li>A<\/li>\s*<li>B<\/li>\s*<li>A<\/li>/);
    assert.deepEqual(starts(equalProps.log), ['start item a', 'start item b']);

    for (const path of ['/rewrite?to=8', '/rewrite?next=8']) {
      const rewritten = await site.get(path);
      assert.match(inBody(rewritten.text), /<h1>8<\/h1>.*outer 8.*inner of \/8/s, path);
      assert.deepEqual(starts(rewritten.log), ['start inner', 'start outer'], path);
    }

    const island = /\/_server-islands\/Island[^'"`]*/.exec((await site.get('/island')).text);
    assert.ok(island);
    const content = await site.get(island[0].replaceAll('&amp;', '&'));
    assert.match(content.text, /island data.*inner of \/_server-islands\/Island/s);
    assert.deepEqual(content.log, ['start inner', 'start island', 'end inner', 'end island']);

    const endpoint = await site.get('/endpoint');
    assert.deepEqual([endpoint.text, endpoint.log], ['endpoint', []]);

    assert.deepEqual(site.logged, []);

    // Astro's dev server does not tell before Astro 7.
    if (mode === 'dev' && parseInt(version) < 7) return;
    const leaving = new AbortController();
    const gone = site.get('/slow', { signal: leaving.signal });
    while (!globalThis.loaderLog.includes('waiting')) await sleep(10);
    leaving.abort();
    await assert.rejects(gone, { name: 'AbortError' });
    for (let i = 0; i < 100 && !globalThis.loaderLog.includes('aborted'); i++) await sleep(10);
    assert.deepEqual(globalThis.loaderLog, ['waiting', 'aborted']);
  });
}

test(`astro ${version}: prerendered pages load their data at build time, lifted`, async (t) => {
  const site = await buildAndServe(t, copySite(), foreload());
  assert.match(site.prerendered('static/index.html'), /outer undefined.*inner of \/static/s);
  assert.deepEqual(site.prerenderLog, ['start outer', 'start inner', 'end outer', 'end inner']);
});

test(`astro ${version}: a built server holds the runtime, once, and needs nothing of this package`, async (t) => {
  const code = (await buildAndServe(t, copySite(), foreload())).code();
  assert.equal(code.match(/Symbol\.for\(["'`]foreload["'`]\)/g)?.length, 1);
  const imported = code.match(/^import\b.*/gm);
  assert.ok(imported.some((line) => line.includes('node:async_hooks')));
  assert.deepEqual(imported.filter((line) => /["']foreload\b/.test(line)), []);
});

test(`astro ${version}: edits of a child's loader reach the page`, async (t) => {
  const site = copySite();
  const server = await startDev(t, site, foreload());
  const grandchild = 'src/components/Inner.astro';
  assert.match((await server.get('/7')).text, /inner of \/7/);
  const check = async (edit, text, log) => {
    assert.deepEqual(await server.browser.during(edit), ['full-reload'], text);
    const page = await server.get('/7');
    assert.ok(page.text.includes(text), page.text);
    assert.deepEqual(page.log, log, text);
  };

  // A body that only the page's companion holds.
  await check(
    () => site.edit(grandchild, (text) => text.replace('`inner of', '`edited inner of')),
    'edited inner of /7',
    ['start outer', 'start inner', 'end outer', 'end inner'],
  );
  await check(
    () =>
      site.edit(grandchild, (text) =>
        text.replace(/export const loader[^]*?^};$/m, '').replace(/await getL.*;/, '"no loader";'),
      ),
    'no loader',
    ['start outer', 'end outer'],
  );
  await check(
    () =>
      site.edit(grandchild, (text) =>
        text.replace(
          'const data = "no loader"',
          "export const loader = async () => {\n  globalThis.loaderLog.push('new');\n  return 'new loader';\n};\n" +
            'const data = await getLoaderData<typeof loader>()',
        ),
      ),
    'new loader',
    ['new', 'start outer', 'end outer'],
  );
  await check(
    () => {
      const { write, read } = site;
      const added = read('src/components/Outer.astro').replaceAll('outer', 'added');
      write('src/components/Added.astro', added.replace("import Inner from './Inner.astro';", '').replace('<Inner />', ''));
      site.edit(grandchild, (text) =>
        text.replace('export', "import Added from './Added.astro';\nexport").replace('<p', '<Added /><p'),
      );
    },
    'added 7',
    ['new', 'start outer', 'start added', 'end outer', 'end added'],
  );
  assert.deepEqual(server.logged, []);
});

test(`astro ${version}: an edit of styles stays one, in the page's children and in what lifts`, async (t) => {
  const site = copySite();
  site.edit('src/pages/[id].astro', (text) => text + '<style>\n  h1 { color: red }\n</style>\n');
  const server = await startDev(t, site, foreload());
  await server.get('/7');
  for (const path of ['src/components/Inner.astro', 'src/components/Outer.astro', 'src/pages/[id].astro']) {
    // The browser has the styles that the page linked.
    await server.get(`/${path}?astro&type=style&index=0&lang.css`);
    const messages = await server.browser.during(() => site.edit(path, (text) => text.replace('red', 'blue')));
    assert.deepEqual(messages, ['update'], path);
  }
});

test(`astro ${version}: diagnostics are shown once, and break nothing`, async (t) => {
  const site = copySite();
  site.edit('src/components/Item.astro', (text) =>
    text.replace('export', "const prefix = '- ';\nexport").replace('props.name.toU', 'prefix + props.name.toU'),
  );
  const server = await buildAndServe(t, site, foreload());
  assert.equal((await server.get('/7')).status, 200);
  assert.deepEqual(server.logged, [
    [
      "error [foreload] src/components/Item.astro:9:42 FL2001: the loader uses 'prefix', which exists only while the component renders",
      '  9 |   return fetchData(`item ${props.name}`, prefix + props.name.toUpperCase());',
      '    |                                          ^^^^^^',
      "  src/components/Item.astro:6:7 'prefix' is declared here",
      '  hint: export it (`export const prefix`), import it, or move it into the loader',
    ].join('\n'),
  ]);
});

test(`astro ${version}: with compat, components of astro-auto-load work as they are`, async (t) => {
  for (const run of Object.values(MODES)) {
    const site = copySite();
    for (const name of ['Outer', 'Inner', 'Item', 'Island'])
      site.edit(`src/components/${name}.astro`, (text) => text.replace('foreload/runtime', 'astro-auto-load/runtime'));
    site.edit('src/middleware.ts', (text) =>
      text.replace("{ onRequest as scope } from 'foreload/middleware'", "{ autoLoadMiddleware as scope } from 'astro-auto-load/middleware'"),
    );
    const server = await run(t, site, foreload({ compat: true }));
    const page = await server.get('/7');
    assert.deepEqual(page.log, ['start outer', 'start inner', 'end outer', 'end inner']);
    assert.match(page.text, /outer 7.*inner of \/7/s);
  }
});
