// What loaders give is a function of their name and arguments, so that the model can compute it too.

/** A text that two values share if, and only if, they are equal in all that a page can see of them. */
export function canonical(value) {
  if (value === undefined) return 'undefined';
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return `Date(${+value})`;
  if (value instanceof URL) return `URL(${value.href})`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value && typeof value === 'object')
    return `{${Object.keys(value).sort().map((key) => `${key}:${canonical(value[key])}`).join()}}`;
  return JSON.stringify(value);
}

function digest(text) {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  // The low bits of such sums are poor, and these are what is looked at.
  state = Math.imul(state ^ (state >>> 15), 0x85ebca6b);
  return (state ^ (state >>> 13)) >>> 0;
}

const item = (bits) => ({ id: bits % 10, name: `n${(bits >>> 4) % 10}`, on: (bits >>> 8) % 3 > 0 });

/** The data of a loader's run: a number, a text, a condition, a text that may be missing, and up to three items. */
export function makeData(name, args) {
  const bits = digest(`${name}(${canonical(args)})`);
  const data = item(bits);
  data.none = (bits >>> 12) % 2 ? null : `m${bits % 7}`;
  data.items = Array.from({ length: (bits >>> 16) % 4 }, (_, i) => item(digest(`${bits}/${i}`)));
  return data;
}
