#!/usr/bin/env node
// What does it cost to call foreload from JavaScript: its addon beside the same calls in C, in one process, taking turns.
// Times are the processor's. What counts is Node's main thread, as there is one of it, and all else waits for it.
// `node bench/addon/run.mjs [--rounds N] [--addon FILE] [--json]`; a run without --json writes its table to
// docs/benchmarks.md.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, table, writeSection } from '../table.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '31' },
    addon: { type: 'string', default: join(build, 'foreload.node') },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('bench/addon: --rounds wants a positive integer');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const native = require(join(build, 'tests/foreload-bench-addon.node'));
const { createHost } = require(resolve(options.addon));

/** A string as Vite has it from a file: in one piece. */
const flat = (text) => Buffer.from(text).toString();
const markup = (line, bytes) => flat(`<main>\n${line.repeat(Math.ceil(bytes / Buffer.byteLength(line)))}</main>\n`);
const LOADER = `---
import { getLoaderData } from 'foreload/runtime';
export const loader = async () => 'data';
const data = await getLoaderData<typeof loader>();
---
<p>{data}</p>
`;
const size = 10_000;
const line = '<p class="text">Some text in a paragraph, and no component in it.</p>\n';
const cases = {
  '10 KB, nothing to do': markup(line, size),
  '10 KB with “quotes” in a tenth of the lines': markup(line.repeat(9) + line.replace('text in', '“text” in'), size),
  '10 KB with a loader, and so a map': flat(LOADER + markup('<p class="text">Some text in a paragraph, and {1 + 1} in it.</p>\n', size)),
};
const root = '/site', id = '/site/src/components/Text.astro', calls = 200;
const host = createHost({ root });

/** The nanoseconds that a call takes on this thread, and on all. */
async function timed(work) {
  const [process, thread] = [native.processTime(), native.threadTime()];
  await work();
  return [(native.threadTime() - thread) / calls, (native.processTime() - process) / calls];
}

const ways = {
  C: (code) => [native.transform(root, id, code, calls)],
  'one after the other': (code) =>
    timed(async () => {
      for (let call = 0; call < calls; ++call) await host.transform(id, code);
    }),
  'at once': (code) => timed(() => Promise.all(Array.from({ length: calls }, () => host.transform(id, code)))),
  'on the spot': (code) =>
    timed(() => {
      for (let call = 0; call < calls; ++call) host.wants('transform', '/site/src/text.md', code);
    }),
};

const results = {};
for (const [name, code] of Object.entries(cases)) {
  const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -5; round < rounds; ++round)
    for (const [way, measure] of Object.entries(ways)) {
      const measured = await measure(code);
      if (round >= 0) times[way].push(measured);
    }
  const medians = (way, at) => median(times[way].map((measured) => measured[at])) / 1000;
  results[name] = {
    bytes: Buffer.byteLength(code),
    C: medians('C', 0),
    ...Object.fromEntries(Object.keys(ways).slice(1).map((way) => [way, { thread: medians(way, 0), process: medians(way, 1) }])),
  };
}
host.close();

if (options.json) {
  console.log(JSON.stringify(results, null, 2));
} else {
  const time = (microseconds) => microseconds.toFixed(1);
  const rows = table(
    ['µs a call', 'bytes', 'in C', 'addon, many at once', 'addon, one after the other', '`wants`, on the spot', 'all threads, many at once'],
    Object.entries(results).map(([name, { bytes, C, ...by }]) => [
      name, bytes, time(C), time(by['at once'].thread), time(by['one after the other'].thread), time(by['on the spot'].thread), time(by['at once'].process),
    ]),
  );
  writeSection('addon', 'Calling from JavaScript', `\`node bench/addon/run.mjs\`: ${machine()}; the processor's time, medians of ${rounds} rounds of ${calls} calls in which all take turns.
"In C" is \`fl_host_transform\` in the same process; the addon's columns are what its calls take of Node's main thread, while that
work is done on others: the text goes over, a promise is made, and the result comes back. One after the other, each call wakes a
thread, puts the main one to sleep and wakes it again: that is the kernel's time, and depends on what else the machine does.
\`wants\` gets the text too, and
answers on the spot; it has no other work to do here. The last column is the main thread, the others and the work itself.

${rows}`);
  console.log(rows);
}
