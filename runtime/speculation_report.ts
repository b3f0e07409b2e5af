// Counts what speculation costs. A loader that was started for a component that may not render is wasted work if nobody
// has asked for its data by the time the request ends: when the body of its response has been sent, or given up.
// Components that stream may speculate after the response has left the middleware.
import { bodyEnd } from './body_end.js';
import { debug, ignore, type Scope } from './registry.js';
import { total } from './speculation.js';

const development = (import.meta as { env?: { DEV?: boolean } }).env?.DEV;

export function watch(scope: Scope): void {
  bodyEnd(scope.response).then(() => report(scope), ignore);
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
