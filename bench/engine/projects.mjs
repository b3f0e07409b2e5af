// Projects of any size for crawlers: modules of about 1.8 KB, each of which imports three or four others, in folders of a
// hundred. What they import is spread over the whole project, and every module is reached from the entry.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const perFolder = 100;
const path = (number, extension) => `src/part-${Math.floor(number / perFolder)}/module-${number}.${extension}`;

/** The numbers that module \p number imports: the tree that reaches all, and some that cross it, onwards only. */
function targets(number, count) {
  const below = [3 * number + 1, 3 * number + 2, 3 * number + 3].filter((target) => target < count);
  const across = [7919, 104729, 15485863].slice(0, below.length ? 1 : 3).map((step) => number + 1 + ((number * step) % Math.max(1, count - number - 1)));
  return [...new Set([...below, ...across])].filter((target) => target < count);
}

const specifier = (from, to) => {
  const relative = posix.relative(posix.dirname(from), to);
  return relative.startsWith('.') ? relative : `./${relative}`;
};

/** Code that a bundler has to parse, print and keep. */
const filler = (number) =>
  Array.from(
    { length: 5 },
    (_, at) => `
export function step${at}_${number}(items, options = {}) {
  // Items come as they were loaded; "rank" may be missing.
  const { limit = ${at + 3}, label = \`step ${at}: \${items.length} of \${options.total ?? 'all'}\` } = options;
  return items.filter((item) => item.rank / 2 > limit && !/["'\`]/.test(item.name)).map((item) => ({ ...item, label }));
}
`,
  ).join('');

function script(number, count, from) {
  const all = targets(number, count);
  return `${all.map((to) => `import { run${to} } from '${specifier(from, path(to, 'js'))}';\n`).join('')}${filler(number)}
export function run${number}(items) {
  return [${all.map((to) => `run${to}(items)`).join(', ')}].flat().concat(step0_${number}(items));
}
`;
}

function component(number, count, from) {
  const all = targets(number, count);
  return `---
${all.map((to) => `import Part${to} from '${specifier(from, path(to, 'astro'))}';\n`).join('')}
interface Props { title?: string; items: { name: string; rank: number }[] }
const { title = 'Part ${number}', items } = Astro.props;
const ranked = items.filter((item) => item.rank / 2 > ${number % 7}).sort((a, b) => a.rank - b.rank);
const names = ranked.map((item) => \`\${item.rank}: \${item.name}\`);
---
<section class="part part-${number}">
  <h2>{title}</h2>
  {names.length > 3 && <p class="many">There are {names.length} of them, and the first is {names[0]}.</p>}
  <ul>{names.map((name) => <li><a href={\`/items/\${name}\`}>{name}</a></li>)}</ul>
${all.map((to) => `  <Part${to} items={ranked} />\n`).join('')}${'  <p>Some text of the kind that stands in components, with <em>markup</em> and an &amp; in it.</p>\n'.repeat(8)}</section>

<style>
  .part { display: grid; gap: 1rem; padding: 1rem; border: 1px solid rebeccapurple; }
  .part h2 { font-size: 1.2rem; margin: 0; }
  .many { color: gray; }
</style>
`;
}

export const kinds = { modules: { extension: 'js', text: script }, components: { extension: 'astro', text: component } };

/** Writes a project to \p root; gives its entry and how many bytes its modules have. */
export function writeProject(root, kind, count) {
  const { extension, text } = kinds[kind];
  let bytes = 0;
  for (let number = 0; number < count; number++) {
    const name = path(number, extension);
    if (number % perFolder === 0) mkdirSync(dirname(join(root, name)), { recursive: true });
    const content = text(number, count, name);
    bytes += Buffer.byteLength(content);
    writeFileSync(join(root, name), content);
  }
  writeFileSync(join(root, 'package.json'), '{ "name": "project", "type": "module" }\n');
  return { entry: join(root, path(0, extension)), bytes };
}
