// Time that stands still while anything happens. All that a generated page waits for is a timer of its request's own
// clock, which goes on to the next timer when the request waits for nothing else.
//
// How is that known? Between two timers a render runs on promises alone: no sockets, files or threads. Promises are done
// before the event loop turns, so a few turns without an end mean that only timers are left. (What is loaded from disk,
// a page's module, is loaded before any of its timers is set.) The clocks of all requests under way go on together, which
// is sound because none of them looks at another's.

export class Clock {
  now = 0;
  #timers = [];

  sleep(ms) {
    return new Promise((wake) => this.#timers.push({ at: this.now + ms, wake }));
  }

  /** Until the next timer. */
  next() {
    return this.sleep(Math.min(...this.#timers.map(({ at }) => at)) - this.now);
  }

  get waits() {
    return this.#timers.length > 0;
  }

  /** Goes on to the next timer, and wakes all who wait for that moment. */
  advance() {
    this.now = Math.min(...this.#timers.map(({ at }) => at));
    const due = this.#timers.filter(({ at }) => at === this.now);
    this.#timers = this.#timers.filter(({ at }) => at !== this.now);
    for (const { wake } of due) wake();
  }
}

const TURNS = 3;
const PATIENCE_MS = 20_000;

async function quiet() {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((next) => setImmediate(next));
}

/** Calls \p task with a clock for each of \p items, up to \p width at a time; gives what the tasks give, in that order. */
export async function withClocks(items, width, task) {
  const results = Array(items.length);
  const running = new Set();
  let next = 0;
  let lastChange = Date.now();
  while (next < items.length || running.size) {
    while (next < items.length && running.size < width) {
      const index = next++;
      const clock = new Clock();
      running.add(clock);
      task(items[index], clock).then(
        (value) => (results[index] = value),
        (error) => (results[index] = { error }),
      ).finally(() => {
        running.delete(clock);
        lastChange = Date.now();
      });
    }
    await quiet();
    for (const clock of running)
      if (clock.waits) {
        clock.advance();
        lastChange = Date.now();
      }
    if (Date.now() - lastChange > PATIENCE_MS) throw new Error(`${running.size} requests wait for something that is not their clock`);
  }
  return results;
}
