// The app in Astro's dev toolbar, in a real browser, on a real dev server.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeSite } from '../e2e/harness.mjs';
import { repository } from '../native.mjs';
import { assertLooks, closeBrowser, openPage, skip } from './chromium.mjs';

const component = (name, children = [], markup = '') => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
${children.map((child) => `import ${child} from './${child}.astro';\n`).join('')}
export const loader = async () => work('${name}', 30, '${name.toLowerCase()}');
const data = await getLoaderData<typeof loader>();
---

<p>${name}: {data}</p>${markup}${children.map((child) => `<${child} />`).join('')}
`;

const page = (title, body, imports) => `---
import { ClientRouter } from 'astro:transitions';
import { work } from '../lib/work';
${imports.map((name) => `import ${name} from '../components/${name}.astro';`).join('\n')}
---
<html lang="en"><head><title>${title}</title><ClientRouter /></head>
<body><h1>${title}</h1><a href="/other">other</a> <a href="/">first</a>${body}</body></html>
`;

/** What a picture is taken of must be the same each time: this request is of the fixtures, not of the clock. */
const [recorded] = readFileSync(join(repository, 'fixtures/report/a page before and after, and why some of it is late/traces.jsonl'), 'utf8').split('\n');
const picture = 'fixtures/report/a page before and after, and why some of it is late/input/src';

const files = {
  'src/pages/index.astro': page('first', '<Outer />', ['Outer']),
  'src/pages/other.astro': page('other', '<Late of={await work("page", 1, "x")} />', ['Late']),
  'src/pages/plain.astro': '<p>nothing is loaded here</p>',
  'src/components/Outer.astro': component('Outer', ['Inner']),
  'src/components/Inner.astro': component('Inner'),
  'src/components/Late.astro': component('Late').replace('async () =>', 'async ({ props }) => props.of &&'),
  'src/pages/publish.ts': `import { channel } from 'node:diagnostics_channel';
export const GET = () => {
  channel('foreload:request').publish({ request: { ...JSON.parse(${JSON.stringify(recorded)}), url: '/products/lamp' } });
  return new Response('published');
};
`,
  ...Object.fromEntries(
    ['components/Author', 'components/Layout', 'components/Offer', 'components/Price', 'components/Product', 'components/Reviews', 'pages/products/[id]'].map(
      (name) => [`src/${name}.astro`, readFileSync(join(repository, picture, `${name}.astro`), 'utf8')],
    ),
  ),
  'src/lib/api.ts': readFileSync(join(repository, picture, 'lib/api.ts'), 'utf8'),
};

let site, server;
before(async () => {
  if (skip) return;
  site = makeSite({ files });
  server = await site.dev();
});
after(async () => {
  await closeBrowser();
  await server?.stop();
});

const button = (page) => page.locator('button[data-app-id="foreload"]');
const panel = (page) => page.getByRole('dialog', { name: 'Loaders of this page' });

async function visit(page, path) {
  await page.goto(server.origin + path);
  await page.waitForFunction(() => document.querySelector('astro-dev-toolbar')?.shadowRoot?.querySelector('[data-app-id="foreload"]'));
  await page.evaluate(() => document.querySelector('astro-dev-toolbar').setToolbarVisible(true));
}

/** Opens the app of the page at \p path, and waits until the page's request is drawn. */
async function openPanel(page, path) {
  await visit(page, path);
  await button(page).click();
  await panel(page).getByRole('table').waitFor();
  return panel(page);
}

const rows = async (panel) => (await panel.getByRole('rowheader').allInnerTexts()).map((text) => /^\s*(\S+?)(,|\s|$)/.exec(text)[1]);

test('the panel shows when the loaders of the page ran, and what plain rendering would have cost', { skip }, async (t) => {
  const panel = await openPanel(await openPage(t), '/');
  assert.deepEqual(await rows(panel), ['Outer', 'Inner']);
  const [plain, lifted] = (await panel.locator('.compare b').allInnerTexts()).map((text) => Number(/\d+/.exec(text)));
  assert.ok(plain > lifted, `${plain} > ${lifted}`); // two of 30 ms, one after the other or side by side
  assert.match(await panel.getByRole('row', { name: /Inner/ }).innerText(), /; in plain rendering from/);
  assert.ok((await panel.locator('tr.critical').count()) >= 1);
});

test('names lead to the editor, codes to what docs/diagnostics.md says of them', { skip }, async (t) => {
  const page = await openPage(t);
  const opened = [];
  await page.route(/__open-in-editor/, (route) => {
    opened.push(new URL(route.request().url()).searchParams.get('file'));
    return route.fulfill({ body: '' });
  });
  const panel = await openPanel(page, '/');
  await Promise.all([page.waitForRequest(/__open-in-editor/), panel.getByRole('link', { name: 'Inner', exact: true }).click()]);
  assert.deepEqual(opened, [`${site.root}/src/components/Inner.astro:5:14`]);
  assert.equal(new URL(page.url()).pathname, '/');

  const late = await openPanel(page, '/other');
  const link = late.getByRole('link', { name: /^FL\d{4}$/ });
  const code = await link.innerText();
  const [popup] = await Promise.all([page.waitForEvent('popup'), link.click()]);
  await popup.waitForLoadState();
  assert.match(await popup.locator('body').innerText(), new RegExp(`^### ${code}\n\n\\*\\*`));
  assert.equal((await fetch(`${server.origin}/__foreload/diagnostics/FL0000`)).status, 404);
});

test('what is not lifted is named with its reason, and marked on the toolbar', { skip }, async (t) => {
  const page = await openPage(t);
  const panel = await openPanel(page, '/other');
  await panel.getByRole('heading', { name: 'Not lifted' }).waitFor();
  assert.match(await panel.locator('.late-list li').innerText(), /^Late starts when it renders: .*at src\/pages\/other\.astro:\d+:\d+ \(FL\d{4}\)$/);
  await page.locator('button[data-app-id="foreload"] .notification[data-active]').waitFor({ state: 'attached' });
});

test('navigation without a new document shows the new page', { skip }, async (t) => {
  const page = await openPage(t);
  const panel = await openPanel(page, '/');
  await page.evaluate(() => { window.sameDocument = true; });
  await page.getByRole('link', { name: 'other' }).click();
  await panel.getByRole('rowheader', { name: /Late/ }).waitFor();
  assert.deepEqual(await rows(panel), ['Late']);
  assert.equal(await page.evaluate(() => window.sameDocument), true);
  await page.goBack();
  await panel.getByRole('rowheader', { name: /Inner/ }).waitFor();
});

test('an edit shows: another component, another plan', { skip }, async (t) => {
  const page = await openPage(t);
  await openPanel(page, '/');
  const before = files['src/components/Outer.astro'];
  t.after(() => site.write({ 'src/components/Outer.astro': before, 'src/components/New.astro': '<p />' }));
  site.write({ 'src/components/New.astro': component('New') });
  const loaded = page.waitForEvent('load');
  site.write({ 'src/components/Outer.astro': component('Outer', ['Inner', 'New']) });
  await loaded; // Astro reloads the page, which closes the panel
  await server.until('/', ({ body }) => body.includes('New: new'));
  const panel = await openPanel(page, '/');
  assert.deepEqual(await rows(panel), ['Outer', 'Inner', 'New']);
});

test('a page without loaders says so', { skip }, async (t) => {
  const page = await openPage(t);
  await visit(page, '/plain');
  await button(page).click();
  await panel(page).getByText('No loader ran.').waitFor();
});

test('it works by keyboard, and gives the focus back', { skip }, async (t) => {
  const page = await openPage(t);
  await visit(page, '/');
  await button(page).focus();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('table').waitFor();
  const focused = () => page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.getAttribute('role') ?? element?.getAttribute('data-app-id') ?? element?.textContent.trim();
  });
  assert.equal(await focused(), 'dialog');
  const met = [];
  for (let i = 0; i < 7; ++i) {
    await page.keyboard.press('Tab');
    met.push(await focused());
  }
  assert.deepEqual(met, ['×', 'src/pages/index.astro', 'region', 'Outer', 'Inner', 'Component tree and plan', met[6]]);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await panel(page).getByRole('link', { name: 'src/components/Inner.astro' }).waitFor();
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'foreload');
});

test('the page does not move', { skip }, async (t) => {
  const page = await openPage(t);
  await page.addInitScript(() => {
    // Of the page's own elements: the toolbar moves in by itself.
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries())
        for (const { node } of sources) if (node && !node.closest?.('astro-dev-toolbar')) window.shifts.push(node.nodeName);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const boxes = () => page.evaluate(() => Array.from(document.querySelectorAll('body > :not(astro-dev-toolbar)'), (element) => JSON.stringify(element.getBoundingClientRect())));
  await visit(page, '/');
  const closed = await boxes();
  await button(page).click();
  await panel(page).getByRole('table').waitFor();
  assert.deepEqual(await boxes(), closed);
  assert.deepEqual(await page.evaluate(() => window.shifts), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});

for (const scheme of ['light', 'dark'])
  test(`what the panel looks like, ${scheme}`, { skip }, async (t) => {
    const page = await openPage(t, { scheme });
    const shown = await openPanel(page, '/products/lamp');
    await server.get('/publish');
    await shown.getByText('201 ms', { exact: true }).waitFor();
    await page.mouse.move(0, 0); // away from the button, which has a tooltip
    await assertLooks(t, shown, `toolbar-${scheme}`);
  });

test('a build has nothing of it', { skip: false }, async () => {
  const built = makeSite({ files: { 'src/pages/index.astro': files['src/pages/plain.astro'] } });
  await built.build();
  const texts = readdirSync(join(built.root, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]);
  assert.ok(texts.length > 1);
  for (const [path, text] of texts) assert.doesNotMatch(text, /foreload:show|foreload:waterfall|Loaders of this page/, path);
});
