// A host for tests of the plugin alone: it lifts by simple rules from components in the plain form that the site here
// has. What it must do like the native host is answer as one: keys, companions, dependencies, unresolved imports.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
const IMPORT = /^import (\w+) from '(.+\.astro)';$/gm;
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
        for (const [, name, specifier] of frontmatter(text).matchAll(IMPORT)) {
          if (text.includes(`<${name} server:defer`)) continue;
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
          if (body && !body.includes('props')) bodies.push(`  registerLoader(${JSON.stringify(keyOf(child))}, ${body});`);
          visit(child, childCode);
        }
      };
      if (lift) visit(id, code);
      const badLine = code.split('\n').findIndex((line) => line.includes('capturesLocal'));
      if (badLine >= 0) {
        const at = (column) => ({ line: badLine + 1, column, offset: 0 });
        result.diagnostics.push({
          code: 'FL2001',
          severity: 'error',
          file: id,
          range: { start: at(3), end: at(8) },
          message: 'the loader uses a local',
          hint: 'export it',
          related: [],
        });
      }
      const module = [runtimeModule, ...runtimeAliases].find((name) => code.includes(`'${name}'`));
      let out = module
        ? code.replace(
            'getLoaderData<typeof loader>()',
            `getLoaderData<typeof loader>(${JSON.stringify(keyOf(id))}, loader${/\bprops\b/.test(frontmatter(code)) ? ', Astro.props' : ''})`,
          )
        : code;
      if (bodies.length) {
        const name = `${id.slice(dirname(id).length + 1)}.foreload.ts`;
        // After the guards, like the native host.
        const [, before, after] = /^(---$(?:[^]*?^if .*return.*$)?)([^]*)$/m.exec(out);
        out = `${before} import { lift as __foreload_lift } from ${JSON.stringify('./' + name)}; __foreload_lift();${after}`;
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
