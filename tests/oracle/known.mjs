// A value of the model together with the time from which on it can be known. What an object or a list holds is known
// each for itself: `{ id: 1, name: post.name }` has an id at once. Everything else is known as a whole.

export class Known {
  constructor(value, at = 0) {
    this.value = value;
    this.at = at;
  }
}

/** When all of \p values are known. */
export const latest = (...times) => Math.max(0, ...times);

const isPlainObject = (value) => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Plain data that is known at once, as a loader's is. */
export function known(value, at = 0) {
  if (Array.isArray(value)) return new Known(value.map((item) => known(item, at)), at);
  if (!isPlainObject(value)) return new Known(value, at);
  return new Known(Object.fromEntries(Object.entries(value).map(([key, field]) => [key, known(field, at)])), at);
}

/** The data itself. */
export function plain({ value }) {
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

/** When the value is known with all that it holds. */
export function whole({ value, at }) {
  if (Array.isArray(value)) return latest(at, ...value.map(whole));
  if (isPlainObject(value)) return latest(at, ...Object.values(value).map(whole));
  return at;
}

/** The value, known no earlier than \p at. */
export const since = (at, { value, at: own }) => new Known(value, latest(at, own));

/** A field; missing ones are as known as what they are missing from. */
export function field({ value, at }, name) {
  if (Array.isArray(value) && name === 'length') return new Known(value.length, at);
  if (typeof value === 'string') return new Known(value[name], at);
  if (value === null || value === undefined) throw new TypeError(`${name} of ${value}`);
  return Object.hasOwn(value, name) ? since(at, value[name]) : new Known(undefined, at);
}
