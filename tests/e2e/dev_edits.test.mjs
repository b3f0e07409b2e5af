// Edits while the dev server runs: what the page shows and who loads early follow the files, and an edit of styles alone
// stays one.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { makeSite, runs, together } from './harness.mjs';

const component = (name, { imports = [], loader = true, template = '', style = '' } = {}) => `---
import { getLoaderData } from 'foreload/runtime';
import { work } from '../lib/work';
${imports.map((child) => `import ${child} from './${child}.astro';`).join('\n')}
${loader ? `export const loader = async () => work('${name}', 30, { text: '${name} 1' });\nconst data = await getLoaderData<typeof loader>();` : `const data = { text: '${name} 1' };`}
---

<p class="text">{data.text}</p>
${template}
${style}`;

const files = {
  'src/pages/index.astro':
    "---\nimport Parent from '../components/Parent.astro';\n---\n\n<html lang=\"en\"><head><title>Edits</title></head><body><Parent /></body></html>\n",
  'src/components/Parent.astro': component('Parent', { imports: ['Child', 'Plain'], template: '<Child />\n<Plain />' }),
  'src/components/Child.astro': component('Child', {
    imports: ['Grandchild'],
    template: '<Grandchild />',
    style: '<style>\n  .text {\n    color: teal;\n  }\n</style>\n',
  }),
  'src/components/Grandchild.astro': component('Grandchild'),
  'src/components/Plain.astro': component('Plain', { loader: false }),
  'src/lib/label.ts': "export const label = 'label 1';\n",
};

describe('edits in dev', () => {
  const site = makeSite({ files });
  let server;
  let socket;
  const messages = [];

  before(async () => {
    assert.ok(globalThis.WebSocket, `Node ${process.versions.node} has no WebSocket: run the tests with the Node that scripts/environment.sh finds`);
    server = await site.dev();
    await visit();
    socket = new WebSocket(server.origin.replace('http', 'ws'), 'vite-hmr');
    socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(data)));
    await new Promise((open, failed) => {
      socket.addEventListener('open', open);
      socket.addEventListener('error', failed);
    });
  });
  after(async () => {
    socket?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    for (const [path, text] of Object.entries(files)) if (site.read(path) !== text) await write(path, text);
    await server.until('/', ({ status, body, aborted }) => status === 200 && !aborted && shown(body) === 'Parent 1 Child 1 Grandchild 1 Plain 1');
  });

  /** The texts of the components. */
  const shown = (body) => [...body.matchAll(/<(?:p|b)\b[^>]*>([^<]*)</g)].map(([, text]) => text).join(' ');

  /** Loads the page as a browser does: with the modules that it names, which Vite then knows to be in use. */
  async function visit() {
    const { body } = await server.get('/');
    for (const [, source] of body.matchAll(/<script type="module" src="([^"]+)"/g)) {
      await server.get(source.replaceAll('&amp;', '&'), { headers: { 'sec-fetch-dest': 'script' } });
    }
  }

  /**
   * Waits until the page contains \p text and its loaders are \p names, each run once, all of them together. Vite takes
   * note of an edit module by module, so an answer in between may have the new text and the old order.
   */
  async function settles(text, names) {
    const expected = [...names].sort();
    let last;
    for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((next) => setTimeout(next, 50))) {
      await server.record();
      const { body } = await server.get('/').catch((error) => ({ body: String(error) }));
      const record = await server.record();
      last = { shown: shown(body), runs: runs(record), together: together(record, names) };
      if (body.includes(text) && isDeepStrictEqual(last.runs, expected) && last.together) return body;
    }
    assert.fail(`no ${text} from ${expected} together; last: ${JSON.stringify(last)}\n${server.output}`);
  }

  /**
   * Writes a file and lets the server take note. A page that is asked for while an edit is on its way can stay as it was
   * until the next edit: Vite's module runner does so without any plugin, and a browser asks after it was told.
   */
  async function write(path, text) {
    const before = messages.length;
    site.write({ [path]: text });
    await until(() => messages.length > before);
    await quiet();
  }
  const edit = (path, from, to) => {
    const text = site.read(path);
    assert.ok(text.includes(from), `${path} has no ${from}`);
    return write(path, text.replace(from, to));
  };

  const all = ['Parent', 'Child', 'Grandchild'];

  test('at first, all loaders start together', () => settles('Grandchild 1', all));

  // Early: Astro 5 reloads the page for any later edit of styles, by itself.
  test('an edit of styles alone updates the styles alone', async () => {
    await visit();
    await quiet();
    messages.length = 0;
    await edit('src/components/Child.astro', 'color: teal', 'color: maroon');
    assert.deepEqual(messages.filter(({ type }) => type === 'full-reload'), []);
    const updated = messages.filter(({ type }) => type === 'update').flatMap(({ updates }) => updates.map(({ path }) => path));
    assert.ok(updated.length > 0);
    for (const path of updated) assert.match(path, /Child\.astro\?.*type=style/);
    const style = await server.get(`${updated[0]}&t=${Date.now()}`, { headers: { 'sec-fetch-dest': 'script' } });
    assert.match(style.body, /maroon/);
    await settles('Child 1', all);
  });

  test('an edit of a loader reloads the page', async () => {
    messages.length = 0;
    await edit('src/components/Grandchild.astro', 'Grandchild 1', 'Grandchild 2');
    await until(() => messages.some(({ type }) => type === 'full-reload'));
    await settles('Grandchild 2', all);
  });

  for (const name of all) {
    test(`an edited loader is the one that runs: ${name}`, async () => {
      await edit(`src/components/${name}.astro`, `${name} 1`, `${name} 2`);
      await settles(`${name} 2`, all);
    });
  }

  test('a module that a loader imports is edited', async () => {
    await edit('src/components/Child.astro', 'import { work }', "import { label } from '../lib/label';\nimport { work }");
    await edit('src/components/Child.astro', "'Child 1'", 'label');
    await settles('label 1', all);
    await write('src/lib/label.ts', "export const label = 'label 2';\n");
    await settles('label 2', all);
  });

  const loading = (name, text) =>
    `export const loader = async () => work('${name}', 30, { text: '${text}' });\nconst data = await getLoaderData<typeof loader>();`;

  test('an added loader starts with the others', async () => {
    await edit('src/components/Plain.astro', "const data = { text: 'Plain 1' };", loading('Plain', 'Plain 2'));
    await settles('Plain 2', [...all, 'Plain']);
  });

  test('a removed loader is gone', async () => {
    await edit('src/components/Child.astro', loading('Child', 'Child 1'), "const data = { text: 'Child 2' };");
    await settles('Child 2', ['Grandchild', 'Parent']);
  });

  test('a child that is no longer rendered no longer loads', async () => {
    await edit('src/components/Child.astro', '<Grandchild />', '{false && <Grandchild />}<b>alone</b>');
    await settles('alone', ['Child', 'Parent']);
    await edit('src/components/Child.astro', '{false && <Grandchild />}<b>alone</b>', '<b>again</b><Grandchild />');
    await settles('again', all);
  });

  // Last: a failed request makes Astro reload the page at the next edit, whatever that is.
  test('a syntax error in a child comes and goes', async () => {
    await edit('src/components/Grandchild.astro', 'export const loader = async () =>', 'export const loader = async () => (((');
    await server.until('/', ({ status, aborted }) => status >= 500 || aborted);
    await edit('src/components/Grandchild.astro', 'export const loader = async () => (((', 'export const loader = async () =>');
    await settles('Grandchild 1', all);
    assert.ok(server.alive);
  });

  /** Until no message has come for a while. */
  async function quiet() {
    for (let count = -1; count !== messages.length; ) {
      count = messages.length;
      await new Promise((next) => setTimeout(next, 300));
    }
  }

  async function until(condition) {
    for (const end = Date.now() + 10_000; !condition(); ) {
      assert.ok(Date.now() < end, `only saw ${JSON.stringify(messages)}`);
      await new Promise((next) => setTimeout(next, 50));
    }
  }
});
