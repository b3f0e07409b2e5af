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
  for (const component of group.components) files[componentFile(group, component)] = printComponent(group, component, '../..');
  for (const page of group.pages) files[pageFile(group, page)] = printComponent(group, page, page.dynamic ? '../../..' : '../..');
  return files;
}

const printConstants = (constants) =>
  Object.entries(constants)
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');

function printComponent(group, { name, loader, front, markup }, src) {
  const body = [...(loader ? [printLoader(name, loader)] : []), ...front.map(printStatement)];
  const html = printNodes(markup);
  const code = [...body, html].join('\n');
  const mentions = (name) => new RegExp(`\\b${name}\\b`).test(code);
  const imports = group.components
    .filter(({ name }) => new RegExp(`<${name}\\b`).test(html))
    .map(({ name }) => `import ${name} from '${src}/components/${group.id}/${name}.astro';`);
  const work = ['load', 'look', 'effect', 'pause'].filter((name) => new RegExp(`\\b${name}\\(`).test(code));
  if (work.length) imports.push(`import { ${work.join(', ')} } from '${src}/lib/work.js';`);
  const constants = Object.keys(group.constants).filter(mentions);
  if (constants.length) imports.push(`import { ${constants.join(', ')} } from '${src}/lib/${group.id}.js';`);
  const runtime = ['getLoaderData', 'defineLoader'].filter(mentions);
  if (runtime.length) imports.push(`import { ${runtime.join(', ')} } from 'foreload/runtime';`);
  return `---\n${[...imports, ...body].join('\n')}\n---\n${html}\n`;
}

const wanted = { prop: 'props', query: 'url', param: 'params' };

function printLoader(name, { form, ms, reads }) {
  const context = [...new Set(reads.map(({ kind }) => wanted[kind]))];
  const args = reads.map((node) => `${argument(node)}: ${print(node).replace('Astro.', '')}`);
  const parameters = context.length ? `({ ${context.join(', ')} })` : '()';
  const call = `load('${name}', ${ms}, {${args.length ? ` ${args.join(', ')} ` : ''}})`;
  switch (form) {
    case 'arrow':
      return `export const loader = async ${parameters} => ${call};`;
    case 'block':
      return `export const loader = async ${parameters} => {\n  const result = await ${call};\n  return result;\n};`;
    case 'expression':
      return `export const loader = async function ${parameters} {\n  return ${call};\n};`;
    case 'declaration':
      return `export async function loader${parameters} {\n  return ${call};\n}`;
    case 'define':
      return `export const loader = defineLoader(async ${parameters} => ${call});`;
  }
  throw new Error(`no loader is written as ${form}`);
}
