// Loaders that wait for each other fail with the chain, however they wait and whoever started them: nothing hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoaderCycleError, getLoaderData, registerLoader, speculateLoader, whenLoaded } from 'foreload/runtime';
import { inRequest, requestContext, watchRejections } from './request.mjs';

/** \p promise, or an error if it takes too long. */
async function settled(promise) {
  const stop = new AbortController();
  const late = sleep(2000, undefined, { signal: stop.signal, ref: true }).then(() => assert.fail('waits for ever'));
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

/** A cycle error's chain without the place where it begins, which hangs on who came first. */
function around(error, names) {
  assert.ok(error instanceof LoaderCycleError, String(error));
  assert.equal(error.name, 'LoaderCycleError');
  assert.equal(error.chain[0], error.chain.at(-1));
  // What goes by way of dedupe names that, too.
  const members = error.chain.slice(0, -1).filter((name) => !name.startsWith('dedupe('));
  const first = members.indexOf(names[0]);
  assert.notEqual(first, -1, `${names[0]} is on ${error.chain}`);
  assert.deepEqual([...members.slice(first), ...members.slice(0, first)], names);
  assert.equal(error.message, 'loaders wait for each other, one must do without: ' + error.chain.join(' → '));
  return true;
}

// How a loader may wait for another.
const waits = {
  'at once': (load, next) => load(next),
  'after something else': async (load, next) => (await sleep(2), load(next)),
  'long after it began to load': async (load, next) => {
    const data = load(next);
    await sleep(2);
    return data;
  },
  'on a condition': async (load, next) => ((await Promise.resolve(true)) ? load(next) : undefined),
  'among others': (load, next) => Promise.all([sleep(1), load(next), load(async () => 'fine')]),
  'whatever becomes of it': async (load, next) => {
    const [outcome] = await Promise.allSettled([load(next)]);
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  },
  'in a race': (load, next) => Promise.race([sleep(50, 'late'), load(next)]),
  'in a function that it calls': (load, next) => [next].map(load)[0],
  'within dedupe': (load, next, dedupe) => dedupe('of ' + next.name, () => load(next)),
};

// How the loaders of a page are started.
const starts = {
  'by their components': async (loaders) => loaders.map(([name, loader]) => getLoaderData(name, loader)),
  'one after the other': async (loaders) => {
    const promises = [];
    for (const [name, loader] of loaders) {
      promises.push(getLoaderData(name, loader));
      await promises.at(-1).catch(() => {});
    }
    return promises;
  },
  'by a lift point': async (loaders) => {
    for (const [name, loader] of loaders) registerLoader(name, loader);
    return loaders.map(([name, loader]) => getLoaderData(name, loader));
  },
  'by a lift point that guesses': async (loaders) => {
    for (const [name, loader] of loaders) speculateLoader(name, loader);
    return loaders.map(([name, loader]) => getLoaderData(name, loader));
  },
  'behind data': async (loaders) => {
    const first = registerLoader('first', async () => (await sleep(1), 1));
    await whenLoaded([first], () => loaders.forEach(([name, loader]) => registerLoader(name, loader)));
    return loaders.map(([name, loader]) => getLoaderData(name, loader));
  },
  'the first alone': async ([[name, loader]]) => (registerLoader(name, loader), [getLoaderData(name, loader)]),
};

for (const [how, wait] of Object.entries(waits))
  for (const [start, run] of Object.entries(starts))
    test(`loaders that wait for each other ${how}, started ${start}, fail with the chain`, async () => {
      const unhandled = watchRejections();
      for (const length of [1, 2, 3]) {
        const names = ['a', 'b', 'c'].slice(0, length);
        const loaders = names.map((name, i) => {
          const loader = { [name]: ({ load, dedupe }) => wait(load, loaders[(i + 1) % length][1], dedupe) }[name];
          return [name, loader];
        });
        await inRequest(async () => {
          for (const promise of await settled(run(loaders)))
            await assert.rejects(settled(promise), (error) => around(error, names));
        });
      }
      await sleep(1);
      assert.deepEqual(unhandled(), []);
    });

test('loaders that wait for each other by a key of dedupe fail with the chain', async () => {
  for (const pause of [0, 2]) {
    const a = ({ dedupe, load }) => dedupe('k', async () => (pause && (await sleep(pause)), load(b)));
    const b = async ({ dedupe }) => (await sleep(1), dedupe('k', () => assert.fail('called again')));
    const chains = [];
    await inRequest(async () => {
      for (const [name, loader] of Object.entries({ a, b }))
        await assert.rejects(settled(getLoaderData(name, loader)), (error) => chains.push(error.chain) > 0);
    });
    for (const chain of chains) assert.deepEqual(chain, ['b', 'dedupe(k)', 'b']);
    assert.equal(chains.length, 2);
  }
  // By itself, at once and later; and through another key.
  for (const within of [
    ({ dedupe }) => dedupe('k', () => dedupe('k', () => 1)),
    ({ dedupe }) => dedupe('k', async () => (await null, dedupe('k', () => 1))),
    ({ dedupe }) => dedupe('k', () => dedupe('other', async () => (await sleep(1), dedupe('k', () => 1)))),
  ])
    await inRequest(() => assert.rejects(settled(getLoaderData('within', within)), LoaderCycleError));
});

test('what a loader asks for beside a function of dedupe is not what that function waits for', async () => {
  const shared = async () => (await sleep(3), 'shared');
  const a = async ({ dedupe, load }) => Promise.all([dedupe('k', shared), load(b)]);
  const b = ({ dedupe }) => dedupe('k', shared);
  // A loader that is begun inside of the function does not belong to it.
  const c = ({ dedupe, load }) => dedupe('c', async () => [await load(d), await load(e)]);
  const d = ({ load }) => load(e);
  const e = async ({ dedupe }) => dedupe('e', async () => (await sleep(1), 'e'));
  await inRequest(async () => {
    assert.deepEqual(await settled(getLoaderData('a', a)), ['shared', 'shared']);
    assert.deepEqual(await settled(getLoaderData('c', c)), ['e', 'e']);
  });
});

test('a cycle that a loader runs into on its way does not reach what it does not concern', async () => {
  const apart = async () => 'apart';
  const leads = async ({ load }) => [await load(apart), await load(a).catch((error) => error.chain.length)];
  const a = async ({ load }) => load(b);
  const b = async ({ load }) => load(a);
  await inRequest(async () => assert.deepEqual(await settled(getLoaderData('leads', leads)), ['apart', 3]));
});

test('a loader that handles the error of a cycle goes on, and so do those that wait for it', async () => {
  const a = async ({ load }) => `a of ${await load(b)}`;
  const b = async ({ load }) => load(a).catch((error) => `b without ${error.chain.at(1)}`);
  await inRequest(async () => {
    assert.equal(await settled(getLoaderData('a', a)), 'a of b without a');
    assert.equal(await settled(getLoaderData('b', b)), 'b without a');
  });
});

test('a loader that was copied or that has props is still found to wait for itself', async () => {
  // The lift point has a copy of the loader, or its component runs it with props; `load` names the function itself.
  const original = async ({ load }) => load(other);
  const copy = async ({ load }) => load(other);
  const other = async ({ load }) => load(original);
  await inRequest(async () => {
    registerLoader('a', copy);
    await assert.rejects(settled(getLoaderData('a', original)), LoaderCycleError);
  });
  await inRequest(() => assert.rejects(settled(getLoaderData('a', original, { id: 1 })), LoaderCycleError));
});

test('loaders that load each other, but not at the same time, are no cycle', async () => {
  const flag = {};
  const a = async ({ load }) => (flag.done ? 'a alone' : `a of ${await load(b)}`);
  const b = async ({ load, params }) => (params.id ? 'b alone' : load(a));
  await inRequest(async () => assert.equal(await settled(getLoaderData('a', a)), 'a of b alone'), requestContext({ params: { id: '1' } }));
});
