// Caps, deadlines, retries and priorities. Order is told by events; where a time is waited for, it only has to come.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitLifted, registerAwait } from 'foreload/auto';
import { LoaderTimeoutError, setLimits } from 'foreload/limits';
import { LoaderCycleError, defineLoader, getLoaderData, registerLoader, speculateLoader } from 'foreload/runtime';
import { Random } from '../oracle/random.mjs';
import { inRequest, requestContext, watchRejections } from './request.mjs';

afterEach(() => setLimits({}));

/** Counts how many of its calls work at once. */
class Gauge {
  now = 0;
  most = 0;
  async work(ms = 1) {
    this.most = Math.max(this.most, ++this.now);
    await sleep(ms);
    this.now--;
  }
}

const names = (count) => Array.from({ length: count }, (_, i) => `loader ${i}`);

test('at most as many loaders of a request run at once as it may have', async () => {
  setLimits({ limits: { request: 3 } });
  const gauges = [new Gauge(), new Gauge()];
  const most = new Gauge();
  await Promise.all(
    gauges.map((gauge) =>
      inRequest(async () => {
        const loader = async () => Promise.all([gauge.work(), most.work()]);
        for (const name of names(10)) registerLoader(name, loader);
        await Promise.all(names(10).map((name) => getLoaderData(name, loader)));
      }),
    ),
  );
  assert.deepEqual(gauges.map(({ most }) => most), [3, 3]);
  assert.equal(most.most, 6, 'each request has its own');
});

test('a named limit holds for all requests, and for those that name it only', async () => {
  setLimits({ limits: { db: 2, api: 1 } });
  const gauges = { db: new Gauge(), api: new Gauge(), free: new Gauge() };
  const loaders = {
    db: defineLoader(() => gauges.db.work(), { limit: 'db' }),
    api: defineLoader(() => gauges.api.work(), { limit: 'api' }),
    free: () => gauges.free.work(),
  };
  const page = () =>
    Promise.all(names(6).flatMap((name) => Object.entries(loaders).map(([kind, loader]) => getLoaderData(kind + name, loader))));
  await Promise.all([inRequest(page), inRequest(page)]);
  assert.deepEqual([gauges.db.most, gauges.api.most, gauges.free.most], [2, 1, 12]);
});

test('a limit that the project does not know is an error that says what to write', async () => {
  setLimits({ limits: { request: 8 } });
  const loader = defineLoader(() => 1, { limit: 'db' });
  await inRequest(() =>
    assert.rejects(getLoaderData('card', loader), /card has the limit "db".*foreload\({ limits: { request: 8, db: 4 } }\)/),
  );
});

test('the highest priority goes first, what is speculated on last, and equals as they came', async () => {
  setLimits({ limits: { request: 1 } });
  const order = [];
  const loaders = {};
  for (const [name, priority] of Object.entries({ guess: 9, 'wanted guess': 3, a: 0, b: 1, c: 0, d: 5 }))
    loaders[name] = defineLoader(() => void order.push(name), { priority });
  await sleep(1); // until what honours options is imported
  await inRequest(async () => {
    let finish;
    registerLoader('blocks', () => new Promise((resolve) => (finish = resolve)));
    await null;
    await null;
    for (const [name, loader] of Object.entries(loaders))
      if (name.endsWith('guess')) speculateLoader(name, loader);
      else registerLoader(name, loader);
    registerLoader('e', () => void order.push('e'));
    await sleep(1);
    getLoaderData('wanted guess', () => {});
    finish();
    while (order.length < 7) await sleep(1);
  });
  assert.deepEqual(order, ['d', 'wanted guess', 'b', 'a', 'c', 'e', 'guess']);
});

test('caps and loaders that wait for others: nothing stands still, and no cap is passed', async () => {
  const seed = process.env.FORELOAD_SEED ?? '1';
  for (let round = 0; round < 150; round++) {
    const random = new Random(seed, 'caps', round);
    const where = `FORELOAD_SEED=${seed}, round ${round}`;
    const limits = { request: random.between(1, 3), db: random.between(1, 2), api: 1 };
    setLimits({ limits });
    const gauges = { request: new Map(), db: new Gauge(), api: new Gauge() };
    const count = random.between(2, 14);
    // Each loader may wait for earlier ones, one after the other or together, plainly or within dedupe.
    const loaders = [];
    for (let i = 0; i < count; i++) {
      const limit = random.pick([undefined, undefined, 'db', 'api']);
      const steps = Array.from({ length: random.below(4) }, () => ({
        kind: random.pick(['work', 'load', 'all', 'dedupe', 'dedupe work']),
        of: i ? Array.from({ length: random.between(1, 3) }, () => random.below(i)) : [],
        key: `key ${i ? random.below(i) : 0}`,
      }));
      const loader = async ({ load, dedupe, locals }) => {
        const work = () =>
          Promise.all([gauges.request.get(locals).work(0), limit && gauges[limit].work(0)]);
        await work();
        for (const { kind, of, key } of steps) {
          if (kind === 'work') await work();
          if (kind === 'load') for (const other of of) await load(loaders[other]);
          if (kind === 'all') await Promise.all(of.map((other) => load(loaders[other])));
          if (kind === 'dedupe' && of.length) await dedupe(`${i} ${key}`, () => load(loaders[of[0]]));
          if (kind === 'dedupe work') await dedupe(key, () => sleep(0));
        }
        return i;
      };
      loaders.push(defineLoader(loader, limit ? { limit } : {}));
    }
    const page = (order) => async () => {
      for (const i of order) registerLoader(`loader ${i}`, loaders[i]);
      return Promise.all(loaders.map((loader, i) => getLoaderData(`loader ${i}`, loader)));
    };
    const requests = Array.from({ length: random.between(1, 3) }, () => {
      const context = requestContext();
      gauges.request.set(context.locals, new Gauge());
      const order = loaders.map((_, i) => i).filter(() => random.chance(0.7));
      return inRequest(page(random.chance(0.5) ? order.reverse() : order), context);
    });
    const stop = new AbortController();
    const late = sleep(3000, undefined, { signal: stop.signal }).then(
      () => assert.fail(`stands still: ${where}`),
      () => {},
    );
    const results = await Promise.race([Promise.all(requests), late]);
    stop.abort();
    for (const result of results) assert.deepEqual(result, loaders.map((_, i) => i), where);
    for (const { most } of gauges.request.values()) assert.ok(most <= limits.request, `${most} in a request: ${where}`);
    for (const name of ['db', 'api']) assert.ok(gauges[name].most <= limits[name], `${gauges[name].most} ${name}: ${where}`);
  }
});

test('cycles are found under a cap, too', async () => {
  setLimits({ limits: { request: 1 } });
  const a = ({ load }) => load(b);
  const b = ({ load }) => load(a);
  await inRequest(() => assert.rejects(getLoaderData('a', a), LoaderCycleError));
});

test('a deadline: the component gets an error that names it, the signal aborts, and the place is free', async () => {
  const unhandled = watchRejections();
  setLimits({ limits: { request: 1 }, timeout: 5 });
  await inRequest(async () => {
    let signal;
    const hangs = (context) => new Promise(() => (signal = context.signal));
    const next = () => 'next';
    registerLoader('hangs', hangs);
    registerLoader('next', next);
    await assert.rejects(getLoaderData('hangs', hangs), (error) => {
      assert.ok(error instanceof LoaderTimeoutError);
      assert.deepEqual([error.name, error.key, error.timeout, error.of], ['LoaderTimeoutError', 'hangs', 5, 'loader']);
      assert.match(error.message, /^hangs took longer than its timeout of 5 ms: .*defineLoader/);
      return true;
    });
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason.name, 'LoaderTimeoutError');
    assert.equal(await getLoaderData('next', next), 'next');
    // What a loader does after its time is nobody's business any more.
    const late = async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw new Error('too late');
    };
    await assert.rejects(getLoaderData('late', late), LoaderTimeoutError);
  });
  await sleep(2);
  assert.deepEqual(unhandled(), []);
});

test("a loader's own deadline counts more than the project's, and needs none of that", async () => {
  const own = defineLoader(() => sleep(1000), { timeout: 2 });
  const patient = defineLoader(async () => (await sleep(20), 'done'), { timeout: 1000 });
  await inRequest(() => assert.rejects(getLoaderData('own', own), { timeout: 2 }));
  setLimits({ timeout: 5 });
  await inRequest(async () => assert.equal(await getLoaderData('patient', patient), 'done'));
});

test("a request's deadline holds for what runs, and for what waits", async () => {
  setLimits({ timeout: { request: 10 }, limits: { request: 1 } });
  let called = 0;
  await inRequest(async () => {
    const hangs = () => new Promise(() => {});
    const waits = () => called++;
    for (const [name, loader] of Object.entries({ hangs, waits })) registerLoader(name, loader);
    for (const [name, loader] of Object.entries({ hangs, waits }))
      await assert.rejects(getLoaderData(name, loader), { name: 'LoaderTimeoutError', of: 'request', timeout: 10 });
    await assert.rejects(getLoaderData('begun after it', waits), { of: 'request' });
  });
  assert.equal(called, 0);
});

test('when the client leaves, what waits for its turn does not begin, and what runs is told', async () => {
  setLimits({ limits: { request: 1 } });
  const client = new AbortController();
  const context = requestContext({ request: new Request('http://localhost/', { signal: client.signal }) });
  let told;
  await inRequest(async () => {
    const runs = async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      told = signal.reason;
      return 'cleaned up';
    };
    const waits = () => assert.fail('began');
    registerLoader('runs', runs);
    registerLoader('waits', waits);
    await sleep(1);
    client.abort(new Error('gone'));
    await assert.rejects(getLoaderData('waits', waits), /gone/);
    assert.equal(await getLoaderData('runs', runs), 'cleaned up');
  }, context);
  assert.match(told.message, /gone/);
});

test('a loader that fails is called again, as often as it says', async () => {
  let calls = 0;
  const failing = (times) => async () => {
    if (calls++ < times) throw new Error(`failure ${calls}`);
    return calls;
  };
  const asked = async (loader) => ((calls = 0), inRequest(() => getLoaderData('x', loader)));
  assert.equal(await asked(defineLoader(failing(2), { retry: { times: 2, delay: 1 } })), 3);
  await assert.rejects(asked(defineLoader(failing(9), { retry: { times: 2, delay: 1 } })), /failure 3/);
  assert.equal(await asked(defineLoader(failing(1), { retry: 1 })), 2);
  await assert.rejects(asked(defineLoader(failing(1), { timeout: 1000 })), /failure 1/);
  assert.equal(calls, 1);
});

test('calling again has an end: at its deadline, when the client leaves, and for a cycle', async () => {
  let calls = 0;
  const fails = () => {
    calls++;
    throw new Error('no');
  };
  const loader = defineLoader(fails, { retry: { times: 100_000, delay: 1, maxDelay: 1 }, timeout: 200 });
  await inRequest(() => assert.rejects(getLoaderData('x', loader), LoaderTimeoutError));
  const soFar = calls;
  assert.ok(soFar > 1);
  await sleep(5);
  assert.equal(calls, soFar);

  const client = new AbortController();
  const context = requestContext({ request: new Request('http://localhost/', { signal: client.signal }) });
  const patient = defineLoader(fails, { retry: { times: 9, delay: 10_000, maxDelay: 10_000 } });
  setTimeout(() => client.abort(new Error('gone')), 2);
  await inRequest(() => assert.rejects(getLoaderData('x', patient), /gone/), context);

  calls = 0;
  const cycle = defineLoader(({ load }) => (calls++, load(cycle)), { retry: { times: 5, delay: 1 } });
  await inRequest(() => assert.rejects(getLoaderData('cycle', cycle), LoaderCycleError));
  assert.equal(calls, 1);
});

test('what failed within dedupe is done again with its loader, what succeeded is not', async () => {
  const calls = { good: 0, bad: 0 };
  const loader = async ({ dedupe }) => {
    await dedupe('good', () => calls.good++);
    return dedupe('bad', () => {
      if (calls.bad++ < 1) throw new Error('bad');
      return 'better';
    });
  };
  await inRequest(async () =>
    assert.equal(await getLoaderData('x', defineLoader(loader, { retry: { times: 1, delay: 1 } })), 'better'),
  );
  assert.deepEqual(calls, { good: 1, bad: 2 });
});

test('a key of its own tells the runs of a loader apart', async () => {
  let runs = 0;
  const loader = defineLoader(({ props }) => (runs++, props.post.id), { key: ({ post }) => post.id });
  class Post {
    constructor(id) {
      this.id = id;
    }
  }
  await inRequest(async () => {
    registerLoader('card', loader, { post: new Post(1) });
    assert.equal(await getLoaderData('card', loader, { post: new Post(1) }), 1);
    assert.equal(await getLoaderData('card', loader, { post: new Post(2) }), 2);
  });
  assert.equal(runs, 2);
});

test("awaits of components' own take no place from what they render, and lifted ones give theirs away", async () => {
  setLimits({ limits: { request: 1 }, timeout: 20 });
  const inTime = (promise) => Promise.race([promise, sleep(500).then(() => assert.fail('hangs'))]);
  await inTime(
    inRequest(async () => {
      const card = () => awaitLifted('card', [], async () => (await sleep(1), 'card'));
      // await slots.render('default')
      const slot = () => awaitLifted('slot', [], async () => (await sleep(30), 'slot of ' + (await card())));
      assert.equal(await awaitLifted('page', [], async () => `page of ${await slot()}`), 'page of slot of card');
    }),
  );
  await inTime(
    inRequest(async () => {
      registerAwait('page', 'card', [], async () => (await sleep(1), 'card'));
      assert.equal(await awaitLifted('slot', [], () => awaitLifted('card', [], assert.fail)), 'card');
    }),
  );
  await inTime(
    inRequest(async () => {
      registerAwait('page', 'outer', [], async () => `outer of ${await awaitLifted('inner', [], assert.fail)}`);
      registerAwait('page', 'inner', [], async () => 'inner');
      assert.equal(await awaitLifted('outer', [], assert.fail), 'outer of inner');
    }),
  );
});

test('awaits that were started early are limited', async () => {
  setLimits({ limits: { request: 2 } });
  const gauge = new Gauge();
  await inRequest(async () => {
    for (const id of names(8)) registerAwait('page', 'card', [id], () => gauge.work());
    await Promise.all(names(8).map((id) => awaitLifted('card', [id], assert.fail)));
  });
  assert.equal(gauge.most, 2);
});

test("a limit holds for the work of a loader's own dedupe, and another one's is waited for without a place", async () => {
  setLimits({ limits: { request: 2 } });
  const gauge = new Gauge();
  const loader = ({ props, dedupe }) => dedupe(`card:${props.id}`, () => dedupe(`inner:${props.id}`, () => gauge.work()));
  await inRequest(() => Promise.all(names(20).map((id) => getLoaderData('card', loader, { id }))));
  assert.equal(gauge.most, 2);

  setLimits({ limits: { request: 1 } });
  const shared = async ({ dedupe, load }) => dedupe('shared', async () => `shared ${await load(deep)}`);
  const deep = async () => (await sleep(1), 'deep');
  await inRequest(async () => {
    for (const name of names(5)) registerLoader(name, shared, { name });
    for (const name of names(5)) assert.equal(await getLoaderData(name, shared, { name }), 'shared deep');
  });
});

test('no time is too long: a timeout of Infinity, or longer than timers can be, is none', async () => {
  const slow = () => sleep(20, 'done');
  setLimits({ timeout: 5 });
  for (const timeout of [Infinity, 2 ** 31, 1e15])
    assert.equal(await inRequest(() => getLoaderData('slow', defineLoader(slow, { timeout }))), 'done', `${timeout}`);
  setLimits({ timeout: { loader: 2 ** 31, request: 2 ** 32 } });
  assert.equal(await inRequest(() => getLoaderData('slow', slow)), 'done');
});

test('options of a loader that mean nothing fail it, before it is called', async () => {
  const wrong = {
    timeout: [0, -1, NaN, '1s', null],
    retry: [-1, 1.5, NaN, '2', null, {}, { delay: 5 }, { times: NaN }, { times: 1, delay: -1 }, { times: 1, pause: 1 }],
    priority: ['high', NaN],
    limit: [1, null],
    retries: [3],
  };
  for (const [option, values] of Object.entries(wrong))
    for (const value of values)
      await assert.rejects(
        inRequest(() => getLoaderData('x', defineLoader(() => assert.fail('called'), { [option]: value }))),
        ({ name, message }) => name === 'TypeError' && message.startsWith('x: ') && message.includes(`${option}`) && /expected|there are/.test(message),
        `${option}: ${value}`,
      );
  const fine = { timeout: 50, retry: { times: Infinity, delay: undefined, maxDelay: 0 }, priority: -1, limit: undefined, speculative: true };
  assert.equal(await inRequest(() => getLoaderData('x', defineLoader(() => 'data', fine))), 'data');
});
