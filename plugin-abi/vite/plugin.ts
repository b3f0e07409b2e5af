// The Vite plugin over any host. `index.ts` gives it the native one.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DevEnvironment, Plugin, ResolvedConfig, ViteDevServer } from 'vite';
import type { Host, HostOptions } from '../node/index.js';
import { composing, MARKDOWN, type Composing } from './compose.js';
import { nativePlugins } from './native.js';
import { checkOptions, type Options } from './options.js';
import { Project, componentOf, type Resolve } from './project.js';
import { Reporter } from './report.js';
import { EXTENDED, Extensions } from './extensions.js';

// Vite before 6.3 ignores filters, so each handler asks again.
const COMPONENT = /\.astro(?:\?|$)/;
// A component's styles and scripts, and files that are imported as something else.
const PART = /[?&](?:astro|url|raw|direct)(?:[&=]|$)/;
const COMPANION = /\.astro\.foreload\.ts(?:\?|$)/;
const RUNTIME = /^(?:foreload|astro-auto-load)(?:\/(?:runtime|middleware|auto|batch|limits|otel|trace))?$/;

/** Pages and middleware get the runtime that was built with this compiler, from wherever they import it. */
const MODULES = new Map(
  Object.entries({
    runtime: 'index',
    middleware: 'middleware',
    auto: 'auto',
    batch: 'batch',
    limits: 'schedule',
    otel: 'otel',
    trace: 'trace',
    'trace-log': 'trace_log',
    hooks: 'hooks',
  }).map(([entry, file]) => [`foreload/${entry}`, fileURLToPath(new URL(`../runtime/${file}.js`, import.meta.url))]),
);
const ALIASES = new Map([
  ['astro-auto-load', 'foreload/middleware'],
  ['astro-auto-load/middleware', 'foreload/middleware'],
  ['astro-auto-load/runtime', 'foreload/runtime'],
]);

/** What the transforming plugin has as its `api`. */
export interface ForeloadApi {
  /** Draws a request that was traced: see Host.waterfall. */
  waterfall: Host['waterfall'];
  /** Composes Markdown, if the option says so. */
  compose?: Composing['compose'] | undefined;
}

/** \p routes: the files of Astro's routes by their patterns, as far as they are known when a request comes. */
export function createPlugins(
  options: Options,
  createHost: (options: HostOptions) => Host,
  routes: Readonly<Record<string, string>> = {},
): Plugin[] {
  checkOptions(options);
  const { lift = true, strategy = 'auto', compat = false } = options;
  const { auto = false, dedupe = false, speculative = false, plugins = [], compose = false } = options;
  // Left to Node, the runtime would be imported beside the bundle, and need the whole package in production.
  const noExternal = compat ? ['foreload', 'astro-auto-load'] : ['foreload'];
  let config: ResolvedConfig;
  let root: string;
  let server: ViteDevServer | undefined;
  let open: Project | undefined;
  /** Of servers that are to close: Vite starts the next one before, with the same plugins. */
  const closing = new Map<ResolvedConfig, Project>();
  let extensions: Extensions;

  /** A folder that is not there would compose nothing, without a word. */
  const checkBase = (): void => {
    const base = typeof compose === 'object' && 'base' in compose ? compose.base : undefined;
    if (typeof base === 'string' && !existsSync(posix.resolve(root, base)))
      throw new Error(`foreload: option compose has the base ${JSON.stringify(base)}, and there is no such folder in ${root}`);
  };

  const project = (): Project =>
    (open ??= new Project(
      createHost({
        root,
        lift,
        strategy,
        auto,
        dedupe,
        speculative,
        runtimeModule: 'foreload/runtime',
        askFirst: true,
        prefetch: true,
        runtimeAliases: compat ? ['astro-auto-load/runtime'] : [],
        ...(compose && { compose: compose === true ? {} : compose }),
        ...(plugins.length > 0 && {
          mode: config.command,
          plugins: plugins.map((one) => {
            const { path, options: own } = typeof one === 'string' ? { path: one } : one;
            return { path: posix.resolve(config.root, path), options: own };
          }),
        }),
      }),
      new Reporter(config.logger, root),
    ));

  const isDone = (id: string): boolean => isComponent(id) || (compose !== false && MARKDOWN.test(id));
  const native = plugins.length > 0 ? nativePlugins(project, isDone) : undefined;
  const inclusion = compose === false ? undefined : composing(project, watch);

  /** What a companion's specifier means: relative to its component, a path, or a URL of the dev server. */
  function companionPath(specifier: string, importer: string | undefined): string {
    const path = withoutQuery(specifier);
    if (path.startsWith('.')) return posix.join(posix.dirname(withoutQuery(importer ?? root)), path);
    if (path.startsWith('/@fs/')) return path.slice('/@fs'.length).replace(/^\/(?=[a-z]:)/i, '');
    const below = posix.join(config.root, path);
    return existsSync(componentOf(below)) ? below : path;
  }

  /** A build watches through Vite. A dev server watches its root, and hotUpdate knows what a change there means. */
  function watch(context: { addWatchFile(file: string): void }, files: string[]): void {
    if (server) server.watcher.add(files.filter((file) => !file.startsWith(config.root + '/')));
    else files.forEach((file) => context.addWatchFile(file));
  }

  const transformer: Plugin = {
    name: 'foreload',
    enforce: 'pre',
    api: { waterfall: (trace, links) => project().waterfall(trace, links), compose: inclusion?.compose } satisfies ForeloadApi,

    configEnvironment(name) {
      return name === 'client' ? undefined : { resolve: { noExternal } };
    },

    configResolved(resolved) {
      if (open && resolved.command === 'serve') {
        closing.set(config, open);
        open = undefined;
      }
      config = resolved;
      root = options.root ? posix.resolve(config.root, options.root) : config.root;
      checkBase();
      extensions = new Extensions(options, root, config.command === 'serve', routes);
    },

    configureServer(viteServer) {
      server = viteServer;
    },

    resolveId: {
      order: 'pre',
      filter: { id: [COMPANION, RUNTIME] },
      handler(specifier, importer) {
        if (COMPANION.test(specifier)) return companionPath(specifier, importer);
        const meant = (compat && ALIASES.get(specifier)) || specifier;
        return extensions.resolve(meant, importer) ?? MODULES.get(meant);
      },
    },

    load: {
      order: 'pre',
      filter: { id: [COMPANION, EXTENDED] },
      async handler(id) {
        if (EXTENDED.test(id)) return extensions.load(id, (entry) => MODULES.get(entry)!);
        if (!COMPANION.test(id)) return;
        const path = withoutQuery(id);
        const { companion, dependencies } = await project().withCompanion(path, resolver(this));
        watch(this, [componentOf(path), ...dependencies]);
        // Whoever still imports it was transformed when there was something to lift.
        return companion ?? { code: 'export function lift() {}\n', map: { mappings: '' } };
      },
    },

    transform: {
      // Before Astro's own plugin, which would be first otherwise: the source is wanted, not compiled JavaScript.
      order: 'pre',
      filter: { id: { include: COMPONENT, exclude: PART } },
      async handler(source, id) {
        if (!isComponent(id)) return;
        const { code, map, dependencies, files } = await project().transform(withoutQuery(id), source, resolver(this));
        native?.keep(files);
        watch(this, dependencies);
        return code === null ? null : { code, map };
      },
    },

    hotUpdate: {
      order: 'pre',
      async handler({ modules, ...change }) {
        const { moduleGraph } = this.environment;
        const all = new Set(modules);
        for (const path of await project().changed(change, serverResolver(this.environment)))
          for (const module of moduleGraph.getModulesByFile(path) ?? []) {
            if (all.has(module) || PART.test(module.id ?? '')) continue;
            // Astro passes over modules that the browser has too: Vite has invalidated those of the edited file.
            moduleGraph.invalidateModule(module, undefined, change.timestamp, true);
            all.add(module);
          }
        return all.size > modules.length ? [...all] : undefined;
      },
    },

    closeBundle() {
      // A build goes on with the next environment; a dev server closes all of them at once.
      if (config.command !== 'serve') return;
      const closed = this.environment.getTopLevelConfig();
      closing.get(closed)?.close();
      closing.delete(closed);
      if (closed !== config) return;
      open?.close();
      open = undefined;
    },
  };

  // Astro tells an edit of styles by comparing the text that it compiled last with the file's: give it the file's as it
  // would compile it. A plugin of its own, because Vite ignores handleHotUpdate where there is hotUpdate.
  const styleUpdates: Plugin = {
    name: 'foreload:style-updates',
    enforce: 'pre',
    handleHotUpdate: {
      order: 'pre',
      handler(update) {
        if (!isComponent(update.file)) return;
        const { read } = update;
        update.read = async () => {
          const source = await read();
          const resolve = serverResolver(update.server.environments.ssr);
          return (await project().transform(update.file, source, resolve)).code ?? source;
        };
      },
    },
  };

  return [transformer, styleUpdates, native?.plugin, inclusion?.plugin].filter((plugin) => plugin !== undefined);
}

const isComponent = (id: string): boolean => COMPONENT.test(id) && !PART.test(id);

const withoutQuery = (id: string): string => id.replace(/\?.*$/s, '');

interface Resolved {
  id: string;
  external?: boolean | string;
}

const file = (resolved: Resolved | null): string | null =>
  resolved && !resolved.external && posix.isAbsolute(resolved.id) ? withoutQuery(resolved.id) : null;

interface ResolvingContext {
  resolve(specifier: string, importer: string, options: { skipSelf: boolean }): Promise<Resolved | null>;
}

const resolver =
  (context: ResolvingContext): Resolve =>
  async (specifier, importer) =>
    file(await context.resolve(specifier, importer, { skipSelf: true }));

const serverResolver =
  ({ pluginContainer }: DevEnvironment): Resolve =>
  async (specifier, importer) =>
    file(await pluginContainer.resolveId(specifier, importer));
