// The markup of generated components: for each kind, how it is written and what it comes to. Astro evaluates a
// template's expressions, and the contents of the slots that it passes on, when the frontmatter has ended; this is
// `create`. Then it renders what came of it, in the order of the document and without waiting in between.
import { evaluate, goesOn, print } from './expressions.mjs';
import { Known, field, latest, since, whole } from './known.mjs';
import { printStatement, runStatement } from './statements.mjs';

const timesOf = ({ now, certain, ordered }) => ({ now, certain, ordered });

const kinds = {
  text: {
    print: ({ value }) => `{${print(value)}}`,
    create({ value }, frame) {
      evaluate(value, frame);
      return [];
    },
  },
  element: {
    print: ({ tag, attribute, children }) =>
      `<${tag}${attribute ? ` title={${print(attribute)}}` : ''}>${printNodes(children)}</${tag}>`,
    create({ attribute, children }, frame) {
      if (attribute) evaluate(attribute, frame);
      return createNodes(children, frame);
    },
  },
  fragment: {
    print: ({ children }) => `<>${printNodes(children)}</>`,
    create: ({ children }, frame) => createNodes(children, frame),
  },
  component: {
    print({ name, props, slots }) {
      const content = Object.entries(slots).map(([slot, children]) =>
        slot === 'default' ? printNodes(children) : `<Fragment slot="${slot}">${printNodes(children)}</Fragment>`,
      );
      const tag = [name, ...props.map(printProp)].join(' ');
      return content.length ? `<${tag}>${content.join('')}</${name}>` : `<${tag} />`;
    },
    create({ name, props, slots }, frame) {
      const values = {};
      let at = 0; // when it is known which props there are
      for (const prop of props) {
        if (prop.spread) {
          const object = evaluate(prop.spread, frame);
          at = latest(at, object.at);
          // What it spreads may be any of the props before it: all that the prop could be has to be known.
          for (const key of Object.keys(values)) values[key] = since(object.at, values[key]);
          for (const [key, value] of Object.entries(object.value))
            values[key] = since(latest(object.at, values[key] ? whole(values[key]) : 0), value);
        } else {
          const value = evaluate(prop.value, frame); // of an object all or nothing is handed on
          values[prop.name] = since(whole(value), value);
        }
      }
      // Astro evaluates what goes into the default slot first, wherever it stands.
      const inOrder = Object.entries(slots).sort(([a], [b]) => (b === 'default') - (a === 'default'));
      const contents = inOrder.map(([slot, children]) => {
        const create = (now) => createNodes(children, frame.at(now));
        return [slot, { first: create(frame.now), create }];
      });
      const tag = name === 'Astro.self' ? new Known(frame.component.name) : frame.tag(name);
      return [{ component: tag.value, props: new Known(values, at), slots: Object.fromEntries(contents), ...timesOf(frame.after(tag.at)) }];
    },
  },
  /** `{test && <X/>}`, `{test || <X/>}`, `{test ?? <X/>}` */
  when: {
    print: ({ operator, test, children }) => `{${printOperand(test)} ${operator} ${printBranch(children)}}`,
    create({ operator, test, children }, frame) {
      const { value, at } = evaluate(test, frame);
      return goesOn(operator, value) ? createNodes(children, frame.after(at)) : [];
    },
  },
  choose: {
    print: ({ test, yes, no }) => `{${printOperand(test)} ? ${printBranch(yes)} : ${printBranch(no)}}`,
    create({ test, yes, no }, frame) {
      const { value, at } = evaluate(test, frame);
      return createNodes(value ? yes : no, frame.after(at));
    },
  },
  /**
   * A component for each item. `way`: the method; `fields`: the item is taken apart; `body`: statements before what the
   * callback gives; `pause`: it is async, and waits before that.
   */
  each: {
    print({ way, of, item, fields, index, body, pause, children }) {
      const parameter = fields ? `{ ${fields.map(({ name, as }) => `${name}: ${as}`).join(', ')} }` : item;
      const parameters = `(${parameter}${index ? `, ${index}` : ''})`;
      const result = way === 'flatMap' ? `[${children.map((node) => printBranch([node])).join(', ')}]` : printBranch(children);
      const statements = [...(body ?? []).map(printStatement), ...(pause ? [`await pause('${pause.site}', ${pause.ms}, 0);`] : [])];
      const callback = `${pause ? 'async ' : ''}${parameters} => ${statements.length ? `{ ${statements.join(' ')} return ${result}; }` : result}`;
      if (way === 'from') return `{Array.from(${print(of)}, ${callback})}`;
      return `{${printOperand(of)}.${way}(${callback})}`;
    },
    create({ of, item, fields, index, body, pause, children }, frame) {
      const list = evaluate(of, frame);
      return list.value.flatMap((entry, i) => {
        const names = fields ? fields.map(({ name, as }) => [as, field(entry, name)]) : [[item, entry]];
        if (index) names.push([index, new Known(i, list.at)]);
        let inside = frame.after(list.at).within(Object.fromEntries(names));
        for (const statement of body ?? []) {
          runStatement(statement, inside);
          if (inside.ended) return [];
          // A callback is run once all its constants are known, whoever uses them.
          if (statement.kind === 'const') inside = inside.after(whole(inside.lookup(statement.name)));
        }
        if (!pause) return createNodes(children, inside);
        const later = inside.aside();
        later.pause(pause.site, pause.ms, 0);
        return [...createNodes(children, later), { awaited: true, ...timesOf(later) }];
      });
    },
  },
  slot: {
    print({ name, fallback }) {
      const tag = name === 'default' ? 'slot' : `slot name="${name}"`;
      return fallback.length ? `<${tag}>${printNodes(fallback)}</slot>` : `<${tag} />`;
    },
    create: ({ name, fallback }, frame) => [
      { slot: name, frame, fallback: createNodes(fallback, frame), ...timesOf(frame) },
    ],
  },
};

function printProp({ name, value, spread, style }) {
  if (spread) return `{...${print(spread)}}`;
  if (style === 'shorthand') return `{${name}}`;
  if (style === 'quoted') return `${name}="${value.value}"`;
  if (style === 'template') return `${name}=${print(value)}`;
  return `${name}={${print(value)}}`;
}

const simple = new Set(['name', 'member', 'prop', 'query', 'param', 'list', 'call', 'filter', 'look']);
const printOperand = (node) => (simple.has(node.kind) ? print(node) : `(${print(node)})`);

/** What an expression gives must be one node. */
const printBranch = (nodes) =>
  nodes.length === 1 && ['element', 'component', 'fragment'].includes(nodes[0].kind) ? printNode(nodes[0]) : `<>${printNodes(nodes)}</>`;

const printNode = (node) => kinds[node.kind].print(node);
export const printNodes = (nodes) => nodes.map(printNode).join('');

/** The components, slots and async callbacks that come of \p nodes, in the order of the document. */
export const createNodes = (nodes, frame) => nodes.flatMap((node) => kinds[node.kind].create(node, frame));
