// What the plugin knows of the components that Vite has asked for: their last outputs, and who depends on which file.
// One project serves all environments of a build or a dev server.
import { readFile } from 'node:fs/promises';
import type { Diagnostic, Host, TransformResult } from '../node/index.js';
import type { Reporter } from './report.js';

/** The build tool's own resolver: an absolute path, or null for what is no file. */
export type Resolve = (specifier: string, importer: string) => Promise<string | null>;

/** What happened to a file, as Vite's hooks tell it. */
export interface Change {
  readonly file: string;
  readonly type: 'create' | 'update' | 'delete';
  readonly timestamp: number;
  read(): string | Promise<string>;
}

interface Component {
  readonly source: string;
  readonly result: TransformResult;
}

const COMPANION = '.foreload.ts';

export const componentOf = (companion: string): string => companion.slice(0, -COMPANION.length);

export class Project {
  readonly host: Host;
  readonly #reporter: Reporter;
  readonly #components = new Map<string, Component>();
  /** What came of the latest changes, by time and file: changes overlap. */
  readonly #changes = new Map<string, Promise<Set<string>>>();

  constructor(host: Host, reporter: Reporter) {
    this.host = host;
    this.#reporter = reporter;
  }

  async transform(path: string, source: string, resolve: Resolve): Promise<TransformResult> {
    // Each answer may uncover further imports. No question is put twice, so this comes to an end.
    const answered = new Set<string>();
    let result: TransformResult;
    for (;;) {
      result = await this.host.transform(path, source);
      const open = result.unresolved.filter(({ specifier, importer }) => !answered.has(`${specifier}\0${importer}`));
      if (!open.length) break;
      await Promise.all(
        open.map(async ({ specifier, importer }) => {
          answered.add(`${specifier}\0${importer}`);
          this.host.addResolution(specifier, importer, await resolve(specifier, importer));
        }),
      );
    }
    this.#components.set(path, { source, result });
    this.#reporter.report(result.diagnostics, this.#components);
    return result;
  }

  /** The result that has the companion at a path, whether its component was asked for before or not. */
  async withCompanion(path: string, resolve: Resolve): Promise<TransformResult> {
    const component = componentOf(path);
    const known = this.#components.get(component);
    return known?.result ?? this.transform(component, await readFile(component, 'utf8'), resolve);
  }

  /**
   * Takes note that a file changed, and says which other modules come out different. Every environment hears of the same
   * change; the work is done for the first.
   */
  changed(change: Change, resolve: Resolve): Promise<Set<string>> {
    const key = `${change.timestamp} ${change.file}`;
    let stale = this.#changes.get(key);
    if (!stale) {
      this.#changes.set(key, (stale = this.#stale(change, resolve)));
      if (this.#changes.size > 100) this.#changes.delete(this.#changes.keys().next().value!);
    }
    return stale;
  }

  async #stale({ file, type, read }: Change, resolve: Resolve): Promise<Set<string>> {
    // What an import means may change with the files that there are.
    if (type === 'update') this.host.invalidate([file]);
    else this.host.invalidate();
    this.#reporter.forget(file);
    if (type === 'delete') this.#components.delete(file);
    const stale = new Set<string>();
    await Promise.all(
      Array.from(this.#components, async ([path, { source, result }]) => {
        // A new file may be what any import was looking for.
        if (path !== file && type !== 'create' && !result.dependencies.includes(file)) return;
        const now = await this.transform(path, path === file ? await read() : source, resolve);
        // The changed file's own module is Vite's business, and Astro may have found that only its styles differ.
        if (path !== file && now.code !== result.code) stale.add(path);
        if (now.companion?.code !== result.companion?.code) stale.add(path + COMPANION);
      }),
    );
    return stale;
  }

  /** Draws a request, with the resolutions that transforming has brought. */
  waterfall: Host['waterfall'] = (trace, links) => this.host.waterfall(trace, links);

  report(diagnostics: Diagnostic[]): void {
    this.#reporter.report(diagnostics, this.#components);
  }

  close(): void {
    this.host.close();
  }
}
