// The loaders of one request: each starts once, whoever asks for it first. A component that was lifted finds its run
// under way when it renders; one that was not starts its own. Nothing here waits for anything but the data asked for.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIContext } from 'astro';
import type { Context, LoaderFunction, LoaderOptions } from './types.js';

/** One call of a loader, or of a function that `dedupe` was given. */
export interface Run {
  name: string;
  /** Whose context `dedupe` was called of. */
  readonly owner?: Run;
  /** Begun by `load`, and by no component as yet: the first component with this very function takes it over. */
  unclaimed: boolean;
  /** Begun in the hope that it is wanted, and nobody has asked for it as yet. */
  speculative: boolean;
  /** The runs whose data this one has asked for. Those that are not done never form a cycle. */
  readonly loads: Set<Run>;
  done: boolean;
  /** What the loader reads of its component's props. */
  readonly props: object | undefined;
  /** A component's own await, which nobody started early: what it renders meanwhile may wait for loaders. */
  readonly inRender?: boolean;
  /** Fires earlier than the request's own, if limits say so. */
  signal?: AbortSignal;
  /** How long it waited for its turn, in milliseconds. */
  queued?: number;
  promise: Promise<unknown>;
}

export interface Scope {
  /** Astro's own object, not a copy: a rewrite changes its fields. */
  readonly request: APIContext;
  readonly runs: Map<unknown, Run>;
  /** What `dedupe` has. */
  readonly memo: Map<string, Run>;
  /** The function of `dedupe` that this code belongs to. */
  readonly within?: Run;
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
    super(`loaders wait for each other, one must do without: ${chain.join(' → ')}`);
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
  /** A run waits for the data of \p target, which may be a function of its own: what it is given for \p data. */
  wait?(run: Run, data: Promise<unknown>, target: Run): Promise<unknown>;
}

// Shared by every copy of this module: a bundler may give the middleware and the pages one each.
const shared = globalThis as { [key: symbol]: any };
export const storage: AsyncLocalStorage<Scope> = (shared[Symbol.for('foreload')] ??= new AsyncLocalStorage<Scope>());
export const hooks: Hooks = (shared[Symbol.for('foreload.hooks')] ??= {});

/** Where `defineLoader` leaves what it was given, and when that can be honoured. */
export const OPTIONS = Symbol.for('foreload.options');
export type DefinedLoader = LoaderFunction & { [OPTIONS]?: LoaderOptions & { ready: Promise<unknown> } };

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

function promised(run: Run, promise: Promise<unknown>): void {
  const end = (): void => void (run.done = true);
  // This also is the handler of errors that nobody else looks at.
  (run.promise = promise).then(end, end);
}

/** The list of what is begun on speculation. Pages that do so import what counts it, others do not. */
function watchSpeculation(scope: Scope): Run[] {
  import('./speculation_report.js').then(({ watch }) => watch(scope), ignore);
  return [];
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
  if (speculative) (scope.speculated ??= watchSpeculation(scope)).push(run);
  /** Who asks: this loader, or a function that it has given to `dedupe`. */
  const waiter = (): Run => {
    const within = storage.getStore()?.within;
    return within?.owner === run ? within : run;
  };
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
      return run.signal ?? request.request.signal;
    },
    props: props ?? {},
    dedupe: (key, fn) => {
      const asking = waiter();
      let shared = memo.get(key);
      if (!shared) {
        const { speculative } = asking;
        shared = { ...run, name: `dedupe(${key})`, owner: run, speculative, loads: new Set(), done: false };
        memo.set(key, shared);
        const inner: Scope = Object.create(scope, { within: { value: shared } });
        promised(shared, new Promise((resolve) => resolve(storage.run(inner, fn))));
      }
      return wait(asking, shared) as Promise<any>;
    },
    load: (other) => load(scope, waiter(), other) as Promise<any>,
  };
  const call = () => loader(context);
  promised(
    run,
    (async () => {
      // All that one lift registers starts in the same batch, after the code that registered it.
      await (loader as DefinedLoader)[OPTIONS]?.ready;
      return await (hooks.call ? hooks.call(scope, run, loader, call) : call());
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
  hooks.asked?.(scope, target, waiter);
  return wait(waiter, target);
}

function wait(waiter: Run, target: Run): Promise<unknown> {
  if (!waiter.speculative) claim(target);
  const back = waitsFor(target, waiter, new Set());
  if (back) return handled(Promise.reject(new LoaderCycleError([waiter, ...back].map((run) => run.name))));
  waiter.loads.add(target);
  return hooks.wait && !target.done ? hooks.wait(waiter.owner ?? waiter, target.promise, target) : target.promise;
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
