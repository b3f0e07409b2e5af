// What `foreload report` looks like, and that a browser runs nothing of what users have written.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { command, repository } from '../native.mjs';
import { assertLooks, closeBrowser, openPage, skip } from './chromium.mjs';

after(closeBrowser);

function makeReport(name, format, ...more) {
  const folder = join(repository, 'build/browser');
  mkdirSync(folder, { recursive: true });
  const out = join(folder, `${name.replaceAll(/\W+/g, '-')}.${format}`);
  const cwd = join(repository, 'fixtures/report', name, 'input');
  execFileSync(command, ['report', '.', '--root', '.', '--traces', '../traces.jsonl', '--format', format, '--out', out, ...more], { cwd, stdio: 'pipe' });
  return pathToFileURL(out).href;
}

const shop = 'a page before and after, and why some of it is late';

for (const scheme of ['light', 'dark']) {
  test(`the report, ${scheme}`, { skip }, async (t) => {
    const page = await openPage(t, { scheme });
    await page.goto(makeReport(shop, 'html', '--link', 'https://code.example/{file}#L{line}', '--page', '/products/lamp'));
    await assertLooks(t, page, `report-${scheme}`, { fullPage: true });
  });

  test(`the picture, ${scheme}`, { skip }, async (t) => {
    const page = await openPage(t, { scheme, width: 860, height: 520 });
    await page.setContent('<style>body { margin: 0 }</style>');
    const url = makeReport(shop, 'svg', '--page', '/products/lamp');
    await page.goto(url);
    await assertLooks(t, page, `picture-${scheme}`);
  });
}

test('the report fits a narrow window', { skip }, async (t) => {
  const page = await openPage(t, { width: 400 });
  await page.goto(makeReport(shop, 'html'));
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 400);
});

test('the rows of the waterfall are a table that says in words what it draws', { skip }, async (t) => {
  const page = await openPage(t);
  await page.goto(makeReport(shop, 'html', '--page', '/products/lamp'));
  const table = page.getByRole('table', { name: 'When each loader runs' });
  const headers = await table.getByRole('columnheader').allInnerTexts();
  assert.deepEqual(headers.map((text) => /^[A-Za-z\s]+/.exec(text)[0].trim().replace(/\s+/g, ' ')), ['Loader', 'From and to', 'Takes', 'Page waits']);
  const row = table.getByRole('row', { name: /Reviews/ });
  assert.match(await row.innerText(), /on the critical path/);
  assert.match(await row.innerText(), /from 1\.0 ms to 81 ms; in plain rendering from 91 ms to 171 ms/);
});

test('what users have written is shown, and not run', { skip }, async (t) => {
  const page = await openPage(t);
  const dialogs = [];
  page.on('dialog', (dialog) => { dialogs.push(dialog.message()); void dialog.dismiss(); });
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  for (const format of ['html', 'svg']) {
    const url = makeReport('what users have written is text', format);
    requests.length = 0;
    await page.goto(url);
    await page.waitForTimeout(100);
    assert.deepEqual(requests, [url]);
    assert.equal(await page.locator('script').count(), 0);
  }
  assert.deepEqual(dialogs, []);
});
