#!/usr/bin/env node
// What bounds the speeds: which parts of a crawl, a build and a transform execute how many of the instructions, counted by
// Valgrind, so that it is the same on every machine and under any load; and which part of a crawl's time is the system's.
// `node bench/profile/run.mjs`; it needs valgrind, and writes its tables to docs/benchmarks.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, median, table, writeSection } from '../table.mjs';
import { writeSite } from '../build/site.mjs';
import { writeProject } from '../engine/projects.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(process.env.FORELOAD_BUILD ?? join(repository, 'build/release'));
const command = join(build, 'foreload');
const folder = mkdtempSync(join(tmpdir(), 'foreload-profile-'));
const count = 500;

/** Instructions by function, those of what it calls included; `total` is all. */
function instructions(words, input) {
  const output = join(folder, 'callgrind.out');
  const { status, stderr, error } = spawnSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${output}`, ...words], { input, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
  const text = execFileSync('callgrind_annotate', ['--inclusive=yes', '--threshold=100', output], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const found = new Map();
  for (const [, number, name] of text.matchAll(/^ *([\d,]+) \([ \d.]+%\) +(?:PROGRAM (TOTALS)|[^:]+:.*)$/gm)) if (name) found.set('total', Number(number.replaceAll(',', '')));
  for (const [, number, name] of text.matchAll(/^ *([\d,]+) \([ \d.]+%\) +[^:]+:(.+?) \[[^\]]*\]$/gm)) {
    const plain = name.replace(/^\(anonymous namespace\)::|foreload::|\(anonymous namespace\)::/g, '').replace(/\(.*$/s, '');
    const value = Number(number.replaceAll(',', ''));
    if (!found.has(plain)) found.set(plain, value); // the largest of those with other arguments
  }
  return found;
}

/** Rows of a table: what each of the functions takes of the whole, and what is left. \p parts: text → functions. */
function shares(found, whole, parts, each) {
  const total = found.get(whole) ?? 0;
  if (!total) throw new Error(`${whole} was not called`);
  const rows = Object.entries(parts).map(([text, functions]) => {
    const sum = functions.reduce((all, name) => all + (name.startsWith('-') ? -(found.get(name.slice(1)) ?? 0) : found.get(name) ?? 0), 0);
    return [text, sum];
  });
  rows.push(['the rest', total - rows.reduce((all, [, sum]) => all + sum, 0)]);
  return [...rows, ['all', total]].map(([text, sum]) => [text, Math.round(sum / each).toLocaleString('en'), `${((100 * sum) / total).toFixed(0)} %`]);
}

/** The system's part of a program's processor time, in milliseconds: medians. */
function times(words) {
  const all = [];
  for (let round = 0; round < 11; ++round) {
    const { stderr, status } = spawnSync('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null', 'bash', ...words], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
    all.push(stderr.trim().split('\n').at(-1).split(' ').map((seconds) => Number(seconds) * 1000));
  }
  return [0, 1, 2].map((at) => median(all.map((each) => each[at])));
}

try {
  writeProject(join(folder, 'modules'), 'modules', 10_000);
  const graph = times([command, 'graph', join(folder, 'modules/src')]);
  const floor = times([join(build, 'tests/foreload-bench-floor'), join(folder, 'modules/src'), '2']);

  writeSite(join(folder, 'site'), count);
  const built = shares(instructions([command, 'build', join(folder, 'site'), '--no-cache', '--mode', 'sequential', '--out', join(folder, 'out')]), 'BuildSession::build', {
    'parsing the markup': ['parse_template'],
    'parsing code': ['SyntaxTree::parse'],
    'analysis of what was parsed': ['analyze_module', '-parse_template', '-SyntaxTree::parse'],
    'linking': ['BuildSession::link'],
    'planning what starts when': ['plan_lift_point'],
    'code and maps': ['emit_component'],
  }, count);

  const list = join(folder, 'list');
  const components = globSync('fixtures/golden/**/input/**/*.astro', { cwd: repository }).map((path) => join(repository, path));
  writeFileSync(list, `${components.join('\n')}\n`);
  const transformed = shares(instructions([join(build, 'tests/foreload-bench-scan'), list], 'transform 1\n'), 'Host::transform', {
    'parsing the markup': ['parse_template'],
    'parsing code': ['SyntaxTree::parse'],
    'analysis of what was parsed': ['analyze_module', '-parse_template', '-SyntaxTree::parse'],
    'linking, and looking for what is imported': ['link_modules'],
    'planning what starts when': ['plan_lift_point'],
    'code and maps': ['emit_component'],
  }, components.length);

  const milliseconds = (number) => number.toFixed(0);
  const crawl = table(['ms', 'from begin to end', "the program's", "the system's"], [
    ['`foreload graph`', ...graph.map(milliseconds)],
    ['walk and read', ...floor.map(milliseconds)],
  ]);
  const head = ['instructions a component', 'number', 'share'];
  writeSection('profile', 'What bounds the speeds', `\`node bench/profile/run.mjs\`: ${machine()}.

A crawl of 10,000 modules: the processor's time of both threads. Most of it is the system's, which opens, reads and closes files,
and which a program that only reads needs as well; what is left to foreload is the lexer and one look-up for each name in an import.

${crawl}

A build of ${count} components whose outputs are there already, on one thread, in instructions. No part stands out: what would make it
several times faster is to know less of the code. On two threads linking stays on one.

${table(head, built)}

One transform of a component of 241 bytes, those of the golden cases, by a host that knows nothing of its project yet. Astro's compiler
parses and prints; foreload parses the same, and then follows each value and each effect to where it may not start a loader early.

${table(head, transformed)}`);
  console.log([crawl, table(head, built), table(head, transformed)].join('\n\n'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
