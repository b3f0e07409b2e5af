// The statements of generated frontmatters: for each kind, how it is written and what it does to the frame's times.
import { evaluate, inner, needed, print } from './expressions.mjs';
import { Known, field, known, latest, plain, since } from './known.mjs';
import { canonical } from './site/src/lib/data.js';

const kinds = {
  /** Takes props by name; the last may take the rest. */
  props: {
    print: ({ fields, rest }) =>
      `const { ${[...fields.map(({ name, as, or }) => `${name}${as ? `: ${as}` : ''}${or ? ` = ${print(or)}` : ''}`), ...(rest ? [`...${rest}`] : [])].join(', ')} } = Astro.props;`,
    run({ fields, rest }, frame) {
      for (const { name, as, or } of fields) {
        const value = field(frame.props, name);
        const isMissing = value.value === undefined && or;
        frame.declare(as ?? name, isMissing ? evaluate(or, frame) : or ? since(needed(or, frame), value) : value);
      }
      if (!rest) return;
      const taken = new Set(fields.map(({ name }) => name));
      const left = Object.entries(frame.props.value).filter(([name]) => !taken.has(name));
      frame.declare(rest, new Known(Object.fromEntries(left), frame.props.at));
    },
  },
  const: {
    print: ({ name, value }) => `const ${name} = ${print(value)};`,
    run: ({ name, value }, frame) => frame.declare(name, evaluate(value, frame)),
  },
  /** The component's own data. */
  data: {
    print: ({ name }) => `const ${name} = await getLoaderData<typeof loader>();`,
    run({ name }, frame) {
      const data = frame.startOwn();
      frame.now = latest(frame.now, data.at);
      frame.declare(name, data);
    },
  },
  /** Waiting for something else. */
  pause: {
    print: ({ name, site, ms, value }) => `const ${name} = await pause('${site}', ${ms}, ${print(value)});`,
    run({ name, site, ms, value }, frame) {
      const result = plain(evaluate(value, frame));
      frame.pause(site, ms, result);
      frame.declare(name, known(result, frame.now));
    },
  },
  /** Nothing below may happen before it. */
  effect: {
    print: ({ site, value }) => `effect('${site}', ${print(value)});`,
    run({ site, value }, frame) {
      frame.effect(`effect ${site} ${canonical(plain(evaluate(value, frame)))}`);
      frame.certain = latest(frame.certain, frame.now);
      frame.ordered = latest(frame.ordered, frame.now);
    },
  },
  /** A tag that is chosen at run time. */
  tag: {
    print: ({ name, test, yes, no }) => `const ${name} = ${inner(test)} ? ${yes} : ${no};`,
    run({ name, test, yes, no }, frame) {
      const { value, at } = evaluate(test, frame);
      frame.declare(name, new Known(value ? yes : no, at));
    },
  },
  /** The data, but not awaited yet. */
  promise: {
    print: ({ name }) => `const ${name} = getLoaderData<typeof loader>();`,
    run: ({ name }, frame) => frame.declare(name, frame.startOwn()),
  },
  await: {
    print: ({ name, of }) => `const ${name} = await ${of};`,
    run({ name, of }, frame) {
      const data = frame.lookup(of);
      frame.now = latest(frame.now, data.at);
      frame.declare(name, data);
    },
  },
  /** Waits for the data and for something else at once. */
  both: {
    print: ({ data, name, site, ms }) =>
      `const [${data}, ${name}] = await Promise.all([getLoaderData<typeof loader>(), pause('${site}', ${ms}, true)]);`,
    run({ data, name, site, ms }, frame) {
      const own = frame.startOwn();
      frame.pause(site, ms, true);
      frame.now = latest(frame.now, own.at);
      frame.declare(data, own);
      frame.declare(name, known(true, frame.now));
    },
  },
  /** Ends the render, maybe; then everything below is certain as soon as its condition is known. */
  guard: {
    print: ({ test, redirect, way }) => {
      const end = `return${redirect ? ` Astro.redirect('${redirect}')` : ''};`;
      if (way === 'switch') return `switch (${print(test)}) {\n  case true:\n    ${end}\n}`;
      return way === 'block' ? `if (${print(test)}) {\n  ${end}\n}` : `if (${print(test)}) ${end}`;
    },
    run({ test, redirect }, frame) {
      const { value, at } = evaluate(test, frame);
      frame.certain = latest(frame.certain, at);
      if (value) frame.ended = redirect ? 'redirect' : 'empty';
    },
  },
};

export const printStatement = (node) => kinds[node.kind].print(node);
export const runStatement = (node, frame) => kinds[node.kind].run(node, frame);
