// Projects that are made and changed by chance: components, documents and modules that import each other, or what is not
// there, with loaders, state that they share, and mistakes.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Numbers that look like chance, and are the same for the same seed: mulberry32. */
export function randomNumbers(seed) {
  return (limit) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const folders = ['src/pages', 'src/a', 'src/b', 'src/a/deep', 'src/lib'];
const names = ['One', 'Two', 'Three', 'Four', 'Five'];

export class RandomProject {
  /** What there is at the start. */
  static files = {
    'package.json': '{ "name": "site" }\n',
    'node_modules/pkg/index.js': '', // so that there is a cache
    'src/pages/index.astro': '<p />\n',
  };

  constructor(root, seed) {
    this.root = root;
    this.random = randomNumbers(seed);
  }

  pick(list) {
    return list[this.random(list.length)];
  }

  put(path, text) {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Puts files where some may be already. */
  fill(count) {
    for (let i = 0; i < count; i++) this.#write(this.#file());
  }

  /** Changes something: texts only, or anything. */
  change(kind) {
    const operations = kind === 'texts' ? this.#edits : this.#operations;
    if (this.#existing().length) this.pick(operations)();
  }

  /** Of the files in its folders: others belong to the test. */
  #existing() {
    const entries = readdirSync(join(this.root, 'src'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.parentPath !== join(this.root, 'src')).map(({ parentPath, name }) => join(parentPath, name).slice(this.root.length + 1)).sort();
  }

  #file() {
    const folder = this.pick(folders);
    return folder === 'src/lib' ? `${folder}/${this.pick(names)}.ts` : `${folder}/${this.pick(names)}${this.random(10) ? '.astro' : '.md'}`;
  }

  #text(path) {
    if (path.endsWith('.ts')) return this.#module();
    return path.endsWith('.md') ? `---\nlayout: ../${this.pick(['a', 'b'])}/${this.pick(names)}.astro\n---\n# ${this.random(1000)}\n` : this.#component(dirname(path));
  }

  #write(path) {
    this.put(path, this.#text(path));
  }

  /** The import of what may be there or not. */
  #from(folder, path) {
    const up = folder.split('/').slice(1).map(() => '..').join('/') || '.';
    return this.random(8) ? `${up}/${path}` : `@/${path}`;
  }

  #component(folder) {
    const { random } = this;
    const used = Array.from({ length: random(4) }, (_, at) => ({ name: `C${at}`, path: this.#from(folder, `${this.pick(['a', 'b', 'a/deep', 'pages'])}/${this.pick(names)}.astro`) }));
    const lines = used.map(({ name, path }) => `import ${name} from '${path}';`);
    if (!random(3)) lines.push(`import { value, change, Card } from '${this.#from(folder, `lib/${this.pick(names)}`)}';`);
    if (!random(6)) lines.push(`import { loader as other } from '${this.#from(folder, this.pick([`${this.pick(['a', 'b'])}/${this.pick(names)}.astro`, `lib/${this.pick(names)}`]))}';`);
    const hasValue = lines.some((line) => line.includes('value'));
    if (random(2)) {
      const body = this.pick([`'text ${random(1000)}'`, hasValue ? 'value' : '1', hasValue ? 'change()' : '2', 'props.id', 'locals.user', 'await load(other)']);
      const loader = `async ({ props, locals, load }) => ${body}`;
      lines.push("import { defineLoader, getLoaderData } from 'foreload/runtime';");
      lines.push(`export const loader = ${random(3) ? loader : `defineLoader(${loader}, { speculative: true })`};`);
      if (random(5)) lines.push('const data = await getLoaderData<typeof loader>();');
    }
    if (!random(6)) lines.push(this.pick(["Astro.locals.user = 'me';", 'if (!Astro.props.id) return;', hasValue ? 'change();' : 'go();', 'Astro.props.list.sort();', 'const = ;']));
    const markup = used.map(({ name }) => this.pick([`<${name} />`, `<${name} id="1" list={[2, 1]} />`, `{Astro.props.open && <${name} id={Astro.props.id} />}`, `<${name}><slot /></${name}>`, `<${name} server:defer />`]));
    if (hasValue && random(2)) markup.push('{value && <Card />}');
    return `---\n${lines.join('\n')}\n---\n<p>${random(1000)}</p>\n${markup.join('\n')}\n`;
  }

  #module() {
    const { random } = this;
    return this.pick([
      () => `export const value = ${random(3)};\nexport const change = () => 1;\n`,
      () => `let count = ${random(3)};\nexport const value = { count };\nexport const change = () => ++count;\nexport { default as Card } from '../a/${this.pick(names)}.astro';\n`,
      () => `export * from './${this.pick(names)}';\n`,
      () => `export { loader } from '${this.pick(['../a/', '../b/'])}${this.pick(names)}.astro';\nexport const value = 1;\n`,
      () => `import { value as other } from './${this.pick(names)}';\nother.x = 1;\nexport { value, change } from './${this.pick(names)}';\n`,
    ])();
  }

  #edits = [
    () => this.#write(this.pick(this.#existing())),
    () => this.put(this.pick(this.#existing()), ''),
    () => { // only places change
      const path = join(this.root, this.pick(this.#existing()));
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.startsWith('---\n') ? `---\n// ${this.random(1000)}\n${text.slice(4)}` : `${text}\n`);
    },
    () => { // as editors save
      const path = this.pick(this.#existing());
      this.put('src/.saved', this.#text(path));
      renameSync(join(this.root, 'src/.saved'), join(this.root, path));
    },
  ];

  #operations = [
    ...this.#edits,
    () => this.#write(this.#file()),
    () => this.#write(this.#file()),
    () => this.#write(this.#file()),
    () => rmSync(join(this.root, this.pick(this.#existing()))),
    () => {
      const path = this.#file();
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      renameSync(join(this.root, this.pick(this.#existing())), join(this.root, path));
    },
    () => { // a folder goes away, or comes back
      const folder = join(this.root, this.pick(['src/a', 'src/b', 'src/a/deep']));
      const aside = join(this.root, 'src/aside');
      if (existsSync(aside)) rmSync(folder, { recursive: true, force: true }), mkdirSync(dirname(folder), { recursive: true }), renameSync(aside, folder);
      else if (existsSync(folder)) this.random(2) ? renameSync(folder, aside) : rmSync(folder, { recursive: true });
    },
    () => this.put('tsconfig.json', `{ "compilerOptions": { "paths": { "@/*": ["./${this.pick(['src', 'src/a', 'nowhere'])}/*"] } } }\n`),
  ];
}
