// foreload: the native host, typed. The addon does the work on its own threads; this file finds and names it.
import { createRequire } from 'node:module';

/** A native plugin: a shared object. */
export interface NativePlugin {
  /** Absolute. */
  path: string;
  /** What the plugin gets as JSON. */
  options?: unknown;
}

export interface HostOptions {
  /** The project's root, absolute. */
  root: string;
  /** False: loaders get their keys, none is lifted. */
  lift?: boolean;
  strategy?: 'auto' | 'inline' | 'reference';
  /** A plain `await` in a component's frontmatter is a loader, too. */
  auto?: boolean;
  /** With `auto`: awaits that are equal and read equal values run once a request. */
  dedupe?: boolean;
  /** Loaders are started where it is likely, not certain, that their component renders. */
  speculative?: boolean;
  /** Threads of the host read what a component renders as soon as it is transformed, for the transforms to come. */
  prefetch?: boolean;
  /** What generated code imports registerLoader from. */
  runtimeModule?: string;
  /** Other specifiers of that module. */
  runtimeAliases?: string[];
  /** Imports that are not relative are left to addResolution: a build tool's aliases and plugins decide them. */
  askFirst?: boolean;
  /** In the order in which they are to be called. */
  plugins?: NativePlugin[];
  /** What plugins are told that the host is for. Default: 'build'. */
  mode?: 'build' | 'serve';
  /** Compose Markdown: the keys of docs/compose.md, but for what is to be composed. Paths are relative to the root. */
  compose?: object;
}

/** Line and column count from 1, the column in UTF-16 units; the offset counts bytes from 0. */
export interface Position {
  line: number;
  column: number;
  offset: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface Diagnostic {
  code: string;
  severity: 'error' | 'warning' | 'info';
  file: string;
  range: Range;
  message: string;
  /** What to do; may be empty. */
  hint: string;
  related: { file: string; range: Range; message: string }[];
}

/** A module that the transformed file imports, and that no file on disk holds. */
export interface Companion {
  path: string;
  code: string;
  map: string;
}

/** What a plugin emits besides a module. */
export interface EmittedFile {
  path: string;
  code: string;
  map: string | null;
}

export interface TransformResult {
  /** Null: the file stays as it is. */
  code: string | null;
  map: string | null;
  companion: Companion | null;
  /** What else plugins have emitted. */
  files: EmittedFile[];
  /** Absolute paths of the other files that the result depends on. */
  dependencies: string[];
  /** What only the build tool's resolver can decide: answer with addResolution() and transform again. */
  unresolved: { specifier: string; importer: string }[];
  diagnostics: Diagnostic[];
}

export interface BuildResult {
  manifest: object;
  /** Component files seen. */
  components: number;
  /** Of those, how many came out different. */
  changed: number;
  loaders: number;
  lifted: number;
  diagnostics: Diagnostic[];
}

/** docs/plugins.md describes the fields. */
export interface Statistics {
  plugins: { name: string; hooks: Record<string, { calls: number; filtered: number; nanoseconds: number; longest: number }> }[];
  modules: { analyzed: number; known: number; readAhead: number; isReadingAhead: boolean };
}

/** Safe for concurrent use: transforms run on threads of their own, and give their results in any order. */
export interface Host {
  /** Transforms the component at absolute path `id` whose text is `code`, which may differ from what is on disk. */
  transform(id: string, code: string): Promise<TransformResult>;
  /** Tells what the build tool's resolver made of an import; null: nothing that the host could read. */
  addResolution(specifier: string, importer: string, path: string | null): void;
  /** Transforms every component below a directory. */
  build(directory: string, options?: { out?: string }): Promise<BuildResult>;
  /** The component tree below the file at absolute path `id`, with a verdict for each loader. */
  explain(id: string): Promise<object>;
  /**
   * Draws one request, which the runtime has traced (as JSON): HTML for a shadow tree, empty if it is no trace. Links are
   * URLs with {path}, {file}, {line} and {column}, and with {code}.
   */
  waterfall(trace: string, links?: { source?: string; code?: string }): Promise<string>;
  /** Forgets what was read of these files; without paths, of all. */
  invalidate(paths?: string[]): void;
  /** Whether calling a plugin's hook may do anything, as far as filters say. */
  wants(hook: 'resolveId' | 'load' | 'transform', id: string, code?: string): boolean;
  /** What plugins make of an import; an id of null: nothing. */
  resolveId(
    specifier: string,
    importer?: string,
  ): Promise<{ id: string | null; external: boolean } & Pick<TransformResult, 'unresolved' | 'diagnostics'>>;
  /** What plugins load instead of a file; a code of null: nothing. */
  load(id: string): Promise<TransformResult>;
  /** Tells plugins that a file changed, and forgets what was read of it. */
  watchChange(path: string, event: 'create' | 'update' | 'delete'): Promise<Diagnostic[]>;
  /** What plugins took so far, and what was read: docs/plugins.md. */
  statistics(): Statistics;
  /** What Bun's onBeforeParse takes as `external`, with `foreload_on_before_parse` of this addon. */
  bunExternal(): object;
  close(): void;
}

export interface ComposerOptions {
  /** The directory that components are named relative to, absolute; nothing outside of it is read. */
  base: string;
  /** The keys of docs/compose.md, but for what is to be composed. */
  configuration?: object;
}

export interface ComposeRequest {
  /** Paths relative to the base directory. */
  components: string[];
  /** For each of them: what has a higher one is read first. */
  priorities?: number[];
  /** What `{name}` stands for. */
  context?: Record<string, string>;
  /** The texts of components that are not what their files say, by path. */
  texts?: Record<string, string>;
}

/** docs/compose.md describes the fields. */
export interface ComposedComponent {
  path: string;
  requested: boolean;
  content: string | null;
  error: string | null;
  dependencies: string[];
  missing: string[];
  fromCache: boolean;
  retries: number;
  milliseconds: number;
}

export interface ComposeResult {
  components: ComposedComponent[];
  phases: string[][];
  diagnostics: Diagnostic[];
  statistics: Record<string, unknown>;
}

/** Markdown components that include each other. Safe for concurrent use. */
export interface Composer {
  compose(request: ComposeRequest): Promise<ComposeResult>;
  /** Puts components into the cache; without any, those that were asked for most. */
  warmUp(request: Partial<ComposeRequest>): Promise<void>;
  /** What was measured since the composer was made. */
  statistics(): Record<string, unknown>;
  /** Ends what is under way: what has not been read yet fails. */
  close(): Promise<void>;
}

interface Addon {
  createHost(options: Omit<HostOptions, 'plugins' | 'compose'> & { plugins: string[]; compose?: string | undefined }): Host;
  createComposer(options: { base: string; configuration?: string }): Composer;
}

let addon: Addon | undefined;

function loadAddon(): Addon {
  const path = process.env.FORELOAD_ADDON ?? './foreload.node';
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    const here = `${process.platform}-${process.arch}`;
    throw new Error(`foreload: cannot load the native addon ${path} on ${here} (it is built for linux-x64 with glibc)`, {
      cause,
    });
  }
}

export function createHost(options: HostOptions): Host {
  addon ??= loadAddon();
  const { compose } = options;
  const plugins = (options.plugins ?? []).flatMap(({ path, options: own }) => [path, own === undefined ? '' : JSON.stringify(own)]);
  return addon.createHost({ ...options, plugins, compose: compose && JSON.stringify(compose) });
}

export function createComposer({ base, configuration }: ComposerOptions): Composer {
  addon ??= loadAddon();
  return addon.createComposer({ base, ...(configuration && { configuration: JSON.stringify(configuration) }) });
}
