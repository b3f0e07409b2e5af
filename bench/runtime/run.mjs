// What tracing and limits cost a request: the same page of eight loaders, rendered without Astro, with and without them.
// Each state is a process of its own, because what is imported once stays; states take turns, so that all of them meet
// the same machine. `node bench/runtime/run.mjs [ROUNDS]`
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machine, median, table, writeSection } from '../table.mjs';

const states = {
  'neither in the build': '',
  'tracing, no request sampled': 'trace.traceRequests({ sample: 0 });',
  'tracing, every tenth request': 'trace.traceRequests({ sample: 0.1 });',
  'tracing, every request': 'trace.traceRequests();',
  'limits that are not reached': 'limits.setLimits({ limits: { request: 100 } });',
  'limits and a timeout': 'limits.setLimits({ limits: { request: 100 }, timeout: 1000 });',
};
const REQUESTS = 1500;

/** Prints the microseconds of processor time that a request takes: nothing in it waits. */
const script = (setUp) => `
  import { getLoaderData, registerLoader } from 'foreload/runtime';
  import { onRequest } from 'foreload/middleware';
  ${setUp && "const trace = await import('foreload/trace'), limits = await import('foreload/limits');"}
  ${setUp}
  const url = new URL('http://localhost/');
  const request = new Request(url);
  const loader = async ({ props }) => props.id;
  const page = async () => {
    for (let id = 0; id < 8; id++) registerLoader('file:///src/components/Card.astro', loader, { id });
    for (let id = 0; id < 8; id++) await getLoaderData('file:///src/components/Card.astro', loader, { id });
    return new Response('<html></html>');
  };
  const render = async () => (await onRequest({ url, request, params: {}, props: {}, locals: {}, cookies: {} }, page)).text();
  for (let i = 0; i < ${REQUESTS}; i++) await render();
  const start = process.cpuUsage();
  for (let i = 0; i < ${REQUESTS}; i++) await render();
  const { user, system } = process.cpuUsage(start);
  console.log((user + system) / ${REQUESTS});`;

const rounds = Number(process.argv[2] ?? 7);
const times = Object.fromEntries(Object.keys(states).map((state) => [state, []]));
for (let round = 0; round < rounds; round++)
  for (const [state, setUp] of Object.entries(states)) {
    const args = ['--input-type=module', '-e', script(setUp)];
    times[state].push(Number(execFileSync(process.execPath, args, { cwd: fileURLToPath(new URL('../..', import.meta.url)) })));
  }

const [base] = Object.values(times).map(median);
const result = table(
  ['a request', 'CPU µs', 'ratio'],
  Object.entries(times).map(([state, list]) => [state, median(list).toFixed(1), `${(median(list) / base).toFixed(2)} ×`]),
);
console.log(result);
writeSection(
  'runtime',
  'Tracing and limits',
  `\`node bench/runtime/run.mjs\`: ${machine()}; medians of ${rounds} rounds in which the states take turns. A request registers eight
loaders that do nothing, asks for their data and reads its body, without Astro: what is there besides the loaders' own work.

${result}`,
);
