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
  const visit = (component) => {
    const names = [...(component.loader?.loads ?? []), ...component.front.flatMap(({ yes, no }) => [yes, no])];
    JSON.stringify(component.markup, (_, node) => {
      if (node?.kind === 'component') names.push(node.name);
      return node;
    });
    for (const used of group.components)
      if (names.includes(used.name) && !needed.has(used)) {
        needed.add(used);
        visit(used);
      }
  };
  visit(page);
  return { ...group, pages: [page], components: group.components.filter((component) => needed.has(component)) };
}

/** Group \p index of those that \p seed gives. */
export function generateGroup(seed, index) {
  const random = new Random(seed, 'group', index);
  const group = { id: `g${index}`, constants: {}, components: [], pages: [] };
  group.constants.SETTINGS = { id: random.below(10), name: random.pick(NAMES), on: random.chance(0.5) };
  group.constants.LIST = Array.from({ length: random.between(1, 3) }, () => literalItem(random));
  const planned = [];
  for (const [level, count] of [...LEVELS.entries()].reverse())
    for (const letter of 'abc'.slice(0, count)) planned.push(plan(random, level, `C${level}${letter}`, planned.filter((other) => other.level > level)));
  for (const component of planned) {
    const deeper = planned.filter(({ level }) => level > component.level);
    group.components.push(new Writer(random, component, deeper).write());
  }
  for (let i = 0; i < PAGES_PER_GROUP; i++) {
    const own = new Random(seed, 'page', index, i);
    for (;;) {
      const page = new Writer(own, planPage(own, `p${i}`, planned), planned).write();
      page.requests = Array.from({ length: 2 }, () => request(own, page));
      if (page.requests.every((asked) => isSmall(group, page, asked))) {
        group.pages.push(page);
        break;
      }
    }
  }
  return group;
}

function planPage(random, name, planned) {
  const page = { name, page: true, props: [], slots: [], dynamic: random.chance(0.5) };
  if (random.chance(0.2)) page.loader = planLoader(random, page, planned);
  return page;
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

/** What others need to know of a component before it is written. \p deeper: those that its loader may load. */
function plan(random, level, name, deeper) {
  const props = random.some(Object.keys(PROP_TYPES), random.weighted({ 0: 2, 1: 3, 2: 2, 3: 1 }));
  const component = {
    name,
    level,
    barrel: random.chance(0.15),
    props: props.map((prop) => ({ name: prop, type: PROP_TYPES[prop], optional: random.chance(0.2) })),
    slots: level === 3 ? [] : random.some(['default', 'aside'], random.weighted({ 0: 3, 1: 3, 2: 1 })),
  };
  if (random.chance(0.7)) component.loader = planLoader(random, component, deeper);
  return component;
}

function planLoader(random, { props }, deeper) {
  const reads = random.chance(0.1)
    ? [{ kind: 'props' }]
    : props.filter(() => random.chance(0.6)).map(({ name }) => ({ kind: 'prop', name }));
  if (random.chance(0.4)) reads.push({ kind: 'query', name: random.pick(QUERIES), has: random.chance(0.5) });
  if (random.chance(0.3)) reads.push({ kind: 'param', name: 'id' });
  const loadable = deeper.filter(({ loader }) => loader && !loader.reads.some(({ kind }) => kind.startsWith('prop')));
  return {
    form: random.pick(['arrow', 'block', 'expression', 'declaration', 'define', 'renamed', 'elsewhere']),
    style: random.pick(['plain', 'nested', 'context', 'body']),
    ms: random.between(1, 60),
    reads,
    loads: loadable.length && random.chance(0.1) ? [random.pick(loadable).name] : [],
  };
}

const PROP_TYPES = {
  id: 'number',
  name: 'string',
  on: 'boolean',
  items: 'items',
  item: 'item',
  post: 'data',
  when: 'date',
  link: 'url',
  big: 'bigint',
};
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
    /** Tags that stand for one of two components; the props that are left in one variable; the slots passed on. */
    this.tags = [];
    this.rest = undefined;
    this.passed = new Set();
    this.scope = [
      { name: 'SETTINGS', type: 'item' },
      { name: 'LIST', type: 'items' },
    ];
  }

  write() {
    const { random, component } = this;
    const front = this.front();
    const markup = component.page
      ? [{ kind: 'element', tag: 'html', children: [{ kind: 'element', tag: 'body', children: this.content(random.between(2, 4), 3) }] }]
      : this.content(random.between(1, 3), 2);
    for (const slot of component.slots.filter((slot) => !this.passed.has(slot)))
      markup.splice(random.below(markup.length + 1), 0, this.maybeWrapped({ kind: 'slot', name: slot, fallback: random.chance(0.3) ? this.content(1, 0) : [] }));
    return { ...component, front, markup };
  }

  fresh(prefix) {
    return `${prefix}${++this.#fresh}`;
  }

  site() {
    return `${this.component.name}/${++this.#sites}`;
  }

  front() {
    const { random, component } = this;
    const front = this.takeProps();
    let data = Boolean(component.loader);
    for (let left = random.between(data ? 1 : 0, 4); left > 0 || data; left--) {
      const kind = random.weighted({ const: 4, data: data ? 4 : 0, pause: 0.7, effect: 0.3, guard: 0.7, tag: this.children.length > 1 ? 0.3 : 0 });
      if (kind === 'data') {
        front.push(...this.data());
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
      } else if (kind === 'tag') {
        const [yes, no] = [random.pick(this.children), random.pick(this.children)];
        const name = this.fresh('Tag');
        front.push({ kind, name, test: this.condition(1), yes: yes.name, no: no.name });
        // It takes the props and slots of both.
        const props = [...yes.props, ...no.props.filter((prop) => !yes.props.some(({ name }) => name === prop.name))];
        this.tags.push({ name, props: props.map((prop) => ({ ...prop, optional: false })), slots: [...new Set([...yes.slots, ...no.slots])] });
      } else {
        const test = this.condition(1);
        const way = random.weighted({ if: 3, block: 1, switch: 1 });
        // A switch compares with `true` itself, and a text may come of the other conditions.
        front.push({ kind, way, test: way === 'switch' ? { kind: 'call', name: 'Boolean', args: [test] } : test, ...(component.page && { redirect: '/elsewhere' }) });
      }
    }
    return front;
  }

  takeProps() {
    const { random, component } = this;
    const { props } = component;
    if (!props.length) return [];
    const defaulted = props.filter(({ optional }) => optional);
    const way = random.weighted({ all: 4, some: 1, none: defaulted.length ? 0 : 1 });
    if (way === 'none') return [];
    const taken = way === 'all' ? props : props.filter(({ optional }) => optional || random.chance(0.5));
    const fields = taken.map(({ name, type, optional }) => ({
      name,
      as: random.chance(0.15) ? this.fresh(name) : undefined,
      or: optional ? this.constant(type) : undefined,
    }));
    const rest = taken.length < props.length && random.chance(0.5) ? this.fresh('rest') : undefined;
    if (rest) this.rest = { name: rest, props: props.filter((prop) => !taken.includes(prop)) };
    taken.forEach(({ type }, i) => this.scope.push({ name: fields[i].as ?? fields[i].name, type }));
    return fields.length || rest ? [{ kind: 'props', fields, rest }] : [];
  }

  data() {
    const { random } = this;
    const name = this.fresh('data');
    const way = random.weighted({ data: 5, promise: 1, both: 0.7 });
    const known = { name, type: 'data' };
    if (way === 'promise') {
      const promise = this.fresh('promise');
      const between = random.chance(0.5) ? [{ kind: 'pause', name: this.fresh('w'), site: this.site(), ms: random.between(1, 30), value: literal(true) }] : [];
      this.scope.push(known);
      return [{ kind: 'promise', name: promise }, ...between, { kind: 'await', name, of: promise }];
    }
    this.scope.push(known);
    if (way === 'data') return [{ kind: 'data', name }];
    const other = this.fresh('w');
    this.scope.push({ name: other, type: 'boolean' });
    return [{ kind: 'both', data: name, name: other, site: this.site(), ms: random.between(1, 30) }];
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
      slot: this.component.slots.length ? 0.4 : 0,
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
        return this.use(random.pick(this.tags.length && random.chance(0.4) ? this.tags : this.children), depth);
      case 'slot': {
        const slot = random.pick(this.component.slots);
        this.passed.add(slot);
        return { kind, name: slot, fallback: depth > 0 && random.chance(0.3) ? this.content(1, 0) : [] };
      }
      case 'when': {
        const operator = random.weighted({ '&&': 5, '||': 1, '??': 1 });
        const test = operator === '&&' ? this.condition(2) : operator === '||' ? this.expression('boolean', 1) : this.nullable();
        return { kind, operator, test, children: this.content(1, depth - 1) };
      }
      case 'choose':
        return { kind, test: this.condition(2), yes: this.content(1, depth - 1), no: this.content(1, depth - 1) };
      case 'each':
        return this.each(depth);
    }
  }

  each(depth) {
    const { random } = this;
    const way = random.weighted({ map: 5, flatMap: 1, from: 1 });
    const of = this.expression('items', 1);
    const outer = this.scope;
    const each = { kind: 'each', way, of, body: [] };
    this.scope = [...outer];
    if (random.chance(0.3)) {
      each.fields = random.some(Object.keys(ITEM_FIELDS), random.between(1, 2)).map((name) => ({ name, as: this.fresh(name) }));
      this.scope.push(...each.fields.map(({ name, as }) => ({ name: as, type: ITEM_FIELDS[name] })));
    } else {
      each.item = this.fresh('item');
      this.scope.push({ name: each.item, type: 'item' });
    }
    if (random.chance(0.3)) {
      each.index = this.fresh('i');
      this.scope.push({ name: each.index, type: 'number' });
    }
    if (random.chance(0.3)) {
      const type = random.pick(['number', 'string', 'boolean']);
      const name = this.fresh('v');
      each.body.push({ kind: 'const', name, value: this.expression(type, 1) });
      this.scope.push({ name, type });
    }
    if (random.chance(0.2)) each.body.push({ kind: 'guard', test: this.condition(1) });
    if (random.chance(0.05)) each.pause = { site: this.site(), ms: random.between(1, 20) };
    each.children = this.content(way === 'flatMap' ? random.between(1, 2) : 1, depth - 1);
    this.scope = outer;
    return each;
  }

  use({ name, props, slots }, depth) {
    const { random } = this;
    const filled = slots.filter(() => depth > 0 && random.chance(0.8));
    return {
      kind: 'component',
      name,
      props: this.props(props),
      slots: Object.fromEntries(filled.map((slot) => [slot, this.content(random.between(1, 2), depth - 1)])),
    };
  }

  props(wanted) {
    const { random, rest } = this;
    const given = wanted.filter(({ optional }) => !optional || random.chance(0.5));
    const props = given.map((prop) => this.prop(prop));
    // What is spread has some of the props; those that are written out stand before or behind it.
    const item = this.named('item');
    if (item.length && random.chance(0.1)) props.splice(random.below(props.length + 1), 0, { spread: name(random.pick(item).name) });
    if (rest && random.chance(0.5)) props.splice(random.below(props.length + 1), 0, { spread: name(rest.name) });
    return props;
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
    if (type === 'data' || type === 'date' || type === 'url' || type === 'bigint') {
      if (ways.length && random.chance(0.7)) return ways;
      return [() => this.constant(type)];
    }
    for (const [owner, fields] of [['item', ITEM_FIELDS], ['data', DATA_FIELDS]])
      for (const known of this.named(owner))
        for (const [key, fieldType] of Object.entries(fields)) if (fieldType === type) ways.push(() => ({ kind: 'member', of: name(known.name), name: key }));
    for (const prop of this.component.props) if (prop.type === type && !prop.optional) ways.push(() => ({ kind: 'prop', name: prop.name }));
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
        if (this.component.slots.length) ways.push(() => ({ kind: 'hasSlot', name: random.pick(this.component.slots) }));
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

  /** A value that needs nothing but the request. */
  constant(type) {
    const { random } = this;
    const call = (name, ...args) => ({ kind: 'call', name, args });
    switch (type) {
      case 'number':
        return literal(random.below(10));
      case 'string':
        return literal(random.pick(NAMES));
      case 'boolean':
        return literal(random.chance(0.5));
      case 'items':
        return literal([literalItem(random)]);
      case 'item':
        return literal(literalItem(random));
      case 'data':
        return literal({ ...literalItem(random), none: null, items: [literalItem(random)] });
      case 'date':
        return call('new Date', this.expression('number', 0));
      case 'url':
        return call('new URL', this.expression('string', 0), literal('http://example.org/'));
      case 'bigint':
        return call('BigInt', this.expression('number', 0));
    }
  }

  compounds(type, depth) {
    if (type === 'data' || type === 'date' || type === 'url' || type === 'bigint') return [];
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
