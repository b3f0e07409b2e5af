// Where the tests in JavaScript find what was built natively, and sites to try it on.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
export const command = join(build, 'foreload');
export const addonPath = join(build, 'foreload.node');
export const loadAddon = () => createRequire(import.meta.url)(addonPath);

/** Writes files below a new temporary folder, which is gone when test \p t ends. */
export function makeProject(t, files) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'foreload-')));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A page that renders one component with a loader. */
export const site = {
  'package.json': '{ "name": "site" }\n',
  'src/pages/index.astro': "---\nimport Card from '../components/Card.astro';\n---\n<main><Card /></main>\n",
  'src/components/Card.astro': [
    '---',
    "import { getLoaderData } from 'foreload/runtime';",
    'export const loader = async () => ({ text: "hello" });',
    'const data = await getLoaderData<typeof loader>();',
    '---',
    '<p>{data.text}</p>',
    '',
  ].join('\n'),
};
