// What generated code does with the promises of the loaders that it starts.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { getLoaderData, registerLoader, speculateLoader, whenLoaded } from 'foreload/runtime';
import { inRequest, watchRejections } from './request.mjs';

/** Whether a promise has settled by the time that everything which could settle it has run. */
async function isSettled(promise) {
  const pending = Symbol();
  await sleep(2);
  return (await Promise.race([promise, Promise.resolve(pending)]).catch(() => 'rejected')) !== pending;
}

// There a test has the asynchronous context of the one before, and so its request.
const inherits = 'Deno' in globalThis && 'Deno begins a test in the context of the one before';

for (const start of [registerLoader, speculateLoader]) {
  test(`${start.name} gives the data of the run that the component finds`, async () => {
    let runs = 0;
    const loader = async ({ props }) => ({ runs: ++runs, id: props.id });
    await inRequest(async () => {
      const early = start('card', loader, { id: 1 });
      const again = start('card', loader, { id: 1 });
      assert.ok(early instanceof Promise);
      assert.deepEqual(await early, { runs: 1, id: 1 });
      assert.equal(await again, await early);
      assert.equal(await getLoaderData('card', loader, { id: 1 }), await early);
      assert.deepEqual(await start('card', loader, { id: 2 }), { runs: 2, id: 2 });
      assert.equal(await start('plain', () => 'data'), 'data');
    });
  });

  test(`${start.name} passes an error on to whoever asks, and is never an unhandled rejection`, async () => {
    const unhandled = watchRejections();
    const error = new Error('no such card');
    await inRequest(async () => {
      start('nobody asks', async () => {
        throw new Error('nobody looks at this');
      });
      const promise = start('card', () => {
        throw error;
      });
      await sleep(2);
      await assert.rejects(promise, (thrown) => thrown === error);
    });
    await sleep(2);
    assert.deepEqual(unhandled(), []);
  });

  test(`${start.name} starts nothing that the component could not find, and nothing that depends on it`, { skip: inherits }, async () => {
    let runs = 0;
    const loader = () => ++runs;
    const lost = () => assert.fail('went on without data');
    const cyclic = {};
    cyclic.self = cyclic;
    class Point {}
    const promises = [];
    await inRequest(async () => {
      for (const value of [() => {}, Symbol('s'), new Point(), cyclic, Promise.resolve(), { [Symbol('k')]: 1 }])
        promises.push(start('card', loader, { value }));
      await getLoaderData('card', loader, { value: cyclic });
      assert.equal(runs, 1);
    });
    promises.push(start('file:///src/A.astro', () => assert.fail('ran without a request')));
    promises.push(start('file:///src/A.astro', () => assert.fail('ran without a request'), { id: 1 }));
    for (const promise of promises) whenLoaded([promise], lost);
    for (const promise of promises) assert.equal(await isSettled(promise), false);
    assert.equal(runs, 1);
  });

  test(`${start.name} and the component agree on props, in any order and with or without what is undefined`, async () => {
    let runs = 0;
    const loader = () => ++runs;
    await inRequest(async () => {
      start('card', loader, { id: 1, tag: undefined, size: { w: 1, h: 2 } });
      assert.equal(await getLoaderData('card', loader, { size: { h: 2, w: 1 }, id: 1 }), 1);
      start('list', loader, {});
      assert.equal(await getLoaderData('list', loader, { id: undefined }), 2);
      assert.equal(await getLoaderData('list', loader, { id: null }), 3);
    });
  });
}

test('what depends on data starts when all of it is there, in the same request', async () => {
  const log = [];
  const post = async ({ props }) => (await sleep(2), log.push('post'), { author: props.id + 1 });
  const site = async () => (log.push('site'), { name: 'site' });
  const author = async ({ props }) => (log.push('author'), `author ${props.id}`);
  await inRequest(async () => {
    const data = [registerLoader('post', post, { id: 1 }), registerLoader('site', site)];
    const done = whenLoaded(data, (post, site) => {
      assert.equal(site.name, 'site');
      registerLoader('author', author, { id: post.author });
      return 'what the callback gives';
    });
    assert.equal(await done, 'what the callback gives');
    await sleep(1);
    assert.deepEqual(log, ['site', 'post', 'author']);
    assert.equal(await getLoaderData('author', author, { id: 2 }), 'author 2');
    assert.deepEqual(log, ['site', 'post', 'author']);
    assert.equal(await whenLoaded([], () => 'nothing to wait for'), 'nothing to wait for');
  });
});

test('a callback runs in the context that registered it, not in that of the loader', async () => {
  const storage = new AsyncLocalStorage();
  const loader = () => storage.run('loader', () => sleep(1));
  await inRequest(async () => {
    for (const count of [1, 2])
      await storage.run('lift', () =>
        whenLoaded(
          Array.from({ length: count }, (_, at) => registerLoader(`${count} ${at}`, loader)),
          () => assert.equal(storage.getStore(), 'lift'),
        ),
      );
  });
});

test('a callback for one loader runs before whoever asked for the data later', async () => {
  const order = [];
  const promise = Promise.resolve();
  whenLoaded([promise], () => order.push('callback'));
  promise.then(() => order.push('component'));
  await sleep(1);
  assert.deepEqual(order, ['callback', 'component']);
});

test('what fails leaves out what depends on it, and is told to nobody', async () => {
  const unhandled = watchRejections();
  const log = [];
  await inRequest(async () => {
    const failing = () => registerLoader('failing', async () => Promise.reject(new Error('no data')));
    const fine = registerLoader('fine', () => 'data');
    whenLoaded([failing()], () => log.push('one'));
    whenLoaded([fine, failing()], () => log.push('several'));
    whenLoaded([whenLoaded([failing()], () => log.push('inner'))], () => log.push('outer'));
    const thrown = whenLoaded([fine], (data) => {
      log.push(data);
      return data.no.such.field;
    });
    whenLoaded([thrown], () => log.push('after an error of a callback'));
    whenLoaded([whenLoaded([fine], async () => Promise.reject(new Error('late')))], () => log.push('after a late one'));
    await sleep(2);
    await assert.rejects(thrown, TypeError);
  });
  await sleep(2);
  assert.deepEqual(log, ['data']);
  assert.deepEqual(unhandled(), []);
});
