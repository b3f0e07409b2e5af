// Spans, as the SDK's own in-memory exporter gets them.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { startSpans } from 'foreload/otel';
import { defineLoader, getLoaderData, registerLoader } from 'foreload/runtime';
import { inRequest, requestContext } from './request.mjs';

const exporter = new InMemorySpanExporter();

before(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  startSpans();
});
beforeEach(() => exporter.reset());

const spans = () => exporter.getFinishedSpans();
const named = (name) => spans().find((span) => span.name === name);
const parentOf = (span) => spans().find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name;

test('loaders are below the span of their request, and what they do below theirs', async () => {
  const tracer = trace.getTracer('server');
  const user = async () => tracer.startActiveSpan('query', async (span) => (await sleep(1), span.end()));
  const post = async ({ load }) => load(user);
  await tracer.startActiveSpan('GET /posts', async (span) => {
    await inRequest(async () => {
      registerLoader('file:///src/Post.astro', post);
      // A span of the page's own is not what a loader belongs to that others share.
      await tracer.startActiveSpan('render', async (render) => {
        await getLoaderData('file:///src/Post.astro', post);
        await getLoaderData('file:///src/Own.astro', () => 1);
        render.end();
      });
    });
    span.end();
  });
  assert.deepEqual(
    Object.fromEntries(spans().map((span) => [span.name, parentOf(span)])),
    {
      'GET /posts': undefined,
      render: 'GET /posts',
      'loader src/Post.astro': 'GET /posts',
      'loader user': 'GET /posts',
      query: 'loader user',
      'loader src/Own.astro': 'GET /posts',
    },
  );
  assert.deepEqual(named('loader src/Post.astro').attributes, {
    'foreload.loader.key': 'file:///src/Post.astro',
    'foreload.loader.speculative': false,
    'foreload.loader.attempt': 1,
  });
});

test('where nobody makes spans of requests, there is one, as long as the body', async () => {
  let finish;
  const response = await inRequest(
    () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            await getLoaderData('late', () => new Promise((resolve) => (finish = resolve)));
            controller.close();
          },
        }),
      ),
    requestContext({ url: new URL('http://localhost/posts/1'), routePattern: '/posts/[id]' }),
  );
  await sleep(1);
  assert.deepEqual(spans().map(({ name }) => name), []);
  finish();
  await response.text();
  await sleep(1);
  assert.equal(parentOf(named('loader late')), 'GET /posts/[id]');
  assert.equal(named('GET /posts/[id]').attributes['http.route'], '/posts/[id]');
});

test('a failure is on the span of its call, and each call has one', async () => {
  let calls = 0;
  const loader = defineLoader(
    () => {
      if (!calls++) throw new Error('first');
      return 'second';
    },
    { retry: { times: 1, delay: 1 } },
  );
  await inRequest(() => getLoaderData('x', loader));
  await sleep(1);
  const [first, second] = spans().filter(({ name }) => name === 'loader x');
  assert.equal(first.status.code, SpanStatusCode.ERROR);
  assert.equal(first.events[0].attributes['exception.message'], 'first');
  assert.equal(second.status.code, SpanStatusCode.UNSET);
  assert.deepEqual([first, second].map(({ attributes }) => attributes['foreload.loader.attempt']), [1, 2]);
});

test('a page that fails fails its span, too', async () => {
  await assert.rejects(inRequest(() => Promise.reject(new Error('no page'))), /no page/);
  await sleep(1);
  assert.equal(named('GET /').status.message, 'no page');
});
