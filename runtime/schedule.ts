// foreload/limits: how many loaders run at once, how long they may take, and how often they are tried. It is imported if
// the project sets `limits` or `timeout`, or if a loader is defined with such an option.
//
// A cap counts the loaders that work. One that waits for another loader's data gives its place away, and takes one again
// when the data is there: otherwise loaders that wait could hold all the places that those need which they wait for.
// A component's own await counts for nothing: it may render what waits for loaders, and nobody knows.
// Places are taken in the same order by all, the request's before the resource's, so that nobody waits in a circle.
import { extend } from './hooks.js';
import { LoaderCycleError, OPTIONS, handled, ignore, never, type DefinedLoader, type Run, type Scope } from './registry.js';
import type { LoaderOptions, RetryOptions } from './types.js';

export interface ScheduleOptions {
  /** How many loaders may run at once: `request`, of one request; any other name, of those that name it as `limit`. */
  limits?: Record<string, number>;
  /** How long a loader may take, in milliseconds; or one loader, and all of a request. */
  timeout?: number | { loader?: number; request?: number };
}

/** A loader took longer than it may. */
export class LoaderTimeoutError extends Error {
  override readonly name = 'LoaderTimeoutError';
  constructor(
    /** The loader's key. */
    readonly key: string,
    /** In milliseconds. */
    readonly timeout: number,
    /** Whose time was up: the loader's own, or that of all the request's. */
    readonly of: 'loader' | 'request',
  ) {
    super(
      of === 'loader'
        ? `${key} took longer than its timeout of ${timeout} ms: make it faster (its context's signal stops a fetch), ` +
            'or raise timeout in defineLoader(…) or foreload({ timeout })'
        : `${key} was not done ${timeout} ms after its request began: make the request's loaders faster, or raise ` +
            'timeout.request in foreload({ timeout: { request } })',
    );
  }
}

/** Timers hold no more milliseconds than this, and fire at once for more: what is longer is for ever. */
const LONGEST = 2 ** 31 - 1;

/** A number of places, and who waits for one. */
class Places {
  #free: number;
  readonly #waiting: { readonly run: Run; readonly priority: number; take(): void }[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Settles when there is a place, and its caller has it; rejects if \p signal fires before. */
  take(run: Run, priority: number, signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const waiting = {
        run,
        priority,
        take: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  get full(): boolean {
    return this.#free === 0;
  }

  give(): void {
    // What is started on speculation may be asked for while it waits, so the order is not known before.
    let first = 0;
    this.#waiting.forEach((waiting, at) => {
      if (comesBefore(waiting, this.#waiting[first]!)) first = at;
    });
    const [next] = this.#waiting.splice(first, 1);
    if (next) next.take();
    else this.#free++;
  }
}

function comesBefore(a: { run: Run; priority: number }, b: { run: Run; priority: number }): boolean {
  return a.run.speculative === b.run.speculative ? a.priority > b.priority : b.run.speculative;
}

/** The places of a run that works. */
interface Work {
  readonly places: readonly Places[];
  readonly priority: number;
  readonly signal: AbortSignal;
  /** When the request's time is up. */
  readonly deadline: number;
  /** Of `places`, those that it has. */
  readonly held: Places[];
  /** Until it has all of them. */
  taking?: Promise<void> | undefined;
  /** How many loaders it waits for. */
  waiting: number;
  over: boolean;
}

interface Shared {
  options: ScheduleOptions;
  resources: Map<string, Places>;
}

// Shared by every copy of this module, as the storage is.
const global = globalThis as { [key: symbol]: Shared | undefined };
const SHARED = Symbol.for('foreload.schedule');
const isFirst = !global[SHARED];
const shared: Shared = (global[SHARED] ??= { options: {}, resources: new Map() });

const requests = new WeakMap<Scope, { readonly start: number; readonly places: Places | undefined }>();
const works = new WeakMap<Run, Work>();

/** Holds for the requests that begin from now on. */
export function setLimits(options: ScheduleOptions): void {
  const { request: _, ...resources } = options.limits ?? {};
  shared.options = options;
  shared.resources = new Map(Object.entries(resources).map(([name, count]) => [name, new Places(count)]));
  extend('schedule', { call, wait, ...(options.timeout || options.limits ? { request } : {}) });
}

// A loader's own options are honoured without any of the project's.
if (isFirst) setLimits({});

const isNumber = (value: unknown, least: number): boolean => typeof value === 'number' && value >= least;

const isTimes = (value: unknown): boolean => isNumber(value, 0) && (value === Infinity || Number.isInteger(value));

const isRetry = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return isTimes(value);
  const { times, delay = 0, maxDelay = 0, ...others } = value as RetryOptions;
  return isTimes(times) && isNumber(delay, 0) && isNumber(maxDelay, 0) && !Object.keys(others)[0];
};

type OwnOptions = Omit<LoaderOptions, 'speculative'>;

const VALID: { [Name in keyof Required<OwnOptions>]: readonly [check: (value: unknown) => boolean, expected: string] } = {
  timeout: [(value) => isNumber(value, Number.MIN_VALUE), 'milliseconds above 0, or Infinity'],
  retry: [isRetry, 'a number of times, or { times, delay, maxDelay }'],
  priority: [(value) => isNumber(value, -Infinity), 'a number'],
  limit: [(value) => typeof value === 'string', 'the name of a limit'],
  key: [(value) => typeof value === 'function', 'a function of the props'],
};

const checked = new WeakSet<LoaderOptions>();

/** Here and not in defineLoader(), which every page has: the loader fails, and says why. */
function checkLoaderOptions({ name }: Run, options: LoaderOptions): void {
  if (checked.has(options)) return;
  // What defineLoader() has put beside them.
  const { ready: _, ...own } = options as LoaderOptions & { ready?: unknown };
  for (const [option, value] of Object.entries(own)) {
    if (!Object.hasOwn(VALID, option))
      throw new TypeError(`${name}: defineLoader() knows no option ${option} (there are ${Object.keys(VALID).join(', ')}, speculative)`);
    const [check, expected] = VALID[option as keyof OwnOptions];
    if (value !== undefined && !check(value))
      throw new TypeError(`${name}: option ${option} of defineLoader() is ${print(value)}, expected ${expected}`);
  }
  checked.add(options);
}

const print = (value: unknown): string => (typeof value === 'number' ? String(value) : JSON.stringify(value));

function request(scope: Scope, next: () => unknown): unknown {
  const limit = shared.options.limits?.request;
  requests.set(scope, { start: performance.now(), places: limit ? new Places(limit) : undefined });
  return next();
}

function call(scope: Scope, run: Run, loader: DefinedLoader, next: () => unknown): unknown {
  if (run.inRender) return next();
  const { start, places: ofRequest } = requests.get(scope) ?? {};
  const { timeout: limit, limits } = shared.options;
  const timeouts: { loader?: number; request?: number } = typeof limit === 'number' ? { loader: limit } : (limit ?? {});
  const own: LoaderOptions = loader[OPTIONS] ?? {};
  checkLoaderOptions(run, own);
  const { limit: resource, timeout = timeouts.loader, retry = 0, priority = 0 } = own;
  const ofResource = resource === undefined ? undefined : shared.resources.get(resource);
  if (resource !== undefined && !ofResource)
    throw new Error(
      `${run.name} has the limit ${JSON.stringify(resource)}, which the project does not know: ` +
        `foreload({ limits: { ${Object.keys({ ...limits, [resource]: 4 }).map((name) => `${name}: ${limits?.[name] ?? 4}`).join(', ')} } })`,
    );
  const requestTimeout = start === undefined ? undefined : timeouts.request;
  if (!ofRequest && !ofResource && timeout === undefined && requestTimeout === undefined && !retry) return next();

  const controller = new AbortController();
  const { signal } = controller;
  // AbortSignal.any() would do, but keeps something of each signal for as long as there is the request's.
  const client = scope.request.request.signal;
  const leave = (): void => controller.abort(client.reason);
  if (client.aborted) leave();
  client.addEventListener('abort', leave);
  run.signal = signal;
  const work: Work = {
    places: [ofRequest, ofResource].filter((places) => places !== undefined),
    priority,
    signal,
    deadline: requestTimeout === undefined ? Infinity : start! + requestTimeout,
    held: [],
    waiting: 0,
    over: false,
  };
  works.set(run, work);

  return new Promise((resolve, reject) => {
    const timers: ReturnType<typeof setTimeout>[] = [];
    const limitTime = (ms: number | undefined, left: number | undefined, of: 'loader' | 'request'): void => {
      if (ms === undefined || ms > LONGEST) return;
      timers.push(setTimeout(() => {
        const error = new LoaderTimeoutError(run.name, ms, of);
        end();
        reject(error);
        controller.abort(error);
      }, left));
    };
    const end = (): void => {
      if (work.over) return;
      work.over = true;
      timers.forEach(clearTimeout);
      client.removeEventListener('abort', leave);
      give(work);
    };
    limitTime(requestTimeout, Math.ceil(work.deadline - performance.now()), 'request');
    attempts(scope, run, work, retry, next, () => limitTime(timeout, timeout, 'loader'))
      .finally(end)
      .then(resolve, reject);
  });
}

/** Calls the loader until it succeeds, or has failed too often. \p started is called before the first time. */
async function attempts(
  scope: Scope,
  run: Run,
  work: Work,
  retry: NonNullable<LoaderOptions['retry']>,
  next: () => unknown,
  started: () => void,
): Promise<unknown> {
  const { times, delay = 100, maxDelay = 5000 } = typeof retry === 'object' ? retry : { times: retry };
  for (let failures = 0; ; ) {
    const asked = performance.now();
    const waits = work.places.some((places) => places.full);
    await take(run, work);
    run.queued = (run.queued ?? 0) + (waits ? performance.now() - asked : 0); // else other code kept it from going on
    // It got the place of another one whose time is up, and its own is as well (timers are a little early at times).
    if (work.over || performance.now() + 1 >= work.deadline) return never();
    work.signal.throwIfAborted();
    if (!failures) started();
    try {
      return await next();
    } catch (error) {
      if (failures++ >= times || work.signal.aborted || error instanceof LoaderCycleError) throw error;
    }
    give(work);
    await forgetFailures(scope, run);
    // Loaders that failed together shall not come back together.
    await pause(Math.min(maxDelay, delay * 2 ** (failures - 1)) * (0.5 + Math.random() / 2), work.signal);
  }
}

/** What the loader's functions have left with `dedupe` is not what they are called again for. */
async function forgetFailures({ memo }: Scope, run: Run): Promise<void> {
  for (const [key, shared] of memo)
    if (shared.owner === run && shared.done) await shared.promise.catch(() => memo.delete(key));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
  });
}

function take(run: Run, work: Work, priority = work.priority): Promise<void> {
  const takeAll = async (): Promise<void> => {
    for (const places of work.places) {
      await places.take(run, priority, work.signal);
      work.held.push(places);
    }
    // Its time was up meanwhile, or it waits again: for what else it asked for beside.
    if (work.over || work.waiting) give(work);
  };
  return (work.taking ??= takeAll().finally(() => (work.taking = undefined)));
}

function give({ held }: Work): void {
  while (held.length) held.pop()!.give();
}

function wait(run: Run, data: Promise<unknown>, target: Run): Promise<unknown> {
  const work = works.get(run);
  // A function that it has given to dedupe is its own work.
  if (!work?.places.length || work.over || target.owner === run) return data;
  if (!work.waiting++) give(work);
  const goOn = async (): Promise<void> => {
    // It goes on with all that it has: ahead of what has not begun. Nobody minds its work if it has been given up.
    if (!--work.waiting && !work.over) await take(run, work, Infinity).catch(ignore);
  };
  return handled(data.finally(goOn));
}
