// Projects to analyze, of any size: path → text of every file. Each shape asks for something else of the analyzer.
const head = (imports, loader, rest = '') => `---
import { getLoaderData } from 'foreload/runtime';
import { fetchItem } from '../lib/api';
${imports.map((name) => `import ${name} from './${name}.astro';\n`).join('')}
${loader}
${rest}const data = await getLoaderData<typeof loader>();
---
`;
const own = (name) => `export const loader = async () => fetchItem('${name}');`;
const ofProps = "export const loader = async ({ props }) => fetchItem(props.id);";
const item = (i) => `Item${i}`;
const page = (children, markup) =>
  `---\n${children.map((name) => `import ${name} from '../components/${name}.astro';\n`).join('')}---\n<html><body>${markup}</body></html>\n`;
const api = "export const fetchItem = async (id) => ({ id, title: `item ${id}` });\n";

/** A page and \p size - 1 components, each made by \p make(i, next), where next are those that it renders. */
function tree(size, fanOut, make) {
  const files = { 'src/lib/api.ts': api, 'src/pages/index.astro': page([item(0)], '<Item0 id="0" />') };
  for (let i = 0; i < size - 1; i++) {
    const next = [];
    for (let child = i * fanOut + 1; child <= i * fanOut + fanOut && child < size - 1; child++) next.push(item(child));
    files[`src/components/${item(i)}.astro`] = make(i, next);
  }
  return files;
}

const plain = (i, next) => `${head(next, own(item(i)))}<section><h2>{data.title}</h2>${next.map((name) => `<${name} />`).join('')}</section>\n`;

export const shapes = {
  /** One page that renders all. */
  wide: (size) => {
    const children = Array.from({ length: size - 1 }, (_, i) => item(i));
    return {
      'src/lib/api.ts': api,
      'src/pages/index.astro': page(children, children.map((name) => `<${name} />`).join('\n')),
      ...Object.fromEntries(children.map((name, i) => [`src/components/${name}.astro`, plain(i, [])])),
    };
  },

  /** Each component renders the next. */
  chain: (size) => tree(size, 1, plain),

  /** Each renders the next where nobody can tell ahead: every component is a lift point. */
  'opaque chain': (size) =>
    tree(size, 1, (i, next) => `${head(next, own(item(i)))}<p>{data.title}</p>{next(data, () => ${next.map((name) => `<${name} />`).join('') || 'null'})}\n`),

  /** Each renders the next for certain, and another where nobody can tell ahead. */
  'mixed chain': (size) =>
    tree(size, 2, (i, next) => {
      const [below, beside] = i % 2 ? [] : [i + 2, i + 1].filter((child) => child < size - 1).map(item);
      return (
        head([below, beside].filter(Boolean), own(item(i))) +
        `<p>{data.title}</p>${below ? `<${below} />` : ''}${beside ? `{choose(data, () => <${beside} />)}` : ''}\n`
      );
    }),

  /** Each renders the next on a condition, with a prop that is computed from its own. */
  'conditional chain': (size) =>
    tree(size, 1, (i, next) =>
      `${head(next, ofProps, "const { id } = Astro.props;\nconst deep = Astro.url.searchParams.has('deep');\n")}` +
      `<p>{data.title}</p>{deep && ${next.map((name) => `<${name} id={id + '.${i}'} />`).join('') || 'null'}}\n`),

  /** Each renders the next with what its own loader gives. */
  'dependent chain': (size) =>
    tree(size, 1, (i, next) => `${head(next, ofProps)}<p>{data.title}</p>${next.map((name) => `<${name} id={data.next} />`).join('')}\n`),

  /** Slots, conditions, props, lists and guards, four children each. */
  tree: (size) =>
    tree(size, 4, (i, next) => {
      const [a, b, c, d] = next;
      const shell = next.length === 4;
      return (
        head(next, ofProps, "const { id } = Astro.props;\nif (!id) return;\nconst tags = ['a', 'b'];\nconst wide = Astro.url.searchParams.has('wide');\n") +
        `<section><h2>{data.title}</h2><slot />` +
        (a ? `\n  <${a} id={\`\${id}/a\`}><p>{data.id}</p>${b && !shell ? `<${b} id={id} />` : ''}</${a}>` : '') +
        (shell ? `\n  {wide ? <${b} id={id} /> : <${c} id={id} />}\n  {tags.map((tag) => <${d} id={id + tag} />)}` : '') +
        `\n</section>\n`
      );
    }),

  /** Layers of two: each component renders both of the next layer, so that ways to the last are without number. */
  diamonds: (size) =>
    tree(size, 2, (i, next) => {
      const layer = i + 2 - (i % 2);
      const below = [layer, layer + 1].filter((child) => child < size - 1).map(item);
      return (
        head(below, ofProps, 'const { id } = Astro.props;\n') +
        `<p>{data.title}</p>${below.map((name, at) => `<${name} id={id${at ? ` + '${at}'` : ''}} />`).join('')}\n`
      );
    }),

  /** Each component hands its slot on to the next, and puts another component into it. */
  'slot chain': (size) =>
    tree(size, 2, (i, next) => {
      const [inner, beside] = [2 * i + 1, 2 * i + 2].filter((child) => child < size - 1).map(item);
      return (
        head(next, own(item(i))) +
        (inner ? `<${inner}>{Astro.slots.has('default') && <slot />}${beside ? `<${beside} />` : ''}</${inner}>` : '<slot>{data.title}</slot>') +
        '\n'
      );
    }),

  /** Pages whose components read what the request holds, which some of them change. */
  state: (size) => {
    const files = { 'src/lib/api.ts': api };
    for (let p = 0; p < size / 20; p++) {
      const names = Array.from({ length: 19 }, (_, i) => `Part${p}x${i}`);
      names.forEach((name, i) => {
        const loader = "export const loader = async ({ locals }) => fetchItem(locals.user);";
        const next = i % 6 === 5 || i === 18 ? [] : [names[i + 1]];
        files[`src/components/${name}.astro`] =
          head(next, loader, i % 6 === 5 ? 'Astro.locals.seen = true;\n' : '') + `<p>{data.title}</p>${next.map((name) => `<${name} />`).join('')}\n`;
      });
      const roots = names.filter((_, i) => i % 6 === 0);
      files[`src/pages/page${p}.astro`] = page(roots, roots.map((name) => `<${name} />`).join('')).replace('<html>', '{Astro.locals.user && <b />}<html>');
    }
    return files;
  },

  /** Pages of a site: each has a layout, which all share, and 18 components, half of them shared by ten pages. */
  site: (size) => {
    const files = {
      'src/lib/api.ts': api,
      'src/components/Layout.astro': head(['Header', 'Footer'], own('Layout')) + '<Header /><slot /><slot name="aside" /><Footer />\n',
      'src/components/Header.astro': head([], own('Header')) + '<header>{data.title}</header>\n',
      'src/components/Footer.astro': head([], own('Footer')) + '<footer>{data.title}</footer>\n',
    };
    for (let p = 0; Object.keys(files).length <= size; p++) {
      const names = Array.from({ length: 18 }, (_, i) => (i % 2 ? `Own${p}x${i}` : `Shared${Math.floor(p / 10)}x${i}`));
      names.forEach((name, i) => {
        if (Object.keys(files).length < size)
          files[`src/components/${name}.astro`] ??= i % 3
            ? head([], own(name)) + '<p>{data.title}</p>\n'
            : head([], ofProps) + '<p>{data.title}</p>\n';
      });
      const known = names.filter((name) => files[`src/components/${name}.astro`]);
      files[`src/pages/page${p}.astro`] =
        `---\n${['Layout', ...known].map((name) => `import ${name} from '../components/${name}.astro';\n`).join('')}` +
        `const { id } = Astro.params;\nconst ids = [1, 2, 3];\n---\n<Layout>\n` +
        known.map((name, i) => (i % 5 === 4 ? `{id && <${name} id={id} />}` : i % 5 === 3 ? `{ids.map((n) => <${name} id={n} />)}` : `<${name} id="${i}" />`)).join('\n') +
        '\n<aside slot="aside">aside</aside></Layout>\n';
    }
    return files;
  },
};
