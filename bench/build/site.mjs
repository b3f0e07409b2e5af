// A site of any size: pages of up to 19 components of about 1.6 KB, which render each other; every third has a loader.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const perPage = 20;
const text = (number) =>
  Array.from({ length: 12 }, (_, at) => `<p class="text-${at}">Paragraph ${at} of component ${number}: words that are only there to be read, and <b>markup</b>.</p>\n`).join('');

function component(page, number, count) {
  const below = [2 * number + 6, 2 * number + 7].filter((child) => number < 6 && child < count);
  const id = page * perPage + number;
  const head = below.map((child) => `import Part${child} from './Part${child}.astro';\n`).join('');
  const code =
    number % 3 === 0
      ? `import { getLoaderData, type Context } from 'foreload/runtime';
import { fetch${id % 50}, limit${id % 50} } from '../../lib/data${id % 50}';
export const loader = async ({ params }: Context) => fetch${id % 50}(params.slug + limit${id % 50});
const { title } = await getLoaderData<typeof loader>();
`
      : "const { title = 'none', items = [] } = Astro.props;\nconst names = items.map((item) => item.name);\n";
  return `---\n${head}${code}---\n<section>\n<h2>{title}</h2>\n${text(id)}${below.map((child) => `<Part${child} title="part" />\n`).join('')}</section>\n`;
}

/** Writes a site of \p count components, pages among them; gives the folders of its pages' components. */
export function writeSite(root, count) {
  const put = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  put('package.json', '{ "name": "site", "type": "module" }\n');
  put('src/lib/http.ts', 'export const get = async (url: string) => (await fetch(url)).json();\n');
  for (let at = 0; at < 50; at++)
    put(`src/lib/data${at}.ts`, `import { get } from './http';\nexport const limit${at} = ${at};\nexport const fetch${at} = async (id: string) => get('/${at}/' + id);\n`);
  const folders = [];
  for (let page = 0; page * perPage < count; page++) {
    const parts = Math.min(perPage, count - page * perPage) - 1;
    for (let number = 0; number < parts; number++) put(`src/components/page${page}/Part${number}.astro`, component(page, number, parts));
    if (parts) folders.push(join(root, `src/components/page${page}`));
    const top = Array.from({ length: Math.min(parts, 6) }, (_, at) => at);
    put(`src/pages/page${page}.astro`, `---\n${top.map((at) => `import Part${at} from '../components/page${page}/Part${at}.astro';\n`).join('')}---\n<html><body>\n${text(page)}${top.map((at) => `<Part${at} />\n`).join('')}</body></html>\n`);
  }
  return folders;
}
