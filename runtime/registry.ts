// The loaders of one request: each starts once, whoever asks for it first. A component that was lifted finds its run
// under way when it renders; one that was not starts its own. Nothing here waits for anything but the data asked for.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIContext } from 'astro';
import { propsKey } from './props_key.js';
import type { Context, LoaderFunction } from './types.js';

/** One call of a loader. */
interface Run {
  name: string;
  /** Begun by `load`, and by no component as yet: the first component with this very function takes it over. */
  unclaimed: boolean;
  /** The runs whose data this one has asked for through `load`, and still waits for. Never has a cycle. */
  readonly waits: Set<Run>;
  promise: Promise<unknown>;
}

export interface Scope {
  /** Astro's own object, not a copy: a rewrite changes its fields. */
  readonly request: APIContext;
  readonly runs: Map<unknown, Run>;
  readonly memo: Map<string, Promise<unknown>>;
  skipped: number;
}

/** Thrown by `load` instead of waiting for ever. */
export class LoaderCycleError extends Error {
  override readonly name = 'LoaderCycleError';
  constructor(readonly chain: readonly string[]) {
    super('loaders wait for each other: ' + chain.join(' → '));
  }
}

// Shared by every copy of this module: a bundler may give the middleware and the pages one each.
const shared = globalThis as { [key: symbol]: AsyncLocalStorage<Scope> | undefined };
export const storage = (shared[Symbol.for('foreload')] ??= new AsyncLocalStorage<Scope>());

const debug = !!globalThis.process?.env?.FORELOAD_DEBUG;

const ignore = (): void => {};

/** Whoever started a promise early may never look at it again; those who do still get its error. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

export function createScope(request: APIContext): Scope {
  return { request, runs: new Map(), memo: new Map(), skipped: 0 };
}

/** The run for a component's loader, begun now if there is none. */
export function obtain(scope: Scope, key: string, loader: LoaderFunction, props?: object, early?: boolean): Run {
  const { runs } = scope;
  const id = props ? propsKey(key, props) ?? Symbol() : key;
  let run = runs.get(id);
  if (run) {
    if (early) {
      scope.skipped++;
      if (debug) console.debug(`[foreload] ${key} has started already (${scope.skipped} skipped in this request)`);
    }
  } else {
    const loaded = props ? undefined : runs.get(loader);
    if (loaded?.unclaimed) {
      run = loaded;
      run.name = key;
      run.unclaimed = false;
    } else run = begin(scope, key, loader, props);
    runs.set(id, run);
  }
  // A loader that reads props has many runs, and `load` names none of them.
  if (!props && !runs.has(loader)) runs.set(loader, run);
  return run;
}

function begin(scope: Scope, name: string, loader: LoaderFunction, props: object = {}, unclaimed = false): Run {
  const { request, memo } = scope;
  const run: Run = { name, unclaimed, waits: new Set(), promise: undefined! };
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
    props,
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
      try {
        return await loader(context);
      } finally {
        run.waits.clear();
      }
    })(),
  );
  return run;
}

function load(scope: Scope, waiter: Run, loader: LoaderFunction): Promise<unknown> {
  let target = scope.runs.get(loader);
  if (!target) {
    target = begin(scope, loader.name || 'anonymous loader', loader, undefined, true);
    scope.runs.set(loader, target);
  }
  const back = waitsFor(target, waiter, new Set());
  if (back) return handled(Promise.reject(new LoaderCycleError([waiter, ...back].map((run) => run.name))));
  const { waits } = waiter;
  const { promise } = target;
  const done = (): unknown => waits.delete(target);
  waits.add(target);
  promise.then(done, done);
  return promise;
}

/** The chain by which `from` waits for `to`. */
function waitsFor(from: Run, to: Run, seen: Set<Run>): Run[] | undefined {
  if (from === to) return [to];
  if (seen.has(from)) return;
  seen.add(from);
  for (const next of from.waits) {
    const rest = waitsFor(next, to, seen);
    if (rest) return [from, ...rest];
  }
  return;
}
