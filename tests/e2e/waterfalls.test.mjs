// `foreload check` counts the awaits in a row of a page without running it. Here pages are run, and the turns that they
// take are counted: all that is waited for at once is one turn. Both have to come to the same number.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { command } from '../native.mjs';
import { makeSite } from './harness.mjs';

// The counter is behind an event: loaders that visibly share state would keep their order.
const turn = `export const turn = <T>(value?: T) => new Promise<T>((done) => void process.emit('turn', () => done(value as T)));`;
const turns = `
// A turn ends when nothing has been asked for since a while, counted in turns of the event loop.
let waiting: (() => void)[] = [], quiet = 0, turns = 0;
function look() {
  if (++quiet < 100) return void setImmediate(look);
  turns++;
  for (const done of waiting.splice(0)) done();
}
process.on('turn', (done: () => void) => {
  if (waiting.length === 0) setImmediate(look);
  quiet = 0;
  waiting.push(done);
});
export const GET = () => {
  const taken = turns;
  turns = 0;
  return Response.json(taken);
};
`;

/** A component of the site: its frontmatter below the imports that its markup needs, and its markup. */
const component = (code, markup) => {
  const names = new Set([...markup.matchAll(/<([A-Z]\w*)/g)].map(([, name]) => name).filter((name) => name !== 'Fragment' && !code.includes(`const ${name}`)));
  const imports = [...names].map((name) => `import ${name} from '../components/${name}.astro';`);
  return `---\nimport { turn } from '../lib/turns';\n${imports.join('\n')}\n${code}\n---\n\n${markup}\n`;
};

const components = {
  Leaf: component('const text = await turn("leaf");', '<p>{text}</p>'),
  Still: component('', '<p>still</p>'),
  Given: component('const { value } = Astro.props; const text = await turn(value);', '<p>{text}</p>'),
  Waits: component('const { promise } = Astro.props; const text = await promise;', '<p>{text}</p><Leaf />'),
  WaitsLate: component('const { promise } = Astro.props; await turn(); const text = await promise;', '<p>{text}</p>'),
  Passes: component('const { promise, ...rest } = Astro.props; await turn();', '<Waits promise={promise} {...rest} />'),
  Middle: component('await turn();', '<div><Leaf /></div>'),
  Box: component('await turn();', '<div><slot /></div>'),
  StillBox: component('', '<div><slot /></div>'),
  Named: component('await turn(); await turn();', '<header><slot name="head" /></header><slot />'),
  NoSlot: component('await turn();', '<p>no slot</p>'),
  Fallback: component('await turn();', '<slot><Leaf /></slot>'),
  Outer: component('await turn();', '<Box><slot /></Box>'),
  Renders: component('await turn(); const html = await Astro.slots.render("default");', '<Fragment set:html={html} />'),
  LateSlot: component('', '<slot />{await turn("late")}'),
  Tree: component('const { depth } = Astro.props; await turn();', '{depth > 0 && <Astro.self depth={depth - 1} />}'),
  Layout: component('const { title } = Astro.props; const menu = await turn(["a"]);', '<title>{title}</title><nav>{menu.map((entry) => <Given value={entry} />)}</nav><main><slot /></main>'),
};

/** By name: the frontmatter and the markup of a page. The longest of its ways is the one that is taken. */
const pages = {
  nothing: ['', '<Still />'],
  one: ['await turn();', '<Still />'],
  sequence: ['const a = await turn(1); const b = await turn(a + 1);', '<p>{b}</p>'],
  children: ['await turn();', '<Middle /><Leaf /><Middle />'],
  parallel: ['await Promise.all([turn(), turn()]);', '<Leaf /><Leaf />'],
  started: ['const first = turn(1); const second = turn(2); const a = await first; const b = await second;', '<p>{a + b}</p>'],
  startedBehind: ['const early = turn(1); await turn(); const late = turn(2); await early; await late;', ''],
  startedList: ['const list = [1, 2, 3].map((n) => turn(n)); await turn(); await Promise.all(list);', ''],
  calledAtOnce: ['const value = await (async () => { const a = await turn(1); return turn(a); })();', '<p>{value}</p>'],
  choice: ['const kind: string = Astro.url.pathname; if (kind === "a") await turn(); if (kind === "b") await turn(); if (kind === "/choice") await turn(); await turn();', ''],
  branches: ['const wide = Astro.url.pathname.length < 1; if (wide) { await turn(); } else { await turn(); await turn(); } await turn();', ''],
  leaves: ['if (Astro.url.searchParams.has("gone")) { await turn(); return Astro.redirect("/one"); } await turn(); await turn();', ''],
  fails: ['let a; try { a = await turn(); } catch { a = await turn(); } await turn();', ''],
  switched: ['switch (Astro.url.pathname.length > 0) { case true: await turn(); break; default: await turn(); }', '<Leaf />'],
  loop: ['for (const n of [1]) await turn(n);', '<Leaf />'],
  forAwait: ['async function* each() { yield turn(1); } for await (const n of each()) {}', ''],
  markup: ['await turn();', '<p>{await turn("a")}</p><Leaf /><p>{await turn("b")}</p>'],
  attribute: ['', '<Given value={await turn("a")} /><p title={await turn("b")}>x</p>'],
  callbacks: ['await turn();', '<ul>{[1, 2].map(async (n) => { const m = await turn(n); return <li><Given value={m} /></li>; })}</ul>{await turn()}'],
  condition: ['const on = await turn(true);', '{on && <Middle />}{on ? <Still /> : <Leaf />}'],
  layout: ['const title = await turn("t");', '<Layout title={title}><Leaf /></Layout>'],
  slots: ['', '<Box><Box><Leaf /></Box></Box>'],
  stillSlots: ['', '<StillBox><StillBox><Middle /></StillBox></StillBox>'],
  forwarded: ['', '<Outer><Leaf /></Outer>'],
  named: ['', '<Named><Fragment slot="head"><Middle /></Fragment><p>{await turn()}</p></Named>'],
  unrendered: ['', '<NoSlot><Middle /></NoSlot>'],
  unrenderedNamed: ['', '<Box><Middle slot="nowhere" /></Box>'],
  fallback: ['', '<Fallback />'],
  fallbackNotUsed: ['', '<Fallback><Middle /></Fallback>'],
  slotAwaits: ['await turn();', '<Named>{await turn()}<Leaf />{await turn()}</Named>'],
  slotAwaitsAreEarly: ['', '<Outer>{await turn()}</Outer>'],
  rendersSlot: ['', '<Renders><Middle /></Renders>'],
  lateSlot: ['', '<LateSlot><Leaf /></LateSlot>'],
  promises: ['const promise = turn("p"); await turn();', '<Waits promise={promise} />'],
  promisesLate: ['await turn(); const promise = turn("p");', '<WaitsLate promise={promise} />'],
  promisesInline: ['await turn();', '<Waits promise={turn("p")} />'],
  promisesPassed: ['const promise = turn("p");', '<Passes promise={promise} />'],
  values: ['const promise = await turn("p");', '<Waits promise={promise} />'],
  recursion: ['', '<Tree depth={0} />'],
  dynamic: ['const Tag = Astro.url.pathname ? Middle : Leaf;', '<Tag />{Tag === Leaf && <Middle />}'],
  fragments: ['await turn();', '<><Fragment><Leaf /></Fragment></>'],
  replaced: ['', '<div set:html={await turn("<b>x</b>")}></div><Leaf />'],
};

/** With foreload: what a loader waits for begins as soon as all that it needs is there. */
const loading = (loader, markup, code = '') =>
  component(`import { getLoaderData } from 'foreload/runtime';\n${code}\nexport const loader = ${loader};\nconst data = await getLoaderData<typeof loader>();`, markup);
const loadingComponents = {
  LoadsLeaf: loading('async () => turn("leaf")', '<p>{data}</p>'),
  LoadsMiddle: loading('async () => turn("middle")', '<LoadsLeaf />'),
  LoadsBox: loading('async () => turn("box")', '<slot />'),
  LoadsGiven: loading('async ({ props }) => turn(props.value)', '<p>{data}</p>', ''),
  LoadsList: loading('async () => turn([{ id: 1 }, { id: 2 }])', '{data.map((item) => <LoadsGiven value={item.id} />)}'),
  LoadsPerhaps: loading('async () => turn({ open: true })', '{data.open && <LoadsLeaf />}'),
};
const loadingPages = {
  lifted: ['', '<LoadsMiddle />'],
  liftedSlots: ['', '<LoadsBox><LoadsBox><LoadsMiddle /></LoadsBox></LoadsBox>'],
  liftedBesideAwaits: ['const title = await turn("t");', '<h1>{title}</h1><LoadsMiddle />'],
  liftedBehindGuard: ['const user = await turn("u"); if (!user) return Astro.redirect("/one");', '<LoadsMiddle />'],
  liftedWithProps: ['', '<LoadsGiven value={Astro.url.pathname} />'],
  liftedFromData: ['', '<LoadsList />'],
  liftedOnCondition: ['', '<LoadsPerhaps />'],
};
Object.assign(components, loadingComponents);
Object.assign(pages, loadingPages);

let site, server, found;
before(async () => {
  site = makeSite({
    files: {
      'src/lib/turns.ts': turn,
      'src/pages/turns.json.ts': turns,
    },
  });
  for (const [name, text] of Object.entries(components)) site.write({ [`src/components/${name}.astro`]: text.replaceAll('../components/', './') });
  for (const [name, [code, markup]] of Object.entries(pages)) site.write({ [`src/pages/${name}.astro`]: component(code, markup).replace('const Tag', "import Leaf from '../components/Leaf.astro';\nconst Tag") });
  await site.build();
  server = await site.preview();
  const { status, stdout, stderr } = spawnSync(command, ['check', site.root, '--format', 'json'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  found = new Map(JSON.parse(stdout).pages.map((page) => [page.file, page]));
});
after(() => server?.stop());

for (const name of Object.keys(pages)) {
  test(`the turns of ${name}`, async () => {
    await server.get('/turns.json');
    const { status, body } = await server.get(`/${name}`);
    assert.equal(status, 200, body);
    const taken = JSON.parse((await server.get('/turns.json')).body);
    const page = found.get(`src/pages/${name}.astro`);
    assert.equal(page.depth.now, taken, JSON.stringify(page.chain, null, 1));
    assert.equal(page.chain.length, taken);
    assert.ok(page.depth.data <= page.depth.possible && page.depth.possible <= page.depth.now);
  });
}
