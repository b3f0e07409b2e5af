// Makes up groups of pages: models (see expressions.mjs, statements.mjs, markup.mjs) of a few pages over a set of
// components that they share. A component renders only those of a deeper level, so that pages end.
import { Random } from './random.mjs';
import { simulate } from './simulate.mjs';

export const PAGES_PER_GROUP = 8;
const LEVELS = [3, 3, 3, 2];
const MAX_RENDERED = 150;

/** The page of a group alone, with what it renders. */
export function onlyPage(group, page) {
  const needed = new Set();
  const visit = (component) =>
    JSON.stringify(component.markup, (_, node) => {
      const used = node?.kind === 'component' && group.components.find(({ name }) => name === node.name);
      if (used && !needed.has(used)) {
        needed.add(used);
        visit(used);
      }
      return node;
    });
  visit(page);
  return { ...group, pages: [page], components: group.components.filter((component) => needed.has(component)) };
}

/** Group \p index of those that \p seed gives. */
export function generateGroup(seed, index) {
  const random = new Random(seed, 'group', index);
  const group = { id: `g${index}`, constants: {}, components: [], pages: [] };
  group.constants.SETTINGS = { id: random.below(10), name: random.pick(NAMES), on: random.chance(0.5) };
  group.constants.LIST = Array.from({ length: random.between(1, 3) }, () => literalItem(random));
  const planned = LEVELS.flatMap((count, level) => Array.from({ length: count }, (_, i) => plan(random, level, `C${level}${'abc'[i]}`)));
  for (const component of planned.toReversed()) {
    const deeper = planned.filter(({ level }) => level > component.level);
    group.components.unshift(new Writer(random, component, deeper).write());
  }
  for (let i = 0; i < PAGES_PER_GROUP; i++) {
    const own = new Random(seed, 'page', index, i);
    for (;;) {
      const page = new Writer(own, { name: `p${i}`, page: true, props: [], slots: [], loader: own.chance(0.2), dynamic: own.chance(0.5) }, planned).write();
      page.requests = Array.from({ length: 2 }, () => request(own, page));
      if (page.requests.every((asked) => isSmall(group, page, asked))) {
        group.pages.push(page);
        break;
      }
    }
  }
  return group;
}

function isSmall(group, page, asked) {
  const { runs, rendered } = simulate(group, page, asked, false);
  return rendered <= MAX_RENDERED && runs.length > 0;
}

const NAMES = ['ash', 'birch', 'cedar', 'elm', 'fir'];
const QUERIES = ['a', 'b', 'c'];
const literalItem = (random) => ({ id: random.below(10), name: random.pick(NAMES), on: random.chance(0.6) });

function request(random, { dynamic }) {
  const query = Object.fromEntries(random.some(QUERIES, random.below(QUERIES.length + 1)).map((name) => [name, random.pick(NAMES)]));
  return { query, params: dynamic ? { id: String(random.below(5)) } : {} };
}

/** What others need to know of a component before it is written. */
function plan(random, level, name) {
  const props = random.some(['id', 'name', 'on', 'items', 'item'], random.weighted({ 0: 2, 1: 3, 2: 2, 3: 1 }));
  return {
    name,
    level,
    props: props.map((prop) => ({ name: prop, type: PROP_TYPES[prop] })),
    slots: level === 3 ? [] : random.some(['default', 'aside'], random.weighted({ 0: 3, 1: 3, 2: 1 })),
    loader: random.chance(0.7),
  };
}

const PROP_TYPES = { id: 'number', name: 'string', on: 'boolean', items: 'items', item: 'item' };
const ITEM_FIELDS = { id: 'number', name: 'string', on: 'boolean' };
const DATA_FIELDS = { ...ITEM_FIELDS, items: 'items' };
const name = (text) => ({ kind: 'name', name: text });
const literal = (value) => ({ kind: 'literal', value });

/** Writes one component. */
class Writer {
  #fresh = 0;
  #sites = 0;

  constructor(random, component, children) {
    this.random = random;
    this.component = component;
    this.children = children;
    this.scope = [
      { name: 'SETTINGS', type: 'item' },
      { name: 'LIST', type: 'items' },
    ];
  }

  write() {
    const { random, component } = this;
    const loader = component.loader ? this.loader() : undefined;
    const front = this.front(loader);
    const markup = component.page
      ? [{ kind: 'element', tag: 'html', children: [{ kind: 'element', tag: 'body', children: this.content(random.between(2, 4), 3) }] }]
      : this.content(random.between(1, 3), 2);
    for (const slot of component.slots)
      markup.splice(random.below(markup.length + 1), 0, this.maybeWrapped({ kind: 'slot', name: slot, fallback: random.chance(0.3) ? this.content(1, 0) : [] }));
    return { ...component, loader, front, markup };
  }

  fresh(prefix) {
    return `${prefix}${++this.#fresh}`;
  }

  site() {
    return `${this.component.name}/${++this.#sites}`;
  }

  loader() {
    const { random, component } = this;
    const reads = component.props.filter(() => random.chance(0.6)).map(({ name }) => ({ kind: 'prop', name }));
    if (random.chance(0.4)) reads.push({ kind: 'query', name: random.pick(QUERIES), has: random.chance(0.5) });
    if (random.chance(0.3)) reads.push({ kind: 'param', name: 'id' });
    const form = random.pick(['arrow', 'block', 'expression', 'declaration', 'define']);
    return { form, ms: random.between(1, 60), reads };
  }

  front(loader) {
    const { random, component } = this;
    const front = [];
    if (component.props.length && random.chance(0.8)) {
      front.push({ kind: 'props', fields: component.props.map(({ name }) => ({ name })) });
      this.scope.push(...component.props);
    }
    let data = Boolean(loader);
    for (let left = random.between(data ? 1 : 0, 4); left > 0 || data; left--) {
      const kind = random.weighted({ const: 4, data: data ? 4 : 0, pause: 0.7, effect: 0.3, guard: 0.7 });
      if (kind === 'data') {
        const name = this.fresh('data');
        front.push({ kind, name });
        this.scope.push({ name, type: 'data' });
        data = false;
      } else if (kind === 'const') {
        const type = random.pick(['number', 'string', 'boolean', 'items']);
        const name = this.fresh('v');
        front.push({ kind, name, value: this.expression(type, 2) });
        this.scope.push({ name, type });
      } else if (kind === 'pause') {
        const name = this.fresh('w');
        front.push({ kind, name, site: this.site(), ms: random.between(1, 30), value: this.expression('boolean', 1) });
        this.scope.push({ name, type: 'boolean' });
      } else if (kind === 'effect') {
        front.push({ kind, site: this.site(), value: this.expression('number', 1) });
      } else front.push({ kind, test: this.condition(1), ...(component.page && { redirect: '/elsewhere' }) });
    }
    return front;
  }

  /** \p count nodes; \p depth: how much may stand inside of them. */
  content(count, depth) {
    return Array.from({ length: count }, () => this.node(depth));
  }

  node(depth) {
    const { random } = this;
    const inside = depth > 0;
    const kind = random.weighted({
      text: 1,
      component: this.children.length ? 5 : 0,
      element: inside ? 1.5 : 0.5,
      fragment: inside ? 0.3 : 0,
      when: inside ? 2 : 0,
      choose: inside ? 1 : 0,
      each: inside ? 1.2 : 0,
    });
    switch (kind) {
      case 'text':
        return { kind, value: this.expression(random.pick(['number', 'string']), 1) };
      case 'element':
        return {
          kind,
          tag: random.pick(['p', 'div', 'section']),
          attribute: random.chance(0.3) ? this.expression('string', 1) : undefined,
          children: inside ? this.content(random.between(1, 2), depth - 1) : [],
        };
      case 'fragment':
        return { kind, children: this.content(2, depth - 1) };
      case 'component':
        return this.use(random.pick(this.children), depth);
      case 'when': {
        const operator = random.weighted({ '&&': 5, '||': 1, '??': 1 });
        const test = operator === '&&' ? this.condition(2) : operator === '||' ? this.expression('boolean', 1) : this.nullable();
        return { kind, operator, test, children: this.content(1, depth - 1) };
      }
      case 'choose':
        return { kind, test: this.condition(2), yes: this.content(1, depth - 1), no: this.content(1, depth - 1) };
      case 'each': {
        const [item, index] = [this.fresh('item'), random.chance(0.3) ? this.fresh('i') : undefined];
        const of = this.expression('items', 1);
        const outer = this.scope;
        this.scope = [...outer, { name: item, type: 'item' }, ...(index ? [{ name: index, type: 'number' }] : [])];
        const children = this.content(1, depth - 1);
        this.scope = outer;
        return { kind, of, item, index, children };
      }
    }
  }

  use({ name, props, slots }, depth) {
    const { random } = this;
    const filled = slots.filter(() => depth > 0 && random.chance(0.8));
    return {
      kind: 'component',
      name,
      props: props.map((prop) => this.prop(prop)),
      slots: Object.fromEntries(filled.map((slot) => [slot, this.content(random.between(1, 2), depth - 1)])),
    };
  }

  prop({ name, type }) {
    const { random } = this;
    if (random.chance(0.3) && this.scope.some((known) => known.name === name && known.type === type)) return { name, value: { kind: 'name', name }, style: 'shorthand' };
    const value = this.expression(type, 2);
    if (value.kind === 'literal' && typeof value.value === 'string') return { name, value, style: 'quoted' };
    if (value.kind === 'template') return { name, value, style: 'template' };
    return { name, value };
  }

  maybeWrapped(node) {
    const { random } = this;
    const kind = random.weighted({ bare: 4, element: 2, when: 1 });
    if (kind === 'bare') return node;
    if (kind === 'element') return { kind, tag: 'aside', children: [node] };
    return { kind, operator: '&&', test: this.condition(1), children: [{ kind: 'fragment', children: [node] }] };
  }

  /** A boolean that is rarely constant. */
  condition(depth) {
    return this.expression('boolean', depth + 1);
  }

  nullable() {
    const data = this.named('data');
    return data.length && this.random.chance(0.5)
      ? { kind: 'member', of: name(this.random.pick(data).name), name: 'none' }
      : { kind: 'query', name: this.random.pick(QUERIES) };
  }

  named(type) {
    return this.scope.filter((known) => known.type === type);
  }

  expression(type, depth) {
    const { random } = this;
    const ways = this.leaves(type);
    if (depth > 0) ways.push(...this.compounds(type, depth - 1));
    return random.pick(ways)();
  }

  /** Expressions of one step: names, fields, the request, constants. */
  leaves(type) {
    const { random } = this;
    const ways = this.named(type).map((known) => () => name(known.name));
    for (const [owner, fields] of [['item', ITEM_FIELDS], ['data', DATA_FIELDS]])
      for (const known of this.named(owner))
        for (const [key, fieldType] of Object.entries(fields)) if (fieldType === type) ways.push(() => ({ kind: 'member', of: name(known.name), name: key }));
    for (const prop of this.component.props) if (prop.type === type) ways.push(() => ({ kind: 'prop', name: prop.name }));
    const query = () => random.pick(QUERIES);
    switch (type) {
      case 'number':
        ways.push(() => literal(random.below(10)));
        for (const list of this.named('items')) ways.push(() => ({ kind: 'member', of: name(list.name), name: 'length' }));
        break;
      case 'string':
        ways.push(
          () => literal(random.pick(NAMES)),
          () => ({ kind: 'call', name: 'String', args: [{ kind: 'param', name: 'id' }] }),
          () => ({ kind: 'logical', operator: '??', left: { kind: 'query', name: query() }, right: literal(random.pick(NAMES)) }),
        );
        break;
      case 'boolean':
        ways.push(
          () => ({ kind: 'query', name: query(), has: true }),
          () => ({ kind: 'binary', operator: '===', left: { kind: 'query', name: query() }, right: literal(random.pick(NAMES)) }),
          () => ({ kind: 'binary', operator: '===', left: { kind: 'param', name: 'id' }, right: literal(String(random.below(5))) }),
        );
        break;
      case 'items':
        ways.push(() => literal(Array.from({ length: random.between(0, 3) }, () => literalItem(random))));
        break;
      case 'item':
        ways.push(() => literal(literalItem(random)));
        break;
    }
    return ways;
  }

  compounds(type, depth) {
    const part = (partType) => this.expression(partType, depth);
    const { random } = this;
    const ways = [() => ({ kind: 'ternary', test: part('boolean'), yes: part(type), no: part(type) })];
    switch (type) {
      case 'number':
        ways.push(
          () => ({ kind: 'binary', operator: random.pick(['+', '%']), left: part('number'), right: literal(random.between(1, 9)) }),
          () => ({ kind: 'call', name: 'Math.max', args: [part('number'), part('number')] }),
          () => ({ kind: 'member', of: part('items'), name: 'length' }),
          () => ({ kind: 'look', site: this.site(), value: part('number') }),
        );
        break;
      case 'string':
        ways.push(
          () => ({ kind: 'template', parts: ['n', part('number')] }),
          () => ({ kind: 'template', parts: [part('string'), '-', part('number')] }),
          () => ({ kind: 'call', name: '.toUpperCase', args: [part('string')] }),
          () => ({ kind: 'call', name: '.slice', args: [part('string'), literal(1)] }),
        );
        break;
      case 'boolean':
        ways.push(
          () => ({ kind: 'not', of: part('boolean') }),
          () => ({ kind: 'logical', operator: random.pick(['&&', '||']), left: part('boolean'), right: part('boolean') }),
          () => ({ kind: 'binary', operator: random.pick(['<', '>', '!==']), left: part('number'), right: part('number') }),
          () => ({ kind: 'look', site: this.site(), value: part('boolean') }),
          () => ({ kind: 'call', name: '.includes', args: [part('string'), literal('a')] }),
        );
        break;
      case 'items': {
        const item = this.fresh('x');
        ways.push(
          () => ({ kind: 'call', name: '.slice', args: [part('items'), literal(0), literal(2)] }),
          () => ({ kind: 'call', name: '.concat', args: [part('items'), { kind: 'list', items: [part('item')] }] }),
          () => ({ kind: 'filter', of: part('items'), item, test: { kind: 'member', of: name(item), name: 'on' } }),
          () => ({ kind: 'list', items: [part('item'), part('item')] }),
        );
        break;
      }
      case 'item':
        ways.push(() => ({
          kind: 'object',
          entries: [
            { name: 'id', value: part('number') },
            { name: 'name', value: part('string') },
            { name: 'on', value: part('boolean') },
          ],
        }));
        break;
    }
    return ways;
  }
}
