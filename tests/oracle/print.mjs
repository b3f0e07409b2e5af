// Writes a model as files.
import { print } from './expressions.mjs';
import { printNodes } from './markup.mjs';
import { argument } from './simulate.mjs';
import { printStatement } from './statements.mjs';

/** The path that a page is asked for at. */
export const pagePath = (group, page, { params, query }) =>
  `/${group.id}/${page.name}${page.dynamic ? `/${params.id}` : ''}?${new URLSearchParams(Object.entries(query))}`;

export const componentFile = (group, { name }) => `src/components/${group.id}/${name}.astro`;
export const pageFile = (group, { name, dynamic }) => `src/pages/${group.id}/${name}${dynamic ? '/[id]' : ''}.astro`;

/** The files of a group's components and pages: path → text. */
export function printGroup(group) {
  const files = { [`src/lib/${group.id}.js`]: printConstants(group.constants) };
  const barrel = group.components.filter((component) => component.barrel).map(({ name }) => `export { default as ${name} } from './${name}.astro';\n`);
  if (barrel.length) files[`src/components/${group.id}/all.js`] = barrel.join('');
  for (const component of group.components) files[componentFile(group, component)] = printComponent(group, component, '../..');
  for (const page of group.pages) files[pageFile(group, page)] = printComponent(group, page, page.dynamic ? '../../..' : '../..');
  for (const { name, loader } of [...group.components, ...group.pages])
    if (loader?.form === 'elsewhere') files[`src/lib/${group.id}/${name}.js`] = withImports(group, printLoader(name, { ...loader, form: 'declaration' }), '../..');
  return files;
}

const printConstants = (constants) =>
  Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');

function printComponent(group, { name, loader, front, markup }, src) {
  const body = [...(loader ? [printLoader(name, loader, src, group)] : []), ...front.map(printStatement)];
  const html = printNodes(markup);
  const code = [...body, html].join('\n');
  const rendered = group.components.filter(({ name }) => new RegExp(`<${name}\\b|[?:] ${name}\\b`).test(code));
  const direct = rendered.filter(({ barrel }) => !barrel).map(({ name }) => `import ${name} from '${src}/components/${group.id}/${name}.astro';\n`);
  const barrel = rendered.filter(({ barrel }) => barrel).map(({ name }) => name);
  if (barrel.length) direct.push(`import { ${barrel.join(', ')} } from '${src}/components/${group.id}/all.js';\n`);
  return `---\n${direct.join('')}${withImports(group, body.join('\n'), src, html)}\n---\n${html}\n`;
}

/** The code behind imports of what it and the markup mention. */
function withImports(group, code, src, markup = '') {
  const text = code + markup;
  const mentions = (name) => new RegExp(`\\b${name}\\b`).test(text);
  const imports = [];
  const add = (names, from) => names.length && imports.push(`import { ${names.join(', ')} } from '${from}';`);
  add(['work', 'begin', 'finish', 'look', 'effect', 'pause'].filter((name) => new RegExp(`\\b${name}\\(`).test(text)), `${src}/lib/work.js`);
  add(Object.keys(group.constants).filter(mentions), `${src}/lib/${group.id}.js`);
  add(['getLoaderData', 'defineLoader'].filter(mentions), 'foreload/runtime');
  for (const { name } of group.components) if (mentions(`loader_${name}`)) add([`loader as loader_${name}`], `${src}/components/${group.id}/${name}.astro`);
  return [...imports, code].join('\n');
}

/** What the loader's context has it in. */
const SOURCE = { prop: 'props', props: 'props', query: 'url', param: 'params' };

/** How a loader gets at what it reads; `style` is one of the ways to take a context apart. */
function printRead(node, style) {
  const { kind, name, has } = node;
  const search = `searchParams.${has ? 'has' : 'get'}('${name}')`;
  switch (style) {
    case 'nested':
      return kind === 'prop' || kind === 'param' ? `${kind}_${name}` : kind === 'query' ? search : 'props';
    case 'context': {
      const source = `context.${SOURCE[kind]}`;
      return kind === 'props' ? source : kind === 'query' ? `context.url.${search}` : `${source}.${name}`;
    }
  }
  if (style === 'body' && kind === 'prop') return name;
  return print(node).replace('Astro.', '');
}

function printParameters(style, reads, loads) {
  const names = [...new Set(reads.map(({ kind }) => SOURCE[kind]))];
  if (loads.length) names.push('load');
  if (!names.length) return '()';
  if (style === 'context') return '(context)';
  if (style !== 'nested') return `({ ${names.join(', ')} })`;
  const fields = (kind) => reads.filter((node) => node.kind === kind).map(({ name }) => `${name}: ${kind}_${name}`).join(', ');
  const parts = { props: `props: { ${fields('prop')} }`, params: `params: { ${fields('param')} }`, url: 'url: { searchParams }' };
  if (reads.some(({ kind }) => kind === 'props')) parts.props = 'props';
  return `({ ${names.map((name) => parts[name] ?? name).join(', ')} })`;
}

function printLoader(name, { form, style, ms, reads, loads }, src, group) {
  const parameters = printParameters(style, reads, loads);
  const args = [
    ...reads.map((node) => `${argument(node)}: ${printRead(node, style)}`),
    ...loads.map((other) => `load_${other}: data_${other}.id`),
  ];
  const object = `{${args.length ? ` ${args.join(', ')} ` : ''}}`;
  const lines = [];
  const taken = style === 'body' ? reads.filter(({ kind }) => kind === 'prop').map(({ name }) => name) : [];
  if (taken.length) lines.push(`const { ${taken.join(', ')} } = props;`);
  if (loads.length) lines.push(`const run = begin('${name}');`);
  for (const other of loads) lines.push(`const data_${other} = await ${style === 'context' ? 'context.' : ''}load(loader_${other});`);
  const call = loads.length ? `finish(run, ${ms}, ${object})` : `work('${name}', ${ms}, ${object})`;
  const block = `{\n${[...lines, `return ${call};`].map((line) => `  ${line}\n`).join('')}}`;
  const body = lines.length || form === 'block' ? block : call;
  switch (form) {
    case 'arrow':
    case 'block':
      return `export const loader = async ${parameters} => ${body};`;
    case 'expression':
      return `export const loader = async function ${parameters} ${block};`;
    case 'declaration':
      return `export async function loader${parameters} ${block}`;
    case 'define':
      return `export const loader = defineLoader(async ${parameters} => ${body});`;
    case 'renamed':
      return `export const fetch${name} = async ${parameters} => ${body};\nexport { fetch${name} as loader };`;
    case 'elsewhere':
      return `export { loader } from '${src}/lib/${group.id}/${name}.js';`;
  }
  throw new Error(`no loader is written as ${form}`);
}
