#!/usr/bin/env node
// What does a build cost if nothing has changed, or one file has? Beside it, a program that does nothing but ask for the
// times of the same files. Whole processes that take turns. `node bench/cache/run.mjs [--rounds N] [--size N]… [--json]`;
// a run with all sizes writes its table to docs/.
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    size: { type: 'string', multiple: true, default: ['100', '1000', '10000'] },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
const sizes = options.size.map(Number);
if (![rounds, ...sizes].every((number) => Number.isInteger(number) && number > 0)) {
  console.error('bench/cache: --rounds and --size want positive integers');
  process.exit(2);
}

/** Writes components in folders of fifty: groups of twenty that render each other, and others that render nothing. A third has loaders. */
function writeProject(root, count) {
  const folderOf = (number) => `src/components/part-${Math.floor(number / 50)}`;
  mkdirSync(join(root, 'src/lib'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "name": "site" }\n');
  writeFileSync(join(root, 'src/lib/api.ts'), 'export const get = async (what: string) => fetch(`https://api.example/${what}`).then((r) => r.json());\n');
  for (let number = 0; number < count; number++) {
    const first = number - (number % 20);
    const children = [1, 2].map((step) => first + 2 * (number - first) + step).filter((child) => child < first + 20 && child < count);
    mkdirSync(join(root, folderOf(number)), { recursive: true });
    writeFileSync(
      join(root, folderOf(number), `Card${number}.astro`),
      `---
import { getLoaderData } from 'foreload/runtime';
import { get } from '../../lib/api';
${children.map((child) => `import Card${child} from '../../../${folderOf(child)}/Card${child}.astro';\n`).join('')}
const { title = 'none', id } = Astro.props;
${number % 3 ? '' : `export const loader = async () => get('card ${number}');\nconst data = await getLoaderData<typeof loader>();\n`}const items = [1, 2, 3].map((item) => item * 2);
---
<section class="card" {id}>
  <h2>{title}</h2>
  <ul>{items.map((item) => <li>{item}</li>)}</ul>
${children.map((child) => `  <Card${child} id={id} />\n`).join('')}${'  <p>Some text of the kind that stands in components, with <em>markup</em> in it.</p>\n'.repeat(4)}</section>
<style>.card { padding: 1rem; border: 1px solid rebeccapurple }</style>
`,
    );
  }
}

/** The milliseconds that a program takes. */
function measure(words) {
  const { status, stdout, stderr, error } = spawnSync(join(build, 'tests/foreload-bench-stopwatch'), words, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
  return Number(stdout.split(' ')[0]);
}

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));

function measureProject(count) {
  const folder = mkdtempSync(join(tmpdir(), 'foreload-cache-'));
  const [root, out] = [join(folder, 'site'), join(folder, 'out')];
  try {
    writeProject(root, count);
    mkdirSync(join(root, 'node_modules'));
    const command = (...more) => [join(build, 'foreload'), 'build', root, ...more];
    for (let turn = 0; turn < 2; turn++) measure(command('--out', out)), measure(command());
    const inputs = filesOf(join(root, 'src'));
    const outputs = filesOf(out);
    const list = (name, files) => (writeFileSync(join(folder, name), files.map((file) => `${file}\n`).join('')), join(folder, name));
    const statx = (file) => [join(build, 'tests/foreload-bench-statx'), file];
    const [inputList, allList] = [list('inputs', inputs), list('all', [...inputs, ...outputs])];
    spawnSync('sync');

    // A file is compared by its content if it was changed right before the last build; these are to be older.
    spawnSync('sleep', ['3']);
    measure(command('--out', out)), measure(command());
    const edit = () => appendFileSync(inputs[inputs.length >> 1], '<!-- more -->\n');
    let added = 0;
    const add = () => writeFileSync(join(root, `src/components/New${++added}.astro`), '<p>new</p>\n');
    const programs = {
      'statx of the components': () => measure(statx(inputList)),
      'nothing changed': () => measure(command()),
      'statx of components and outputs': () => measure(statx(allList)),
      'nothing changed, with --out': () => measure(command('--out', out)),
      'one file changed': () => (edit(), measure(command())),
      'one file changed, with --out': () => (measure(command('--out', out)), edit(), measure(command('--out', out))),
      'one new file': () => (add(), measure(command())),
      'no cache': () => measure(command('--no-cache')),
    };
    const times = {};
    for (let round = -1; round < rounds; round++) // the first fills the system's caches
      for (const [name, run] of Object.entries(programs)) {
        if (name === 'nothing changed, with --out') measure(command('--out', out)); // after the edit of the last round
        if (name === 'nothing changed') measure(command());
        const milliseconds = run();
        if (round >= 0) (times[name] ??= []).push(milliseconds);
      }
    return { count, outputs: outputs.length, times: Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)])) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const results = sizes.map(measureProject);
if (options.json) {
  console.log(JSON.stringify({ benchmark: 'cache', rounds, machine: machine(), results }, null, 2));
} else {
  const ms = (number) => (number < 10 ? number.toFixed(1) : Math.round(number).toLocaleString('en'));
  const ratio = (a, b) => `${(a / b).toFixed(1)} ×`;
  const rows = Object.keys(results[0].times).map((name) => [name, ...results.map(({ times }) => ms(times[name]))]);
  const ratios = [
    ['nothing changed : statx', ...results.map(({ times }) => ratio(times['nothing changed'], times['statx of the components']))],
    ['with --out : statx of both', ...results.map(({ times }) => ratio(times['nothing changed, with --out'], times['statx of components and outputs']))],
    ['no cache : nothing changed', ...results.map(({ times }) => ratio(times['no cache'], times['nothing changed']))],
    ['one file changed : nothing changed', ...results.map(({ times }) => ratio(times['one file changed'], times['nothing changed']))],
    ['no cache : one file changed', ...results.map(({ times }) => ratio(times['no cache'], times['one file changed']))],
  ];
  const text = table(['components: ms', ...results.map(({ count }) => count.toLocaleString('en'))], [...rows, ...ratios]);
  console.log(text);
  if (options.size.join() === '100,1000,10000')
    writeSection(
      'cache',
      'Builds with a cache',
      `\`node bench/cache/run.mjs\`: ${machine()}; medians of ${rounds} rounds in which the programs take turns, whole processes with warm
caches of the system. The statx program is in C and calls that on each file that it is told, on two threads: it says no more than
that they are there. "One file changed" is a new process that goes on from what the last one has saved; after "one new file" it has
the facts of the others from the cache, and links and emits everything.

${text}`,
    );
}
