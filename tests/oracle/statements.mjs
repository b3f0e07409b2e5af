// The statements of generated frontmatters: for each kind, how it is written and what it does to the frame's times.
import { evaluate, print } from './expressions.mjs';
import { Known, field, known, latest, plain } from './known.mjs';
import { canonical } from './site/src/lib/data.js';

const kinds = {
  /** Takes props by name; the last may take the rest. */
  props: {
    print: ({ fields, rest }) =>
      `const { ${[...fields.map(({ name, as, or }) => `${name}${as ? `: ${as}` : ''}${or ? ` = ${print(or)}` : ''}`), ...(rest ? [`...${rest}`] : [])].join(', ')} } = Astro.props;`,
    run({ fields, rest }, frame) {
      for (const { name, as, or } of fields) {
        const value = field(frame.props, name);
        frame.declare(as ?? name, value.value === undefined && or ? evaluate(or, frame) : value);
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
    run: ({ name }, frame) => frame.declare(name, frame.ownData()),
  },
  /** Waiting for something else. */
  pause: {
    print: ({ name, site, ms, value }) => `const ${name} = await pause('${site}', ${ms}, ${print(value)});`,
    run({ name, site, ms, value }, frame) {
      const result = plain(evaluate(value, frame));
      frame.effect(`pause ${site} ${canonical(result)}`);
      frame.now += ms;
      frame.effect(`paused ${site}`);
      frame.declare(name, known(result, frame.now));
    },
  },
  /** Nothing below may happen before it. */
  effect: {
    print: ({ site, value }) => `effect('${site}', ${print(value)});`,
    run({ site, value }, frame) {
      frame.effect(`effect ${site} ${canonical(plain(evaluate(value, frame)))}`);
      frame.certain = latest(frame.certain, frame.now);
    },
  },
  /** Ends the render, maybe; then everything below is certain as soon as its condition is known. */
  guard: {
    print: ({ test, redirect }) => `if (${print(test)}) return${redirect ? ` Astro.redirect('${redirect}')` : ''};`,
    run({ test, redirect }, frame) {
      const { value, at } = evaluate(test, frame);
      frame.certain = latest(frame.certain, at);
      if (value) frame.ended = redirect ? 'redirect' : 'empty';
    },
  },
};

export const printStatement = (node) => kinds[node.kind].print(node);
export const runStatement = (node, frame) => kinds[node.kind].run(node, frame);
