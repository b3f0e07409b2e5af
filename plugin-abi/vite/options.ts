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
}

export interface TraceOptions {
  /** A file to which each request's trace is added as a line of JSON. */
  log?: string;
  /** The share of the requests that are traced, from 0 to 1. Default: 1. */
  sample?: number;
  /** Send a `Server-Timing` header. Default: in development, if `trace` is set. */
  serverTiming?: boolean;
  /** Put the trace at the end of pages, as JSON. Default: in development, if `trace` is set. */
  script?: boolean;
}

interface Valid {
  check(value: unknown): boolean;
  expected: string;
}

const FLAG: Valid = { check: (value: unknown) => typeof value === 'boolean', expected: 'true or false' };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const TRACE: { [Name in keyof Required<TraceOptions>]: (value: unknown) => boolean } = {
  log: (value) => typeof value === 'string' && value !== '',
  sample: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  serverTiming: FLAG.check,
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
    check: (value) =>
      FLAG.check(value) ||
      TRACE.log(value) ||
      (isObject(value) &&
        Object.entries(value).every(
          ([name, part]) => Object.hasOwn(TRACE, name) && (part === undefined || TRACE[name as keyof TraceOptions](part)),
        )),
    expected: 'true, false, a file, or { log: a file, sample: 0 to 1, serverTiming: true or false, script: true or false }',
  },
};

/** Throws for what would otherwise be ignored without a word. */
export function checkOptions(options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(VALID, name))
      throw new Error(`foreload: unknown option ${name} (the options are ${Object.keys(VALID).join(', ')})`);
    const { check, expected } = VALID[name as keyof Options];
    if (value !== undefined && !check(value))
      throw new Error(`foreload: option ${name} is ${JSON.stringify(value)}, expected ${expected}`);
  }
}
