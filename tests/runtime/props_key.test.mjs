import assert from 'node:assert/strict';
import { test } from 'node:test';
import { propsKey } from '../../dist/runtime/props_key.js';

const distinct = [
  {},
  { a: null },
  { a: 'null' },
  { a: 'undefined' },
  { a: 0 },
  { a: -0 },
  { a: NaN },
  { a: '0' },
  { a: 0n },
  { a: '0n' },
  { a: true },
  { a: [] },
  { a: [[]] },
  { a: [undefined] },
  { a: [1, 2] },
  { a: ['1,2'] },
  { a: {} },
  { a: { b: undefined } },
  { a: { b: 1 }, c: 2 },
  { a: { b: 1, c: 2 } },
  { a: new Date(0) },
  { a: new Date(1) },
  { a: new Date(NaN) },
  { a: new URL('http://a/') },
  { a: 'http://a/' },
  { a: new Map([[1, 2]]) },
  { a: new Map([['1', 2]]) },
  { a: new Set([1, 2]) },
  { a: new Set([[1, 2]]) },
  { 'a":1,"b': 1 },
  { a: 1, b: 1 },
  { é: 1 },
  { a: '\ud800' },
  { a: '\ud801' },
];

test('props that differ have different keys', () => {
  const keys = distinct.map((props) => propsKey('k', props));
  assert.ok(keys.every((key) => typeof key === 'string'));
  assert.equal(new Set(keys).size, distinct.length);
});

test('props that are equal have one key', () => {
  const make = (order) =>
    Object.fromEntries(
      order.map((name) => [name, { list: [1, { x: 1n, y: new Date(5) }], at: new URL('http://a/?q=ü'), m: new Map([[{}, 1]]) }]),
    );
  assert.equal(propsKey('k', make(['a', 'b', 'c'])), propsKey('k', make(['c', 'a', 'b'])));
  assert.equal(propsKey('k', Object.assign(Object.create(null), { a: 1 })), propsKey('k', { a: 1 }));
});

test('a prop that is undefined is one that was not passed', () => {
  assert.equal(propsKey('k', { id: undefined }), propsKey('k', {}));
  assert.equal(propsKey('k', { b: 1, id: undefined, a: 2 }), propsKey('k', { a: 2, b: 1 }));
});

class Point {}
const cyclic = {};
cyclic.self = cyclic;
const withHidden = Object.defineProperty({}, 'hidden', { value: () => {} });
const opaque = {
  'a function': () => {},
  'a symbol': Symbol('s'),
  'a class instance': new Point(),
  'a promise': Promise.resolve(),
  'a regular expression': /x/,
  'a match, which is an array and more': /a(?<b>.)/.exec('ab'),
  'an array with a hole': [1, , 2],
  'an object with a symbol': { [Symbol('k')]: 1 },
  'an object with an accessor': { get now() { return assert.fail('was called'); } },
  'an object with a setter': { set now(_) {} },
  'a cyclic object': cyclic,
  'what is in a hidden field': withHidden,
};

test('props that cannot be compared have no key', () => {
  for (const [what, value] of Object.entries(opaque)) {
    assert.equal(propsKey('k', { value }), undefined, what);
    assert.equal(propsKey('k', { list: [new Map([[1, value]])] }), undefined, what);
  }
  assert.equal(propsKey('k', opaque['an object with an accessor']), undefined);
  assert.equal(propsKey('k', new Point()), undefined);
});

test('what cannot be compared can be named by the caller, and the rest is compared all the same', () => {
  const name = (value) => {
    assert.ok(Object.values(opaque).includes(value) || value === withHidden.hidden);
    return '#1';
  };
  for (const [what, value] of Object.entries(opaque))
    assert.equal(typeof propsKey('k', { value, b: 1 }, name), 'string', what);
  assert.notEqual(propsKey('k', { value: cyclic, b: 1 }, name), propsKey('k', { value: cyclic, b: 2 }, name));
  assert.notEqual(propsKey('k', { value: cyclic }, () => '#1'), propsKey('k', { value: cyclic }, () => '#2'));
});

test('the same object twice side by side is no cycle', () => {
  const shared = { x: 1 };
  assert.equal(propsKey('k', { a: shared, b: [shared, shared] }), propsKey('k', { a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] }));
});
