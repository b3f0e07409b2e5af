// The markup of generated components: for each kind, how it is written and what it comes to. Astro evaluates a
// template's expressions, and the contents of the slots that it passes on, when the frontmatter has ended; this is
// `create`. Then it renders what came of it, in the order of the document and without waiting in between.
import { evaluate, goesOn, print } from './expressions.mjs';
import { Known, latest, since } from './known.mjs';

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
          // What it spreads may be any of the props before it.
          for (const key of Object.keys(values)) values[key] = since(object.at, values[key]);
          for (const [key, value] of Object.entries(object.value)) values[key] = since(object.at, value);
        } else values[prop.name] = evaluate(prop.value, frame);
      }
      const contents = Object.entries(slots).map(([slot, children]) => {
        const create = (now) => createNodes(children, frame.at(now));
        return [slot, { first: create(frame.now), create }];
      });
      return [{ component: name, props: new Known(values, at), slots: Object.fromEntries(contents), certain: frame.certain }];
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
  each: {
    print: ({ of, item, index, children }) =>
      `{${printOperand(of)}.map((${item}${index ? `, ${index}` : ''}) => ${printBranch(children)})}`,
    create({ of, item, index, children }, frame) {
      const list = evaluate(of, frame);
      const inside = frame.after(list.at);
      return list.value.flatMap((entry, i) =>
        createNodes(children, inside.within({ [item]: entry, ...(index && { [index]: new Known(i, list.at) }) })),
      );
    },
  },
  slot: {
    print({ name, fallback }) {
      const tag = name === 'default' ? 'slot' : `slot name="${name}"`;
      return fallback.length ? `<${tag}>${printNodes(fallback)}</slot>` : `<${tag} />`;
    },
    create: ({ name, fallback }, frame) => [
      { slot: name, frame, fallback: createNodes(fallback, frame), certain: frame.certain },
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

/** The components and slots that come of \p nodes, in the order of the document. */
export const createNodes = (nodes, frame) => nodes.flatMap((node) => kinds[node.kind].create(node, frame));
