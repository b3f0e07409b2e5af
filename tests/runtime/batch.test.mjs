import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBatcher } from 'foreload/batch';
import { getLoaderData, registerLoader } from 'foreload/runtime';
import { inRequest, watchRejections } from './request.mjs';

/** A batcher of squares, and what it was called with. */
function squares(options) {
  const calls = [];
  const square = createBatcher(async (keys) => {
    calls.push(keys);
    await sleep(1);
    return keys.map((key) => key * key);
  }, options);
  return { calls, square };
}

test('what the loaders of a page ask for in one tick is one call', async () => {
  const { calls, square } = squares();
  const loader = async ({ props }) => square(props.id);
  const later = async ({ props }) => (await null, await Promise.resolve(), square(props.id));
  const data = await inRequest(() => {
    for (const id of [1, 2, 3]) registerLoader('card', loader, { id });
    return Promise.all([
      ...[3, 2, 1, 4].map((id) => getLoaderData('card', loader, { id })),
      ...[5, 1].map((id) => getLoaderData('later', later, { id })),
    ]);
  });
  assert.deepEqual(data, [9, 4, 1, 16, 25, 1]);
  assert.deepEqual(calls, [[1, 2, 3, 4, 5]]);
});

test('another tick is another call, and asks again', async () => {
  const { calls, square } = squares();
  await inRequest(async () => {
    assert.equal(await square(2), 4);
    assert.deepEqual(await Promise.all([square(2), square(3)]), [4, 9]);
  });
  assert.deepEqual(calls, [[2], [2, 3]]);
});

test('no call serves two requests', async () => {
  const { calls, square } = squares();
  const page = () => Promise.all([square(1), square(2)]);
  await Promise.all([inRequest(page), inRequest(page), page()]);
  assert.deepEqual(calls, [[1, 2], [1, 2], [1, 2]]);
});

test('what loaders ask for within dedupe goes with the rest of the request', async () => {
  const { calls, square } = squares();
  await inRequest(() =>
    Promise.all([
      getLoaderData('a', ({ dedupe }) => dedupe('k', () => square(1))),
      getLoaderData('b', () => square(2)),
    ]),
  );
  assert.deepEqual(calls, [[1, 2]]);
});

test('a call has as many keys as it may have', async () => {
  const { calls, square } = squares({ max: 2 });
  assert.deepEqual(await Promise.all([1, 2, 3, 4, 5].map(square)), [1, 4, 9, 16, 25]);
  assert.deepEqual(calls, [[1, 2], [3, 4], [5]]);
});

test('keys are told apart as one likes', async () => {
  const calls = [];
  const name = createBatcher((keys) => (calls.push(keys), keys.map(({ id }) => `name ${id}`)), { keyOf: ({ id }) => id });
  assert.deepEqual(await Promise.all([name({ id: 1 }), name({ id: 1 }), name({ id: 2 })]), ['name 1', 'name 1', 'name 2']);
  assert.deepEqual(calls, [[{ id: 1 }, { id: 2 }]]);
});

test('an error fails the key that it stands for, a failing call all of its keys, and the next is a new one', async () => {
  const unhandled = watchRejections();
  let fails = true;
  const get = createBatcher((keys) => {
    if (keys.includes('all') && fails) throw new Error('no connection');
    return keys.map((key) => (key === 'bad' ? new Error('no such key') : key));
  });
  const outcome = async (...keys) =>
    (await Promise.allSettled(keys.map(get))).map(({ value, reason }) => value ?? reason.message);
  assert.deepEqual(await outcome('good', 'bad'), ['good', 'no such key']);
  assert.deepEqual(await outcome('good', 'all'), ['no connection', 'no connection']);
  fails = false;
  assert.deepEqual(await outcome('good', 'all'), ['good', 'all']);
  await sleep(1);
  assert.deepEqual(unhandled(), []);
});

test('a function that does not give a value for each key is told so', async () => {
  for (const wrong of [[], undefined, [1, 2]])
    await assert.rejects(createBatcher(() => wrong)('key'), /was given 1 keys, and gave (0|no|2) values: it must give an array/);
});

test('a key is asked for once, in whichever of the calls', async () => {
  const { calls, square } = squares({ max: 2 });
  assert.deepEqual(await Promise.all([1, 2, 3, 1, 2].map(square)), [1, 4, 9, 1, 4]);
  assert.deepEqual(calls, [[1, 2], [3]]);
});
