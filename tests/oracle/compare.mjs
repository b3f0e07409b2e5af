// What must hold of a page that was asked for with lifting off and on.
import { componentFile, pageFile } from './print.mjs';
import { runId, simulate } from './simulate.mjs';

/** Everything that is wrong with what was seen of one page and request, as sentences. */
export function problems({ group, page, request, off, on }, explained) {
  if (off.error || on.error) return [off, on].filter(({ error }) => error).map(({ error }) => `it was not answered: ${error.stack}`);
  const found = [];
  const check = (what, expected, seen) => {
    if (expected !== seen) found.push(`${what}: expected ${expected}, seen ${seen}`);
  };
  /** The same, in whatever order. */
  const checkAll = (what, expected, seen, name) => {
    const [missing, surplus] = [without(expected.map(name), seen.map(name)), without(seen.map(name), expected.map(name))];
    if (missing.length + surplus.length)
      found.push([what, ...missing.map((line) => `  expected ${line}`), ...surplus.map((line) => `  seen     ${line}`)].join('\n'));
  };

  // Lifting changes nothing but time.
  check('lifting changes the status', off.status, on.status);
  check('lifting changes how the answer ends', String(off.aborted), String(on.aborted));
  if (found.length) return [...found, ...[off, on].flatMap(({ aborted }) => aborted?.stack ?? [])];
  check('lifting changes the body', off.body, on.body);
  check('lifting changes the headers', JSON.stringify(off.headers), JSON.stringify(on.headers));
  checkAll('lifting changes which loaders run', off.runs, on.runs, runId);
  checkAll('lifting changes the effects', off.effects, on.effects, byText);
  if (on.end > off.end) found.push(`lifting makes the page slower: ${off.end} became ${on.end}`);

  // The model says the same of the page without lifting: it may be trusted with the page as it should be.
  const plain = simulate(group, page, request, false);
  check('the model is wrong about the status', plain.status, off.status);
  checkAll('the model is wrong about the loaders', plain.runs, off.runs, timed);
  checkAll('the model is wrong about the effects', plain.effects, off.effects, noted);
  check('the model is wrong about the time', plain.end, off.end);
  for (const seen of [off, on]) found.push(...disorder(plain.effects, seen.effects));
  if (found.length) return found;

  const { lifted } = attribute({ group, page, request, on }, explained);
  checkAll('loaders start when they should not', lifted.runs, on.runs, timed);
  checkAll('effects happen when they should not', lifted.effects, on.effects, noted);
  check('the page does not take its critical path', lifted.end, on.end);
  return found;
}

/**
 * What the page does if every loader starts as soon as it can, but for those that foreload has doubts of: they start when
 * they did. `losses` has the codes for each of those that cost something by itself.
 */
export function attribute({ group, page, request, on }, explained) {
  const excuses = doubts(explained, pageFile(group, page));
  const given = new Map();
  const losses = [];
  for (;;) {
    const lifted = simulate(group, page, request, true, given);
    const expected = new Map(lifted.runs.map((run) => [runId(run), run]));
    const differs = (run) => {
      const { start, soonest } = expected.get(runId(run));
      return run.start < start ? run.start >= soonest : run.start > start && excuses.has(componentOf(group, run));
    };
    const different = on.runs.filter((run) => expected.has(runId(run)) && !given.has(runId(run)) && differs(run));
    if (!different.length) return { lifted, losses };
    // The first may be why the others are different.
    const first = different.reduce((a, b) => (b.start < a.start ? b : a));
    given.set(runId(first), first.start);
    if (first.start > expected.get(runId(first)).start) losses.push(excuses.get(componentOf(group, first)));
  }
}

const byText = ({ text }) => text;
const noted = ({ text, at }) => `${at}: ${text}`;
const timed = (run) => `${run.start}–${run.end}: ${runId(run)}`;

/** What is left of \p list without \p others, each as often as it is there. */
function without(list, others) {
  const left = new Map();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return list.filter((item) => !left.get(item) || !left.set(item, left.get(item) - 1)).sort();
}

function componentOf(group, { name }) {
  const page = group.pages.find((page) => page.name === name);
  return page ? pageFile(group, page) : componentFile(group, { name });
}

/** Effects that stand one behind the other in the tree, and came otherwise. Those of equal text cannot be told apart. */
function disorder(expected, seen) {
  const places = new Map();
  seen.forEach(({ text }, i) => places.set(text, places.has(text) ? NaN : i));
  const found = [];
  for (const effect of expected)
    for (let before = effect.after; before; before = before.after) {
      const [first, second] = [places.get(before.text), places.get(effect.text)];
      if (first > second) found.push(`"${effect.text}" came before "${before.text}"`);
      if (!Number.isNaN(first)) break;
    }
  return found;
}

/** By file, the codes of what foreload says against starting its loader at once when \p page is asked for. */
function doubts(explained, page) {
  const { tree, startsAt } = explained.get(page);
  const children = new Map(); // a component's subtree is not told again for each place where it stands
  const told = (node) => {
    if (!node.seen) children.set(node.component, [...(children.get(node.component) ?? []), ...node.children]);
    node.children.forEach(told);
  };
  told(tree);
  const codes = new Map();
  const general = startsAt.slice(0, 1).flatMap(({ code }) => code ?? []);
  const visit = (node, seen) => {
    const { loader, component } = node;
    const code = loader?.verdict === 'lifted' ? loader.delayed?.code : loader?.code;
    const own = code ? [code] : [];
    const all = new Set([...(codes.get(component) ?? general), ...own]);
    if (all.size) codes.set(component, all);
    if (!seen.has(component)) for (const child of children.get(component) ?? []) visit(child, new Set([...seen, component]));
  };
  visit(tree, new Set());
  return codes;
}
