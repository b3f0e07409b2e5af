#!/usr/bin/env node
// How does a built server with lifting hold up under load, compared with one without and with a page that is written by hand
// for the optimum? wrk asks for the demo's first page at several concurrencies; then many requests are made in a row to see
// memory, and clients leave before the end. `node bench/load/run.mjs [--seconds N] [--requests N] [--write]`
//
// --write puts the tables into docs/benchmarks.md. Exits with 1 if requests fail, get each other's data, or grow memory.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { astroVersion } from '../../tests/e2e/harness.mjs';
import { serveDemo } from '../pages/measure.mjs';
import { machine, table, writeSection } from '../table.mjs';

const CONCURRENCIES = [1, 16, 64];

class WrongUsage extends Error {}

const failures = [];
try {
  await main();
} catch (error) {
  console.error(`bench/load: ${error.message}`);
  process.exitCode = error instanceof WrongUsage || error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
for (const failure of failures) console.error(`bench/load: ${failure}`);
process.exit(failures.length ? 1 : undefined); // ends the servers, too

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '6' },
      requests: { type: 'string', default: '20000' },
      write: { type: 'boolean', default: false },
    },
  });
  const seconds = positive(values.seconds, '--seconds');
  const requests = positive(values.requests, '--requests');
  try {
    execFileSync('wrk', ['--version'], { stdio: 'ignore' });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('wrk is not installed (Debian: wrk)');
  }

  const [others] = loadavg();
  const { off, on } = await serveDemo(say, { env: { DEMO_RECORD: 'off' } });
  const variants = [
    { name: 'plain', server: off, path: '/' },
    { name: 'foreload', server: on, path: '/' },
    { name: 'by hand', server: off, path: '/hand' },
  ];
  const rows = [];
  for (const { server, path } of variants) await wrk(server, path, 16, 2); // compiles, and loads modules
  for (const concurrency of CONCURRENCIES)
    for (const variant of variants) {
      say(`${variant.name}, ${concurrency} at a time`);
      rows.push({ ...variant, concurrency, ...(await wrk(variant.server, variant.path, concurrency, seconds)) });
    }
  const load = table(
    ['requests at a time, page', 'requests/s', 'p50 ms', 'p99 ms'],
    rows.map(({ concurrency, name, perSecond, p50, p99 }) => [`${concurrency}, ${name}`, perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)]),
  );
  const memory = table(['requests', 'MB'], await soak(on, requests));
  const body = `\`node bench/load/run.mjs --requests ${requests} --write\`: ${machine()}, Astro ${astroVersion}; the servers, wrk and, on average, ${others.toFixed(1)} other processes
shared the machine. The demo's first page, which has nine loaders of 30 to 90 ms on three levels, ${seconds} s for each line.
"By hand" is the same page with all of them started at its top.

${load}

The memory of the server with foreload after so many requests, 64 at a time: what a request has registered goes with it.

${memory}

${await leave(on)}`;
  console.log(body);
  if (values.write) writeSection('load', 'Pages under load', body);
}

function positive(text, name) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new WrongUsage(`${name} wants a positive integer, not "${text}"`);
  return number;
}

function say(text) {
  console.error(`… ${text}`);
}

/** Requests a second, and latencies in ms. */
async function wrk({ origin }, path, concurrency, seconds) {
  const child = spawn('wrk', ['--threads', '1', '--connections', String(concurrency), '--duration', `${seconds}s`, '--timeout', '10s', '--latency', origin + path]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  await new Promise((done) => child.once('close', done));
  const number = (pattern) => {
    const found = pattern.exec(output);
    if (!found) throw new Error(`wrk said:\n${output}`);
    return Number(found[1]) * ({ us: 1e-3, ms: 1, s: 1e3 }[found[2]] ?? 1);
  };
  const errors = /Socket errors: .*|Non-2xx or 3xx responses: \d+/.exec(output);
  if (errors) failures.push(`${path}, ${concurrency} at a time: ${errors[0]}`);
  return { perSecond: number(/Requests\/sec: +([\d.]+)/), p50: number(/50% +([\d.]+)(us|ms|s)/), p99: number(/99% +([\d.]+)(us|ms|s)/) };
}

function megabytes({ pid }) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/** Memory, as requests come without end. What V8 keeps to spare settles in the first part; after it nothing may grow. */
async function soak(server, requests) {
  const CONCURRENCY = 64;
  const parts = 10;
  const rows = [];
  let done = 0;
  const sizes = [];
  let perSecond = 400;
  while (done < requests) {
    say(`${done} of ${requests} requests`);
    const seconds = Math.max(1, Math.round(requests / parts / perSecond));
    ({ perSecond } = await wrk(server, '/', CONCURRENCY, seconds));
    done += Math.round(perSecond * seconds);
    sizes.push(megabytes(server));
    rows.push([done, sizes.at(-1).toFixed(0)]);
  }
  const half = sizes.slice(Math.floor(sizes.length / 2));
  const growth = Math.max(...half) - Math.min(...half.slice(0, 2));
  if (sizes.length > 4 && growth > 40) failures.push(`memory grew by ${growth.toFixed(0)} MB in the second half of ${done} requests`);
  return rows;
}

/** Clients that go before they have all, amid others: nobody gets another's page, and nothing is unhandled. */
async function leave(server) {
  const GOING = 2000;
  const STAYING = 500;
  say(`${GOING} clients that leave, ${STAYING} that stay`);
  const { hostname, port } = new URL(server.origin);
  const go = async () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // the server may be the first to close
    socket.write(`GET /item/lamp HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await sleep(Math.random() * 60);
    socket.destroy();
  };
  let wrong = 0;
  const ids = ['lamp', 'chair', 'table'];
  const bodies = new Map(await Promise.all(ids.map(async (id) => [id, (await server.get(`/item/${id}`)).body])));
  if (new Set(bodies.values()).size !== ids.length) throw new Error('the items are to be told apart');
  const stay = async (number) => {
    await sleep(Math.random() * 2000);
    const id = ids[number % ids.length];
    const { status, body } = await server.get(`/item/${id}`);
    if (status !== 200 || body !== bodies.get(id)) ++wrong;
  };
  const clients = Array.from({ length: STAYING }, (_, number) => stay(number));
  for (let gone = 0; gone < GOING; gone += 50) await Promise.all(Array.from({ length: 50 }, go));
  await Promise.all(clients);
  if (wrong) failures.push(`${wrong} of ${STAYING} requests got a wrong answer while others left`);
  if (!server.alive || /unhandled/i.test(server.output)) failures.push(`the server said:\n${server.output.slice(-2000)}`);
  return `${GOING} clients left before the end while ${STAYING} others asked: ${wrong} wrong answers, the server ${server.alive ? 'goes on' : 'has ended'}.`;
}
