// foreload/otel: a span for each call of a loader, below the span of its request. Spans that a loader makes are below its
// own. Whether anything becomes of them is up to the OpenTelemetry SDK that the server has set up, or has not.
import {
  SpanKind,
  SpanStatusCode,
  context,
  trace,
  type Context,
  type Span,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { bodyEnd } from './body_end.js';
import { extend } from './hooks.js';
import type { LoaderFunction } from './types.js';
import type { Run, Scope } from './registry.js';

export interface SpanOptions {
  /** Default: the one that is registered for the process. */
  tracerProvider?: TracerProvider;
}

/** Makes spans for the requests that begin from now on. */
export function startSpans({ tracerProvider = trace.getTracerProvider() }: SpanOptions = {}): void {
  const tracer = tracerProvider.getTracer('foreload');
  const parents = new WeakMap<Scope, Context>();
  const calls = new WeakMap<Run, number>();

  extend('otel', {
    request(scope, next) {
      const outer = context.active();
      if (trace.getSpan(outer)) {
        parents.set(scope, outer);
        return next();
      }
      // Nobody else makes spans of requests: then they are of ours.
      const span = requestSpan(tracer, scope, outer);
      const parent = trace.setSpan(outer, span);
      parents.set(scope, parent);
      return context.with(parent, () => ended(span, next));
    },

    call(scope, run, _loader: LoaderFunction, next) {
      const parent = parents.get(scope);
      if (!parent) return next();
      const attempt = (calls.get(run) ?? 0) + 1;
      calls.set(run, attempt);
      const attributes = {
        'foreload.loader.key': run.name,
        'foreload.loader.speculative': run.speculative,
        'foreload.loader.attempt': attempt,
      };
      const span = tracer.startSpan(`loader ${run.name.replace(/^file:\/\/\//, '')}`, { attributes }, parent);
      return context.with(trace.setSpan(parent, span), () => finished(span, next));
    },
  });
}

function requestSpan(tracer: Tracer, { request: { request, url, routePattern } }: Scope, outer: Context): Span {
  const attributes = { 'http.request.method': request.method, 'url.path': url.pathname, 'http.route': routePattern };
  return tracer.startSpan(`${request.method} ${routePattern ?? url.pathname}`, { kind: SpanKind.SERVER, attributes }, outer);
}

function fail(span: Span, error: unknown): void {
  span.recordException(error as Error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: String((error as Error)?.message ?? error) });
}

/** A page's span lasts as long as its body. */
function ended(span: Span, next: () => unknown): unknown {
  const response = (async () => next())();
  response.catch((error) => fail(span, error)).then(() => bodyEnd(response)).finally(() => span.end());
  return response;
}

async function finished(span: Span, next: () => unknown): Promise<unknown> {
  try {
    return await next();
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}
