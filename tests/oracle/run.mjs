// The oracle test: makes up pages, renders each with lifting off and on in Astro, and compares both with each other and
// with the model that the page was written from. A page passes if
//
// - status, headers, HTML, the loaders that run with their arguments, and the effects are the same off and on, and what
//   stands one behind the other has its effects in that order;
// - the model foretells everything of the page with lifting off, to the time of each effect;
// - with lifting on, every loader starts at the very moment that the model names, and so the page takes its critical
//   path. A loader may start later if foreload says why; all others must start as early as that allows.
//
//   ORACLE_SEED=1 ORACLE_PAGES=2000 node tests/oracle/run.mjs
//   ORACLE_SEED=1 ORACLE_PAGE=12/3 node tests/oracle/run.mjs       one page of those: group and number
//
// ORACLE_SEED=new takes another seed each time; ORACLE_SHRINK=no leaves the first failing page as large as it is. The package
// has to be built (`make`).
import { spawnSync } from 'node:child_process';
import { node } from '../e2e/harness.mjs';
import { attribute, problems } from './compare.mjs';
import { PAGES_PER_GROUP, generateGroup, onlyPage } from './generate.mjs';
import { observe } from './observe.mjs';
import { pagePath, printGroup } from './print.mjs';
import { shrink } from './shrink.mjs';
import { simulate } from './simulate.mjs';

if (process.execPath !== node) process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);

const SHOWN = 3;
const seed = process.env.ORACLE_SEED === 'new' ? String(Date.now()) : (process.env.ORACLE_SEED ?? '1');
const pages = Number(process.env.ORACLE_PAGES ?? 2000);
const chosen = process.env.ORACLE_PAGE?.split('/').map(Number);
const command = (group, page) => `ORACLE_SEED=${seed} ORACLE_PAGE=${group.id.slice(1)}/${page.name.slice(1)} node tests/oracle/run.mjs`;

const groups = chosen ? [only(...chosen)] : Array.from({ length: Math.ceil(pages / PAGES_PER_GROUP) }, (_, i) => generateGroup(seed, i));
const { asked, explained } = await observe(groups);

function only(index, page) {
  const group = generateGroup(seed, index);
  return onlyPage(group, group.pages[page]);
}

const failures = new Map();
const total = { loaders: 0, late: 0, slow: 0, codes: new Map() };
for (const entry of asked) {
  const found = problems(entry, explained);
  if (found.length) {
    if (!failures.has(entry.page)) failures.set(entry.page, { entry, found });
    continue;
  }
  const { losses } = attribute(entry, explained);
  total.loaders += entry.on.runs.length;
  total.late += losses.length;
  if (entry.on.end > simulate(entry.group, entry.page, entry.request, true).end) total.slow++;
  for (const code of losses.flatMap((codes) => [...codes])) total.codes.set(code, (total.codes.get(code) ?? 0) + 1);
}

const show = (group, page, request, found) => {
  for (const [file, text] of Object.entries(printGroup(group))) console.log(`── ${file}\n${text}`);
  console.log(`${pagePath(group, page, request)}:\n${found.join('\n')}`);
};
for (const [i, { entry, found }] of [...failures.values()].entries()) {
  const { group, page, request } = entry;
  if (i < SHOWN) show(onlyPage(group, page), page, request, found);
  else console.log(`${pagePath(group, page, request)} fails: ${found[0]}`);
  console.log(`again: ${command(group, page)}\n`);
}
if (failures.size && process.env.ORACLE_SHRINK !== 'no') {
  const { entry, found } = failures.values().next().value;
  console.log(`making ${pagePath(entry.group, entry.page, entry.request)} smaller`);
  const small = await shrink(entry.group, entry.page, entry.request, found, console.log);
  const again = await observe([small]);
  show(small, small.pages[0], small.pages[0].requests[0], problems(again.asked[0], again.explained));
}

const codes = [...total.codes].sort().map(([code, count]) => `${code} ×${count}`);
console.log(
  `seed ${seed}: ${asked.length} requests, ${total.slow} of them slower than their critical path; ${total.loaders} loaders, ` +
    `${total.late} of them held back${codes.length ? ` (${codes.join(', ')})` : ''}`,
);
const count = groups.reduce((sum, group) => sum + group.pages.length, 0);
console.log(`${count - failures.size} passed, ${failures.size} failed`);
process.exitCode = failures.size ? 1 : 0;
