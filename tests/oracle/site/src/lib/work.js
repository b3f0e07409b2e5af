// What generated pages call: everything that takes time or leaves a trace. Both belong to the request, whose clock and
// log the test hands in: `globalThis` is what it shares with the server's bundle.
import { canonical, makeData } from './data.js';

const storage = globalThis[Symbol.for('foreload.oracle')];
const request = () => storage.getStore();

function note(text) {
  const { clock, log } = request();
  log.effects.push({ text, at: clock.now });
}

/** A loader's body. */
export const work = (name, ms, args) => finish(begin(name), ms, args);

/** The same in two parts, for a loader that has to wait for its arguments. */
export function begin(name) {
  const { clock, log } = request();
  const run = { name, start: clock.now };
  log.runs.push(run);
  return run;
}

export async function finish(run, ms, args) {
  const { clock } = request();
  run.args = canonical(args);
  await clock.sleep(ms);
  run.end = clock.now;
  return makeData(run.name, args);
}

/** Work of a frontmatter's own that takes time. */
export async function pause(site, ms, value) {
  note(`pause ${site} ${canonical(value)}`);
  await request().clock.sleep(ms);
  note(`paused ${site}`);
  return value;
}

/** A call of which nothing is known but its result. */
export function look(site, value) {
  note(`look ${site} ${canonical(value)}`);
  return value;
}

/** A call that is there for its effect. */
export function effect(site, value) {
  note(`effect ${site} ${canonical(value)}`);
}
