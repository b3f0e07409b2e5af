// What speculation costs. A loader that was started for a component that may not render is wasted work if nobody has
// asked for its data by the time the request ends: when the body of its response has been sent, or given up.
// Components that stream may speculate after the response has left the middleware, and a request that never does so
// should not pay for those that do.
import { bodyEnd } from './body_end.js';
import { debug, ignore, type Run, type Scope } from './registry.js';

export interface SpeculationCount {
  started: number;
  /** Of those, what nobody asked for. */
  wasted: number;
}

export interface Speculation extends SpeculationCount {
  /** By the loader's key; what only another loader asked for is here by its function's name. */
  loaders: Record<string, SpeculationCount>;
}

// Shared by every copy of this module, as the storage is.
const shared = globalThis as { [key: symbol]: Speculation | undefined };
const total = (shared[Symbol.for('foreload.speculation')] ??= { started: 0, wasted: 0, loaders: {} });

const development = (import.meta as { env?: { DEV?: boolean } }).env?.DEV;

/** What the requests of this process that have ended started on speculation. */
export function speculation(): Speculation {
  return structuredClone(total);
}

export function noteSpeculation(scope: Scope, run: Run): void {
  if (!scope.speculated) {
    scope.speculated = [];
    // The page has not given its response as yet.
    Promise.resolve()
      .then(() => bodyEnd(scope.response))
      .then(() => report(scope), ignore);
  }
  scope.speculated.push(run);
}

function report(scope: Scope): void {
  const runs = scope.speculated!;
  scope.speculated = undefined; // what a loader that is still under way leads to is reported apart
  const wasted: string[] = [];
  for (const { name, speculative } of runs) {
    for (const count of [total, (total.loaders[name] ??= { started: 0, wasted: 0 })]) {
      count.started++;
      if (speculative) count.wasted++;
    }
    if (speculative) wasted.push(name);
  }
  if (wasted.length && (debug || development))
    console.debug(
      `[foreload] ${scope.request.url.pathname}: ${wasted.length} of ${runs.length} speculative loaders ran in vain: ` +
        wasted.join(', '),
    );
}
