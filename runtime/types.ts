// The types that users write in their components.
import type { APIContext } from 'astro';

/** What a loader is called with. The request's parts are read live, so they hold after a middleware's rewrite too. */
export interface Context<Props = Record<string, unknown>> {
  readonly params: APIContext['params'];
  readonly url: URL;
  readonly request: Request;
  readonly cookies: APIContext['cookies'];
  readonly locals: APIContext['locals'];
  /** The props of the component that the loader runs for; empty where another loader asked for it. */
  readonly props: Props;
  /** Aborts when the client leaves, and when the loader's time is up. */
  readonly signal: AbortSignal;
  /** Calls `fn` for the first use of `key` in this request; every other use shares its outcome. */
  dedupe<T>(key: string, fn: () => T | PromiseLike<T>): Promise<T>;
  /** The data of another loader, which runs once in this request whoever asks. */
  load<L extends LoaderFunction>(loader: L): Promise<Awaited<ReturnType<L>>>;
}

// `any`: parameters are checked contravariantly, and a loader may ask for any props.
export type LoaderFunction<T = unknown> = (context: Context<any>) => T;

/** The data that a loader gives: `type Data = Loader<typeof loader>`. */
export type Loader<L extends LoaderFunction> = Awaited<ReturnType<L>>;

export interface LoaderOptions<Props = any> {
  /** The loader may be started where it is likely, not certain, that its component renders. */
  speculative?: boolean;
  /** How long it may take, in milliseconds; Infinity: as long as it likes, whatever the project says. Then its component gets a LoaderTimeoutError, and its signal aborts. */
  timeout?: number;
  /** How often it may be called again after it has failed, so it must bear that; with growing pauses. */
  retry?: number | RetryOptions;
  /** Where loaders wait for a limit, the highest goes first. Default: 0. */
  priority?: number;
  /** The one of the project's `limits` that it counts for. */
  limit?: string;
  /** What tells one set of props from another, of those that the loader reads. Default: all of them. */
  key?(props: Props): unknown;
}

export interface RetryOptions {
  times: number;
  /** Milliseconds before the second call; each further pause is twice as long, up to `maxDelay`. Default: 100. */
  delay?: number;
  /** Default: 5000. */
  maxDelay?: number;
}
