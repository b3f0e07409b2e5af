// Lift programs in a real Astro server: props, conditions, guards and dependent loaders. With lifting on, each page gives
// what it gives without, by the same runs of the same loaders with the same props. That a loader starts as soon as what
// it needs is there is shown with gates: some loaders are held until others have started, which without lifting would
// wait for them forever.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSite, runs } from './harness.mjs';

/** A component whose loader gives \p result; the name of the run is \p run, an expression. */
const component = (name, { result = '{}', run = `'${name}'`, context = '{ props }', imports = [], code = '', markup = '' } = {}) => `---
import { getLoaderData } from 'foreload/runtime';
import { run } from '../../lib/run';
${imports.map((other) => `import ${other} from './${other}.astro';`).join('\n')}
export const loader = async (${context}) => run(${run}, () => (${result}));
const data = await getLoaderData<typeof loader>();
${code}
---
<b>${name}</b>${markup}
`;
/** One that has no loader. */
const plain = (markup, { imports = [], code = '' } = {}) =>
  `---\n${imports.map((other) => `import ${other} from './${other}.astro';`).join('\n')}\n${code}\n---\n${markup}\n`;

const byId = (name) => "`" + name + " ${props.id}`";
const leaf = (name) => component(name, { run: byId(name), result: '`data of ${props.id}`', markup: '<i>{data}</i>' });

/**
 * By page: the files of its folder (Page.astro is the page's own), and the requests that are made for it: query → what has
 * `started` by itself while the runs `held` do not go on (an empty list: none goes on), and what then is still `waiting`.
 * A list of these goes on from one to the next.
 */
const cases = {
  'props through three levels, and for each item of a list': {
    files: {
      'Page.astro': plain('<Shop kind={Astro.url.searchParams.get("kind") ?? "all"} />', { imports: ['Shop'] }),
      'Shop.astro': component('Shop', {
        run: '`Shop ${props.kind}`',
        imports: ['Shelf'],
        code: 'const { kind, ...rest } = Astro.props;',
        markup: '<Shelf {...rest} label={kind.toUpperCase()} ids={["lamp", "desk"]} />',
      }),
      'Shelf.astro': component('Shelf', {
        run: '`Shelf ${props.label}`',
        imports: ['Card'],
        code: 'const { ids, label } = Astro.props;',
        markup: '<ul>{ids.map((id, index) => <li><Card id={`${label}/${id}-${index}`} /></li>)}</ul>',
      }),
      'Card.astro': leaf('Card'),
    },
    requests: {
      '': { held: [], started: ['Shop all', 'Shelf ALL', 'Card ALL/lamp-0', 'Card ALL/desk-1'] },
      '?kind=new': { held: [], started: ['Shop new', 'Shelf NEW', 'Card NEW/lamp-0', 'Card NEW/desk-1'] },
    },
  },
  "a loader that needs another one's data": {
    files: {
      'Page.astro': plain('<Frame><Post id="1" /></Frame>', { imports: ['Frame', 'Post'] }),
      'Frame.astro': component('Frame', { markup: '<slot />' }),
      'Post.astro': component('Post', {
        run: byId('Post'),
        result: "{ author: 'ada', tags: ['x', 'y'] }",
        imports: ['Author', 'Tag', 'Side'],
        code: 'const { author, tags } = data;',
        markup: '<Author id={author} />{tags.map((tag) => <Tag id={tag} />)}<Side />',
      }),
      'Author.astro': component('Author', {
        run: byId('Author'),
        result: "{ town: 'Bergen' }",
        imports: ['Town'],
        markup: '<Town id={data.town} />',
      }),
      'Tag.astro': leaf('Tag'),
      'Town.astro': leaf('Town'),
      'Side.astro': component('Side'),
    },
    requests: {
      '': [
        { held: ['Frame', 'Post 1'], started: ['Frame', 'Post 1', 'Side'], waiting: ['Author ada', 'Tag x', 'Tag y', 'Town Bergen'] },
        // The frame's own data is still to come, and nothing of the page has been rendered.
        { held: ['Frame', 'Author ada'], started: ['Author ada', 'Tag x', 'Tag y'], waiting: ['Town Bergen'] },
        { held: ['Frame'], started: ['Town Bergen'] },
      ],
    },
  },
  'conditions of every kind, both ways': {
    files: {
      'Page.astro': plain('<Frame mode={mode} name={query.get("name")} />', {
        imports: ['Frame'],
        code: "const query = Astro.url.searchParams;\nconst mode = query.get('mode') ?? 'plain';",
      }),
      'Frame.astro': component('Frame', {
        imports: ['And', 'Or', 'Nullish', 'Yes', 'No', 'Deep'],
        code: "const { mode, name } = Astro.props;\nconst isFull = mode === 'full';",
        markup: `{isFull && <And />}{isFull || <Or />}{name ?? <Nullish />}
{mode !== 'plain' ? <Yes>{name && <Deep />}</Yes> : <No />}`,
      }),
      ...Object.fromEntries(['And', 'Or', 'Nullish', 'No', 'Deep'].map((name) => [`${name}.astro`, component(name)])),
      'Yes.astro': component('Yes', { markup: '<slot><p>empty</p></slot>' }),
    },
    requests: {
      '': { held: [], started: ['Frame', 'Or', 'Nullish', 'No'] },
      '?mode=full': { held: [], started: ['Frame', 'And', 'Nullish', 'Yes'] },
      '?mode=other&name=ada': { held: [], started: ['Frame', 'Or', 'Yes', 'Deep'] },
    },
  },
  'guards, on props and on data, one in the other': {
    files: {
      'Page.astro': plain('<Frame><Article id={Astro.url.searchParams.get("id")} /></Frame>', { imports: ['Frame', 'Article'] }),
      'Frame.astro': component('Frame', { markup: '<slot />' }),
      'Article.astro': `---
import { getLoaderData } from 'foreload/runtime';
import { run } from '../../lib/run';
import Draft from './Draft.astro';
import Note from './Note.astro';
export const loader = async ({ props }) =>
  run(\`Article \${props.id}\`, () => (props.id === 'gone' ? null : { id: props.id, isDraft: props.id === 'draft' }));
const { id } = Astro.props;
if (!id) return;
const article = await getLoaderData<typeof loader>();
if (!article) return;
---
<b>Article</b>{article.isDraft ? <Draft id={article.id} /> : <Note id={article.id} />}
`,
      'Draft.astro': leaf('Draft'),
      'Note.astro': component('Note', {
        run: byId('Note'),
        result: "props.id === 'bare' ? null : { text: 'noted' }",
        imports: ['Foot'],
        code: 'if (!data?.text) return;',
        markup: '<Foot id={data.text} />',
      }),
      'Foot.astro': leaf('Foot'),
    },
    requests: {
      '': { held: [], started: ['Frame'] },
      '?id=gone': { held: [], started: ['Frame', 'Article gone'] },
      '?id=draft': { held: ['Frame'], started: ['Frame', 'Article draft', 'Draft draft'] },
      '?id=bare': { held: ['Frame'], started: ['Frame', 'Article bare', 'Note bare'] },
      '?id=1': [
        { held: ['Frame', 'Article 1'], started: ['Frame', 'Article 1'], waiting: ['Note 1', 'Foot noted'] },
        { held: ['Frame', 'Note 1'], started: ['Note 1'], waiting: ['Foot noted'] },
        { held: ['Frame'], started: ['Foot noted'] },
      ],
    },
  },
  'several places of a frontmatter': {
    files: {
      'Page.astro': plain('<Early /><List ids={ids} first={first} /><Late id={total} />', {
        imports: ['Early', 'List', 'Late'],
        code: `import { run } from '../../lib/run';
if (Astro.url.searchParams.has('away')) return Astro.redirect('/elsewhere');
const ids = await run('ids', () => ['a', 'b']);
const first = ids[0];
const total = await run('total', () => ids.length);`,
      }),
      'Early.astro': component('Early', { context: '' }),
      'List.astro': component('List', {
        context: '',
        imports: ['Item'],
        markup: '{Astro.props.ids.map((id) => <Item id={id} />)}<Item id={Astro.props.first} />',
      }),
      'Item.astro': leaf('Item'),
      'Late.astro': leaf('Late'),
    },
    requests: {
      '': [
        { held: ['ids', 'Early'], started: ['ids', 'Early', 'List'], waiting: ['Item a', 'Late 2'] },
        { held: ['total', 'Early'], started: ['total', 'Item a', 'Item b'], waiting: ['Late 2'] },
        { held: ['Early'], started: ['Late 2'] },
      ],
      '?away': { status: 302, held: [], started: [] },
    },
  },
};

const files = {
  // What stands for a data source: a run goes on when nobody holds it.
  'src/lib/run.ts': `interface Gates { record: string[]; held: Set<string>; waiting: Map<string, () => void> }
declare global { var gates: Gates }
export const gates = (globalThis.gates ??= { record: [], held: new Set(), waiting: new Map() });
export async function run<T>(name: string, result: () => T): Promise<T> {
  gates.record.push(name);
  if (gates.held.has(name) || gates.held.has('*')) await new Promise<void>((go) => gates.waiting.set(name, go));
  return result();
}
`,
  'src/pages/gates.json.ts': `import type { APIRoute } from 'astro';
import { gates } from '../lib/run';
export const GET: APIRoute = ({ url }) => {
  const hold = url.searchParams.get('hold');
  if (hold !== null) gates.held = new Set(hold.split(',').filter(Boolean));
  for (const [name, go] of gates.waiting)
    if (!gates.held.has(name) && !gates.held.has('*')) { gates.waiting.delete(name); go(); }
  const record = url.searchParams.has('take') ? gates.record.splice(0) : gates.record;
  return Response.json(record);
};
`,
};
const pages = Object.keys(cases);
pages.forEach((title, number) => {
  for (const [file, text] of Object.entries(cases[title].files)) files[`src/components/c${number}/${file}`] = text;
  // Pages stand for themselves: a frontmatter with a return is the page's.
  files[`src/pages/p${number}.astro`] = cases[title].files['Page.astro']
    .replaceAll("from './", `from '../components/c${number}/`)
    .replaceAll("from '../../lib/", "from '../lib/");
  delete files[`src/components/c${number}/Page.astro`];
});

describe('lift programs', () => {
  const site = makeSite({ files });
  const servers = {};
  before(async () => {
    for (const lift of ['off', 'on']) {
      await site.build({ outDir: `dist-${lift}`, env: { FORELOAD_LIFT: lift } });
      servers[lift] = await site.preview({ outDir: `dist-${lift}` });
    }
  });
  after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

  const gates = async (server, query) => JSON.parse((await server.get(`/gates.json?${new URLSearchParams(query)}`)).body);

  /** A page as it is without holding anything: the answer, and what ran. */
  async function ask(server, path) {
    await gates(server, { hold: '', take: '' });
    const { status, headers, body, aborted } = await server.get(path);
    return { status, location: headers.location, body, aborted, ran: (await gates(server, { take: '' })).sort() };
  }

  pages.forEach((title, number) => {
    for (const [query, wanted] of Object.entries(cases[title].requests)) {
      const path = `/p${number}${query}`;
      const steps = Array.isArray(wanted) ? wanted : [wanted];

      test(`${title}: ${query || 'as it is'}, the same answer and the same runs`, async () => {
        const off = await ask(servers.off, path);
        const on = await ask(servers.on, path);
        assert.equal(off.status, steps[0].status ?? 200);
        assert.equal(new Set(off.ran).size, off.ran.length, 'each run once');
        assert.deepEqual(off.ran, [...new Set(steps.flatMap(({ started, waiting = [] }) => [...started, ...waiting]))].sort());
        assert.deepEqual(on, off);
      });

      if (steps.every(({ started }) => started.length === 0)) continue;
      test(`${title}: ${query || 'as it is'}, each starts when it can`, async () => {
        const server = servers.on;
        await gates(server, { hold: '', take: '' });
        let answer; // to a request that is made when the gates are shut
        try {
          for (const { held, started, waiting = [] } of steps) {
            await gates(server, { hold: held.length ? held.join() : '*' });
            answer ??= server.get(path);
            const record = await until(() => gates(server, {}), (names) => started.every((name) => names.includes(name)));
            assert.deepEqual(record.filter((name) => waiting.includes(name)), [], 'nothing starts that has no reason to yet');
          }
        } finally {
          await gates(server, { hold: '' });
        }
        assert.equal((await answer).status, 200);
      });
    }
  });
});

/** What \p look sees when \p accept likes it. The limit is for tests that fail: nothing here takes time. */
async function until(look, accept) {
  const end = Date.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (accept(seen)) return seen;
    assert.ok(Date.now() < end, `this is all that has started: ${seen.join(', ') || 'nothing'}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}
