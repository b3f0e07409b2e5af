// The whole transformation on real components from npm, with every option: files that need nothing stay as they are;
// into those that change, text is put and none is taken out; and Astro's own compiler takes what comes out wherever it
// takes what went in. The packages have no loaders, so each file is given one, too.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { TraceMap, eachMapping } from '@jridgewell/trace-mapping';
import { transform as compile } from '@astrojs/compiler-rs';
import { transform as transformScript } from 'esbuild';
import { loadAddon } from '../native.mjs';

const corpus = join(import.meta.dirname, 'corpus');
const packages = globSync(['*@*', '@*/*@*'], { cwd: corpus }).filter((path) => basename(path).includes('@', 1));
const { createHost } = loadAddon();

const options = {
  default: {},
  off: { lift: false },
  reference: { strategy: 'reference' },
  speculative: { speculative: true },
  auto: { auto: true },
  'auto, dedupe and speculative': { auto: true, dedupe: true, speculative: true },
};

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'foreload-corpus-')));
after(() => rmSync(scratch, { recursive: true }));

/** What Astro makes of a component: undefined if it, or esbuild after it, rejects it. */
async function compiled(source, filename) {
  const { code, diagnostics } = await compile(source, { filename, resolvePath: (specifier) => specifier });
  if (diagnostics.some(({ severity }) => severity !== 'warning' && severity !== 2)) return undefined;
  try {
    return (await transformScript(code, { loader: 'ts', sourcefile: filename })).code;
  } catch {
    return undefined;
  }
}

/** Loaders that read this and that, one for each file; not into files that have something of that name. */
const loaders = [
  'async () => work()',
  'async ({ props }) => work(props.title, props.class)',
  'async (context) => work(context)',
  'async ({ locals, params }) => work(locals.user, params.id)',
  'async ({ props: { href, ...rest } }) => work(href, rest)',
];

function withLoader(source, index) {
  if (/\b(loader|getLoaderData|work)\b/.test(source)) return source;
  const code =
    "import { getLoaderData } from 'foreload/runtime'; import { work } from '/lib/work'; " +
    `export const loader = ${loaders[index % loaders.length]}; const ownData = await getLoaderData<typeof loader>();\n`;
  const [fence] = /^\s*---/.exec(source) ?? [];
  if (fence) return source.slice(0, fence.length) + '\n' + code + source.slice(fence.length);
  return source.includes('---') ? source : `---\n${code}---\n${source}`;
}

/** Whether \p part is \p whole with something put in. */
function isWithin(part, whole) {
  let at = 0;
  for (let i = 0; i < whole.length && at < part.length; i++) if (whole[i] === part[at]) at++;
  return at === part.length;
}

/** Calls \p work with each item, some at once. */
async function each(items, work) {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

for (const name of packages) {
  const from = join(corpus, name);
  // Thousands of icons of one make: a few of each letter stand for all.
  const all = globSync('**/*.astro', { cwd: from }).sort();
  const paths = all.length > 1000 ? all.filter((_, i) => i % 20 === 0) : all;
  const roots = {};
  const sources = {};
  for (const kind of ['as it is', 'with loaders']) {
    const root = (roots[kind] = join(scratch, name, kind));
    sources[kind] = new Map();
    paths.forEach((path, index) => {
      const text = readFileSync(join(from, path), 'utf8');
      const source = kind === 'as it is' ? text : withLoader(text, index);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
      sources[kind].set(join(root, path), source);
    });
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "name": "corpus" }\n');
  }
  const accepts = new Map(); // by source
  const isAccepted = async (source, id) => {
    if (!accepts.has(source)) accepts.set(source, (await compiled(source, id)) !== undefined);
    return accepts.get(source);
  };

  for (const [option, value] of Object.entries(options)) {
    test(`${name}, ${option}: nothing changes that needs nothing`, async () => {
      const host = createHost({ root: roots['as it is'], ...value });
      try {
        await each([...sources['as it is']], async ([id, source]) => {
          const result = await host.transform(id, source);
          if (!value.auto) {
            assert.equal(result.code, null, id);
            assert.equal(result.companion, null, id);
          }
          await check(id, source, result);
        });
      } finally {
        host.close();
      }
    });

    test(`${name}, ${option}: with a loader in each file`, async () => {
      const host = createHost({ root: roots['with loaders'], ...value });
      let changed = 0;
      let companions = 0;
      try {
        await each([...sources['with loaders']], async ([id, source]) => {
          const result = await host.transform(id, source);
          const has = source.includes('getLoaderData<typeof loader>()');
          const isRead = !result.diagnostics.some(({ code, file }) => file === id && code === 'FL1002');
          assert.ok(!has || !isRead || result.code !== null, id);
          changed += result.code !== null;
          companions += result.companion !== null;
          await check(id, source, result);
        });
        assert.ok(changed > 0 || paths.length === 0);
        if (value.lift === false) assert.equal(companions, 0);

        // As a project, where what is rendered with certainty needs no companion of its own.
        const out = join(scratch, name, `out of ${option}`);
        const built = await host.build(roots['with loaders'], { out });
        assert.equal(built.components, paths.length);
        assert.deepEqual(built.diagnostics.filter(({ code }) => code.startsWith('FL9')), []);
        await each([...sources['with loaders']], async ([id, source]) => {
          const path = id.slice(roots['with loaders'].length + 1);
          const code = readFileSync(join(out, path), 'utf8');
          assert.ok(isWithin(source, code), id);
          if (code !== source && (await isAccepted(source, id))) assert.ok(await isAccepted(code, id), `${id}\n${code}`);
        });
        await each(readdirSync(out, { recursive: true }).filter((path) => path.endsWith('.foreload.ts')), (path) =>
          transformScript(readFileSync(join(out, path), 'utf8'), { loader: 'ts', sourcefile: path }));
        rmSync(out, { recursive: true });
      } finally {
        host.close();
      }
    });
  }

  /** What must hold of any file's transformation. */
  async function check(id, source, { code, map, companion, diagnostics }) {
    for (const diagnostic of diagnostics) assert.ok(!diagnostic.code.startsWith('FL9'), `${id}: ${diagnostic.message}`);
    for (const text of [map, companion?.map]) if (text) eachMapping(new TraceMap(text), () => {});
    if (companion) await transformScript(companion.code, { loader: 'ts', sourcefile: companion.path });
    if (code === null) return assert.equal(companion, null, id);
    assert.ok(isWithin(source, code), `${id}: something was taken out`);
    if (await isAccepted(source, id)) assert.ok((await compiled(code, id)) !== undefined, `${id} does not compile any more:\n${code}`);
  }
}
