// Makes a failing page smaller, for as long as it fails in the same way. Building a site takes seconds whether it has one
// page or hundreds, so a round builds every page that is one step smaller side by side, and then a few that take many of
// the steps that worked at once.
import { transform } from '@astrojs/compiler-rs';
import { problems } from './compare.mjs';
import { NUMBER, expressionKinds } from './expressions.mjs';
import { onlyPage } from './generate.mjs';
import { observe } from './observe.mjs';
import { printGroup } from './print.mjs';
import { simulate } from './simulate.mjs';
import { canonical } from './site/src/lib/data.js';

const AT_ONCE = 60;

/** The smallest group found with one page and one request that fails as \p group's does. */
export async function shrink(group, page, request, found, log) {
  let best = onlyPage(group, { ...page, requests: [request] });
  const way = wayOf(found);
  for (let round = 1; ; round++) {
    const tried = smallestFirst(stepsOf(numbered(best)).map((step) => sized({ step, group: apply(best, [step]) })))
      .filter((candidate) => candidate.size < size(best));
    const worked = [];
    // The largest steps first: most of the small ones are parts of them.
    while (tried.length && !worked.length) {
      const some = [];
      while (tried.length && some.length < AT_ONCE) {
        const candidate = tried.shift();
        if (isValid(candidate.group)) some.push(candidate);
      }
      worked.push(...(await failing(some, way)));
    }
    if (!worked.length) return best;
    const together = [];
    for (let count = worked.length; count > 1; count = count >> 1)
      for (const some of [worked.slice(0, count), worked.slice(-count)])
        together.push({ group: apply(best, some.map(({ step }) => step)) });
    const valid = together.filter(({ group }) => isValid(group)).map(sized);
    const [smallest] = smallestFirst([worked[0], ...(await failing(valid, way))]);
    log(`round ${round}: ${worked.length} steps work, ${Math.round(size(best))} → ${Math.round(smallest.size)} nodes`);
    best = smallest.group;
  }
}

const sized = (candidate) => ({ ...candidate, size: size(candidate.group) });
const smallestFirst = (candidates) => candidates.sort((a, b) => a.size - b.size);

/** What is wrong, without the details. */
const wayOf = (found) => found[0].split(/[:\n]/)[0].replace(/".*?"/g, '…');

/** How much there is to understand: nodes, a literal being half of one. Ties go to the shorter text. */
function size(group) {
  let nodes = 0;
  JSON.stringify(group, (_, node) => {
    if (node?.kind) nodes += node.kind === 'literal' ? 0.5 : 1;
    return node;
  });
  return nodes + Object.values(printGroup(group)).join('').length / 1e6;
}

/** Those of \p candidates that still fail in that \p way. */
async function failing(candidates, way) {
  if (!candidates.length) return [];
  candidates.forEach((candidate, i) => (candidate.group = { ...candidate.group, id: `s${i}` }));
  let seen;
  try {
    seen = await observe(candidates.map(({ group }) => group));
  } catch (error) {
    if (!error.message.startsWith('astro build failed')) throw error;
    // One of them does not build: find out which by halves.
    if (candidates.length === 1) return [];
    const half = candidates.length >> 1;
    return [...(await failing(candidates.slice(0, half), way)), ...(await failing(candidates.slice(half), way))];
  }
  return candidates.filter((_, i) => {
    const found = problems(seen.asked[i], seen.explained);
    return found.length && wayOf(found) === way;
  });
}

function isValid(group) {
  const [page] = group.pages;
  try {
    for (const lifted of [false, true]) simulate(group, page, page.requests[0], lifted);
    const texts = Object.entries(printGroup(group)).filter(([file]) => file.endsWith('.astro'));
    return texts.every(([filename, text]) => !transform(text, { filename }).diagnostics.some(({ severity }) => severity === 'error'));
  } catch {
    return false;
  }
}

/** A copy whose nodes have numbers, by which steps name them. The same model gives the same numbers. */
function numbered(group) {
  let number = 0;
  const visit = (value) => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const copy = { [NUMBER]: ++number };
    for (const [key, part] of Object.entries(value)) copy[key] = visit(part);
    return copy;
  };
  return visit(group);
}

/** Lists whose length means something else than how much there is. */
const FIXED = new Set(['args', 'pages', 'components', 'requests']);

function stepsOf(group) {
  const values = new Map();
  simulate(group, group.pages[0], group.pages[0].requests[0], false, undefined, values);
  const steps = [];
  const visit = (value, key) => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) {
        if (item && typeof item === 'object' && !FIXED.has(key)) steps.push({ remove: item[NUMBER] });
        visit(item, key);
      }
      return;
    }
    const number = value[NUMBER];
    if (expressionKinds.has(value.kind)) {
      // What a loader reads is more than an expression: how it gets there.
      if (value.kind !== 'literal' && key !== 'reads') {
        for (const part of parts(value)) steps.push({ replace: number, by: [part[NUMBER]] });
        const seen = values.get(number);
        if (canBeWritten(seen)) steps.push({ replace: number, literal: seen });
      }
    } else if (value.kind) {
      for (const list of [value.children, value.yes, value.no, value.fallback, ...Object.values(value.slots ?? {})])
        if (Array.isArray(list) && list.length) steps.push({ replace: number, by: list.map((node) => node[NUMBER]) });
    }
    for (const [name, part] of Object.entries(value)) {
      if ((key === 'slots' || key === 'query')) steps.push({ drop: number, name });
      if (['loader', 'rest', 'index', 'attribute', 'or', 'dynamic'].includes(name) && part) steps.push({ drop: number, name });
      visit(part, name);
    }
  };
  visit(group);
  return steps;
}

/** Values that a literal can stand for, and a short one. */
function canBeWritten(value) {
  try {
    const text = JSON.stringify(value);
    return text.length < 100 && canonical(JSON.parse(text)) === canonical(value);
  } catch {
    return false;
  }
}

const parts = (node) => Object.values(node).flat().filter((part) => expressionKinds.has(part?.kind));

function apply(group, steps) {
  const copy = numbered(group);
  const index = new Map();
  const visit = (value) => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) index.set(value[NUMBER], value);
    Object.values(value).forEach(visit);
  };
  visit(copy);
  for (const step of steps) {
    if (step.drop) delete index.get(step.drop)?.[step.name];
    else {
      const target = step.remove ?? step.replace;
      const by = step.remove ? [] : step.by ? step.by.map((number) => index.get(number)) : [literalOf(step.literal)];
      replace(copy, target, by);
    }
  }
  return onlyPage(copy, copy.pages[0]);
}

const literalOf = (value) => ({ kind: 'literal', value });

/** Puts \p by in the place of node \p target: in a list any number, in a field one. */
function replace(value, target, by) {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (part?.[NUMBER] === target) {
      if (Array.isArray(value)) value.splice(Number(key), 1, ...by);
      else value[key] = by[0];
      return;
    }
    replace(part, target, by);
  }
}
