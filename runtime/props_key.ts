// Names a run of a loader that reads props. Two instances of a component share a run only if their props are equal in
// all that a loader can see of them, so the text is exact (no digest) and whatever has hidden state is refused.

/** Undefined: these props cannot be compared, so nothing is to be shared. */
export function propsKey(key: string, props: object): string | undefined {
  try {
    return key + text(props, new Set());
  } catch {
    return undefined;
  }
}

/** Throws for what cannot be compared; so does a structure that is deeper than the stack. */
function text(value: unknown, ancestors: Set<unknown>): string {
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
  if (typeof value !== 'object' || ancestors.has(value)) throw value;

  ancestors.add(value);
  const list = (items: Iterable<unknown>): string => Array.from(items, (item) => text(item, ancestors)).join();
  const prototype = Object.getPrototypeOf(value);
  let result: string;
  if (prototype === Array.prototype) result = `[${list(value as unknown[])}]`;
  else if (prototype === Date.prototype) result = `D${+(value as Date)}`;
  else if (prototype === URL.prototype) result = `U${text((value as URL).href, ancestors)}`;
  else if (prototype === Map.prototype) result = `M[${list(value as Map<unknown, unknown>)}]`;
  else if (prototype === Set.prototype) result = `S[${list(value as Set<unknown>)}]`;
  else if ((prototype === Object.prototype || prototype === null) && !Object.getOwnPropertySymbols(value).length) {
    const fields = value as Record<string, unknown>;
    result = `{${Object.keys(fields).sort().map((name) => JSON.stringify(name) + ':' + text(fields[name], ancestors))}}`;
  } else throw value;
  ancestors.delete(value);
  return result;
}
