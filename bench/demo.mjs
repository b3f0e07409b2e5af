#!/usr/bin/env node
// Shows what lifting does: builds the demo site without and with it, asks both for every page, and draws when each
// loader ran; writes what was measured as a report, and with --picture the first page of it as an SVG.
// `node bench/demo.mjs [--page /path]… [--picture FILE]`
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { repository } from '../tests/e2e/harness.mjs';
import { NoSuchPage, choosePages, median, serveDemo, time } from './pages/measure.mjs';

const ROUNDS = 5;
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red, green] = [1, 2, 31, 32].map(paint);
const folder = join(repository, 'build/demo');
const say = (text) => console.error(`… ${text}`);

try {
  await main();
} catch (error) {
  console.error(`demo: ${error.message}`);
  const wrongUsage = error instanceof NoSuchPage || error.code?.startsWith('ERR_PARSE_ARGS');
  process.exitCode = wrongUsage ? 2 : 1;
}
process.exit(); // ends the servers, too

async function main() {
  const { values } = parseArgs({
    options: { page: { type: 'string', multiple: true, default: [] }, picture: { type: 'string' } },
  });
  const chosen = choosePages(values.page);
  mkdirSync(folder, { recursive: true });
  const trace = join(folder, 'traces.jsonl');
  rmSync(trace, { force: true });
  const servers = await serveDemo(say, { trace });

  const width = Math.max(...chosen.map(({ path }) => path.length), 'page'.length) + 2;
  const row = (path, cells) => path.padEnd(width) + cells.map((cell) => String(cell).padStart(10)).join('');
  const ms = (value) => (value === undefined ? '–' : `${value.toFixed(0)} ms`);
  console.log(bold(row('page', ['off', 'on', 'by hand'])));
  console.log(dim('below each page, when its loaders ran: ░ without lifting, █ with it'));

  const sums = { pages: 0, off: 0, on: 0, hand: 0 };
  for (const page of chosen) {
    const { off, on, hand } = await measure(page, servers);
    console.log(row(page.path, [ms(off.ms), ms(on.ms), ms(hand)]) + faster(off.ms, on.ms));
    for (const line of chart(off.bars, on.bars)) console.log(line);
    if (hand === undefined) continue;
    sums.pages += 1;
    sums.off += off.ms;
    sums.on += on.ms;
    sums.hand += hand;
  }
  if (sums.pages > 1) {
    console.log(bold(row(`${sums.pages} pages`, [ms(sums.off), ms(sums.on), ms(sums.hand)])) + faster(sums.off, sums.on));
    console.log(dim('pages that have a hand-written variant; medians of five requests'));
  }
  await writeReport(trace, chosen, values.picture);
}

/** The report of what the server with lifting has logged. */
async function writeReport(trace, chosen, picture) {
  // A request is logged when its answer has been sent, which the client may know of earlier.
  const wanted = (1 + ROUNDS) * chosen.filter(({ prerendered }) => !prerendered).length;
  const logged = () => readFileSync(trace, 'utf8').split('\n').filter((line) => line && !line.includes('"/work.json"')).length;
  for (let tries = 0; tries < 50 && logged() < wanted; ++tries) await sleep(20);
  const report = (...more) =>
    execFileSync(join(repository, 'dist/bin/foreload'), ['report', 'fixtures/sites/demo', '--traces', trace, ...more], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const html = join(folder, 'report.html');
  report('--out', html, '--link', 'file://{path}');
  if (picture) report('--out', picture, '--format', 'svg', '--page', chosen[0].path);
  console.log(`\n${bold('report')}  ${relative(process.cwd(), html)}: open it in a browser`);
}

function faster(off, on) {
  return off > on * 1.2 ? green(`   ${(off / on).toFixed(1)}×`) : '';
}

/** Medians over some rounds in which the variants take turns, and the bars of the round nearest to the median. */
async function measure(page, { off, on }) {
  const variants = [
    { of: 'off', server: off, path: page.path, runs: [] },
    { of: 'on', server: on, path: page.path, runs: [] },
    ...(page.hand ? [{ of: 'hand', server: off, path: page.hand, runs: [] }] : []),
  ];
  for (let round = 0; round <= ROUNDS; ++round) {
    for (const { server, path, runs } of variants) {
      await server.record();
      const { total } = await time(server, path);
      const record = page.prerendered ? server.buildRecord.filter(({ name }) => page.loaders.includes(name)) : await server.record();
      if (round > 0) runs.push({ total, record }); // the first one loads modules
    }
  }
  const result = {};
  for (const { of, runs } of variants) {
    const ms = median(runs.map(({ total }) => total));
    const nearest = runs.reduce((best, run) => (Math.abs(run.total - ms) < Math.abs(best.total - ms) ? run : best));
    result[of] = { ms, bars: bars(nearest.record) };
  }
  return { ...result, hand: result.hand?.ms };
}

/** Name → when that loader started and ended, counted from the first start of the page. */
function bars(record) {
  const zero = record[0]?.at ?? 0;
  const result = new Map();
  for (const { name, type, at } of record) result.set(name, { ...result.get(name), [type]: at - zero });
  return result;
}

/** Two lines for each loader, off above on, on one time axis. */
function* chart(off, on) {
  if (off.size === 0) return;
  const names = [...off.keys()];
  const label = Math.max(...names.map((name) => name.length)) + 4;
  const room = Math.max(20, Math.min(process.stdout.columns || 100, 120) - label - 1); // some terminals say 0 columns
  const end = Math.max(...[...off.values(), ...on.values()].map((bar) => bar.end));
  const column = (at) => Math.round((at / end) * room);
  const draw = (bar, glyph) => ' '.repeat(column(bar.start)) + glyph.repeat(Math.max(1, column(bar.end) - column(bar.start)));
  for (const name of names) {
    yield `  ${name.padEnd(label - 2)}${red(draw(off.get(name), '░'))}`;
    yield ' '.repeat(label) + (on.has(name) ? green(draw(on.get(name), '█')) : 'did not run');
  }
  const right = `${end.toFixed(0)} ms`;
  yield dim(`${' '.repeat(label)}0${right.padStart(room - 1)}`);
}
