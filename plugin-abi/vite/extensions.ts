// What the runtime has beside its core, if options ask for it: the modules that put it in are made up here.
import { createRequire } from 'node:module';
import { posix } from 'node:path';
import type { Options, TraceOptions } from './options.js';
import { componentOf } from './project.js';

/** The middleware, with what it is to set up. */
const MIDDLEWARE = '\0foreload:middleware';
/** What a companion imports as foreload/runtime and foreload/auto: it knows whose it is. (No name of a component.) */
const TRACED = '\0foreload:traced:';
const SUFFIX = '.js';

export const EXTENDED = /^\0foreload:/;

export class Extensions {
  readonly #root: string;
  readonly #development: boolean;
  readonly #trace: TraceOptions | undefined;
  readonly #schedule: { [Name in 'limits' | 'timeout']: Options[Name] | undefined } | undefined;
  readonly #routes: Readonly<Record<string, string>>;

  constructor(
    { trace, limits, timeout }: Options,
    root: string,
    development: boolean,
    routes: Readonly<Record<string, string>>,
  ) {
    this.#root = root;
    this.#development = development;
    this.#routes = routes;
    if (limits || timeout !== undefined) this.#schedule = { limits, timeout };
    if (trace === undefined ? development : trace !== false)
      this.#trace = {
        serverTiming: development && trace !== undefined,
        script: development && trace !== undefined,
        ...(typeof trace === 'string' ? { log: trace } : typeof trace === 'object' ? trace : {}),
      };
    if (this.#trace?.otel && ![root + '/package.json', import.meta.url].some(hasOpenTelemetry))
      throw new Error(
        'foreload: option trace.otel needs @opentelemetry/api, which is not installed: npm install @opentelemetry/api ' +
          '(and an SDK that does something with the spans)',
      );
  }

  /** The module that takes the place of another one, if there is one. */
  resolve(specifier: string, importer: string | undefined): string | undefined {
    if (EXTENDED.test(importer ?? '')) return;
    if (specifier === 'foreload/middleware' && (this.#trace || this.#schedule || this.#development)) return MIDDLEWARE;
    if ((specifier === 'foreload/runtime' || specifier === 'foreload/auto') && this.#trace && importer?.endsWith('.astro.foreload.ts'))
      return TRACED + loaderKey(componentOf(importer), this.#root) + SUFFIX;
    return;
  }

  /** \p path has the runtime's own modules, by the names that users import them by. */
  load(id: string, path: (entry: string) => string): { code: string; map: { mappings: '' } } {
    const lines: string[] = [];
    const from = (entry: string): string => JSON.stringify(path(entry));
    const call = (entry: string, name: string, argument: unknown): void =>
      void lines.push(`import { ${name} } from ${from(entry)};`, `${name}(${JSON.stringify(argument)});`);
    if (id === MIDDLEWARE) {
      // A dev server that starts again has the process of the one before: what nobody asks for any more is taken out.
      const withdraw = (...names: ('trace' | 'otel')[]): void => void (this.#development && call('foreload/hooks', 'withdraw', names));
      if (this.#schedule || this.#development) call('foreload/limits', 'setLimits', this.#schedule ?? {});
      if (this.#trace) {
        const { log, otel, ...options } = this.#trace;
        if (otel) call('foreload/otel', 'startSpans', {});
        else withdraw('otel');
        call('foreload/trace', 'traceRequests', { ...options, warnings: this.#development, routes: this.#routes });
        if (log !== undefined) call('foreload/trace-log', 'logTraces', log);
        else if (this.#development) call('foreload/trace-log', 'logTraces', null);
      } else withdraw('trace', 'otel');
      lines.push(`export * from ${from('foreload/middleware')};`);
    } else {
      const lifter = JSON.stringify(id.slice(TRACED.length, -SUFFIX.length));
      lines.push(
        `import { tracedFor } from ${from('foreload/trace')};`,
        `export * from ${from('foreload/runtime')};`,
        `export const { registerLoader, speculateLoader, registerAwait, whenLoaded } = tracedFor(${lifter});`,
      );
    }
    return { code: lines.join('\n') + '\n', map: { mappings: '' } };
  }
}

/** From where \p importer is? */
function hasOpenTelemetry(importer: string): boolean {
  try {
    return !!createRequire(importer).resolve('@opentelemetry/api');
  } catch {
    return false;
  }
}

/** As the compiler names a component's loader (transformer/plan/loader_key.cc). */
export function loaderKey(path: string, root: string): string {
  const at = path.indexOf('/node_modules/');
  const below = path.startsWith(root + '/')
    ? path.slice(root.length + 1)
    : at >= 0
      ? path.slice(at + 1)
      : posix.relative(root, path);
  return 'file:///' + below.replace(/[^\w\-.~!$&'()*+,;=:@/[\]]/gu, encodeURIComponent);
}
