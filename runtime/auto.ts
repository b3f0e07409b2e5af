// foreload/auto: what generated code imports where every `await` of a frontmatter is a loader. Such a loader belongs to
// an instance of its component: it runs once for each, as it is written, and instances share nothing. Two instances
// whose expressions read equal values are interchangeable all the same, so either may have the run that a lift point
// has started for the other.
//
// A lift point starts what the lift points below it will start, too. How often an expression runs with equal inputs is
// therefore the most that any one lift point knows of, or what the components have asked for if that is more; never the
// sum.
import { AsyncLocalStorage } from 'node:async_hooks';
import { propsKey } from './props_key.js';
import { handled, hooks, never, storage, type AwaitRuns, type Run, type Scope } from './registry.js';

/**
 * Starts `fn`, unless `lifter` has registered the expression no more often than others have started it.
 * `inputs` is what the expression reads of its component's instance.
 */
export function registerAwait<T>(lifter: string, key: string, inputs: object, fn: () => T): Promise<Awaited<T>> {
  const runs = runsOf(key, inputs);
  // The component could not find what is started here, and would start it again.
  if (!runs) return never();
  const { registered, started } = runs;
  const count = (registered.get(lifter) ?? 0) + 1;
  registered.set(lifter, count);
  if (count > started.length) started.push(run(fn, key, inputs, 'lift'));
  return started[count - 1] as Promise<Awaited<T>>;
}

/** The component's own `await`: takes the oldest run that no instance has taken, or starts one. */
export function awaitLifted<T>(key: string, inputs: object, fn: () => T): Promise<Awaited<T>> {
  const runs = runsOf(key, inputs);
  if (!runs) return run(fn);
  if (runs.claimed === runs.started.length) runs.started.push(run(fn, key, inputs, 'render'));
  const promise = runs.started[runs.claimed++] as Promise<Awaited<T>>;
  const claimed = known.get(promise);
  if (!claimed) return promise;
  hooks.asked?.(storage.getStore()!, claimed, 'render');
  // A lifted expression that awaits another one has a place that the other one may wait for.
  const waiter = lifted.getStore();
  return waiter && hooks.wait ? (hooks.wait(waiter, promise, claimed) as Promise<Awaited<T>>) : promise;
}

/** The run that was started early, of which this code is a part. Only where there are hooks. */
const lifted = new AsyncLocalStorage<Run>();

/** What tracing and limits know of a promise. */
const known = new WeakMap<Promise<unknown>, Run>();

/** Undefined without a request, or if the inputs cannot be named. */
function runsOf(key: string, inputs: object): AwaitRuns | undefined {
  const scope = storage.getStore();
  if (!scope) return;
  const { runs, identities } = (scope.awaits ??= { runs: new Map(), identities: new Map() });
  const id = propsKey(key, inputs, (value) => {
    const number = identities.get(value) ?? identities.size;
    identities.set(value, number);
    return '#' + number;
  });
  if (!id) return;
  let found = runs.get(id);
  if (!found) runs.set(id, (found = { started: [], claimed: 0, registered: new Map() }));
  return found;
}

/** Calls `fn` now. A promise comes back as it is, so that awaiting it takes no turn more than awaiting the expression. */
function run<T>(fn: () => T, key?: string, inputs?: object, by?: 'lift' | 'render'): Promise<Awaited<T>> {
  const scope = storage.getStore();
  if (scope && key && hooks.call) return runWithHooks(scope, fn, key, inputs!, by!);
  try {
    return handled(Promise.resolve(fn())) as Promise<Awaited<T>>;
  } catch (error) {
    return handled(Promise.reject(error));
  }
}

function runWithHooks<T>(
  scope: Scope,
  fn: () => T,
  key: string,
  inputs: object,
  by: 'lift' | 'render',
): Promise<Awaited<T>> {
  let resolve!: (outcome: unknown) => void;
  let reject!: (error: unknown) => void;
  const promise = handled(new Promise((...settle) => ([resolve, reject] = settle)));
  const run: Run = {
    name: key,
    unclaimed: false,
    speculative: false,
    loads: new Set(),
    done: false,
    props: inputs,
    inRender: by === 'render',
    promise,
  };
  known.set(promise, run);
  hooks.asked?.(scope, run, by);
  try {
    resolve(hooks.call!(scope, run, fn, run.inRender ? fn : () => lifted.run(run, fn)));
  } catch (error) {
    reject(error);
  }
  return promise as Promise<Awaited<T>>;
}
