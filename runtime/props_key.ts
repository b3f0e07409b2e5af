// Names what a loader reads. Two instances of a component share a run only if their props are equal in all that a
// loader can see of them, so the text is exact (no digest) and whatever has hidden state is opaque.

/** Text for a value that cannot be compared by what it holds. */
type Opaque = (value: unknown) => string;

const refuse: Opaque = (value) => {
  throw value;
};

/**
 * Undefined: these props cannot be compared, so nothing is to be shared. A prop that is undefined is one that was not
 * passed: generated code names all the props that a loader reads, whether an instance has them or not.
 */
export function propsKey(key: string, props: object, opaque = refuse): string | undefined {
  try {
    return key + text(props, new Set(), opaque);
  } catch {
    return undefined;
  }
}

/** Throws what `opaque` throws, and for a structure that is deeper than the stack. */
function text(value: unknown, ancestors: Set<unknown>, opaque: Opaque): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return value + 'n';
    case 'number':
      return Object.is(value, -0) ? '-0' : '' + value;
    case 'boolean':
    case 'undefined':
      return '' + value;
  }
  if (value === null) return 'null';
  if (typeof value !== 'object' || ancestors.has(value)) return opaque(value);

  const isOutermost = !ancestors.size;
  ancestors.add(value);
  const inner = (part: unknown): string => text(part, ancestors, opaque);
  const list = (items: Iterable<unknown>): string => Array.from(items, inner).join();
  const prototype = Object.getPrototypeOf(value);
  let result: string;
  if (prototype === Array.prototype && Object.keys(value).length === (value as unknown[]).length)
    result = `[${list(value as unknown[])}]`; // without holes, and without more than items
  else if (prototype === Date.prototype) result = `D${+(value as Date)}`;
  else if (prototype === URL.prototype) result = `U${inner((value as URL).href)}`;
  else if (prototype === Map.prototype) result = `M[${list(value as Map<unknown, unknown>)}]`;
  else if (prototype === Set.prototype) result = `S[${list(value as Set<unknown>)}]`;
  else if (prototype === Object.prototype || prototype === null) {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value));
    // What an accessor gives next time is anybody's guess.
    if (Object.getOwnPropertySymbols(value).length || !fields.every(([, field]) => 'value' in field)) result = opaque(value);
    else {
      const present = fields.filter(([, field]) => !isOutermost || field.value !== undefined);
      result = `{${present.map(([name, field]) => JSON.stringify(name) + ':' + inner(field.value)).sort()}}`;
    }
  } else result = opaque(value);
  ancestors.delete(value);
  return result;
}
