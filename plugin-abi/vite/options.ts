// What users may write in foreload({…}).

export interface Options {
  /** False: loaders run when their components render, as without foreload. Default: true. */
  lift?: boolean;
  /** How a lifted loader's code travels to the place that starts it. Default: 'auto'. */
  strategy?: 'auto' | 'inline' | 'reference';
  /** The folder that keys of loaders are relative to. Default: the project's root. */
  root?: string;
  /** Take each plain `await` in a component's frontmatter for a loader. Default: false. */
  auto?: boolean;
  /** With `auto`, run calls of the same import with equal arguments once a request. Default: false. */
  dedupe?: boolean;
  /** Start loaders where it is likely, not certain, that their component renders. Default: false. */
  speculative?: boolean;
  /** Take imports of `astro-auto-load` for foreload's own. Default: false. */
  compat?: boolean;
  /** Record what each request's loaders do; a path is that of a log. Default: in development. */
  trace?: boolean | string | TraceOptions;
  /** How many loaders may run at once: of a request, and of those that name a limit. Default: no limits. */
  limits?: Record<string, number>;
  /** How many milliseconds a loader may take; or a loader, and all of a request. Default: no limit. */
  timeout?: number | TimeoutOptions;
  /** Native plugins: shared objects, by their paths from the project's root. Default: none. */
  plugins?: PluginEntry[];
  /** Compose Markdown that includes other Markdown: the keys of docs/compose.md. Default: false. */
  compose?: boolean | object;
}

/** A path, or one with options. */
export type PluginEntry = string | PluginOptions;

export interface PluginOptions {
  path: string;
  /** What the plugin gets, as JSON. */
  options?: unknown;
}

export interface TimeoutOptions {
  loader?: number;
  request?: number;
}

export interface TraceOptions {
  /** A file to which each request's trace is added as a line of JSON. */
  log?: string;
  /** The share of the requests that are traced, from 0 to 1. Default: 1. */
  sample?: number;
  /** Send a `Server-Timing` header. Default: in development, if `trace` is set. */
  serverTiming?: boolean;
  /** Make spans of loaders, for OpenTelemetry. Needs `@opentelemetry/api`. Default: false. */
  otel?: boolean;
  /** Put the trace at the end of pages, as JSON. Default: in development, if `trace` is set. */
  script?: boolean;
}

interface Valid {
  check(value: unknown): boolean;
  expected: string;
}

const FLAG: Valid = { check: (value: unknown) => typeof value === 'boolean', expected: 'true or false' };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const isPath = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isTime = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < 2 ** 31;

const isEmpty = (value: unknown): boolean => Object.values(value as object).every((part) => part === undefined);

/** Is it an object whose fields all have names that are known, and are as they should be? */
const isRecord = (value: unknown, checks: Record<string, (value: unknown) => boolean>): boolean =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, part]) => Object.hasOwn(checks, name) && (part === undefined || checks[name]!(part)),
  );

const TRACE: { [Name in keyof Required<TraceOptions>]: (value: unknown) => boolean } = {
  log: (value) => typeof value === 'string' && value !== '',
  sample: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  serverTiming: FLAG.check,
  otel: FLAG.check,
  script: FLAG.check,
};

const VALID: { [Name in keyof Required<Options>]: Valid } = {
  lift: FLAG,
  strategy: {
    check: (value) => ['auto', 'inline', 'reference'].includes(value as string),
    expected: "'auto', 'inline' or 'reference'",
  },
  root: { check: (value) => typeof value === 'string', expected: 'a path' },
  auto: FLAG,
  dedupe: FLAG,
  speculative: FLAG,
  compat: FLAG,
  trace: {
    check: (value) => FLAG.check(value) || TRACE.log(value) || isRecord(value, TRACE),
    expected: 'true, false, a file, or { log: a file, sample: 0 to 1, serverTiming, otel, script: true or false }',
  },
  limits: {
    check: (value) =>
      isObject(value) && Object.values(value).every((count) => Number.isInteger(count) && count > 0),
    expected: "whole numbers above 0 by name: { request: 8, db: 4 }",
  },
  timeout: {
    check: (value) => isTime(value) || (isRecord(value, { loader: isTime, request: isTime }) && !isEmpty(value)),
    expected: 'milliseconds, or { loader: milliseconds, request: milliseconds }',
  },
  plugins: {
    check: (value) =>
      Array.isArray(value) &&
      value.every((one) => isPath(one) || (isRecord(one, { path: isPath, options: () => true }) && 'path' in one)),
    expected: 'a list of paths, or of { path, options }',
  },
  compose: {
    check: (value) => FLAG.check(value) || isObject(value),
    expected: 'true, false, or an object with the keys of docs/compose.md',
  },
};

/** Throws for what would otherwise be ignored without a word. */
export function checkOptions(options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(VALID, name))
      throw new Error(`foreload: unknown option ${name} (the options are ${Object.keys(VALID).join(', ')})`);
    const { check, expected } = VALID[name as keyof Options];
    if (value !== undefined && !check(value))
      throw new Error(`foreload: option ${name} is ${typeof value === 'number' ? value : JSON.stringify(value)}, expected ${expected}`);
  }
}
