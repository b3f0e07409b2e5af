// What a trace looks like: one object for each request; one line each in a log. Times of loaders are milliseconds since
// the request's start, durations are milliseconds.

export interface LoaderTrace {
  /** Its place among the request's loaders, in the order in which they were asked for. */
  id: number;
  /** Of its component: `file:///src/components/Card.astro`; the function's name, if only another loader asked for it. */
  key: string;
  /** The props that the loader reads, as text, if it has any and they can be compared. */
  props: string | null;
  /** Somebody asked for it first. */
  registered: number;
  /** It was called; null while it waits for its turn. */
  started: number | null;
  /** Somebody waited for its data first: its component, or another loader. */
  awaited: number | null;
  settled: number | null;
  /** `pending`: the request ended before. */
  status: 'ok' | 'error' | 'aborted' | 'pending';
  error?: string;
  /** How long the first who waited for it did. */
  wait: number;
  /** The key of the component that started it early; null, if that is its own component. */
  lifter: string | null;
  /** The loaders whose data it is started with, or has asked for. */
  dependsOn: number[];
  /** How often it was registered once more. */
  deduped: number;
  retries: number;
  /** How long it waited for a limit. */
  queued: number;
  /** It was started for a component that may not render. */
  speculative: boolean;
  /** Nobody has asked for its data. */
  wasted: boolean;
}

export interface RequestTrace {
  version: 1;
  url: string;
  method: string;
  /** The page's file, below the project's root: `/src/pages/shop.astro`. */
  route: string | null;
  /** When it began, in milliseconds since 1970. */
  start: number;
  duration: number;
  loaders: LoaderTrace[];
}
