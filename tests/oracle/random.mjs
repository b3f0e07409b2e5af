// Chance that can be repeated: every choice comes from a seed, and each group of pages has a stream of its own, so that a
// page can be made again without those before it.

/** FNV-1a: turns a seed's text into the generator's 32 bits of state, and names into fixed numbers. */
export function hash(text) {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}

export class Random {
  #state;

  constructor(...seed) {
    this.#state = hash(seed.join('/'));
  }

  /** Mulberry32: from 0 up to, and without, 1. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** From 0 up to, and without, \p limit. */
  below(limit) {
    return Math.floor(this.#next() * limit);
  }

  /** Both ends count. */
  between(low, high) {
    return low + this.below(high - low + 1);
  }

  chance(probability) {
    return this.#next() < probability;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of the keys of \p weights, as often as its weight says. */
  weighted(weights) {
    const entries = Object.entries(weights).filter(([, weight]) => weight > 0);
    let point = this.#next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) if ((point -= weight) < 0) return name;
    return entries.at(-1)[0];
  }

  /** \p count different ones of \p list, in its order. */
  some(list, count) {
    const left = [...list];
    while (left.length > count) left.splice(this.below(left.length), 1);
    return left;
  }
}
