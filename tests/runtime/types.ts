// Compiled, never run: what users' code means to TypeScript.
import { awaitLifted, registerAwait } from 'foreload/auto';
import {
  defineLoader,
  getLoaderData,
  registerLoader,
  speculateLoader,
  speculation,
  whenLoaded,
  type Context,
  type Loader,
  type Speculation,
} from 'foreload/runtime';
import { autoLoadMiddleware, onRequest } from 'foreload/middleware';
import type { MiddlewareHandler } from 'astro';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

const card = async ({ props, params, signal }: Context<{ id: string }>) => {
  same<typeof props.id, string>(true);
  same<typeof params, Record<string, string | undefined>>(true);
  same<typeof signal, AbortSignal>(true);
  return { title: props.id };
};
const user = () => 42;
const inferred = defineLoader(async (context) => ({ path: context.url.pathname, user: await context.load(user) }));
const explicit = defineLoader<string>(async ({ dedupe }) => dedupe('key', () => 'value'));
const withProps = defineLoader(async ({ props }: Context<{ id: number }>) => props.id);
const withOptions = defineLoader(card, { speculative: true });

same<Loader<typeof card>, { title: string }>(true);
same<Loader<typeof inferred>, { path: string; user: number }>(true);
same<Loader<typeof explicit>, string>(true);
same<Loader<typeof withProps>, number>(true);
same<Loader<typeof withOptions>, { title: string }>(true);

const data = getLoaderData<typeof card>();
same<typeof data, Promise<{ title: string }>>(true);
same<Awaited<ReturnType<typeof getLoaderData<typeof user>>>, number>(true);

const wasted: number = speculation().wasted + (speculation().loaders['key']?.wasted ?? 0);
same<ReturnType<typeof speculation>, Speculation>(true);

// What generated code calls. An await keeps its type.
const early = registerLoader('key', card, { id: wasted });
same<typeof early, Promise<unknown>>(true);
const late = whenLoaded([early, speculateLoader('key', user)], (post, author) => ({ post, author }));
same<typeof late, Promise<{ post: any; author: any }>>(true);
const lifted = awaitLifted('key', [1], () => fetch('/'));
same<typeof lifted, Promise<Response>>(true);
const value = awaitLifted('key', [1], () => 1 as const);
same<typeof value, Promise<1>>(true);
same<Awaited<ReturnType<typeof registerAwait<Promise<string>>>>, string>(true);

// @ts-expect-error The generated arguments are not for users.
getLoaderData<typeof card>('file:///src/Card.astro', card);
// @ts-expect-error A type argument that is no loader.
getLoaderData<{ title: string }>();
// @ts-expect-error There is no such option.
defineLoader(card, { speculate: true });
// @ts-expect-error Props are read-only.
defineLoader((context: Context<{ id: string }>) => (context.props = { id: '' }));

export const handlers: MiddlewareHandler[] = [onRequest, autoLoadMiddleware];
