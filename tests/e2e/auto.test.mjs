// The zero-API mode: an ordinary Astro site, which knows nothing of foreload, with the integration's `auto` and without
// the integration. The same answers come of the same calls with the same arguments, each made as often; they only start
// earlier. In a production server and in dev.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSite, runs, together } from './harness.mjs';

const component = (frontmatter, markup = '') => `---
import api, { Client, fail, load } from '../../lib/api';
${frontmatter}
---
${markup}
`;
const page = (frontmatter, markup) => `---
import api, { Client, fail, load } from '../lib/api';
${frontmatter}
---
<html lang="en"><head><title>Auto</title></head><body>${markup}</body></html>
`;
const card = component("const { id } = Astro.props;\nconst card = await load('card', id);", '<p>{card}</p>');

/**
 * By page: the components in its folder, its frontmatter (after their imports) and markup, the queries that it is asked
 * with, and the groups of calls that start together with lifting only.
 */
const cases = {
  layout: {
    files: {
      Layout: component("const nav = await load('nav');", '<nav>{nav}</nav><slot /><slot name="end"><Fallback /></slot>').replace(
        '---\n',
        "---\nimport Fallback from './Fallback.astro';\n",
      ),
      Fallback: component("const text = await load('fallback');", '<i>{text}</i>'),
      Card: card,
    },
    frontmatter: "const title = await load('title');",
    markup: '<Layout><h1>{title}</h1><Card id={1} /></Layout><Layout><Card id={2} /><b slot="end">end</b></Layout>',
    together: [['title()', 'nav()', 'card(1)', 'card(2)', 'fallback()']],
  },
  list: {
    files: { Card: card },
    frontmatter: "const ids = await api.ids(3);",
    markup: '<ul>{ids.map((id) => <li><Card id={id} /></li>)}</ul><Card id={9} />',
    together: [['ids(3)', 'card(9)'], ['card(0)', 'card(1)', 'card(2)']],
    already: [1], // Astro renders the items of a list together
  },
  'list of levels': {
    files: {
      Row: component(
        "import Cell from './Cell.astro';\nconst { row } = Astro.props;\nconst name = await load('row', row);",
        '<tr>{[1, 2].map((column) => <Cell row={row} {column} />)}</tr>{name}',
      ),
      Cell: component('const { row, column } = Astro.props;\nconst cell = await load("cell", row, column);', '<td>{cell}</td>'),
    },
    markup: '<table>{["a", "b"].map((row) => <Row row={row} />)}</table>',
    together: [['row("a")', 'row("b")', 'cell("a",1)', 'cell("b",2)']],
  },
  chain: {
    files: {
      Post: component(
        `import Author from './Author.astro';
const res = await fetch(\`https://data.test/posts/\${Astro.props.id}\`);
const post = await res.json();`,
        '<h1>{post.path}</h1><Author name={post.path} />',
      ),
      Author: component("const author = await load('author', Astro.props.name);", '<b>{author}</b>'),
    },
    markup: '<Post id="1" /><Post id="2" />',
    frontmatter: "const page = await load('page');",
    together: [['page()', 'fetch /posts/1', 'fetch /posts/2']],
  },
  'guards on data': {
    files: {
      Post: component(
        `import Card from './Card.astro';
const post = await load('post', Astro.props.id);
if (post.includes('2')) return;
const more = await load('more', post);
const { id = post } = Astro.props;`,
        '<h2>{more}</h2><Card id={id} />',
      ),
      Card: card,
    },
    frontmatter: "const user = await load('user', Astro.url.search);\nif (user.includes('none')) return Astro.redirect('/login');\nconst mail = await load('mail', user);",
    markup: '{mail}<Post id="1" /><Post id="2" />',
    queries: ['', '?none'],
    together: [['post("1")', 'post("2")', 'mail("user(\\"\\")")'], ['more("post(\\"1\\")")', 'card("1")']],
  },
  'forms of await': {
    files: {
      Card: component(
        `interface Data { a: string }
const { id, list } = Astro.props as { id: string; list?: string[] };
const chained = await fetch(\`https://data.test/\${id}\`).then((r) => r.json())
const [one, two = 'none', ...others] = await Promise.all([load('one', id), load('two', id)]);
const cast = (await load<Data>('cast', id)) as unknown as string; // with a comment
const inner = await (load('inner', id) as Promise<string>)
const sure = await load('sure', id)!
const many = await load('many', {
  id, // the id
  deep: [1, 2],
}, \`two
lines\`);
const lines = await api.get(
  'lines',
  { id },
);
const { length, [Symbol.iterator]: _, 0: first = id } = await load('default', id);
const caught = await fail('caught', id).catch((error: Error) => error.message);
const immediate = await (async () => load('immediate', id))();
const optional = await api?.get?.('optional', id);
const computed = await api['get']('computed', id);
const both = await load('both 1', id), after = await load('both 2', both);
const shadow = await load('shadow', [1, 2].map((id) => id * 2));
const promise = load('promise', id);
const plain = await promise, value = await 5;
const later = await load('later', () => never);
const never = 1`,
        '<pre>{JSON.stringify([chained, one, two, others, cast, inner, sure, many, lines, length, first, caught, immediate, optional, computed, both, after, shadow, plain, value, later, never])}</pre>',
      ),
    },
    markup: '<Card id="x" /><Card id="y" list={["z"]} />',
    together: [
      ['one("x")', 'two("x")', 'cast("x")', 'inner("x")', 'sure("x")', 'fetch /x', 'one("y")'],
      ['lines({"id":"x"})', 'default("x")', 'immediate("x")', 'shadow([2,4])', 'lines({"id":"y"})'],
    ],
  },
  'values that change': {
    files: {
      Card: component(
        `const { id } = Astro.props;
let page = 1;
const first = await load('first', page, id);
page = 2;
const second = await load('second', page, id);
const query = { page };
const third = await load('third', query);
query.page = 3;
const fourth = await load('fourth', query, ++page);
let fifth = await load('fifth', page);
fifth = await load('fifth again', fifth);`,
        '<p>{first}{second}{third}{fourth}{fifth}</p>',
      ),
    },
    markup: '<Card id={1} /><Card id={2} />',
  },
  'nothing there': {
    files: {
      Card: component(
        `const { user, list } = Astro.props;
const guarded = await load('guarded', user && user.id, user ? user.id : 0, list?.[0]);
const first = await load('first', list.length);
const other = await load('other', load('argument'), user?.name.length);`,
        '<p>{guarded}{first}{other}</p>',
      ),
    },
    markup: '<Card user={null} list={[]} /><Card user={{ id: 3, name: "x" }} list={["y"]} /><Card list={[]} />',
  },
  'objects that are equal to themselves only': {
    files: {
      Fetch: component(
        `const { by, id, client } = Astro.props;
const data = await load('by', by(id));
const more = await load('more', by, id);
const own = await client.get(id);
const asked = await load('client', client);`,
        '<p>{data}{more}{own}{asked}</p>',
      ),
      Own: component(
        `const { id } = Astro.props;
const pattern = /x/;
const found = await load('found', pattern, id);
const query = new URLSearchParams({ id });
const queried = await load('queried', query);
const label = (text: string) => text + '!';
const labelled = await load('labelled', label(id), label.name);
const labelled2 = label(id);
const tested = pattern.test('x');
const texts = await load('texts', labelled2, tested, [...[id].values()]);
const closure = await load('closure', label);
const where = new URL(Astro.url);
const parameters = await load('parameters', where.searchParams, where, new Date(0));
const iterator = [id].values();
const iterated = await load('iterated', [...iterator]);
const matched = id.match(/./);
const match = await load('match', matched);
const made = { id, make: () => id };
const method = await load('method', made);
const called = await load('called', made.make());`,
        '<p>{found}{queried}{labelled}{texts}{closure}{parameters}{iterated}{match}{method}{called}</p>',
      ),
    },
    frontmatter: "const client = new Client('main');\nconst wait = await load('wait');\nconst by = (id) => `#${id}`;",
    markup:
      '{wait}<Fetch by={by} id="1" client={client} /><Fetch by={(id) => `?${id}`} id="2" client={client} /><Own id="x" />{["y", "z"].map((id) => <Own id={id} />)}',
    together: [['wait()', 'client main("1")', 'texts("x!",true,["x"])']],
  },
  'props as a whole': {
    files: {
      Whole: component(
        `const { id, ...rest } = Astro.props;
const all = await load('all', Astro.props);
const others = await load('others', rest);
const named = await load('named', id);`,
        '<p class="whole">{all}{others}{named}</p>',
      ),
      Styled: component("import Whole from './Whole.astro';\nconst wait = await load('wait');", '<Whole id="s" class="x" />{wait}<style>p { color: red }</style>'),
    },
    markup: '<Whole id="1" a={undefined} b="2" /><Whole id="1" {...{ b: "2" }} class:list={["a", { b: true }]} /><Styled />',
    together: [['all({"id":"1","b":"2"})', 'others({"b":"2"})']],
  },
  twice: {
    files: { Card: component("const a = await load('same', 1);\nconst b = await load('same', 1);", '<p>{a}{b}</p>') },
    markup: '<Card /><Card /><Card />',
  },
  'equal instances': {
    files: {
      Pair: component("import Card from './Card.astro';\nconst pair = await load('pair');", '{pair}<Card id={1} /><slot /><Card id={1} />'),
      Card: card,
      Maybe: component("import Card from './Card.astro';\nconst on = await load('maybe');", '{on.length > 1 && <Card id={1} />}'),
    },
    markup: '<Pair><Card id={1} /><Card id={1} /></Pair><Maybe /><Maybe /><Pair />{[1, 1].map((id) => <Card id={id} />)}',
  },
  conditions: {
    files: { Card: card },
    frontmatter: "const on = Astro.url.searchParams.has('on');\nconst data = await load('data');\nconst Tag = on ? Card : 'b';",
    markup: '{on && <Card id={1} />}{on ? <Card id={2} /> : <Card id={3} />}{data && <Card id={4} />}{!data && <Card id={5} />}<Tag id="6">{data}</Tag>',
    queries: ['', '?on'],
    together: [['data()', 'card(3)']],
  },
  recursion: {
    files: {
      Tree: component(
        "const { depth } = Astro.props;\nconst name = await load('level', depth);",
        '<div>{name}{depth > 0 && <Astro.self depth={depth - 1} />}{depth > 1 && <Astro.self depth={0} />}</div>',
      ),
    },
    markup: '<Tree depth={3} />',
    together: [['level(3)', 'level(2)', 'level(1)', 'level(0)']],
  },
  locals: {
    files: {
      Reads: component("const user = await Astro.locals.load('user');\nconst name = await load('name', Astro.locals.user.name);", '<p>{user}{name}</p>'),
      Writes: component("import Reads from './Reads.astro';\nconst before = await load('before', Astro.locals.user.name);\nAstro.locals.user.name += '!';", '{before}<Reads />'),
    },
    frontmatter: "const own = await Astro.locals.load('own');",
    markup: '<Reads />{own}<Writes /><Reads />',
  },
  'read by all': {
    files: { Reads: component("const user = await Astro.locals.load('user');\nconst name = await load('name', Astro.locals.user.name);", '<p>{user}{name}</p>') },
    frontmatter: "const own = await load('own');",
    markup: '<Reads />{own}<Reads />',
    together: [['own()', 'locals.load("user")', 'name("old")']],
  },
  'the body': {
    files: { Form: component("let form;\ntry { form = await Astro.request.text() } catch { form = 'read already' }\nconst data = await load('form', form);", '<p>{data}</p>') },
    frontmatter: "const first = await load('first');\nconst form = await Astro.request.text();",
    markup: '<p>{first}{form}</p><Form /><Form />',
    init: { method: 'POST', body: 'payload', headers: { 'content-type': 'text/plain' } },
  },
  exported: {
    files: {
      Card: component(
        "export const once = await load('once');\nconst { id } = Astro.props;\nexport const twice = async (x: number) => x * 2\nconst card = await load('card', id, once);",
        '<p>{once}{card}</p>',
      ),
    },
    markup: '<Card id={1} /><Card id={2} />',
  },
  caught: {
    files: {
      Card: component(
        "let data;\ntry { data = await fail('in try', Astro.props.id) } catch (error) { data = error.message } finally { data += '.' }\nconst settled = await Promise.allSettled([fail('settled')]);",
        '<p>{data}{settled[0].reason.message}</p>',
      ),
    },
    frontmatter: "const on = await load('on');",
    markup: '<Card id={1} /><Card id={2} />{on}',
  },
  'two packages': {
    files: { Wrap: component("import Card from '../../../packages/ui/Card.astro';\nimport Other from './Other.astro';\nconst wrap = await load('wrap');", '{wrap}<Card id="1" /><Other id="1" />'), Other: component("import { where } from '#where';\nconst data = await where(Astro.props.id);", '<p>{data}</p>') },
    markup: '<Wrap />',
  },
  'functions of the component': {
    files: {
      Card: component(
        `async function own(id) { return load('own', id, locale); }
const { id } = Astro.props;
const arrow = async (x) => load('arrow', x, { locale, query });
const methods = { get: (x) => own(x + base) };
class Local { get(x) { return load('class', x, base); } }
const local = new Local();
const client = new Client('local');
client.get = (x) => load('replaced', x, base);
let locale = 'en';
if (id === 2) locale = 'de';
const query = { page: 1 };
query.page = id;
const base = 'b';
const first = await load('first', id);
const data = await own(id);
const more = await arrow(id);
const method = await methods.get(id);
const instance = await local.get(id);
const replaced = await client.get(id);
const count = { n: 0 };
const next = async () => load('next', id, count.n++);
const one = await next();
const two = await next();
const wait = await load('wait', id);
count.n = 5;
const three = await next();`,
        '<p>{first}{data}{more}{method}{instance}{replaced}{one}{two}{wait}{three}</p>',
      ),
    },
    frontmatter: "const by = (x) => load('by', x, suffix);\nconst page = await load('page');\nconst suffix = page + '!';\nconst data = await by(1);",
    markup: '{page}<Card id={1} /><Card id={2} />',
  },
  effects: {
    files: {
      Init: component("await api.init();\nimport Card from './Card.astro';\nconst state = await api.state();", '{state}<Card id={1} />'),
      Card: card,
    },
    markup: '<Init />',
  },
};

const files = {
  'astro.config.mjs': `
import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import foreload from 'foreload/astro';
const options = JSON.parse(process.env.AUTO ?? 'null');
export default defineConfig({
  output: 'server', adapter: node({ mode: 'standalone' }), integrations: options ? [foreload(options)] : [],
  devToolbar: { enabled: false }, security: { checkOrigin: false },
});`,
  'src/middleware.ts': `
import { load } from './lib/api';
import { work } from './lib/work';
const plain = globalThis.fetch;
globalThis.fetch = ((url: any, init: any) => {
  const { host, pathname } = new URL(String(url?.url ?? url));
  if (host !== 'data.test') return plain(url, init);
  return work(\`fetch \${pathname}\`, 20, 0).then(() => Response.json({ path: pathname }));
}) as any;
export const onRequest = ({ locals }: any, next: any) => {
  locals.user = { name: 'old' };
  locals.load = (name: string) => load('locals.load', name);
  return next();
};`,
  'src/lib/api.ts': `
import { work } from './work';
const text = (value: any): string =>
  typeof value === 'function' ? 'function'
  : value instanceof Client ? value.name
  : value instanceof Promise ? 'promise'
  : value instanceof RegExp || value instanceof URLSearchParams ? String(value)
  : JSON.stringify(value?.origin ? value.pathname : value);
export const load = <T = any>(name: string, ...args: any[]): Promise<T> => {
  const call = \`\${name}(\${args.map(text)})\`;
  return work(call, 20, call) as any;
};
export async function fail(name: string, ...args: any[]): Promise<any> {
  await load(name, ...args);
  throw new Error(name + ' failed');
}
export class Client {
  constructor(readonly name: string) {}
  get(id: string) { return load('client ' + this.name, id); }
}
let state = 0;
export default {
  name: 'api',
  async get(name: string, ...args: any[]) { return this.name + (await load(name, ...args)); },
  async ids(count: number) { await load('ids', count); return Array.from({ length: count }, (_, i) => i); },
  async init() { await load('init'); state = 1; },
  async state() { return load('state', state); },
};`,
  'packages/ui/package.json': '{ "name": "ui", "type": "module", "imports": { "#where": "./where.js" } }',
  'packages/ui/where.js': "import { load } from '../../src/lib/api';\nexport const where = (id) => load('inner', id);",
  'packages/ui/Card.astro': "---\nimport { where } from '#where';\nconst data = await where(Astro.props.id);\n---\n<p>{data}</p>",
  'where.js': "import { load } from './src/lib/api';\nexport const where = (id) => load('outer', id);",
};
const path = (name) => name.replaceAll(' ', '-');
for (const [name, { files: components, frontmatter = '', markup }] of Object.entries(cases)) {
  for (const [file, text] of Object.entries(components)) files[`src/components/${path(name)}/${file}.astro`] = text;
  const imports = Object.keys(components).map((file) => `import ${file} from '../components/${path(name)}/${file}.astro';`);
  files[`src/pages/${path(name)}.astro`] = page([...imports, frontmatter].join('\n'), markup);
}

const variants = { off: {}, auto: { AUTO: '{"auto":true}' }, shared: { AUTO: '{"auto":true,"dedupe":true}' } };

/** What a dev server writes for its own use. */
const comparable = ({ status, headers, body, aborted }) => ({
  status,
  location: headers.location,
  body: body.replace(/ data-vite-dev-id="[^"]*"/g, '').replace(/ data-astro-source-(file|loc)="[^"]*"/g, '').replace(/<script type="module" src="\/@(vite|id)[^>]*><\/script>/g, ''),
  aborted,
});

for (const mode of ['server', 'dev']) {
  describe(mode, () => {
    const servers = {};
    before(async () => {
      for (const [variant, env] of Object.entries(variants)) {
        const site = makeSite({ files }); // of its own: there is one dev server to a folder
        site.edit('package.json', '"name":"site"', '"name":"site","imports":{"#where":"./where.js"}');
        if (mode === 'dev') {
          servers[variant] = await site.dev({ env });
          continue;
        }
        await site.build({ outDir: `dist-${variant}`, env });
        servers[variant] = await site.preview({ outDir: `dist-${variant}` });
      }
    });
    after(() => Promise.all(Object.values(servers).map((server) => server.stop())));

    for (const [name, { queries = [''], init, together: groups = [], already = [] }] of Object.entries(cases)) {
      for (const [number, query] of queries.entries()) {
        test(`${name}${query && ` ${query}`}`, async () => {
          const seen = {};
          for (const [variant, server] of Object.entries(servers)) {
            await server.record();
            const answer = comparable(await server.get(`/${path(name)}${query}`, init));
            seen[variant] = { answer, record: await server.record() };
          }
          assert.ok(seen.off.answer.status < 400, seen.off.answer.body);
          assert.ok(runs(seen.off.record).length > 0, seen.off.answer.body); // the case is about something
          assert.deepEqual(seen.auto.answer, seen.off.answer);
          assert.deepEqual(runs(seen.auto.record), runs(seen.off.record));
          assert.deepEqual(seen.shared.answer, seen.off.answer);
          assert.deepEqual([...new Set(runs(seen.shared.record))], [...new Set(runs(seen.off.record))]);
          if (number > 0) return;
          for (const [index, group] of groups.entries()) {
            assert.equal(together(seen.off.record, group), already.includes(index), `${group} without lifting`);
            assert.ok(together(seen.auto.record, group), `${group}: ${seen.auto.record.map(({ name, type }) => `${type} ${name}`).join('\n')}`);
            assert.ok(together(seen.shared.record, group), `${group}, shared`);
          }
        });
      }
    }

    test('nothing is left unhandled', () => {
      for (const server of Object.values(servers)) {
        assert.ok(server.alive);
        assert.doesNotMatch(server.output, /unhandled/i);
      }
    });
  });
}
