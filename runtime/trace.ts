// foreload/trace: what each loader of a request did, and when. Without the option `trace` nothing imports this module.
//
// A trace is of one request. It is given out when the request is over, which is when its body has been sent: loaders
// start while the page streams.
import { EventEmitter } from 'node:events';
import { channel } from 'node:diagnostics_channel';
import { bodyEnd } from './body_end.js';
import { extend } from './hooks.js';
import { registerAwait } from './auto.js';
import { registerLoader, speculateLoader, whenLoaded } from './index.js';
import { propsKey } from './props_key.js';
import { handled, type Run, type Scope } from './registry.js';
import type { LoaderTrace, RequestTrace } from './trace_format.js';

export type { LoaderTrace, RequestTrace } from './trace_format.js';

export interface TraceOptions {
  /** How many of the requests are traced: from 0 for none to 1 for all. */
  sample?: number;
  /** Tell browsers of the loaders that have run by the time of the response, in a header. */
  serverTiming?: boolean;
  /** Put the trace at the end of HTML, as a script that browsers do not run. */
  script?: boolean;
  /** Print a warning for each loader that gives nothing. */
  warnings?: boolean;
  /** By the pattern of a route, its file below the project's root. */
  routes?: Record<string, string>;
}

export interface TraceEvents {
  /** A loader is called, or called again. */
  start: [loader: LoaderTrace, request: RequestTrace];
  /** A loader's data is there, or its error. */
  settle: [loader: LoaderTrace, request: RequestTrace];
  /** A request is over. */
  request: [request: RequestTrace];
}

interface Shared {
  readonly events: EventEmitter<TraceEvents>;
  options: TraceOptions;
  /** Who registers loaders at this moment, while its code runs. */
  lifter: string | null;
  /** What this code was waiting for. */
  after: readonly LoaderTrace[];
}

// Shared by every copy of this module, as the storage is.
const global = globalThis as { [key: symbol]: Shared | undefined };
const shared = (global[Symbol.for('foreload.trace')] ??= {
  events: new EventEmitter<TraceEvents>(),
  options: {},
  lifter: null,
  after: [],
});

/** Tells of loaders and requests as they begin and end. Listeners get the very objects that go on changing. */
export const traces = shared.events;

const channels = {
  start: channel('foreload:loader:start'),
  settle: channel('foreload:loader:settle'),
  request: channel('foreload:request'),
};

interface Recording {
  readonly request: RequestTrace;
  readonly origin: number;
  readonly byRun: Map<Run, LoaderTrace>;
}

const recordings = new WeakMap<Scope, Recording>();
/** The loaders whose data a promise waits for. */
const behind = new WeakMap<Promise<unknown>, readonly LoaderTrace[]>();

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

const since = ({ origin }: Recording): number => rounded(performance.now() - origin);

/** The trace of a request that goes on, if it has one. */
export const traceOf = (scope: Scope): RequestTrace | undefined => recordings.get(scope)?.request;

/** Traces the requests that begin from now on. */
export function traceRequests(options: TraceOptions = {}): void {
  shared.options = options;
  extend('trace', { request, asked, call });
}

function request(scope: Scope, next: () => unknown): unknown {
  const { sample = 1, serverTiming, script, routes } = shared.options;
  if (sample < 1 && Math.random() >= sample) return next();
  const { url, request, routePattern } = scope.request;
  const recording: Recording = {
    request: {
      version: 1,
      url: url.pathname + url.search,
      method: request.method,
      route: routes?.[routePattern] ?? null,
      start: performance.timeOrigin + performance.now(),
      duration: 0,
      loaders: [],
    },
    origin: performance.now(),
    byRun: new Map(),
  };
  recordings.set(scope, recording);
  const response = (async () => {
    const response = (await next()) as Response;
    if (!(response instanceof Response)) return response;
    if (serverTiming) addHeader(response, recording);
    return script ? withScript(response, recording) : response;
  })();
  handled(bodyEnd(response).then(() => finish(scope, recording)));
  return response;
}

function finish(scope: Scope, recording: Recording): void {
  if (!recordings.delete(scope)) return;
  complete(recording);
  tell('request', recording.request);
}

/** Brings up to date what is only known of the whole. */
function complete(recording: Recording): void {
  const { request, byRun } = recording;
  request.duration = since(recording);
  for (const [run, trace] of byRun) {
    trace.wasted = run.speculative;
    addLoads(trace, run, byRun);
    if (trace.settled === null && trace.awaited !== null) trace.wait = rounded(request.duration - trace.awaited);
  }
}

/** What a function of dedupe has asked for, the loader has. */
function addLoads({ dependsOn }: LoaderTrace, { loads }: Run, byRun: ReadonlyMap<Run, LoaderTrace>): void {
  const seen = new Set(loads);
  for (const run of seen) {
    const id = byRun.get(run)?.id;
    if (id === undefined) run.loads.forEach((other) => seen.add(other));
    else if (!dependsOn.includes(id)) dependsOn.push(id);
  }
}

function tell<Event extends keyof TraceEvents>(event: Event, ...args: TraceEvents[Event]): void {
  // What a listener throws is its own affair, and no request's.
  try {
    traces.emit<any>(event, ...args);
  } catch (error) {
    console.error('[foreload] a listener of traces failed:', error);
  }
  if (channels[event].hasSubscribers)
    channels[event].publish(event === 'request' ? { request: args[0] } : { loader: args[0], request: args[1] });
}

function asked(scope: Scope, run: Run, by: 'lift' | 'render' | Run): void {
  const recording = recordings.get(scope);
  if (!recording) return;
  const now = since(recording);
  let trace = recording.byRun.get(run);
  if (trace) {
    if (by === 'lift') trace.deduped++;
  } else trace = record(recording, run, by, now);
  if (by !== 'lift') trace.awaited ??= now;
}

function record(recording: Recording, run: Run, by: 'lift' | 'render' | Run, now: number): LoaderTrace {
  const { request, byRun } = recording;
  const { lifter, after } = shared;
  const trace: LoaderTrace = {
    id: request.loaders.length,
    key: run.name,
    props: run.props ? (propsKey('', run.props) ?? null) : null,
    registered: now,
    started: null,
    awaited: null,
    settled: null,
    status: 'pending',
    wait: 0,
    lifter: by === 'lift' && lifter !== run.name ? lifter : null,
    dependsOn: by === 'lift' ? after.map(({ id }) => id) : [],
    deduped: 0,
    retries: 0,
    queued: 0,
    speculative: run.speculative,
    wasted: false,
  };
  request.loaders.push(trace);
  byRun.set(run, trace);
  behind.set(run.promise, [trace]);
  const settle = (error?: unknown, failed = true): void => {
    trace.settled = since(recording);
    if (trace.awaited !== null) trace.wait = rounded(Math.max(0, trace.settled - trace.awaited));
    trace.status = !failed ? 'ok' : (error as Error)?.name === 'AbortError' ? 'aborted' : 'error';
    if (failed) trace.error = String((error as Error)?.message ?? error);
    tell('settle', trace, request);
  };
  run.promise.then((data) => {
    if (data === undefined && shared.options.warnings) warnOfNothing(trace.key);
    settle(undefined, false);
  }, settle);
  return trace;
}

const warned = new Set<string>();

function warnOfNothing(key: string): void {
  // An await of a frontmatter, which is named by its place, may well be of nothing.
  if (warned.has(key) || !key.endsWith('.astro')) return;
  warned.add(key);
  console.warn(`[foreload] the loader of ${key} returned nothing: return its data, or null where there is none`);
}

function call(scope: Scope, run: Run, _loader: unknown, next: () => unknown): unknown {
  const recording = recordings.get(scope);
  const trace = recording?.byRun.get(run);
  if (!trace) return next();
  // A loader that only `load` asked for takes the name of the first component that has it.
  trace.key = run.name;
  if (trace.started === null) {
    trace.started = since(recording!);
    trace.queued = run.queued ?? 0;
  } else trace.retries++;
  tell('start', trace, recording!.request);
  return next();
}

/** What a component's companion imports in place of foreload/runtime and foreload/auto, so that its loaders say who lifted them. */
export function tracedFor(lifter: string) {
  /** Runs `fn` as a part of the lift program, behind what it is behind. */
  const within = <T>(after: readonly LoaderTrace[], fn: () => T): T => {
    const { lifter: outerLifter, after: outerAfter } = shared;
    Object.assign(shared, { lifter, after });
    try {
      return fn();
    } finally {
      Object.assign(shared, { lifter: outerLifter, after: outerAfter });
    }
  };
  return {
    registerLoader: ((...args) => within(shared.after, () => registerLoader(...args))) as typeof registerLoader,
    speculateLoader: ((...args) => within(shared.after, () => speculateLoader(...args))) as typeof speculateLoader,
    registerAwait: ((...args) => within(shared.after, () => registerAwait(...args))) as typeof registerAwait,
    whenLoaded: ((promises, fn) => {
      const after = [...new Set([...shared.after, ...promises.flatMap((promise) => behind.get(promise) ?? [])])];
      const result = whenLoaded(promises, (...values) => within(after, () => fn(...values)));
      behind.set(result, after);
      return result;
    }) as typeof whenLoaded,
  };
}

// As text in a response.

/** Servers and proxies refuse responses whose headers are long, of which this one is but a part. */
const LONGEST_HEADER = 2048;

/** Only what has run so far can be told: loaders go on while the body is sent. */
function addHeader(response: Response, { request }: Recording): void {
  const all = request.loaders.map(({ id, key, started, settled }) => {
    const name = `loader-${id};desc="${key.replace(/^file:\/\/\//, '').replace(/["\\]|[^ -~]/g, '')}"`;
    return settled === null ? name : `${name};dur=${(settled - (started ?? settled)).toFixed(1)}`;
  });
  let length = 0;
  // A key may be of any length, too; 32 are left for the last entry.
  const entries = all.slice(0, all.findIndex((entry) => (length += entry.length + 2) > LONGEST_HEADER - 32) >>> 0);
  if (entries.length < all.length) entries.push(`more;desc="${all.length - entries.length} more"`);
  try {
    if (entries.length) response.headers.append('Server-Timing', entries.join(', '));
  } catch {
    // A response from elsewhere, whose headers cannot be changed.
  }
}

function withScript(response: Response, recording: Recording): Response {
  if (!response.body || !response.headers.get('Content-Type')?.startsWith('text/html')) return response;
  // Partials, islands and endpoints are parts of other pages. Pages are whole documents: Astro sees to their doctype.
  let head: string | undefined = '';
  let isPage = false;
  const decoder = new TextDecoder();
  const script = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      if (head === undefined) return;
      head = (head + decoder.decode(chunk, { stream: true })).trimStart();
      isPage = /^<(?:!doctype\s|html[\s>])/i.test(head);
      if (isPage || head.length > 10) head = undefined;
    },
    flush(controller) {
      if (!isPage) return;
      complete(recording);
      // The text of a script ends at `</script`, whatever stands around it.
      const json = JSON.stringify(recording.request).replaceAll('<', '\\u003c');
      const html = `<script type="application/json" id="foreload-trace">${json}</script>`;
      controller.enqueue(new TextEncoder().encode(html));
    },
  });
  const headers = new Headers(response.headers);
  headers.delete('Content-Length');
  const { status, statusText } = response;
  return new Response(response.body.pipeThrough(script), { status, statusText, headers });
}
