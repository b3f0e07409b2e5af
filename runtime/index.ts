// foreload/runtime: what components and generated code import.
import { propsKey } from './props_key.js';
import { OPTIONS, debug, handled, hooks, never, obtain, storage, type DefinedLoader } from './registry.js';
import type { Context, Loader, LoaderFunction, LoaderOptions } from './types.js';

export { LoaderCycleError } from './registry.js';
export { speculation, type Speculation, type SpeculationCount } from './speculation.js';
export type { Context, Loader, LoaderFunction, LoaderOptions } from './types.js';

/** Types a loader's context; `Data` is what it gives, `Props` are those of its component. */
export function defineLoader<Data, Props = Record<string, unknown>>(
  loader: (context: Context<Props>) => Data | Promise<Data>,
  options: LoaderOptions<Props> = {},
): (context: Context<Props>) => Data | Promise<Data> {
  const { speculative: _, ...own } = options;
  if (!Object.keys(own)[0]) return loader;
  // A function of its own: others may define theirs from the same one.
  const defined = (context: Context<Props>) => loader(context);
  return Object.defineProperties(defined, {
    name: { value: loader.name },
    [OPTIONS]: { value: { ...own, ready: handled(import('./schedule.js')) } },
  });
}

const ADD = 'add foreload() from "foreload/astro" to the integrations of your Astro config';

/** The data of this component's loader: `const data = await getLoaderData<typeof loader>()`. */
export function getLoaderData<L extends LoaderFunction = LoaderFunction<any>>(): Promise<Loader<L>>;
/** @internal What the compiler makes of it. */
export function getLoaderData<L extends LoaderFunction>(key: string, loader: L, props?: object): Promise<Loader<L>>;
export function getLoaderData(key?: string, loader?: LoaderFunction, props?: object): Promise<unknown> {
  if (!key || !loader)
    throw new Error(
      `getLoaderData() was not compiled: ${ADD}, and call getLoaderData<typeof loader>() where the loader is exported`,
    );
  const scope = storage.getStore();
  if (!scope)
    throw new Error(
      `${key} rendered outside of a request: ${ADD}, or onRequest from "foreload/middleware" to your middleware ` +
        '(the Container API runs none)',
    );
  const run = obtain(scope, runId(key, loader, props) ?? Symbol(), key, loader, props);
  hooks.asked?.(scope, run, 'render');
  return run.promise;
}

function runId(key: string, loader: DefinedLoader, props?: object): string | undefined {
  const own = loader[OPTIONS]?.key;
  return props ? propsKey(key, own ? { key: own(props) } : props) : key;
}

// What follows is called by generated code only: by lift programs, which render a component tree without its HTML.

/**
 * Starts a loader early, and gives its data. Where the component's own getLoaderData() could not find the run, nothing
 * starts: without a request, which the component then explains, and with props that cannot be compared.
 */
export function registerLoader(key: string, loader: LoaderFunction, props?: object): Promise<unknown> {
  return start(key, loader, props, false);
}

/** The same for a component that may not render: the run counts as wasted if nobody asks for its data. */
export function speculateLoader(key: string, loader: LoaderFunction, props?: object): Promise<unknown> {
  return start(key, loader, props, true);
}

function start(key: string, loader: LoaderFunction, props: object | undefined, speculative: boolean): Promise<unknown> {
  const scope = storage.getStore();
  const id = runId(key, loader, props);
  if (!scope || !id) return never();
  if (scope.runs.has(id)) {
    scope.skipped++;
    if (debug) console.debug(`[foreload] ${key} has started already (${scope.skipped} skipped in this request)`);
  }
  const run = obtain(scope, id, key, loader, props, speculative);
  hooks.asked?.(scope, run, 'lift');
  return run.promise;
}

/**
 * Goes on with a lift program once loaders have given what it depends on. What fails leaves out what depends on it; the
 * render comes upon the same error and shows it.
 */
export function whenLoaded<T>(
  promises: readonly Promise<any>[],
  fn: (...values: any[]) => T | PromiseLike<T>,
): Promise<T> {
  const [only] = promises;
  // Promise.all would make a single one later by two turns.
  return handled(only && !promises[1] ? only.then(fn) : Promise.all(promises).then((values) => fn(...values)));
}
