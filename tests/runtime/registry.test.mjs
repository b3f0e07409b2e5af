import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoaderCycleError, defineLoader, getLoaderData, registerLoader } from 'foreload/runtime';
import { inRequest, requestContext, watchRejections } from './request.mjs';


test('a registered loader starts once, after the code that registered it, and the component joins it', async () => {
  const log = [];
  const a = () => (log.push('a'), 'A');
  const b = () => (log.push('b'), 'B');
  const result = await inRequest(async () => {
    registerLoader('a', a);
    registerLoader('b', b);
    registerLoader('a', () => log.push('second registration'));
    log.push('registered');
    await null;
    await null;
    assert.deepEqual(log, ['registered', 'a', 'b']);
    return [await getLoaderData('a', a), await getLoaderData('b', b), await getLoaderData('a', a)];
  });
  assert.deepEqual(result, ['A', 'B', 'A']);
  assert.deepEqual(log, ['registered', 'a', 'b']);
});

test('a component whose loader nobody registered runs it itself, once for all its instances', async () => {
  let runs = 0;
  const loader = async () => ++runs;
  await inRequest(() => Promise.all([getLoaderData('a', loader), getLoaderData('a', loader)]));
  assert.equal(runs, 1);
});

test('an error surfaces where the data is awaited, as it was thrown, and stops nobody else', async () => {
  const unhandled = watchRejections();
  const error = new Error('no such card');
  await inRequest(async () => {
    const failing = () => {
      throw error;
    };
    registerLoader('failing', failing);
    registerLoader('never read', async () => {
      throw new Error('nobody looks at this');
    });
    registerLoader('fine', () => 'data');
    await sleep(5);
    assert.equal(await getLoaderData('fine'.slice(), () => {}), 'data');
    await assert.rejects(getLoaderData('failing', failing), (thrown) => thrown === error);
    void getLoaderData('not awaited', failing);
  });
  await sleep(5);
  assert.deepEqual(unhandled(), []);
});

test('requests never see each other', async () => {
  const loader = async ({ params }) => {
    await sleep(2);
    return params.id;
  };
  const pages = await Promise.all(
    ['1', '2', '3'].map((id) =>
      inRequest(async () => {
        registerLoader('card', loader);
        await sleep(1);
        return getLoaderData('card', loader);
      }, requestContext({ params: { id } })),
    ),
  );
  assert.deepEqual(pages, ['1', '2', '3']);
});

test('the scope holds while the body streams, after the middleware has returned', async () => {
  const loader = ({ url }) => url.pathname;
  const response = await inRequest(
    () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            await sleep(5);
            controller.enqueue(new TextEncoder().encode(await getLoaderData('late', loader)));
            controller.close();
          },
        }),
      ),
    requestContext({ url: new URL('http://localhost/late') }),
  );
  assert.equal(await response.text(), '/late');
});

test('a loader gets the parts of the request, its props and nothing stale', async () => {
  const context = requestContext({ params: { id: 'old' }, locals: { user: 'ada' } });
  let seen;
  const loader = ({ params, url, request, cookies, locals, props, signal }) => {
    seen = { params, url, request, cookies, locals, props, signal };
  };
  await inRequest(async () => {
    registerLoader('x', loader);
    context.params = { id: 'new' };
    await getLoaderData('x', loader);
  }, context);
  assert.deepEqual(seen.params, { id: 'new' });
  assert.equal(seen.url, context.url);
  assert.equal(seen.request, context.request);
  assert.equal(seen.cookies, context.cookies);
  assert.equal(seen.locals, context.locals);
  assert.equal(seen.signal, context.request.signal);
  assert.deepEqual(seen.props, {});
});

test('the middleware twice in one chain is one scope; a render with another context is another', async () => {
  let runs = 0;
  const loader = async ({ url }) => (runs++, url.pathname);
  const context = requestContext();
  await inRequest(async () => {
    await getLoaderData('x', loader);
    assert.equal(await inRequest(() => getLoaderData('x', loader), context), '/');
    assert.equal(runs, 1);
    const rewritten = requestContext({ url: new URL('http://localhost/other') });
    assert.equal(await inRequest(() => getLoaderData('x', loader), rewritten), '/other');
    assert.equal(runs, 2);
    assert.equal(await getLoaderData('x', loader), '/');
  }, context);
});

test('instances with equal props share a run, in any order of keys; others do not', async () => {
  const seen = [];
  const loader = async ({ props }) => seen.push(props) && seen.length;
  await inRequest(async () => {
    assert.equal(await getLoaderData('card', loader, { id: 1, tags: ['a', { b: 1n }] }), 1);
    assert.equal(await getLoaderData('card', loader, { tags: ['a', { b: 1n }], id: 1 }), 1);
    assert.equal(await getLoaderData('card', loader, { id: 2, tags: [] }), 2);
    assert.equal(await getLoaderData('other', loader, { id: 2, tags: [] }), 3);
    registerLoader('card', loader, { id: 3 });
    assert.equal(await getLoaderData('card', loader, { id: 3 }), 4);
  });
  assert.deepEqual(seen[3], { id: 3 });
});

test('props that cannot be compared run per call', async () => {
  const cyclic = {};
  cyclic.self = cyclic;
  class Point {}
  let deep = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  for (const value of [() => {}, Symbol('s'), new Point(), cyclic, deep, Promise.resolve(), { [Symbol('k')]: 1 }]) {
    let runs = 0;
    const loader = () => ++runs;
    await inRequest(async () => {
      await getLoaderData('x', loader, { value });
      await getLoaderData('x', loader, { value });
    });
    assert.equal(runs, 2);
  }
});

test('dedupe calls once for each key, and shares what came of it', async () => {
  let calls = 0;
  const a = ({ dedupe }) => dedupe('story', async () => ++calls);
  const b = ({ dedupe }) => dedupe('story', () => ++calls);
  const failing = ({ dedupe }) =>
    dedupe('failing', () => {
      throw new Error('no story');
    });
  await inRequest(async () => {
    assert.deepEqual(await Promise.all([getLoaderData('a', a), getLoaderData('b', b)]), [1, 1]);
    await assert.rejects(getLoaderData('c', failing), /no story/);
  });
  await inRequest(async () => assert.equal(await getLoaderData('a', a), 2));
});

test('load runs a loader once, and shares with the component that has it', async () => {
  let runs = 0;
  const user = async () => ({ id: ++runs });
  const posts = async ({ load }) => `posts of ${(await load(user)).id}`;
  const likes = async ({ load }) => `likes of ${(await load(user)).id}`;
  for (const order of [
    ['posts', 'user'],
    ['user', 'posts'],
  ]) {
    runs = 0;
    await inRequest(async () => {
      registerLoader(order[0], { posts, user }[order[0]]);
      registerLoader(order[1], { posts, user }[order[1]]);
      await sleep(1);
      assert.deepEqual(await getLoaderData('user', user), { id: 1 });
      assert.equal(await getLoaderData('posts', posts), 'posts of 1');
      assert.equal(await getLoaderData('likes', likes), 'likes of 1');
    });
  }
});

test('one function under two keys runs for each, whether load asked for it or not', async () => {
  for (const first of ['load', 'component']) {
    let runs = 0;
    const loader = async () => ++runs;
    const asks = ({ load }) => load(loader);
    await inRequest(async () => {
      if (first === 'load') await getLoaderData('asks', asks);
      await getLoaderData('a', loader);
      await getLoaderData('b', loader);
      await getLoaderData('asks', asks);
    });
    assert.equal(runs, 2, first);
  }
});

test('loaders that wait for each other fail with the chain, whichever began', async () => {
  const a = ({ load }) => load(b);
  const b = async ({ load }) => (await sleep(1), load(c));
  const c = ({ load }) => load(a);
  for (const early of [[], ['a', 'b', 'c']]) {
    await inRequest(async () => {
      for (const name of early) registerLoader(name, { a, b, c }[name]);
      await assert.rejects(getLoaderData('a', a), (error) => {
        assert.ok(error instanceof LoaderCycleError);
        assert.equal(error.chain.length, 4);
        assert.equal(error.chain[0], error.chain[3]);
        assert.deepEqual([...error.chain.slice(1)].sort(), ['a', 'b', 'c']);
        assert.match(error.message, /loaders wait for each other, .*: \w → \w → \w → \w/);
        return true;
      });
    });
  }
  const self = ({ load }) => load(self);
  await inRequest(() => assert.rejects(getLoaderData('self', self), { chain: ['self', 'self'] }));
});

test('a loader that is done waits for nobody, whatever it has left behind', async () => {
  const left = {};
  const done = ({ load }) => ((left.load = load), 'done');
  const waiting = async ({ load }) => {
    await load(done);
    left.late = left.load(waiting);
    return 'waited';
  };
  await inRequest(async () => {
    assert.equal(await getLoaderData('waiting', waiting), 'waited');
    assert.equal(await left.late, 'waited');
  });
});

test('asking again for what has settled is no cycle', async () => {
  const left = () => 'left';
  const right = async ({ load }) => `right of ${await load(left)}`;
  const both = async ({ load }) => [await load(left), await load(right), await load(left)];
  await inRequest(async () => assert.deepEqual(await getLoaderData('both', both), ['left', 'right of left', 'left']));
});

test('what is missing is said', () => {
  assert.throws(() => getLoaderData(), /was not compiled.*foreload\/astro.*getLoaderData<typeof loader>\(\)/);
  assert.throws(() => getLoaderData('file:///src/A.astro', () => 1), /file:\/\/\/src\/A\.astro.*foreload\/middleware/);
});

test('defineLoader gives its function back, if nothing is to be done at run time', () => {
  const loader = async () => 1;
  assert.equal(defineLoader(loader), loader);
  assert.equal(defineLoader(loader, { speculative: true }), loader);
  const defined = defineLoader(loader, { timeout: 100 });
  assert.notEqual(defined, loader);
  assert.equal(defined.name, 'loader');
});
