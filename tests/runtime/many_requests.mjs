// Run by many_requests.test.mjs, in a process of its own: serves many requests of every kind, and prints by how many bytes
// the heap has grown from the first half on.
import { setLimits } from 'foreload/limits';
import { defineLoader, getLoaderData, registerLoader, speculateLoader, whenLoaded } from 'foreload/runtime';
import { traceRequests, traces } from 'foreload/trace';
import { inRequest, requestContext } from './request.mjs';

const [count, extended] = [Number(process.argv[2]), process.argv[3] === 'extended'];
if (extended) {
  traceRequests();
  traces.on('request', () => {});
  setLimits({ limits: { request: 3, db: 50 }, timeout: { loader: 2000, request: 3000 } });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const user = async () => (await turn(), 'ada');
const card = async ({ props, load }) => (await load(user)) + props.id;
const limited = defineLoader(async ({ dedupe }) => dedupe('k', turn), extended ? { limit: 'db' } : {});
const fails = async () => Promise.reject(new Error('no'));
const late = async () => (await turn(), await turn(), await turn(), fails());
const hangs = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

const plain = requestContext();

async function request(number) {
  const leaves = number % 10 === 0;
  const client = leaves ? new AbortController() : undefined;
  const context = { ...plain, request: client ? new Request('http://localhost/', { signal: client.signal }) : plain.request };
  const page = async () => {
    for (let id = 0; id < 3; id++) registerLoader('card', card, { id });
    registerLoader('late', late);
    if (number % 5 === 0) speculateLoader('guess', user);
    whenLoaded([registerLoader('user', user)], () => registerLoader('fails', fails));
    if (leaves) registerLoader('hangs', hangs);
    await getLoaderData('limited', limited);
    const data = await Promise.all([0, 1, 2].map((id) => getLoaderData('card', card, { id })));
    if (data.join() !== 'ada0,ada1,ada2') throw new Error(`wrong data: ${data}`);
    return number % 5 ? undefined : new Response(number % 3 ? 'page' : null);
  };
  const response = await inRequest(page, context);
  client?.abort();
  if (number % 4) await response?.text();
  else await response?.body?.cancel();
}

async function requests(count) {
  for (let number = 0; number < count; number += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => request(number + i)));
  await new Promise((resolve) => setTimeout(resolve, 100));
}

function heap() {
  for (let i = 0; i < 3; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

process.on('unhandledRejection', (error) => {
  console.error('unhandled', error);
  process.exit(1);
});
await requests(count);
const before = heap();
await requests(count);
console.log(heap() - before);
