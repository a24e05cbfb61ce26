import assert from 'node:assert/strict';
import test from 'node:test';
import * as msgpack from '@msgpack/msgpack';
import { codec, randomValue, seededRandom } from './codec.mjs';

const { decode, encode, ZaqarError } = codec;
const round = (value, options) => decode(encode(value, options));
const refuses = (value, sentence, options) =>
  assert.throws(() => encode(value, options), error => {
    assert.ok(error instanceof ZaqarError, String(error));
    assert.equal(error.code, 'invalid-argument');
    assert.equal(error.message, sentence);
    return true;
  });

test('thousands of random values come back as they were, from another decoder too', () => {
  const random = seededRandom(3);
  for (let count = 0; count < 10_000; count++) {
    const value = randomValue(random);
    const bytes = encode(value);
    assert.deepStrictEqual(msgpack.decode(bytes), value);
    assert.deepStrictEqual(decode(bytes), value);
  }
});

test('integers take the fewest bytes and survive at every border', () => {
  const borders = [0, 1, 0x20, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
  for (const border of borders) {
    for (const value of [border, -border || 0, border + 1, -border - 1].filter(Number.isSafeInteger)) {
      assert.ok(Object.is(msgpack.decode(encode(value)), value), String(value));
      assert.ok(encode(value).length <= msgpack.encode(value).length || value < 0, String(value));
    }
  }
});

test('texts survive at every border of length', () => {
  for (const letter of ['a', 'é', '日', '🚀']) {
    for (const length of [0, 1, 7, 8, 10, 11, 15, 16, 31, 32, 39, 40, 63, 64, 79, 80, 85, 86, 127, 128, 159, 160, 255, 256, 21845, 65535, 65536]) {
      const value = letter.repeat(length);
      assert.equal(msgpack.decode(encode(value)), value);
      assert.equal(msgpack.decode(encode(`a${value}`)), `a${value}`);
    }
  }
});

test('counts survive at every border', () => {
  for (const count of [0, 1, 15, 16, 17, 65535, 65536]) {
    assert.equal(round(Array(count).fill(null)).length, count);
    const object = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
    assert.deepStrictEqual(msgpack.decode(encode({ object, after: 1 })), { object, after: 1 });
  }
});

test('bigint is an integer of 64 bits', () => {
  assert.equal(round(5n), 5);
  assert.equal(round(-(2n ** 63n)), -(2n ** 63n));
  assert.equal(round(2n ** 63n - 1n), 2n ** 63n - 1n);
  assert.equal(round(2n ** 64n - 1n, { unsigned: true }), 2n ** 64n - 1n);
  refuses({ a: 2n ** 63n }, 'a: an integer beyond 64 bits, signed');
  refuses([-(2n ** 63n) - 1n], '[0]: an integer beyond 64 bits, signed');
  refuses(2n ** 64n, 'an integer beyond 64 bits', { unsigned: true });
});

test('-0 stays -0', () => assert.ok(Object.is(round(-0), -0)));

test('keys with the value undefined are left out', () => {
  assert.deepStrictEqual(round({ a: undefined, b: 1, c: undefined }), { b: 1 });
});

test('only own keys are sent, and __proto__ can be one', () => {
  const inherits = Object.create({ inherited: 1 });
  inherits.own = 2;
  assert.deepStrictEqual(round(inherits), { own: 2 });
  const odd = JSON.parse('{"__proto__": {"a": 1}, "b": 2}');
  assert.equal(JSON.stringify(round(odd)), '{"__proto__":{"a":1},"b":2}');
  assert.deepStrictEqual(round(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
  Object.prototype.pollution = 1;
  try {
    assert.deepEqual(Object.keys(round({ a: 1 })), ['a']);
  } finally {
    delete Object.prototype.pollution;
  }
});

test('toJSON is honoured, once', () => {
  const date = new Date(0);
  assert.deepStrictEqual(round({ date }), { date: '1970-01-01T00:00:00.000Z' });
  const itself = { a: 1, toJSON() { return this; } };
  refuses(itself, 'toJSON: a function is no JSON value');
  class Point { #x = 1; toJSON() { return { x: this.#x }; } }
  assert.deepStrictEqual(round([new Point()]), [{ x: 1 }]);
  class Plain { x = 1; method() {} }
  assert.deepStrictEqual(round(new Plain()), { x: 1 });
});

test('what is no JSON is refused, and the sentence names its path', () => {
  const within = value => ({ queue_name: 'q', messages: [{ body: { price: value } }] });
  const path = 'messages[0].body.price';
  refuses(within(NaN), `${path}: NaN is no JSON value`);
  refuses(within(-Infinity), `${path}: -Infinity is no JSON value`);
  refuses(within(() => 1), `${path}: a function is no JSON value`);
  refuses(within(Symbol('secret')), `${path}: a symbol is no JSON value`);
  refuses(within([1, undefined]), `${path}[1]: undefined is no JSON value`);
  refuses(within(Array(2)), `${path}[0]: undefined is no JSON value`);
  refuses(within(new Uint8Array(2)), `${path}: JSON has no bytes; send them as base64 text`);
  refuses(within(new ArrayBuffer(2)), `${path}: JSON has no bytes; send them as base64 text`);
  refuses(within(new DataView(new ArrayBuffer(2))), `${path}: JSON has no bytes; send them as base64 text`);
  refuses(within(new Map()), `${path}: a Map is no JSON value`);
  refuses(within(new Set()), `${path}: a Set is no JSON value`);
  refuses(within(Promise.resolve()), `${path}: a Promise is no JSON value`);
  refuses(within(/x/), `${path}: a RegExp is no JSON value`);
  refuses(undefined, 'undefined is no JSON value');
  refuses({ 'a key': { 'quoted"': NaN } }, '["a key"]["quoted\\""]: NaN is no JSON value');
});

test('lone surrogates are refused in texts of any length and in keys', () => {
  const sentence = 'a: a lone surrogate is no Unicode text';
  for (const lone of ['\ud800', '\udc00', 'x\ud800', '\ud800x', '\udc00\ud800', 'é\ud83d', `${'y'.repeat(200)}\ud800`, `\udfff${'é'.repeat(200)}`]) {
    refuses({ a: lone }, sentence);
    assert.throws(() => encode({ [lone]: 1 }), /lone surrogate/);
  }
  const replacement = `\ufffd${'é'.repeat(200)}🚀`;
  assert.equal(round(replacement), replacement);
});

test('depth is limited, so a circle is refused', () => {
  const nested = depth => { let value = 1; for (; depth > 0; depth--) value = [value]; return value; };
  const post = body => ({ queue_name: 'q', messages: [{ body }] });
  assert.deepStrictEqual(round(post(nested(100))), post(nested(100)));
  assert.throws(() => encode(post(nested(101))), /^ZaqarError: messages\[0\]\.body\[0\].*…: nested too deep, or in a circle$/);
  const circle = {};
  circle.self = circle;
  assert.throws(() => encode(circle), /in a circle/);
});

test('what came from a server is taken as it is', () => {
  const theirs = value => round(value, { isServers: true });
  for (const value of [NaN, -Infinity, 2n ** 64n - 1n, 2n ** 63n, -(2n ** 63n)]) {
    assert.deepStrictEqual(theirs({ a: [value] }), { a: [value] });
    if (value !== -(2n ** 63n)) assert.throws(() => encode([value]), /^ZaqarError: \[0\]: /, 'which holds for one value alone');
  }
  assert.equal(theirs(2n ** 70n), 2 ** 70);
  let deep = 1;
  for (let depth = 0; depth < 1_000; depth++) deep = [deep];
  assert.equal(encode(deep, { isServers: true }).length, 1_001);
});

test('after a refusal, or an error of the caller’s own, the next value is right', () => {
  for (const bad of [[[{ a: [NaN] }]], { get a() { throw new RangeError('own'); } }, { toJSON() { throw new RangeError('own'); } }]) {
    assert.throws(() => encode(bad));
    assert.deepStrictEqual(round({ a: ['b', { c: 1 }] }), { a: ['b', { c: 1 }] });
  }
  refuses({ first: 1, list: [0, NaN] }, 'list[1]: NaN is no JSON value');
});

test('a value that encodes another one while it is encoded is refused', () => {
  refuses({ a: 1, toJSON: undefined, get b() { return encode('x'.repeat(1000)).length; } }, 'a getter or toJSON of the value used the client while it was sent');
  assert.deepStrictEqual(round([1]), [1]);
});

test('what is given is a view that the next call may write over', () => {
  const first = encode(['first']).slice();
  assert.notDeepStrictEqual(encode(['other']), first);
  const large = encode('x'.repeat(9_000_000)).length;
  assert.equal(large, 9_000_005);
  assert.ok(encode(1).buffer.byteLength < 1_000_000, 'a large buffer is not kept');
});

test('thousands of different keys cost no more than memory allows', () => {
  for (let index = 0; index < 20_000; index++) {
    const value = { [`id ${index}`]: { [`nested ${index}`]: index }, after: true };
    assert.deepStrictEqual(round(value), value);
  }
});
