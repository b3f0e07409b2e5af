// Compiled, never run: what `typeof loader` comes to, for the ways in which loaders are written.
import { expectTypeOf } from 'expect-type';
import { createBatcher } from 'foreload/batch';
import { LoaderTimeoutError, setLimits } from 'foreload/limits';
import { startSpans } from 'foreload/otel';
import { LoaderCycleError, defineLoader, getLoaderData, type Context, type Loader } from 'foreload/runtime';
import { traceRequests, traces, type LoaderTrace, type RequestTrace } from 'foreload/trace';
import foreloadAstro from 'foreload/astro';
import foreloadVite from 'foreload/vite';

interface Post {
  id: string;
  tags: string[];
}
declare function find(id: string | undefined): Promise<Post | undefined>;

// Every form.
const arrow = async ({ params }: Context) => find(params.id);
async function declared({ props }: Context<Post>) {
  return props.tags.length;
}
const expression = async function () {
  return { a: 1 } as const;
};
const synchronous = () => 'text';
const nothing = async () => {};
const generic = async <T = Date>(_: Context): Promise<T[]> => [];
type Either = { kind: 'a'; a: number } | { kind: 'b'; b: string };
const narrowed = async (): Promise<Either> => (Math.random() ? { kind: 'a', a: 1 } : { kind: 'b', b: '' });
const satisfied = (async ({ url }) => url.pathname) satisfies (context: Context) => Promise<string>;
const defined = defineLoader(async ({ params, load, dedupe, signal, locals }) => {
  expectTypeOf(params).toEqualTypeOf<Record<string, string | undefined>>();
  expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
  expectTypeOf(locals).toExtend<object>();
  expectTypeOf(load(arrow)).resolves.toEqualTypeOf<Post | undefined>();
  expectTypeOf(load(synchronous)).resolves.toBeString();
  expectTypeOf(dedupe('k', () => 1)).resolves.toBeNumber();
  expectTypeOf(dedupe('k', async () => [1])).resolves.toEqualTypeOf<number[]>();
  return { post: await load(arrow), count: await load(declared) };
});
const withOptions = defineLoader(async ({ props }: Context<{ id: number }>) => props.id, {
  timeout: 500,
  retry: { times: 2, delay: 10 },
  priority: 1,
  limit: 'db',
  speculative: true,
  key: ({ id }) => {
    expectTypeOf(id).toBeNumber();
    return id;
  },
});

expectTypeOf<Loader<typeof arrow>>().toEqualTypeOf<Post | undefined>();
expectTypeOf<Loader<typeof declared>>().toBeNumber();
expectTypeOf<Loader<typeof expression>>().toEqualTypeOf<{ readonly a: 1 }>();
expectTypeOf<Loader<typeof synchronous>>().toBeString();
expectTypeOf<Loader<typeof nothing>>().toBeVoid();
expectTypeOf<Loader<typeof generic<number>>>().toEqualTypeOf<number[]>();
expectTypeOf<Loader<typeof narrowed>>().toEqualTypeOf<Either>();
expectTypeOf<Loader<typeof satisfied>>().toBeString();
expectTypeOf<Loader<typeof defined>>().toEqualTypeOf<{ post: Post | undefined; count: number }>();
expectTypeOf<Loader<typeof withOptions>>().toBeNumber();

// What a component has of it.
expectTypeOf(getLoaderData<typeof arrow>()).resolves.toEqualTypeOf<Post | undefined>();
expectTypeOf(getLoaderData<typeof withOptions>()).resolves.toBeNumber();
expectTypeOf(getLoaderData<typeof declared>().catch(() => null)).resolves.toEqualTypeOf<number | null>();
expectTypeOf(getLoaderData()).resolves.toBeAny();

// Batches, errors, traces and options.
const getPost = createBatcher(async (ids: number[]) => ids.map((id) => (id ? { id } : new Error('none'))));
expectTypeOf(getPost).toEqualTypeOf<(key: number) => Promise<{ id: number }>>();
expectTypeOf(createBatcher((keys: { id: string }[]) => keys.map(({ id }) => id), { keyOf: ({ id }) => id, max: 10 })).parameter(0).toEqualTypeOf<{ id: string }>();
expectTypeOf(new LoaderTimeoutError('key', 1, 'loader')).toExtend<Error & { key: string; timeout: number; of: 'loader' | 'request' }>();
expectTypeOf(new LoaderCycleError(['a', 'a']).chain).toEqualTypeOf<readonly string[]>();
traces.on('settle', (loader, request) => {
  expectTypeOf(loader).toEqualTypeOf<LoaderTrace>();
  expectTypeOf(request).toEqualTypeOf<RequestTrace>();
});
traceRequests({ sample: 0.1, serverTiming: true });
setLimits({ limits: { request: 8, db: 4 }, timeout: { request: 1000 } });
startSpans();
foreloadAstro({ trace: { log: 'x.jsonl', otel: true }, limits: { db: 1 }, timeout: 5 });
foreloadVite({ trace: 'x.jsonl', timeout: { loader: 1 } });

// @ts-expect-error Not a time.
foreloadAstro({ timeout: '5s' });
// @ts-expect-error No such option.
defineLoader(arrow, { retries: 1 });
// @ts-expect-error The key is made of the props that there are.
defineLoader(async ({ props }: Context<{ id: number }>) => props.id, { key: ({ slug }) => slug });
// @ts-expect-error A batcher's function gives an array.
createBatcher(async (ids: number[]) => new Map(ids.map((id) => [id, id])));
