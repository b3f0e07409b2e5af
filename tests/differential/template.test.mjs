// The region finder and the template parser against the compiler of Astro 7: the same frontmatter, and the same
// components with the same attributes at the same places, in real files and in tricky snippets.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { parse } from '@astrojs/compiler-rs';
import { accepted, rejected } from './snippets.mjs';

const dumpTemplate = process.env.FORELOAD_DUMP_TEMPLATE;
assert(dumpTemplate, 'FORELOAD_DUMP_TEMPLATE must name the built foreload-dump-template');

/** What our parsers read: one dump for each path. */
function ours(paths) {
  const output = execFileSync(dumpTemplate, { input: paths.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30 });
  return output.trimEnd().split('\n').map((line) => JSON.parse(line));
}

/** Turns the compiler's offsets, which count UTF-16 code units, into byte offsets. */
function byteOffsets(text) {
  const offsets = new Uint32Array(text.length + 1);
  for (let i = 0, bytes = 0; i < text.length; ++i) {
    const unit = text.charCodeAt(i);
    const isPair = unit >= 0xd800 && unit < 0xdc00;
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    if (isPair) offsets[++i] = bytes;
    offsets[i + 1] = bytes;
  }
  return offsets;
}

/** The compiler's tree, if it can be had: 0.5.1 does not escape quotes in attribute names when it writes the tree. */
function compilerTree(text) {
  try {
    const { ast, diagnostics } = parse(text);
    return { root: ast, rejected: diagnostics.length > 0 };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same dump, from the compiler's tree; undefined if it rejects the text. */
function theirs(text) {
  const tree = compilerTree(text);
  if (!tree || tree.rejected) return undefined;
  const { root } = tree;
  const offsets = byteOffsets(text);
  const source = (node) => text.slice(node.start, node.end);
  const components = [];
  const expressions = new Set(['JSXExpressionContainer', 'JSXSpreadChild', 'JSXSpreadAttribute']);
  // An explicit stack: trees are deep. Each entry is a node with what surrounds it.
  const stack = [[root.body, [], false]];
  while (stack.length > 0) {
    const [node, enclosing, inExpression] = stack.pop();
    if (node === null || typeof node !== 'object') continue;
    if (Array.isArray(node)) {
      for (const item of node) stack.push([item, enclosing, inExpression]);
      continue;
    }
    let inner = enclosing;
    if (node.type === 'JSXElement') {
      const { name, attributes } = node.openingElement;
      const tag = source(name);
      if ((/^[A-Z]/.test(tag) || tag.includes('.')) && !tag.includes('-') && tag !== 'Fragment') {
        components.push({
          name: tag,
          begin: offsets[node.start],
          end: offsets[node.end],
          inExpression,
          enclosing,
          attributes: attributes.map((attribute) => (attribute.name ? source(attribute.name) : '')),
        });
        inner = [tag, ...enclosing];
      }
    }
    const elementAsValue = node.type === 'JSXAttribute' && node.value?.type.startsWith('JSX');
    const innerIsExpression = inExpression || expressions.has(node.type) || elementAsValue;
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'closingElement') stack.push([value, inner, innerIsExpression]);
    }
  }
  components.sort((a, b) => a.begin - b.begin);
  const dump = { components };
  if (root.frontmatter && root.frontmatter.end > 0) dump.codeEnd = offsets[root.frontmatter.end] - '---'.length;
  return dump;
}

function assertSame(dump, reference, text, what) {
  if (dump.code) assert.equal(Buffer.from(text).subarray(0, dump.code[0]).indexOf('---'), dump.code[0] - 3, `${what}: opening fence`);
  assert.equal(dump.code?.[1], reference.codeEnd, `${what}: frontmatter`);
  assert.deepEqual(dump.components, reference.components, `${what}: components`);
  assert.deepEqual(dump.errors, [], `${what}: errors in what the compiler accepts`);
}

/** Collects failed assertions, so that one run shows them all. */
class Differences {
  #messages = [];
  collect(check) {
    try {
      check();
    } catch (error) {
      this.#messages.push(error.message);
    }
  }
  report() {
    assert(this.#messages.length === 0, `${this.#messages.length} differences\n${this.#messages.slice(0, 20).join('\n')}`);
  }
}

test('the files of real packages', (context) => {
  const corpus = join(import.meta.dirname, 'corpus');
  const paths = globSync('**/*.astro', { cwd: corpus }).sort().map((path) => join(corpus, path));
  assert(paths.length > 3800, `only ${paths.length} files: run tests/differential/run.sh`);
  let components = 0;
  let compared = 0;
  const differences = new Differences();
  for (const dump of ours(paths)) {
    const text = readFileSync(dump.path, 'utf8');
    const name = relative(corpus, dump.path);
    const reference = theirs(text);
    if (!reference) {
      context.diagnostic(`the compiler rejects ${name}; we report ${dump.errors.length ? dump.errors.join('; ') : 'nothing'}`);
      continue;
    }
    differences.collect(() => assertSame(dump, reference, text, name));
    ++compared;
    components += reference.components.length;
  }
  context.diagnostic(`${compared} files with ${components} components compared`);
  differences.report();
});

const folder = mkdtempSync(join(tmpdir(), 'foreload-snippets-'));
after(() => rmSync(folder, { recursive: true }));

function ofSnippets(snippets) {
  const paths = snippets.map((text, i) => {
    const path = join(folder, `${i}.astro`);
    writeFileSync(path, text);
    return path;
  });
  return ours(paths);
}

test('snippets of random code between fences', (context) => {
  // The same in every run: a small generator of pseudo-random numbers (mulberry32).
  let state = 1;
  const random = (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % limit;
  };
  const tokens = [...'aé1_$<=({[)]}; \t\n\r\'"`\\/', '//', '/*', '*/', '-', '--', '---'];
  const texts = Array.from({ length: 5000 }, () => {
    let code = '';
    for (let count = random(16); count > 0; --count) code += tokens[random(tokens.length)];
    return `---${code}---a`;
  });
  const differences = new Differences();
  let fences = 0;
  ofSnippets(texts).forEach((dump, i) => {
    const tree = compilerTree(texts[i]);
    if (!tree) return;
    const end = tree.root.frontmatter?.end || undefined; // whatever is wrong with the code
    const bytes = end && Buffer.byteLength(texts[i].slice(0, end)) - '---'.length;
    differences.collect(() => assert.equal(dump.code?.[1], bytes, JSON.stringify(texts[i])));
    if (end) ++fences;
  });
  differences.report();
  context.diagnostic(`${texts.length} snippets compared, ${fences} with frontmatter`);
});

test('snippets that the compiler accepts', (context) => {
  const differences = new Differences();
  ofSnippets(accepted).forEach((dump, i) => {
    const what = JSON.stringify(accepted[i]);
    const reference = theirs(accepted[i]);
    differences.collect(() => assert(reference, `${what}: the compiler rejects it`));
    if (reference) differences.collect(() => assertSame(dump, reference, accepted[i], what));
  });
  differences.report();
  context.diagnostic(`${accepted.length} snippets compared`);
});

test('snippets that the compiler rejects, and we, too', (context) => {
  const differences = new Differences();
  ofSnippets(rejected).forEach((dump, i) => {
    const what = JSON.stringify(rejected[i]);
    differences.collect(() => assert.equal(theirs(rejected[i]), undefined, `${what}: the compiler accepts it`));
    differences.collect(() => assert.notDeepEqual(dump.errors, [], `${what}: no error`));
  });
  differences.report();
  context.diagnostic(`${rejected.length} snippets compared`);
});
