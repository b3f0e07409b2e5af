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
}

const FLAG = { check: (value: unknown) => typeof value === 'boolean', expected: 'true or false' };

const VALID: { [Name in keyof Required<Options>]: { check(value: unknown): boolean; expected: string } } = {
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
