// How tracing, limits and the like get into the registry. Each extension is a module of its own; the registry knows
// none of them, and a page that imports none has nothing of them.
import { hooks, type Hooks } from './registry.js';

const shared = globalThis as { [key: symbol]: Map<string, Hooks> | undefined };
const extensions = (shared[Symbol.for('foreload.extensions')] ??= new Map());

/** From the outside in: what stands later is closer to the loader. */
const ORDER = ['schedule', 'trace', 'otel'] as const;

/** Puts an extension in, or in the place of its earlier copy: a dev server evaluates modules again. */
export function extend(name: (typeof ORDER)[number], extension: Hooks): void {
  extensions.set(name, extension);
  connect();
}

/** Takes extensions out, if they are in. */
export function withdraw(names: readonly (typeof ORDER)[number][]): void {
  for (const name of names) extensions.delete(name);
  connect();
}

function connect(): void {
  const all = ORDER.flatMap((known) => extensions.get(known) ?? []);
  const asking = all.filter(({ asked }) => asked);
  for (const name of ['request', 'asked', 'call', 'wait'] as const) delete hooks[name];
  if (asking.length) hooks.asked = (...args) => asking.forEach(({ asked }) => asked!(...args));
  for (const { request, call, wait } of all.reverse()) {
    const inner = { ...hooks };
    if (request)
      hooks.request = (scope, next) => request(scope, inner.request ? () => inner.request!(scope, next) : next);
    if (call)
      hooks.call = (scope, run, loader, next) =>
        call(scope, run, loader, inner.call ? () => inner.call!(scope, run, loader, next) : next);
    if (wait) hooks.wait = (run, data, target) => wait(run, inner.wait ? inner.wait(run, data, target) : data, target);
  }
}
