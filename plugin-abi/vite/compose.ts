// Component inclusion: Markdown is composed as it is read, so that all other plugins see the composed text.
//
// Vite's own pipeline reads a file in `load`. Astro's plugin for Markdown reads it there, too, and gives compiled
// JavaScript: its files are composed by what renders them (composingProcessor), and left alone here.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { AstroConfig } from 'astro';
import type { Plugin } from 'vite';
import type { TransformResult } from '../node/index.js';
import type { Project } from './project.js';

export const MARKDOWN = /\.md(?:\?|$)/;
const RAW = /[?&]raw(?:[&=]|$)/;

export interface Composing {
  readonly plugin: Plugin;
  /** Composes the text of a Markdown file, and remembers what it was made of. */
  compose(path: string, text: string): Promise<TransformResult>;
}

type Watch = (context: { addWatchFile(file: string): void }, files: string[]) => void;

export function composing(project: () => Project, watch: Watch): Composing {
  const dependencies = new Map<string, string[]>();
  let astroReads = false;

  async function compose(path: string, text: string): Promise<TransformResult> {
    const result = await project().host.transform(path, text);
    project().report(result.diagnostics);
    dependencies.set(path, result.dependencies);
    return result;
  }

  const plugin: Plugin = {
    name: 'foreload:compose',
    enforce: 'pre',

    configResolved(config) {
      astroReads = config.plugins.some(({ name }) => name === 'astro:markdown');
    },

    load: {
      order: 'pre',
      filter: { id: MARKDOWN },
      async handler(id) {
        if (!MARKDOWN.test(id)) return;
        const [path = id, query] = id.split('?', 2);
        const isRaw = RAW.test(`?${query ?? ''}`);
        if (query !== undefined ? !isRaw : astroReads) return;
        const source = await readFile(path, 'utf8').catch(() => null);
        if (source === null) return; // no file: another plugin's, or an error that Vite words
        const { code, map, dependencies: files } = await compose(path, source);
        watch(this, [path, ...files]);
        if (code === null) return; // nothing to put in
        return isRaw ? { code: `export default ${JSON.stringify(code)};\n`, map: { mappings: '' } } : { code, map };
      },
    },

    transform: {
      filter: { id: MARKDOWN },
      handler(_, id) {
        // What Astro has rendered.
        if (astroReads && MARKDOWN.test(id)) watch(this, dependencies.get(id.split('?', 1)[0]!) ?? []);
      },
    },

    hotUpdate: {
      order: 'pre',
      handler({ file, modules, timestamp }) {
        const { moduleGraph } = this.environment;
        const all = new Set(modules);
        for (const [path, files] of dependencies) {
          if (!files.includes(file)) continue;
          for (const module of moduleGraph.getModulesByFile(path) ?? []) {
            moduleGraph.invalidateModule(module, undefined, timestamp, true);
            all.add(module);
          }
        }
        return all.size > modules.length ? [...all] : undefined;
      },
    },
  };
  return { plugin, compose };
}

type Processor = AstroConfig['markdown']['processor'];

/** Astro's processor of Markdown, over texts that are composed first. */
export function composingProcessor(processor: Processor, compose: Composing['compose']): Processor {
  return {
    ...processor,
    async createRenderer(shared) {
      const renderer = await processor.createRenderer(shared);
      return {
        ...renderer,
        async render(content, options) {
          const path = options?.fileURL && fileURLToPath(options.fileURL);
          const composed = path?.endsWith('.md') ? (await compose(path, content)).code : null;
          return renderer.render(composed ?? content, options);
        },
      };
    },
  };
}
