// foreload/runtime: what components and generated code import.
import { obtain, storage } from './registry.js';
import type { Context, Loader, LoaderFunction, LoaderOptions } from './types.js';

export { LoaderCycleError } from './registry.js';
export type { Context, Loader, LoaderFunction, LoaderOptions } from './types.js';

/** Types a loader's context; `Data` is what it gives, `Props` are those of its component. */
export function defineLoader<Data, Props = Record<string, unknown>>(
  loader: (context: Context<Props>) => Data | Promise<Data>,
  _options?: LoaderOptions,
): (context: Context<Props>) => Data | Promise<Data> {
  return loader;
}

/** The data of this component's loader: `const data = await getLoaderData<typeof loader>()`. */
export function getLoaderData<L extends LoaderFunction = LoaderFunction<any>>(): Promise<Loader<L>>;
/** @internal What the compiler makes of it. */
export function getLoaderData<L extends LoaderFunction>(key: string, loader: L, props?: object): Promise<Loader<L>>;
export function getLoaderData(key?: string, loader?: LoaderFunction, props?: object): Promise<unknown> {
  if (!key || !loader)
    throw new Error(
      'getLoaderData() was not compiled: add foreload() from "foreload/astro" to the integrations of your Astro ' +
        'config, and call getLoaderData<typeof loader>() in the frontmatter of the component that exports the loader',
    );
  const scope = storage.getStore();
  if (!scope)
    throw new Error(
      `${key} rendered outside of a request that foreload knows: add foreload() from "foreload/astro" to your Astro ` +
        'config, or onRequest from "foreload/middleware" to your middleware (the Container API runs none)',
    );
  return obtain(scope, key, loader, props).promise;
}

/** Starts a loader early. Called by generated code; without a request, the component's own getLoaderData() explains. */
export function registerLoader(key: string, loader: LoaderFunction, props?: object): void {
  const scope = storage.getStore();
  if (scope) obtain(scope, key, loader, props, true);
}
