#!/usr/bin/env node
// How long do the demo's pages take with lifting, without it, and written by hand for the optimum? Production servers,
// one request at a time, the variants taking turns so that a noisy machine is noisy for all of them.
// `node bench/pages/run.mjs [--rounds N] [--page /path]… [--json]`
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { astroVersion, node } from '../../tests/e2e/harness.mjs';
import { choosePages, median, serveDemo, time } from './measure.mjs';

const { options, rounds, pages } = (() => {
  try {
    const { values: options } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        page: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '15' },
      },
    });
    const rounds = Number(options.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds wants a positive integer, not "${options.rounds}"`);
    return { options, rounds, pages: choosePages(options.page) };
  } catch (error) {
    console.error(`bench/pages: ${error.message}`);
    process.exit(2);
  }
})();

try {
  const results = await run();
  if (options.json) {
    const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: nodeVersion, astro: astroVersion };
    console.log(JSON.stringify({ benchmark: 'pages', rounds, machine, results }, null, 2));
  } else {
    print(results);
  }
  if (!judge(results)) process.exitCode = 1;
} catch (error) {
  console.error(`bench/pages: ${error.message}`);
  process.exitCode = 1;
}
process.exit(); // ends the servers, too

async function run() {
  const { off, on } = await serveDemo((text) => console.error(`… ${text}`));
  const variants = pages
    .filter(({ prerendered }) => !prerendered)
    .map(({ path, hand }) => ({
      path,
      off: { server: off, path, samples: [] },
      on: { server: on, path, samples: [] },
      ...(hand && { hand: { server: on, path: hand, samples: [] } }),
    }));
  for (let round = 0; round <= rounds; ++round) {
    for (const { off, on, hand } of variants) {
      for (const { server, path, samples } of [off, on, hand].filter(Boolean)) {
        const sample = await time(server, path);
        if (round > 0) samples.push(sample); // the first one loads modules
      }
    }
  }
  const medians = (variant) =>
    variant && {
      total: median(variant.samples.map(({ total }) => total)),
      ttfb: median(variant.samples.map(({ ttfb }) => ttfb)),
    };
  return variants.map(({ path, off, on, hand }) => ({ path, off: medians(off), on: medians(on), hand: medians(hand) }));
}

/** Whether all pages keep what is promised of them: 3 ms of the optimum, and a first byte that is not later. */
function judge(results) {
  const slow = results.filter(({ path, on, hand }) => hand && on.total - hand.total > 3);
  const late = results.filter(({ off, on }) => on.ttfb - off.ttfb > 3);
  for (const { path } of slow) console.error(`${path} is more than 3 ms slower than written by hand`);
  for (const { path } of late) console.error(`${path} sends its first byte more than 3 ms later than without lifting`);
  return slow.length + late.length === 0;
}

function print(results) {
  const ms = (value) => (value === undefined ? '–' : value.toFixed(1));
  const columns = ['off', 'on', 'hand', 'on − off', 'on − hand', 'ttfb off', 'ttfb on', 'ttfb hand'];
  const width = Math.max(...results.map(({ path }) => path.length)) + 2;
  const line = (path, cells) => path.padEnd(width) + cells.map((cell) => cell.padStart(11)).join('');
  console.log(`medians of ${rounds} requests, ms`);
  console.log(line('page', columns));
  for (const { path, off, on, hand } of results) {
    const overHand = hand && on.total - hand.total;
    console.log(
      line(path, [off.total, on.total, hand?.total, on.total - off.total, overHand, off.ttfb, on.ttfb, hand?.ttfb].map(ms)),
    );
  }
}
