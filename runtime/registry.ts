// The loaders of one request: each starts once, whoever asks for it first. A component that was lifted finds its run
// under way when it renders; one that was not starts its own. Nothing here waits for anything but the data asked for.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIContext } from 'astro';
import { noteSpeculation } from './speculation.js';
import type { Context, LoaderFunction } from './types.js';

/** One call of a loader. */
export interface Run {
  name: string;
  /** Begun by `load`, and by no component as yet: the first component with this very function takes it over. */
  unclaimed: boolean;
  /** Begun in the hope that it is wanted, and nobody has asked for it as yet. */
  speculative: boolean;
  /** The runs whose data this one has asked for through `load`. Those that are not done never form a cycle. */
  readonly loads: Set<Run>;
  done: boolean;
  /** What the loader reads of its component's props. */
  readonly props: object | undefined;
  /** How long it waited for its turn, in milliseconds. */
  queued?: number;
  promise: Promise<unknown>;
}

export interface Scope {
  /** Astro's own object, not a copy: a rewrite changes its fields. */
  readonly request: APIContext;
  readonly runs: Map<unknown, Run>;
  readonly memo: Map<string, Promise<unknown>>;
  skipped: number;
  /** What the page comes to. */
  response?: unknown;
  /** The runs that were begun on speculation, and are not yet reported. */
  speculated?: Run[] | undefined;
  /** What foreload/auto keeps. */
  awaits?: Awaits;
}

/** The awaited expressions that lift points and components have started. */
export interface Awaits {
  readonly runs: Map<string, AwaitRuns>;
  /** Numbers for the objects that cannot be compared by what they hold. */
  readonly identities: Map<unknown, number>;
}

/** The runs of one expression with equal inputs; any instance may have any of them. */
export interface AwaitRuns {
  readonly started: Promise<unknown>[];
  /** How many of them, from the first, components have taken. */
  claimed: number;
  /** How many of them each lift point knows to be needed. */
  readonly registered: Map<string, number>;
}

/** Thrown by `load` instead of waiting for ever. */
export class LoaderCycleError extends Error {
  override readonly name = 'LoaderCycleError';
  constructor(readonly chain: readonly string[]) {
    super('loaders wait for each other: ' + chain.join(' → '));
  }
}

/** What `extend` of hooks.ts puts in. Without tracing and the like there is nothing here, and nothing is called. */
export interface Hooks {
  /** Renders the page, by `next`. */
  request?(scope: Scope, next: () => unknown): unknown;
  /** Somebody asks for a run, which may be new: a lift point, a component's render, or another run. */
  asked?(scope: Scope, run: Run, by: 'lift' | 'render' | Run): void;
  /** Calls the loader, by `call`, and gives its outcome. */
  call?(scope: Scope, run: Run, loader: LoaderFunction, call: () => unknown): unknown;
}

// Shared by every copy of this module: a bundler may give the middleware and the pages one each.
const shared = globalThis as { [key: symbol]: any };
export const storage: AsyncLocalStorage<Scope> = (shared[Symbol.for('foreload')] ??= new AsyncLocalStorage<Scope>());
export const hooks: Hooks = (shared[Symbol.for('foreload.hooks')] ??= {});

export const debug = !!globalThis.process?.env?.FORELOAD_DEBUG;

export const ignore = (): void => {};

/** For what is not to be started: nothing that depends on it starts either. A new one each, lest callbacks pile up. */
export const never = (): Promise<never> => new Promise(ignore);

/** Whoever started a promise early may never look at it again; those who do still get its error. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

export function createScope(request: APIContext): Scope {
  return { request, runs: new Map(), memo: new Map(), skipped: 0 };
}

/** The run that `id` names, of a component's loader; begun now if there is none. */
export function obtain(
  scope: Scope,
  id: string | symbol,
  key: string,
  loader: LoaderFunction,
  props?: object,
  speculative = false,
): Run {
  const { runs } = scope;
  let run = runs.get(id);
  if (!run) {
    const loaded = props ? undefined : runs.get(loader);
    if (loaded?.unclaimed) {
      run = loaded;
      run.name = key;
      run.unclaimed = false;
    } else run = begin(scope, key, loader, props, false, speculative);
    runs.set(id, run);
  }
  if (!speculative) claim(run);
  // A loader that reads props has many runs, and `load` names none of them.
  if (!props && !runs.has(loader)) runs.set(loader, run);
  return run;
}

/** Somebody wants the data, and with it all that went into it. */
function claim(run: Run): void {
  if (!run.speculative) return;
  run.speculative = false;
  run.loads.forEach(claim);
}

function begin(
  scope: Scope,
  name: string,
  loader: LoaderFunction,
  props: object | undefined,
  unclaimed: boolean,
  speculative: boolean,
): Run {
  const { request, memo } = scope;
  const run: Run = { name, unclaimed, speculative, loads: new Set(), done: false, props, promise: undefined! };
  if (speculative) noteSpeculation(scope, run);
  const context: Context<object> = {
    get params() {
      return request.params;
    },
    get url() {
      return request.url;
    },
    get request() {
      return request.request;
    },
    get cookies() {
      return request.cookies;
    },
    get locals() {
      return request.locals;
    },
    get signal() {
      return request.request.signal;
    },
    props: props ?? {},
    dedupe<T>(key: string, fn: () => T | PromiseLike<T>) {
      let promise = memo.get(key);
      if (!promise) memo.set(key, (promise = handled(new Promise<T>((resolve) => resolve(fn())))));
      return promise as Promise<T>;
    },
    load: (other) => load(scope, run, other) as Promise<any>,
  };
  run.promise = handled(
    (async () => {
      // All that one lift registers starts in the same batch, after the code that registered it.
      await null;
      const call = () => loader(context);
      try {
        return await (hooks.call ? hooks.call(scope, run, loader, call) : call());
      } finally {
        run.done = true;
      }
    })(),
  );
  return run;
}

function load(scope: Scope, waiter: Run, loader: LoaderFunction): Promise<unknown> {
  let target = scope.runs.get(loader);
  if (!target) {
    target = begin(scope, loader.name || 'anonymous loader', loader, undefined, true, waiter.speculative);
    scope.runs.set(loader, target);
  }
  if (!waiter.speculative) claim(target);
  hooks.asked?.(scope, target, waiter);
  const back = waitsFor(target, waiter, new Set());
  if (back) return handled(Promise.reject(new LoaderCycleError([waiter, ...back].map((run) => run.name))));
  waiter.loads.add(target);
  return target.promise;
}

/** The chain by which `from` waits for `to`. */
function waitsFor(from: Run, to: Run, seen: Set<Run>): Run[] | undefined {
  if (from.done || seen.has(from)) return;
  if (from === to) return [to];
  seen.add(from);
  for (const next of from.loads) {
    const rest = waitsFor(next, to, seen);
    if (rest) return [from, ...rest];
  }
  return;
}
