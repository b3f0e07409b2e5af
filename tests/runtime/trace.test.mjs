// What is recorded of a request's loaders, and whom it is told.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitLifted } from 'foreload/auto';
import { setLimits } from 'foreload/limits';
import { defineLoader, getLoaderData, registerLoader, speculateLoader } from 'foreload/runtime';
import { traceRequests, tracedFor, traces } from 'foreload/trace';
import { inRequest, requestContext, watchRejections } from './request.mjs';

/** The trace of a page, once its request is over. */
async function traced(render, { context, ...options } = {}) {
  traceRequests(options);
  const trace = new Promise((done) => traces.once('request', (trace) => done(structuredClone(trace))));
  await Promise.resolve(inRequest(render, context)).catch(() => {});
  return trace;
}

test('when each loader was registered, started, awaited and done, in this order', async () => {
  let finish;
  const slow = () => new Promise((resolve) => (finish = resolve));
  const quick = () => 'quick';
  const { loaders, ...request } = await traced(
    async () => {
      registerLoader('slow', slow);
      registerLoader('quick', quick, { id: 1, on: new Date(0) });
      registerLoader('slow', slow);
      await sleep(1);
      await getLoaderData('quick', quick, { id: 1, on: new Date(0) });
      setTimeout(() => finish('slow'), 4);
      await getLoaderData('slow', slow);
      await getLoaderData('own', quick);
    },
    {
      routes: { '/posts/[id]': '/src/pages/posts/[id].astro' },
      context: requestContext({ url: new URL('http://localhost/posts/1?a=b'), routePattern: '/posts/[id]' }),
    },
  );
  const { start, duration, ...rest } = request;
  assert.deepEqual(rest, { version: 1, url: '/posts/1?a=b', method: 'GET', route: '/src/pages/posts/[id].astro' });
  assert.ok(Math.abs(start - Date.now()) < 5000 && duration > 0);
  assert.deepEqual(loaders.map(({ id, key, props, deduped, status }) => [id, key, props, deduped, status]), [
    [0, 'slow', null, 1, 'ok'],
    [1, 'quick', '{"id":1,"on":D0}', 0, 'ok'],
    [2, 'own', null, 0, 'ok'],
  ]);
  const [first, second, own] = loaders;
  assert.ok(first.registered <= second.registered && second.registered <= first.started, 'both are registered first');
  assert.ok(second.settled <= second.awaited && second.wait === 0, 'nobody waited for what was there');
  assert.ok(first.awaited < first.settled && first.wait > 0 && first.wait <= first.settled - first.started);
  assert.equal(own.registered, own.awaited);
  assert.ok(own.settled <= duration);
});

test('who lifted a loader, and behind whose data', async () => {
  const page = tracedFor('Page');
  const card = tracedFor('Card');
  const { loaders } = await traced(async () => {
    const post = page.registerLoader('Post', () => ({ id: 1 }));
    const user = page.registerLoader('User', () => 'ada');
    await page.whenLoaded([post], ({ id }) => {
      page.registerLoader('Card', () => id, { id });
      const tags = page.registerLoader('Tags', () => []);
      return page.whenLoaded([user, tags], () => page.speculateLoader('Deep', () => 1));
    });
    card.registerLoader('Card', () => 'its own', { id: 2 });
    registerLoader('by hand', () => 1);
  });
  assert.deepEqual(loaders.map(({ key, lifter, dependsOn, speculative, wasted }) => [key, lifter, dependsOn, speculative, wasted]), [
    ['Post', 'Page', [], false, false],
    ['User', 'Page', [], false, false],
    ['Card', 'Page', [0], false, false],
    ['Tags', 'Page', [0], false, false],
    ['Deep', 'Page', [0, 1, 3], true, true],
    ['Card', null, [], false, false],
    ['by hand', null, [], false, false],
  ]);
});

test('loaders of loaders, by load and by dedupe', async () => {
  const user = async () => 'ada';
  const tags = async () => [];
  const post = async ({ load, dedupe }) => [await load(user), await dedupe('tags', () => load(tags))];
  const { loaders } = await traced(() => getLoaderData('post', post));
  assert.deepEqual(loaders.map(({ key, dependsOn, awaited }) => [key, dependsOn, awaited !== null]), [
    ['post', [1, 2], true],
    ['user', [], true],
    ['tags', [], true],
  ]);
});

test('how loaders end: well, with an error, given up, or not before their request', async () => {
  const outcomes = {
    good: () => 1,
    bad: () => Promise.reject(new Error('no card')),
    odd: () => Promise.reject('text'),
    aborted: () => Promise.reject(new DOMException('left', 'AbortError')),
    hangs: () => new Promise(() => {}),
  };
  const { loaders, duration } = await traced(async () => {
    for (const [name, loader] of Object.entries(outcomes)) registerLoader(name, loader);
    void getLoaderData('hangs', outcomes.hangs);
    await sleep(2);
    await getLoaderData('bad', outcomes.bad);
  });
  assert.deepEqual(loaders.map(({ key, status, error }) => [key, status, error]), [
    ['good', 'ok', undefined],
    ['bad', 'error', 'no card'],
    ['odd', 'error', 'text'],
    ['aborted', 'aborted', 'left'],
    ['hangs', 'pending', undefined],
  ]);
  const hangs = loaders.at(-1);
  assert.equal(hangs.settled, null);
  assert.ok(Math.abs(hangs.wait - (duration - hangs.awaited)) < 0.01, 'it is waited for to the end');
});

test('what waits for a limit, and what is called again', async (t) => {
  setLimits({ limits: { request: 1 } });
  t.after(() => setLimits({}));
  let calls = 0;
  const again = defineLoader(() => (calls++ < 2 ? Promise.reject(new Error('again')) : 'done'), { retry: { times: 2, delay: 1 } });
  const { loaders } = await traced(async () => {
    registerLoader('first', () => sleep(4));
    const waits = () => 'waits';
    registerLoader('waits', waits);
    await getLoaderData('waits', waits);
    await getLoaderData('again', again);
  });
  const [first, waits, third] = loaders;
  assert.ok(waits.queued > 1 && waits.started >= first.started + 3, 'its start is when it is called');
  assert.equal(third.retries, 2);
  assert.equal(third.status, 'ok');
});

test('awaits that are loaders are recorded, too', async () => {
  const { loaders } = await traced(async () => {
    tracedFor('Page').registerAwait('Page', 'Card:3:4', [1], async () => 'early');
    assert.equal(await awaitLifted('Card:3:4', [1], () => assert.fail('ran again')), 'early');
    assert.equal(await awaitLifted('Card:5:6', [], async () => 'own'), 'own');
    await assert.rejects(awaitLifted('Card:7:8', [], () => { throw new Error('sync'); }), /sync/);
  });
  assert.deepEqual(loaders.map(({ key, lifter, props, status }) => [key, lifter, props, status]), [
    ['Card:3:4', 'Page', '[1]', 'ok'],
    ['Card:5:6', null, '[]', 'ok'],
    ['Card:7:8', null, '[]', 'error'],
  ]);
});

const endless = globalThis.navigator?.userAgent === 'Cloudflare-Workers' && 'nobody is told when a body ends';

test('a request is over when its body has been read, given up, or when the page fails', { skip: endless }, async () => {
  const text = new TextEncoder();
  const body = (render) =>
    new Response(new ReadableStream({ async start(controller) {
      controller.enqueue(text.encode('head'));
      await sleep(2);
      await render();
      controller.close();
    } }));
  let response;
  const whole = traced(() => (response = body(() => getLoaderData('late', () => 1))));
  await sleep(1);
  assert.equal(await response.text(), 'head');
  assert.deepEqual((await whole).loaders.map(({ key }) => key), ['late']);

  const left = traced(() => (response = body(() => {})));
  await sleep(1);
  await response.body.cancel();
  await left;

  const failed = await traced(() => {
    registerLoader('x', () => 1);
    throw new Error('page');
  });
  assert.deepEqual(failed.loaders.map(({ key }) => key), ['x']);
});

test('a loader that returns nothing is warned of once, where that is asked for', async () => {
  const said = [];
  const { warn } = console;
  console.warn = (line) => said.push(line);
  try {
    for (const warnings of [false, true, true])
      await traced(
        () =>
          Promise.all([
            getLoaderData('file:///src/Nothing.astro', () => {}),
            getLoaderData('file:///src/Null.astro', () => null),
            awaitLifted('file:///src/Await.astro:3:4', [], async () => {}),
          ]),
        { warnings },
      );
  } finally {
    console.warn = warn;
  }
  assert.deepEqual(said, ['[foreload] the loader of file:///src/Nothing.astro returned nothing: return its data, or null where there is none']);
});

test('as events, and by diagnostics channels', async () => {
  const seen = [];
  const note = (kind) => (loader) => seen.push(`${kind} ${loader.key ?? loader.loaders.length}`);
  const listeners = { start: note('start'), settle: note('settle'), request: note('request') };
  const onChannel = {
    'foreload:loader:start': ({ loader, request }) => seen.push(`channel start ${loader.key} of ${request.url}`),
    'foreload:loader:settle': ({ loader }) => seen.push(`channel settle ${loader.key}`),
    'foreload:request': ({ request }) => seen.push(`channel request ${request.loaders.length}`),
  };
  for (const [event, listener] of Object.entries(listeners)) traces.on(event, listener);
  for (const [name, listener] of Object.entries(onChannel)) channel(name).subscribe(listener);
  await traced(() => getLoaderData('x', () => 1));
  await sleep(1);
  for (const [event, listener] of Object.entries(listeners)) traces.off(event, listener);
  for (const [name, listener] of Object.entries(onChannel)) channel(name).unsubscribe(listener);
  const expected = ['start x', 'channel start x of /', 'settle x', 'channel settle x', 'request 1', 'channel request 1'];
  assert.deepEqual(seen, expected);
  await traced(() => getLoaderData('x', () => 1));
  assert.deepEqual(seen, expected, 'who no longer listens is not told');
});

test('as many requests are traced as are asked for, and those that are not have no record', async () => {
  let count = 0;
  const listener = () => count++;
  traces.on('request', listener);
  const { random } = Math;
  try {
    let at = 0;
    Math.random = () => (at++ % 4) / 4;
    traceRequests({ sample: 0.5 });
    for (let i = 0; i < 8; i++) await inRequest(() => getLoaderData('x', () => 1));
    await sleep(1);
    assert.equal(count, 4);
    traceRequests({ sample: 0 });
    await inRequest(() => getLoaderData('x', () => 1));
    await sleep(1);
    assert.equal(count, 4);
  } finally {
    Math.random = random;
    traces.off('request', listener);
  }
});

test('a header tells of what has run so far, a script of all', async () => {
  let finish;
  const page = (headers) => async () => {
    registerLoader('file:///src/Quick "1".astro', () => 1);
    registerLoader('file:///src/Slow.astro', () => new Promise((resolve) => (finish = resolve)));
    await sleep(1);
    return new Response('<html></html>', { headers });
  };
  traceRequests({ serverTiming: true, script: true });
  const html = await inRequest(page({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': '13' }));
  assert.match(html.headers.get('Server-Timing'), /^loader-0;desc="src\/Quick 1\.astro";dur=\d+\.\d, loader-1;desc="src\/Slow\.astro"$/);
  assert.equal(html.headers.get('Content-Length'), null);
  finish();
  const [, json] = /^<html><\/html><script type="application\/json" id="foreload-trace">(.*)<\/script>$/.exec(await html.text());
  assert.deepEqual(JSON.parse(json).loaders.map(({ key }) => key), ['file:///src/Quick "1".astro', 'file:///src/Slow.astro']);
  const other = await inRequest(page({ 'Content-Type': 'application/json' }));
  assert.equal(await other.text(), '<html></html>');
  // Headers that cannot be changed are left alone.
  const redirect = await inRequest(async () => (registerLoader('x', () => 1), await sleep(1), Response.redirect('http://localhost/x')));
  assert.equal(redirect.status, 302);
  traceRequests();
});

test('a text in a trace does not end the script', async () => {
  traceRequests({ script: true });
  const html = await inRequest(() => {
    registerLoader('</script><script>alert(1)', () => 1, { id: '<!--' });
    return new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
  });
  assert.equal((await html.text()).match(/<\/?script/g).length, 2);
  traceRequests();
});

test('what a listener throws fails no request, and is said', async () => {
  const unhandled = watchRejections();
  const said = [];
  const { error } = console;
  const listener = () => {
    throw new Error('listener');
  };
  traces.on('settle', listener);
  console.error = (...args) => said.push(args.join(' '));
  try {
    await traced(async () => assert.equal(await getLoaderData('x', () => 'data'), 'data'));
    await sleep(1);
  } finally {
    traces.off('settle', listener);
    console.error = error;
  }
  assert.deepEqual(said, ['[foreload] a listener of traces failed: Error: listener']);
  assert.deepEqual(unhandled(), []);
});

test('the header has a bound, and counts what it leaves out', async () => {
  traceRequests({ serverTiming: true });
  const header = async (count, key) => {
    const response = await inRequest(async () => {
      for (let i = 0; i < count; i++) registerLoader(key + i, () => 1);
      await sleep(1);
      return new Response('');
    });
    return response.headers.get('Server-Timing');
  };
  const long = await header(1000, 'file:///src/components/Card.astro');
  assert.ok(long.length <= 2048 && long.length > 1800, `${long.length}`);
  const entries = long.split(', ');
  assert.equal(entries.pop(), `more;desc="${1000 - entries.length} more"`);
  assert.equal(await header(1, 'x'.repeat(5000)), 'more;desc="1 more"');
  assert.doesNotMatch(await header(5, 'x'), /more/);
  traceRequests();
});

test('the script is for whole pages: not for partials, islands and fragments of endpoints', async () => {
  traceRequests({ script: true });
  const sent = async (...chunks) => {
    const body = new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    });
    return (await inRequest(() => new Response(body, { headers: { 'Content-Type': 'text/html' } }))).text();
  };
  for (const page of [['<!DOCTYPE html><p>text</p>'], ['\n<!doc', 'type', ' html>', 'text'], ['<html lang="en">'], ['<', 'html>']])
    assert.match(await sent(...page), /id="foreload-trace"/, page.join('|'));
  for (const part of [['<p>part</p>'], ['<li>', '<!doctype html>'], [''], ['<htmlish>']])
    assert.equal(await sent(...part), part.join(''));
  traceRequests();
});
