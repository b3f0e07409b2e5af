// A host for tests of the plugin alone. It lifts by simple rules from components in one plain form, but answers like the
// native host: with keys, companions, dependencies and the imports that it leaves to Vite, which are all but relative ones.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
const IMPORT = /^import \w+ from '(.+\.astro)';$/gm;
const LOADER = /^export const loader = ([^]*?^\});?$/m;

export function createFakeHost({ root, lift = true, runtimeModule, runtimeAliases }) {
  const resolutions = new Map();
  const cache = new Map();
  const read = (path) => {
    if (!cache.has(path)) cache.set(path, existsSync(path) ? readFileSync(path, 'utf8') : '');
    return cache.get(path);
  };
  const keyOf = (path) => `file:///${encodeURI(relative(root, path))}`;
  const frontmatter = (code) => code.split(/^---$/m, 3)[1] ?? '';

  return {
    async transform(id, code) {
      const result = { code: null, map: null, companion: null, dependencies: [], unresolved: [], diagnostics: [] };
      const bodies = [];
      const visit = (path, text) => {
        for (const [, specifier] of frontmatter(text).matchAll(IMPORT)) {
          const question = `${specifier}\0${path}`;
          if (!specifier.startsWith('.') && !resolutions.has(question)) {
            result.unresolved.push({ specifier, importer: path });
            continue;
          }
          const child = specifier.startsWith('.') ? resolve(dirname(path), specifier) : resolutions.get(question);
          if (!child || result.dependencies.includes(child)) continue;
          result.dependencies.push(child);
          const childCode = read(child);
          const body = LOADER.exec(frontmatter(childCode))?.[1];
          if (body) bodies.push(`  registerLoader(${JSON.stringify(keyOf(child))}, ${body});`);
          visit(child, childCode);
        }
      };
      if (lift) visit(id, code);
      const module = [runtimeModule, ...runtimeAliases].find((name) => code.includes(`'${name}'`));
      let out = module
        ? code.replace(
            'getLoaderData<typeof loader>()',
            `getLoaderData<typeof loader>(${JSON.stringify(keyOf(id))}, loader)`,
          )
        : code;
      if (bodies.length) {
        const name = `${id.slice(dirname(id).length + 1)}.foreload.ts`;
        out = out.replace(/^---$/m, `--- import { lift as __foreload_lift } from ${JSON.stringify('./' + name)}; __foreload_lift();`);
        result.companion = {
          path: join(dirname(id), name),
          code: [
            `import { registerLoader } from '${runtimeModule}';`,
            'type Lift = () => void;',
            `export const lift: Lift = () => {`,
            ...bodies,
            '};',
          ].join('\n'),
          map: MAP,
        };
      }
      if (out !== code) {
        result.code = out;
        result.map = MAP;
      }
      return result;
    },
    addResolution: (specifier, importer, path) => void resolutions.set(`${specifier}\0${importer}`, path),
    invalidate: (paths) => (paths ? paths.forEach((path) => cache.delete(path)) : cache.clear()),
    close() {},
  };
}
