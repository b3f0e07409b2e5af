// foreload/batch: one call for all that the loaders of a request ask for at the same time.
import { storage } from './registry.js';

export interface BatcherOptions<Key> {
  /** How many keys one call gets at most. Default: any number. */
  max?: number;
  /** What tells keys apart. Default: the key itself, so that objects are told apart by identity. */
  keyOf?(key: Key): unknown;
}

interface Entry<Key, Value> {
  readonly key: Key;
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: unknown): void;
}

/** What one turn asks for; more than one call gets, it may be. */
type Batch<Key, Value> = Map<unknown, Entry<Key, Value>>;

// Behind all promises: what loaders ask for when other data is there is in the batch, too.
const nextTurn: (fn: () => void) => unknown = globalThis.setImmediate ?? setTimeout;

/**
 * A function that gives the value of one key, and asks \p load for the keys of one turn of the event loop together. \p load gives as many
 * values, in the same order; an Error among them fails the one key. Requests are apart, and equal keys are one.
 */
export function createBatcher<Key, Value>(
  load: (keys: Key[]) => PromiseLike<readonly (Value | Error)[]> | readonly (Value | Error)[],
  { max = Infinity, keyOf = (key) => key }: BatcherOptions<Key> = {},
): (key: Key) => Promise<Value> {
  const open = new WeakMap<object, Batch<Key, Value>>();
  const outside = {};

  const run = async (entries: readonly Entry<Key, Value>[]): Promise<void> => {
    try {
      const values = await load(entries.map(({ key }) => key));
      if (values?.length !== entries.length)
        throw new Error(
          `a batcher's function was given ${entries.length} keys, and gave ${values?.length ?? 'no'} values: it must give ` +
            'an array with a value or an Error for each key, in the order of the keys',
        );
      entries.forEach(({ resolve, reject }, at) => {
        const value = values[at]!;
        if (value instanceof Error) reject(value);
        else resolve(value);
      });
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  };

  return (key) => {
    // What one user may see another one may not: no call serves two requests.
    const request = storage.getStore()?.runs ?? outside;
    let batch = open.get(request);
    if (!batch) {
      const own: Batch<Key, Value> = (batch = new Map());
      open.set(request, own);
      nextTurn(() => {
        open.delete(request);
        const entries = [...own.values()];
        while (entries.length) void run(entries.splice(0, max));
      });
    }
    const id = keyOf(key);
    let entry = batch.get(id);
    if (!entry) {
      let resolve!: Entry<Key, Value>['resolve'];
      let reject!: Entry<Key, Value>['reject'];
      const promise = new Promise<Value>((...settle) => ([resolve, reject] = settle));
      batch.set(id, (entry = { key, promise, resolve, reject }));
    }
    return entry.promise;
  };
}
