import assert from 'node:assert/strict';
import { test } from 'node:test';
import { propsKey } from '../../dist/runtime/props_key.js';

const distinct = [
  {},
  { a: undefined },
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

test('the same object twice side by side is no cycle', () => {
  const shared = { x: 1 };
  assert.equal(propsKey('k', { a: shared, b: [shared, shared] }), propsKey('k', { a: { x: 1 }, b: [{ x: 1 }, { x: 1 }] }));
});
