// The expressions of generated pages: for each kind, how it is written and what it means. A frame (simulate.mjs) says
// what names mean, what the request asks, and what time it is.
import { Known, field, known, latest, plain, since, whole } from './known.mjs';
import { canonical } from './site/src/lib/data.js';

/** A name that is not there: the model was cut too short. */
export class Unbound extends Error {}

/** Where shrink.mjs keeps the number of a node. */
export const NUMBER = Symbol('number');

const kinds = {
  literal: {
    print: ({ value }) => JSON.stringify(value),
    run: ({ value }) => known(value),
  },
  name: {
    print: ({ name }) => name,
    run: ({ name }, frame) => frame.lookup(name),
  },
  member: {
    print: ({ of, name, optional }) => `${inner(of)}${optional ? '?' : ''}.${name}`,
    run({ of, name, optional }, frame) {
      const object = evaluate(of, frame);
      return optional && (object.value === null || object.value === undefined) ? new Known(undefined, object.at) : field(object, name);
    },
  },
  prop: {
    print: ({ name }) => `Astro.props.${name}`,
    run: ({ name }, frame) => field(frame.props, name),
  },
  /** All props, as one value. */
  props: {
    print: () => 'Astro.props',
    run: (_, frame) => frame.props,
  },
  hasSlot: {
    print: ({ name }) => `Astro.slots.has('${name}')`,
    run: ({ name }, frame) => new Known(Object.hasOwn(frame.slots, name)),
  },
  query: {
    print: ({ name, has }) => `Astro.url.searchParams.${has ? 'has' : 'get'}('${name}')`,
    run: ({ name, has }, { request: { query } }) => new Known(has ? Object.hasOwn(query, name) : (query[name] ?? null)),
  },
  param: {
    print: ({ name }) => `Astro.params.${name}`,
    run: ({ name }, { request: { params } }) => new Known(params[name]),
  },
  not: {
    print: ({ of }) => `!${inner(of)}`,
    run({ of }, frame) {
      const { value, at } = evaluate(of, frame);
      return new Known(!value, at);
    },
  },
  binary: {
    print: ({ operator, left, right }) => `${inner(left)} ${operator} ${inner(right)}`,
    run({ operator, left, right }, frame) {
      const [a, b] = [evaluate(left, frame), evaluate(right, frame)];
      return new Known(binary[operator](a.value, b.value), latest(a.at, b.at));
    },
  },
  logical: {
    print: ({ operator, left, right }) => `${inner(left)} ${operator} ${inner(right)}`,
    run({ operator, left, right }, frame) {
      const a = evaluate(left, frame);
      return goesOn(operator, a.value) ? since(a.at, evaluate(right, frame)) : since(needed(right, frame), a);
    },
  },
  ternary: {
    print: ({ test, yes, no }) => `${inner(test)} ? ${inner(yes)} : ${inner(no)}`,
    run({ test, yes, no }, frame) {
      const { value, at } = evaluate(test, frame);
      return since(latest(at, needed(value ? no : yes, frame)), evaluate(value ? yes : no, frame));
    },
  },
  template: {
    print: ({ parts }) => `\`${parts.map((part) => (typeof part === 'string' ? part : `\${${print(part)}}`)).join('')}\``,
    run({ parts }, frame) {
      const values = parts.map((part) => (typeof part === 'string' ? new Known(part) : evaluate(part, frame)));
      return new Known(values.map(({ value }) => String(value)).join(''), latest(...values.map(({ at }) => at)));
    },
  },
  object: {
    print: ({ entries }) => `{ ${entries.map(({ name, value }) => (value ? `${name}: ${print(value)}` : name)).join(', ')} }`,
    run: ({ entries }, frame) =>
      new Known(Object.fromEntries(entries.map(({ name, value }) => [name, value ? evaluate(value, frame) : frame.lookup(name)]))),
  },
  list: {
    print: ({ items }) => `[${items.map(print).join(', ')}]`,
    run: ({ items }, frame) => new Known(items.map((item) => evaluate(item, frame))),
  },
  /** One of the calls below, of a function or of a method. */
  call: {
    print: ({ name, args }) => pureCalls[name].print(...args.map((arg, i) => (i === 0 && name.startsWith('.') ? inner(arg) : print(arg)))),
    run({ name, args }, frame) {
      const values = args.map((arg) => evaluate(arg, frame));
      // Of a list, the parts stay what they are; of all else the result is new.
      if (Array.isArray(values[0]?.value) && name.startsWith('.')) {
        const [of, ...rest] = values;
        const lists = rest.map((value) => (Array.isArray(value.value) ? value.value : plain(value)));
        return new Known(of.value[name.slice(1)](...lists), latest(...values.map(({ at }) => at)));
      }
      return known(pureCalls[name].run(...values.map(plain)), latest(...values.map(whole)));
    },
  },
  /** A list's items for which a condition holds. */
  filter: {
    print: ({ of, item, test }) => `${inner(of)}.filter((${item}) => ${print(test)})`,
    run({ of, item, test }, frame) {
      const list = evaluate(of, frame);
      let at = latest(list.at, needed(test, frame));
      const kept = list.value.filter((entry) => {
        const result = evaluate(test, frame.within({ [item]: entry }));
        at = latest(at, result.at);
        return result.value;
      });
      return new Known(kept, at);
    },
  },
  /** A call of an imported function: its result is known when it has run, and it runs where it stands. */
  look: {
    print: ({ site, value }) => `look('${site}', ${print(value)})`,
    run({ site, value }, frame) {
      const result = plain(evaluate(value, frame));
      frame.effect(`look ${site} ${canonical(result)}`);
      return known(result, frame.now);
    },
  },
};

const binary = {
  '===': (a, b) => a === b,
  '!==': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '%': (a, b) => a % b,
};

/** Does a logical operator look at its right side? */
export const goesOn = (operator, left) =>
  operator === '&&' ? Boolean(left) : operator === '||' ? !left : left === null || left === undefined;

const method = (name, run) => ({ print: (of, ...args) => `${of}.${name}(${args.join(', ')})`, run });
const named = (name, run) => ({ print: (...args) => `${name}(${args.join(', ')})`, run });
const pureCalls = {
  String: named('String', String),
  Number: named('Number', Number),
  Boolean: named('Boolean', Boolean),
  'JSON.stringify': named('JSON.stringify', JSON.stringify),
  BigInt: named('BigInt', BigInt),
  'Math.max': named('Math.max', Math.max),
  'new Date': named('new Date', (time) => new Date(time)),
  'new URL': named('new URL', (path, base) => new URL(path, base)),
  'Object.keys': named('Object.keys', Object.keys),
  'Array.isArray': named('Array.isArray', Array.isArray),
  '.slice': method('slice', (of, ...args) => of.slice(...args)),
  '.toUpperCase': method('toUpperCase', (of) => of.toUpperCase()),
  '.includes': method('includes', (of, ...args) => of.includes(...args)),
  '.concat': method('concat', (of, ...args) => of.concat(...args)),
};

// Names of one word and calls can stand anywhere; everything else gets parentheses when it is part of something.
const atoms = new Set(['name', 'member', 'prop', 'query', 'param', 'template', 'list', 'call', 'filter', 'look', 'hasSlot', 'props']);
export const inner = (node) => (atoms.has(node.kind) || (node.kind === 'literal' && typeof node.value === 'string') ? print(node) : `(${print(node)})`);

export const print = (node) => kinds[node.kind].print(node);

export function evaluate(node, frame) {
  const result = kinds[node.kind].run(node, frame);
  frame.simulation.values?.set(node[NUMBER], plain(result));
  return result;
}

/**
 * When all is known that \p node names. An expression counts as known with all its parts, those included that are not
 * evaluated this time: what can be told apart is the parts of the values, not those of the code.
 */
export function needed(node, frame) {
  const value = part(node, frame);
  if (value) return whole(value);
  if (node.kind === 'look') return frame.now;
  return latest(...Object.values(node).flat().map((of) => (of?.kind || of?.value?.kind ? needed(of.kind ? of : of.value, frame) : 0)));
}

/** What a name or a part of what it stands for is, if it is there: nothing is evaluated. */
function part(node, frame) {
  try {
    if (node.kind === 'member') {
      const of = part(node.of, frame);
      return of && field(of, node.name);
    }
    return ['name', 'prop', 'props'].includes(node.kind) ? kinds[node.kind].run(node, frame) : undefined;
  } catch {
    return undefined; // a callback's parameter, or a field of nothing
  }
}

export const expressionKinds = new Set(Object.keys(kinds));
