// What a page does, computed from its model: which loaders run with which arguments, the order of effects, and when
// everything happens. It knows two ways to run a page: `plain`, where a loader starts when its component asks for the
// data, and `lifted`, where it starts as soon as all that it truly depends on is there:
//
// - the request is there at once;
// - a loader's data, when that loader has ended;
// - what a call of unknown code gives, when the render has made the call, and what is awaited, when it has come;
// - that the component renders at all: when the conditions, lists and guards above it are known, and after the
//   statements above it that are there for their effect.
//
// The last is judged by the branches that are taken. A loader may be certain before, since the others lead to it as well;
// `soonest` is the time that this cannot change.
//
// Nothing of this is taken from foreload: it is what foreload is measured against. `plain` is measured too, against
// Astro itself with lifting off, which shows that the model is right about Astro.
import { Unbound, evaluate } from './expressions.mjs';
import { Known, field, known, latest, plain, whole } from './known.mjs';
import { createNodes } from './markup.mjs';
import { canonical, makeData } from './site/src/lib/data.js';
import { runStatement } from './statements.mjs';

/** Deeper trees than any that is generated: the model recurses without an end. */
const MAX_DEPTH = 60;
const MAX_WALKS = 100;

/**
 * \p lifted: how loaders start. \p given: starts that are not the model's to say, by `runId`.
 * \p values: gets what each expression came to, by the number of its node (shrink.mjs).
 * Times are the clock's. `after` of an effect is the one that every render has before it.
 */
export function simulate(group, page, request, lifted, given = new Map(), values = undefined) {
  // Who asks first starts a loader, and what is lifted does not start in the order of the walk: walk until the times hold.
  let starts = new Map();
  for (let walks = 1; ; walks++) {
    if (walks > MAX_WALKS) throw new Error('the times never hold');
    const simulation = new Simulation({ group, request, lifted, given, values, starts });
    simulation.run(page);
    if ([...simulation.runs].every(([key, { start }]) => starts.get(key) === start)) return simulation.outcome();
    starts = new Map([...simulation.runs].map(([key, { start }]) => [key, start]));
  }
}

class Simulation {
  runs = new Map();
  effects = [];
  status = 200;
  rendered = 0;
  end = 0;
  clock = 0;
  waiting = []; // what goes on later, in the order of time

  constructor(state) {
    Object.assign(this, state);
  }

  run(page) {
    this.render(page, new Known({}), {}, { now: 0, certain: 0, ordered: 0 }, 0);
    for (let next; (next = this.waiting.shift()); next.action()) this.clock = next.time;
  }

  /** Does something at \p time, and before everything else that is still to be done if that is now. */
  at(time, action) {
    if (time <= this.clock) return action();
    const later = this.waiting.findIndex((other) => other.time > time);
    this.waiting.splice(later < 0 ? this.waiting.length : later, 0, { time, action });
  }

  /** `now`: when the render gets there. `certain`: from when on it is certain that it will. `ordered`: the last effect above. */
  render(component, props, slots, { now, certain, ordered }, depth, outer) {
    this.rendered++;
    if (depth > MAX_DEPTH) throw new Error(`${component.name} renders itself for ever`);
    const frame = new Frame({ simulation: this, component, props, slots, now, certain, ordered, thread: { last: outer?.last } });
    for (const statement of component.front) {
      runStatement(statement, frame);
      if (frame.ended) {
        if (frame.ended === 'redirect') this.status = 302;
        this.end = latest(this.end, frame.now);
        return;
      }
    }
    this.end = latest(this.end, frame.now);
    this.at(frame.now, () => this.renderNodes(createNodes(component.markup, frame), frame, depth, frame.thread));
  }

  renderNodes(nodes, { now, certain, ordered }, depth, thread) {
    for (const node of nodes) {
      const times = { now: latest(now, node.now), certain: latest(certain, node.certain), ordered: latest(ordered, node.ordered) };
      this.at(times.now, () => this.renderNode(node, times, depth, thread));
    }
  }

  renderNode(node, times, depth, thread) {
    if (node.awaited) {
      this.end = latest(this.end, times.now);
      return;
    }
    if (node.component) {
      const component = this.group.components.find(({ name }) => name === node.component);
      if (!component) throw new Unbound(node.component);
      this.render(component, node.props, node.slots, times, depth + 1, thread);
      return;
    }
    const content = node.frame.slots[node.slot];
    // A slot's content was made with what passes it on; Astro makes it again if it is rendered again.
    const nodes = !content ? node.fallback : (content.first ?? content.create(times.now));
    if (content) content.first = undefined;
    this.renderNodes(nodes, times, depth, thread);
  }

  /** The data of a component's loader, begun at \p start if nobody has asked for it before; \p frame has its props. */
  start(component, frame, start, soonest) {
    const { name, loader } = component;
    const others = loader.loads.map((other) => this.group.components.find(({ name }) => name === other));
    const args = Object.fromEntries(loader.reads.map((node) => [argument(node), plain(evaluate(node, frame))]));
    for (const other of others) args[`load_${other.name}`] = this.dataOf(other, frame).id;
    const id = runId({ name, args: canonical(args) });
    const before = this.runs.get(id);
    start = this.given.get(id) ?? Math.min(start, this.starts.get(id) ?? Infinity, before?.start ?? Infinity);
    const ready = latest(start, ...others.map((other) => this.start(other, frame, start, soonest).at));
    const run = { name, args: canonical(args), start, soonest: Math.min(soonest, before?.soonest ?? Infinity), end: ready + loader.ms };
    this.runs.set(id, run);
    return known(makeData(name, args), run.end);
  }

  /** What a loader that reads no props gives. */
  dataOf({ name, loader }, frame) {
    const args = Object.fromEntries(loader.reads.map((node) => [argument(node), plain(evaluate(node, frame))]));
    for (const other of loader.loads) args[`load_${other}`] = this.dataOf(this.group.components.find(({ name }) => name === other), frame).id;
    return makeData(name, args);
  }

  outcome() {
    const { effects, status, end, rendered } = this;
    return { runs: [...this.runs.values()], effects, status, end, rendered };
  }
}

/** A component being rendered, or a part of it with names of its own. */
class Frame {
  #names = new Map();
  #outer;
  ended;

  constructor(state, outer) {
    Object.assign(this, state);
    this.#outer = outer;
  }

  get request() {
    return this.simulation.request;
  }

  #inner(change) {
    return new Frame({ ...this, ...change }, this);
  }

  /** What stands in it renders only if something holds that is known at \p at. */
  after(at) {
    return this.#inner({ certain: latest(this.certain, at) });
  }

  /** The same place, evaluated again later. */
  at(now) {
    return this.#inner({ now });
  }

  /** What goes on there has no order with what comes behind. */
  aside() {
    return this.#inner({ thread: { last: this.thread.last } });
  }

  within(names) {
    const frame = this.#inner({});
    for (const [name, value] of Object.entries(names)) frame.declare(name, value);
    return frame;
  }

  declare(name, value) {
    this.#names.set(name, value);
  }

  lookup(name) {
    for (let frame = this; frame; frame = frame.#outer) if (frame.#names.has(name)) return frame.#names.get(name);
    const constant = this.simulation.group.constants[name];
    if (constant === undefined) throw new Unbound(name);
    return known(constant);
  }

  effect(text) {
    const { thread, now, simulation } = this;
    const effect = { text, at: now, after: thread.last };
    simulation.effects.push(effect);
    thread.last = effect;
  }

  pause(site, ms, value) {
    this.effect(`pause ${site} ${canonical(value)}`);
    this.now += ms;
    this.effect(`paused ${site}`);
  }

  /** A component that a variable stands for: it is certain which one when the variable is known. */
  tag(name) {
    for (let frame = this; frame; frame = frame.#outer) if (frame.#names.has(name)) return frame.#names.get(name);
    return new Known(name);
  }

  /** `getLoaderData()`: the run with these props, begun by whoever could begin it first. */
  startOwn() {
    const { simulation, component } = this;
    if (!component.loader) throw new Unbound(`loader of ${component.name}`);
    const props = component.loader.reads.filter(({ kind }) => kind.startsWith('prop')).map((node) => whole(evaluate(node, this)));
    const times = [this.certain, this.ordered].map((at) => (simulation.lifted ? latest(at, ...props) : this.now));
    return simulation.start(component, this, ...times);
  }
}

/** Names a run of a loader: a request has one for each set of props that the loader reads. */
export const runId = ({ name, args }) => name + args;

/** What a loader calls the thing that it reads when it hands it on. */
export const argument = ({ kind, name }) => (name ? `${kind}_${name}` : kind);
