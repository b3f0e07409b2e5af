import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { awaitLifted, registerAwait } from 'foreload/auto';
import { registerLoader, whenLoaded } from 'foreload/runtime';
import { build } from 'esbuild';
import { inRequest, watchRejections } from './request.mjs';

/** An expression that counts its runs. */
function counter() {
  const fn = async () => ++fn.runs;
  fn.runs = 0;
  return fn;
}

test('a component takes the run that was started for it', async () => {
  const fn = counter();
  await inRequest(async () => {
    const early = registerAwait('page', 'card:0', [1], fn);
    assert.equal(fn.runs, 1, 'at once');
    assert.equal(await awaitLifted('card:0', [1], () => assert.fail('ran again')), 1);
    assert.equal(await early, 1);
  });
  assert.equal(fn.runs, 1);
});

test('without a lift point each instance runs its own, and nothing is shared', async () => {
  const fn = counter();
  await inRequest(async () => {
    assert.deepEqual(await Promise.all([awaitLifted('card:0', [1], fn), awaitLifted('card:0', [1], fn)]), [1, 2]);
  });
  await inRequest(async () => assert.equal(await awaitLifted('card:0', [1], fn), 3));
});

test('instances with equal inputs take runs in the order that they were started in', async () => {
  const fn = counter();
  await inRequest(async () => {
    const early = [1, 2, 3].map(() => registerAwait('page', 'card:0', { id: 7 }, fn));
    assert.deepEqual(await Promise.all(early), [1, 2, 3]);
    const never = () => assert.fail('ran again');
    assert.deepEqual(
      await Promise.all([1, 2, 3].map(() => awaitLifted('card:0', { id: 7 }, never))),
      [1, 2, 3],
    );
    assert.equal(await awaitLifted('card:0', { id: 7 }, fn), 4);
  });
  assert.equal(fn.runs, 4);
});

test('what an outer lift point has started, an inner one does not start again', async () => {
  const fn = counter();
  await inRequest(async () => {
    const outer = [registerAwait('page', 'card:0', [1], fn), registerAwait('page', 'card:0', [1], fn)];
    const inner = [registerAwait('list', 'card:0', [1], fn), registerAwait('list', 'card:0', [1], fn)];
    assert.equal(fn.runs, 2);
    assert.deepEqual(await Promise.all(inner), await Promise.all(outer));
    registerAwait('list', 'card:0', [1], fn);
    assert.equal(fn.runs, 3, 'the inner one knows of more');
    registerAwait('page', 'card:0', [1], fn);
    assert.equal(fn.runs, 3, 'the outer one knows of it, too');
  });
});

test('what components have started counts, too', async () => {
  const fn = counter();
  await inRequest(async () => {
    await awaitLifted('card:0', [1], fn);
    registerAwait('list', 'card:0', [1], fn);
    assert.equal(fn.runs, 1);
    registerAwait('list', 'card:0', [1], fn);
    assert.equal(fn.runs, 2);
    assert.equal(await awaitLifted('card:0', [1], fn), 2);
    assert.equal(await awaitLifted('card:0', [1], fn), 3);
    registerAwait('page', 'card:0', [1], fn);
    assert.equal(fn.runs, 3);
  });
});

test('in any order of registrations and claims there are as many runs as the rules say', async () => {
  // A generator of its own, so that a failure can be repeated.
  let seed = 42;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let round = 0; round < 300; round++) {
    const fn = counter();
    const registered = { page: 0, list: 0, card: 0 };
    const claims = [];
    await inRequest(async () => {
      for (let step = random(20); step > 0; step--) {
        const lifter = ['page', 'list', 'card', null][random(4)];
        if (lifter) {
          registerAwait(lifter, 'key', [round], fn);
          registered[lifter]++;
        } else claims.push(awaitLifted('key', [round], fn));
        assert.equal(fn.runs, Math.max(claims.length, ...Object.values(registered)));
      }
    });
    assert.deepEqual(await Promise.all(claims), claims.map((_, at) => at + 1), 'each run goes to one instance');
  }
});

test('other inputs, expressions and requests are others', async () => {
  const fn = counter();
  await inRequest(async () => {
    registerAwait('page', 'card:0', [1], fn);
    assert.equal(await awaitLifted('card:0', [2], fn), 2);
    assert.equal(await awaitLifted('card:0', ['1'], fn), 3);
    assert.equal(await awaitLifted('card:1', [1], fn), 4);
    await inRequest(async () => assert.equal(await awaitLifted('card:0', [1], fn), 5));
    assert.equal(await awaitLifted('card:0', [1], fn), 1);
  });
});

test('inputs are equal if they hold the same, or are the same', async () => {
  class Point {}
  const point = new Point();
  const call = () => {};
  const cyclic = {};
  cyclic.self = cyclic;
  const symbol = Symbol('s');
  const withAccessor = { get now() { return assert.fail('was called'); } };
  const same = [
    [[{ a: 1, b: [2] }], [{ b: [2], a: 1 }]],
    [[new Date(5)], [new Date(5)]],
    [[point, call], [point, call]],
    [[{ point }], [{ point }]],
    [[cyclic], [cyclic]],
    [[symbol, Symbol.for('s')], [symbol, Symbol.for('s')]],
    [[withAccessor], [withAccessor]],
    [[undefined], [undefined]],
  ];
  const different = [
    [[new Point()], [new Point()]],
    [[() => {}], [() => {}]],
    [[point, call], [call, point]],
    [[{ point }], [{ point: new Point() }]],
    [[Symbol('s')], [Symbol('s')]],
    [[undefined], [null]],
    [[point], [0]],
    [[point], ['#0']],
  ];
  for (const [left, right] of same)
    await inRequest(async () => {
      const fn = counter();
      registerAwait('page', 'key', left, fn);
      await awaitLifted('key', right, fn);
      assert.equal(fn.runs, 1);
    });
  for (const [left, right] of different)
    await inRequest(async () => {
      const fn = counter();
      registerAwait('page', 'key', left, fn);
      await awaitLifted('key', right, fn);
      assert.equal(fn.runs, 2);
    });
});

test('inputs that have no name are not lifted, and the component runs its own', async () => {
  let deep = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const hostile = new Proxy({}, { getPrototypeOf: () => { throw new Error('no'); } });
  for (const inputs of [[deep], [hostile]])
    await inRequest(async () => {
      const fn = counter();
      whenLoaded([registerAwait('page', 'key', inputs, fn)], () => assert.fail('went on without data'));
      assert.equal(fn.runs, 0);
      assert.equal(await awaitLifted('key', inputs, fn), 1);
      await sleep(1);
    });
});

test('an error is the await\'s, thrown at once or later, and is never an unhandled rejection', async () => {
  const unhandled = watchRejections();
  const error = new Error('no data');
  const failing = [
    () => {
      throw error;
    },
    async () => {
      await sleep(1);
      throw error;
    },
  ];
  for (const fn of failing)
    await inRequest(async () => {
      registerAwait('page', 'nobody asks', [], fn);
      registerAwait('page', 'asked for', [], fn);
      await sleep(3);
      await assert.rejects(awaitLifted('asked for', [], fn), (thrown) => thrown === error);
      await assert.rejects(awaitLifted('not lifted', [], fn), (thrown) => thrown === error);
      void awaitLifted('left alone', [], fn);
    });
  await assert.rejects(awaitLifted('without a request', [], failing[0]), (thrown) => thrown === error);
  await sleep(3);
  assert.deepEqual(unhandled(), []);
});

test('without a request the expression runs where it stands, and nothing is lifted', async () => {
  const fn = counter();
  whenLoaded([registerAwait('page', 'key', [], fn)], () => assert.fail('went on without data'));
  assert.equal(fn.runs, 0);
  const result = awaitLifted('key', [], fn);
  assert.equal(fn.runs, 1);
  assert.equal(await result, 1);
  assert.equal(await awaitLifted('key', [], () => 'no promise'), 'no promise');
  await sleep(1);
});

test('a promise comes back as it is; other values and other kinds of promises are awaited once', async () => {
  let queries = 0;
  const query = { then: (resolve) => void (queries++, resolve('rows')) };
  await inRequest(async () => {
    const promise = Promise.resolve(1);
    assert.equal(awaitLifted('promise', [], () => promise), promise);
    assert.equal(await awaitLifted('value', [], () => 2), 2);
    registerAwait('page', 'query', [], () => query);
    assert.equal(await awaitLifted('query', [], () => query), 'rows');
    assert.equal(queries, 1);
  });
});

test('what depends on an await goes on with its value, in the context of the lift', async () => {
  const storage = new AsyncLocalStorage();
  let runs = 0;
  await inRequest(() =>
    storage.run('lift', async () => {
      await whenLoaded([registerAwait('page', 'post', [1], async () => ({ author: 2 }))], (post) => {
        assert.equal(storage.getStore(), 'lift');
        registerLoader('author', () => ++runs, { id: post.author });
      });
      await sleep(1);
      assert.equal(runs, 1);
    }),
  );
});

test('an expression that awaits itself below finds runs of its own', async () => {
  const fn = (depth) => async () => (depth ? 1 + (await awaitLifted('tree', [], fn(depth - 1))) : 1);
  await inRequest(async () => {
    registerAwait('page', 'tree', [], fn(2));
    assert.equal(await awaitLifted('other', [], fn(0)), 1);
  });
});

test('copies of the runtime, as bundles have them, share what has started and who is who', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'foreload-copies-'));
  try {
    const outfile = join(folder, 'copy.mjs');
    await build({
      stdin: {
        contents: "export * from 'foreload/auto';",
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
      },
      bundle: true,
      outfile,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
    });
    const copy = await import(pathToFileURL(outfile).href);
    const [ours, theirs] = [() => 'ours', () => 'theirs'];
    await inRequest(async () => {
      registerAwait('page', 'key', [ours], () => 'of ours');
      copy.registerAwait('page', 'key', [theirs], () => 'of theirs');
      const never = () => assert.fail('ran again');
      assert.equal(await copy.awaitLifted('key', [ours], never), 'of ours');
      assert.equal(await awaitLifted('key', [theirs], never), 'of theirs');
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
