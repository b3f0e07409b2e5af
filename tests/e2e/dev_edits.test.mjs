// Edits while the dev server runs: what the page shows and who loads early follow the files, and an edit of styles alone
// stays one.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
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

  /** What the page answers and what its loaders do, once it contains \p text. */
  async function becomes(text) {
    await server.until('/', ({ body }) => body.includes(text));
    await server.record();
    const { body } = await server.get('/');
    return { body, record: await server.record() };
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

  test('at first, all loaders start together', async () => {
    const { record } = await becomes('Grandchild 1');
    assert.deepEqual(runs(record), [...all].sort());
    assert.ok(together(record, all));
  });

  for (const name of all) {
    test(`an edited loader is the one that runs: ${name}`, async () => {
      await edit(`src/components/${name}.astro`, `${name} 1`, `${name} 2`);
      const { record } = await becomes(`${name} 2`);
      assert.deepEqual(runs(record), [...all].sort());
      assert.ok(together(record, all));
    });
  }

  test('a module that a loader imports is edited', async () => {
    await edit('src/components/Child.astro', "import { work }", "import { label } from '../lib/label';\nimport { work }");
    await edit('src/components/Child.astro', "'Child 1'", 'label');
    await becomes('label 1');
    await write('src/lib/label.ts', "export const label = 'label 2';\n");
    const { record } = await becomes('label 2');
    assert.ok(together(record, all));
  });

  test('an added loader starts with the others', async () => {
    await edit('src/components/Plain.astro', "const data = { text: 'Plain 1' };", "export const loader = async () => work('Plain', 30, { text: 'Plain 2' });\nconst data = await getLoaderData<typeof loader>();");
    const { record } = await becomes('Plain 2');
    assert.deepEqual(runs(record), [...all, 'Plain'].sort());
    assert.ok(together(record, [...all, 'Plain']));
  });

  test('a removed loader is gone', async () => {
    const loader = "export const loader = async () => work('Child', 30, { text: 'Child 1' });\nconst data = await getLoaderData<typeof loader>();";
    await edit('src/components/Child.astro', loader, "const data = { text: 'Child 2' };");
    const { record } = await becomes('Child 2');
    assert.deepEqual(runs(record), ['Grandchild', 'Parent']);
    assert.ok(together(record, ['Grandchild', 'Parent']));
  });

  test('a child that is no longer rendered no longer loads', async () => {
    await edit('src/components/Child.astro', '<Grandchild />', '{false && <Grandchild />}<b>alone</b>');
    const { record } = await becomes('alone');
    assert.deepEqual(runs(record), ['Child', 'Parent']);
    await edit('src/components/Child.astro', '{false && <Grandchild />}<b>alone</b>', '<b>again</b><Grandchild />');
    assert.ok(together((await becomes('again')).record, all));
  });

  test('a syntax error in a child comes and goes', async () => {
    await edit('src/components/Grandchild.astro', 'export const loader = async () =>', 'export const loader = async () => (((');
    await server.until('/', ({ status, aborted }) => status >= 500 || aborted);
    await edit('src/components/Grandchild.astro', 'export const loader = async () => (((', 'export const loader = async () =>');
    const { record } = await becomes('Grandchild 1');
    assert.ok(together(record, all));
    assert.ok(server.alive);
  });

  test('an edit of styles alone updates the styles alone', async () => {
    await visit();
    await quiet();
    messages.length = 0;
    await edit('src/components/Child.astro', 'color: teal', 'color: maroon');
    assert.deepEqual(messages.filter(({ type }) => type === 'full-reload'), []);
    const updated = messages.filter(({ type }) => type === 'update').flatMap(({ updates }) => updates.map(({ path }) => path));
    assert.ok(updated.length > 0);
    for (const path of updated) assert.match(path, /Child\.astro\?.*type=style/);
    assert.match((await becomes('Child')).body, /maroon/);
  });

  test('an edit of a loader reloads the page', async () => {
    messages.length = 0;
    await edit('src/components/Grandchild.astro', 'Grandchild 1', 'Grandchild 2');
    await until(() => messages.some(({ type }) => type === 'full-reload'));
    await becomes('Grandchild 2');
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
