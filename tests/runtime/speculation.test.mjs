import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.env.FORELOAD_DEBUG = '1'; // is read when the runtime is loaded
const { inRequest, requestContext, watchRejections } = await import('./request.mjs');
const { getLoaderData, registerLoader, speculateLoader, speculation, whenLoaded } = await import('foreload/runtime');

const text = new TextEncoder();

/** A page whose body is what `render` writes, as it writes it. */
const page = (render) =>
  new Response(
    new ReadableStream({
      async start(controller) {
        try {
          await render((chunk) => controller.enqueue(text.encode(chunk)));
          controller.close();
        } catch (error) {
          controller.error(error);
        }
      },
    }),
  );

/** What the process counts more of after `act` than before, and what is printed meanwhile. */
async function counted(act) {
  const before = speculation();
  const printed = [];
  const { debug } = console;
  console.debug = (line) => printed.push(line);
  try {
    await act(printed);
    await sleep(2);
  } finally {
    console.debug = debug;
  }
  const after = speculation();
  const loaders = {};
  for (const [key, { started, wasted }] of Object.entries(after.loaders)) {
    const old = before.loaders[key] ?? { started: 0, wasted: 0 };
    if (started !== old.started) loaders[key] = [started - old.started, wasted - old.wasted];
  }
  const count = [after.started - before.started, after.wasted - before.wasted];
  return { count, loaders, printed: printed.filter((line) => line.includes('speculative')) };
}

test('what nobody has asked for when the body has been read is wasted, and said', async () => {
  const seen = await counted(async () => {
    const response = await inRequest(
      () => {
        speculateLoader('rendered', () => 'A');
        speculateLoader('left out', () => 'B');
        registerLoader('certain', () => 'C');
        return page(async (write) => {
          await sleep(2);
          write(await getLoaderData('rendered', () => assert.fail('ran again')));
        });
      },
      requestContext({ url: new URL('http://localhost/posts/1?q=2') }),
    );
    await sleep(5);
    assert.equal(speculation().loaders['left out'], undefined, 'nothing is counted before the end');
    assert.equal(await response.text(), 'A');
  });
  assert.deepEqual(seen, {
    count: [2, 1],
    loaders: { rendered: [1, 0], 'left out': [1, 1] },
    printed: ['[foreload] /posts/1: 1 of 2 speculative loaders ran in vain: left out'],
  });
});

test('a component that speculates after the response is out is counted, too', async () => {
  const seen = await counted(async () => {
    const response = await inRequest(() =>
      page(async (write) => {
        write('head');
        await sleep(2);
        speculateLoader('late', () => 'late');
        await sleep(2);
        write('body');
      }),
    );
    const reader = response.body.getReader();
    await reader.read();
    assert.equal(new TextDecoder().decode((await reader.read()).value), 'body');
    assert.equal((await reader.read()).done, true);
  });
  assert.deepEqual(seen.count, [1, 1]);
});

test('a body that the client gives up ends the request', async () => {
  const seen = await counted(async (printed) => {
    const response = await inRequest(() => {
      speculateLoader('given up', () => 1);
      return page(async (write) => {
        write('first');
        await sleep(20);
      });
    });
    const reader = response.body.getReader();
    await reader.read();
    await sleep(1);
    assert.deepEqual(printed, []);
    await reader.cancel();
    await sleep(1);
    assert.equal(printed.length, 1);
  });
  assert.deepEqual(seen.loaders, { 'given up': [1, 1] });
});

test('so does one that fails, a page that fails before it has a response, and a response without a body', async () => {
  const unhandled = watchRejections();
  const seen = await counted(async () => {
    const broken = await inRequest(() => {
      speculateLoader('body fails', () => 1);
      return page(async () => Promise.reject(new Error('in the middle')));
    });
    await assert.rejects(broken.text(), /in the middle/);
    const failing = async () => {
      speculateLoader('page fails', () => 1);
      await sleep(1);
      throw new Error('no page');
    };
    await assert.rejects(inRequest(failing), /no page/);
    const throwing = () => {
      speculateLoader('page throws', () => 1);
      throw new Error('no page at all');
    };
    assert.throws(() => inRequest(throwing), /no page at all/);
    await inRequest(() => {
      speculateLoader('redirect', () => 1);
      return new Response(null, { status: 302, headers: { location: '/' } });
    });
    await inRequest(() => {
      speculateLoader('no response', () => 1);
    });
  });
  assert.deepEqual(seen.loaders, {
    'body fails': [1, 1],
    'page fails': [1, 1],
    'page throws': [1, 1],
    redirect: [1, 1],
    'no response': [1, 1],
  });
  assert.deepEqual(unhandled(), []);
});

test('a body that an iterator gives, or text, ends the request as well', async () => {
  const seen = await counted(async () => {
    async function* chunks() {
      yield text.encode('a');
      speculateLoader('in an iterator', () => 1);
      yield text.encode('b');
    }
    assert.equal(await (await inRequest(() => new Response(chunks()))).text(), 'ab');
    const response = await inRequest(() => {
      speculateLoader('for text', () => 1);
      return new Response('text');
    });
    assert.equal(await response.text(), 'text');
  });
  assert.deepEqual(seen.loaders, { 'in an iterator': [1, 1], 'for text': [1, 1] });
});

test('getLoaderData, registerLoader and load ask for the data; speculating again does not', async () => {
  const asked = () => 'asked for';
  const seen = await counted(() =>
    inRequest(async () => {
      for (const key of ['rendered', 'registered', 'speculated']) speculateLoader(key, () => key, { id: 1 });
      speculateLoader('loaded', asked);
      await getLoaderData('rendered', asked, { id: 1 });
      registerLoader('registered', asked, { id: 1 });
      speculateLoader('speculated', asked, { id: 1 });
      await getLoaderData('loads', ({ load }) => load(asked));
      registerLoader('certain first', asked);
      speculateLoader('certain first', asked);
    }),
  );
  assert.deepEqual(seen.loaders, { rendered: [1, 0], registered: [1, 0], speculated: [1, 1], loaded: [1, 0] });
});

test('what a speculative loader loads is as speculative as that loader', async () => {
  const deep = () => 'deep';
  const shared = ({ load }) => load(deep);
  const wanted = async ({ load }) => `wanted ${await load(shared)}`;
  const vain = async ({ load }) => `vain ${await load(other)}`;
  const other = () => 'other';
  const seen = await counted(() =>
    inRequest(async () => {
      const data = speculateLoader('wanted', wanted);
      speculateLoader('vain', vain);
      await data;
      assert.equal(await getLoaderData('wanted', wanted), 'wanted deep');
    }),
  );
  assert.deepEqual(seen.loaders, { wanted: [1, 0], shared: [1, 0], deep: [1, 0], vain: [1, 1], other: [1, 1] });
});

test('what is speculated on after the end is counted when it happens', async () => {
  const seen = await counted(async () => {
    const response = await inRequest(() => {
      whenLoaded([speculateLoader('slow', () => sleep(10))], () => {
        speculateLoader('follows', () => 1);
      });
      return new Response('page');
    });
    await response.text();
    await sleep(2);
    assert.equal(speculation().loaders.follows, undefined);
    await sleep(12);
  });
  assert.deepEqual(seen.loaders, { slow: [1, 1], follows: [1, 1] });
  assert.equal(seen.printed.length, 2);
});

test('the response is the page\'s own, whether it speculated or not', async () => {
  for (const act of [() => {}, () => speculateLoader('x', () => 1)]) {
    const own = page(async (write) => write('text'));
    const { body } = own;
    const response = await inRequest(() => {
      act();
      return own;
    });
    assert.equal(response, own);
    assert.equal(response.body, body);
    assert.equal(body.locked, false);
    await response.text();
    await sleep(1);
  }
});

test('requests are reported apart; what was read out of the counts does not change with them', async () => {
  const before = speculation();
  const copy = structuredClone(before);
  const seen = await counted(async () => {
    const render = (key) => () => {
      speculateLoader(key, () => 1);
      return new Response(key);
    };
    const responses = await Promise.all([inRequest(render('first')), inRequest(render('second'))]);
    assert.equal(await responses[1].text(), 'second');
    await sleep(1);
    assert.equal(speculation().loaders.first, undefined);
    assert.equal(await responses[0].text(), 'first');
  });
  assert.deepEqual(seen.loaders, { second: [1, 1], first: [1, 1] });
  assert.equal(seen.printed.length, 2);
  assert.deepEqual(before, copy);
});

test('it is printed in development and with FORELOAD_DEBUG, and not in production', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { onRequest } from 'foreload/middleware';
        import { speculateLoader, speculation } from 'foreload/runtime';
        const context = { url: new URL('http://localhost/page'), request: new Request('http://localhost/') };
        const page = () => (speculateLoader('key', () => 1), new Response('page'));
        const response = await onRequest(context, page);
        await response.text();
        setTimeout(() => console.log('wasted:', speculation().wasted), 5);`,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    define: { 'import.meta.env': 'environment' },
  });
  const run = (dev, debug) => {
    const script = `const environment = { DEV: ${dev} };\n${outputFiles[0].text}`;
    const { FORELOAD_DEBUG: _, ...env } = process.env;
    if (debug) env.FORELOAD_DEBUG = '1';
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env });
  };
  const line = '[foreload] /page: 1 of 1 speculative loaders ran in vain: key\n';
  assert.equal(run(false, false), 'wasted: 1\n');
  assert.equal(run(true, false), line + 'wasted: 1\n');
  assert.equal(run(false, true), line + 'wasted: 1\n');
});
