import assert from 'node:assert/strict';
import test from 'node:test';
import * as msgpack from '@msgpack/msgpack';
import { codec, frames, memory, randomValue, seededRandom } from './codec.mjs';

const { decode, ZaqarError } = codec;
const of = (...bytes) => Uint8Array.from(bytes);
const text = string => {
  const bytes = new TextEncoder().encode(string);
  assert.ok(bytes.length < 32);
  return [0xa0 | bytes.length, ...bytes];
};
const isDamage = error => error instanceof ZaqarError && error.code === 'protocol';

test('every captured frame reads as @msgpack/msgpack reads it', () => {
  // It refuses the key __proto__, rounds large integers, and has objects of its own for extensions: the native tests have these.
  const readable = frames.filter(({ name }) => !/^types_|^hazard_|poison|ext/.test(name));
  assert.ok(readable.length > 100, String(readable.length));
  for (const { name, bytes } of readable) assert.deepStrictEqual(decode(bytes), msgpack.decode(bytes), name);
});

test('thousands of random values, one after the other, read as they were', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 10_000; round++) {
    const value = randomValue(random);
    assert.deepStrictEqual(decode(msgpack.encode(value)), msgpack.decode(msgpack.encode(value)));
  }
});

test('an ArrayBuffer is read like a view', () => {
  assert.deepStrictEqual(decode(of(0x92, 1, 2).buffer), [1, 2]);
  assert.deepStrictEqual(decode(of(9, 9, 0x92, 1, 2).subarray(2)), [1, 2]);
});

test('integers beyond 2^53 are bigint, smaller ones numbers', () => {
  assert.equal(decode(of(0xcf, ...Array(8).fill(255))), 2n ** 64n - 1n);
  assert.equal(decode(of(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0)), -(2n ** 63n));
  assert.equal(decode(of(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1)), 2n ** 53n + 1n);
  assert.equal(decode(of(0xcf, 0, 0, 0, 0, 0, 0, 0, 5)), 5);
  assert.equal(decode(of(0xd2, 0x80, 0, 0, 0)), -(2 ** 31));
});

test('floats keep their oddities', () => {
  assert.ok(Object.is(decode(of(0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0)), -0));
  assert.ok(Number.isNaN(decode(of(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0))));
  assert.equal(decode(of(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0)), Infinity);
  assert.equal(decode(of(0xca, 0x3d, 0xcc, 0xcc, 0xcd)), Math.fround(0.1));
});

test('bytes and extensions are copies as Uint8Array', () => {
  const bytes = decode(of(0xc4, 3, 1, 2, 255));
  assert.deepStrictEqual(bytes, of(1, 2, 255));
  assert.notEqual(bytes.buffer, memory.buffer);
  assert.deepStrictEqual(decode(of(0xd4, 1, 7)), of(7));
});

test('keys keep their order, and of equal ones the last value counts', () => {
  assert.deepEqual(Object.entries(decode(of(0x83, ...text('z'), 1, ...text('a'), 2, ...text('m'), 3))), [['z', 1], ['a', 2], ['m', 3]]);
  assert.deepEqual(Object.entries(decode(of(0x83, ...text('a'), 1, ...text('b'), 2, ...text('a'), 3))), [['a', 3], ['b', 2]]);
});

test('__proto__ is a key like any other, whichever way its object is read', () => {
  const alone = of(0x81, ...text('__proto__'), 0x81, ...text('polluted'), 1);
  const dictionary = of(0x82, 5, 1, ...text('__proto__'), 0x81, ...text('polluted'), 1);
  for (let uses = 0; uses < 50; uses++) {
    for (const frame of [alone, dictionary]) {
      const object = decode(frame);
      assert.deepEqual(Object.getOwnPropertyDescriptor(object, '__proto__').value, { polluted: 1 });
      assert.equal(Object.getPrototypeOf(object), Object.prototype);
    }
  }
  assert.equal({}.polluted, undefined);
});

test('keys that are no text become one', () => {
  assert.deepStrictEqual(decode(of(0x83, 5, 1, 0xc0, 2, ...text('a'), 3)), { 5: 1, null: 2, a: 3 });
  assert.deepStrictEqual(decode(of(0x81, 0xc4, 1, 0x62, 1)), { b: 1 });
});

test('what is as deep as a frame may be is read, with keys of any kind', () => {
  for (const head of [of(0x91), of(0x81, ...text('a')), of(0x81, 5), of(0x81, 0xc4, 1, 0x61)]) {
    let value = decode(of(...Array(127).fill([...head]).flat(), 7));
    for (let depth = 0; depth < 127; depth++) [value] = Object.values(value);
    assert.equal(value, 7);
  }
});

test('an object of many keys is read whole', () => {
  const entries = Array.from({ length: 5000 }, (_, index) => [`key ${index}`, index]);
  assert.deepStrictEqual(decode(msgpack.encode(Object.fromEntries(entries))), Object.fromEntries(entries));
});

test('objects stay right when their shape becomes a hot one', () => {
  for (let kind = 0; kind < 40; kind++) {
    const value = Object.fromEntries(Array.from({ length: 1 + (kind % 14) }, (_, index) => [`k${kind}_${index}`, index]));
    for (let uses = 0; uses < 30; uses++) assert.deepStrictEqual(decode(msgpack.encode([value, value])), [value, value]);
  }
});

test('text that is no UTF-8 is refused, also where a character is split over two texts', () => {
  assert.throws(() => decode(of(0xa2, 0xff, 0xfe)), isDamage);
  assert.throws(() => decode(of(0x92, 0xa1, 0xc3, 0xa1, 0xa9)), isDamage);
});

test('after a frame with damaged text the next ones are right', () => {
  const random = seededRandom(2);
  for (let round = 0; round < 500; round++) {
    const texts = Array.from({ length: 5 }, () => `t${random(900)}`);
    const damaged = [0x96, ...texts.flatMap(text), 0xa1, 0xff];
    assert.throws(() => decode(of(...damaged)), isDamage);
    assert.deepStrictEqual(decode(msgpack.encode(texts)), texts);
  }
});

test('damage is refused', () => {
  for (const frame of [[], [0x92, 1], [1, 2], [0xc1], [0xdf, 255, 255, 255, 255], [0xdd, 255, 255, 255, 255], [0x81, 0x90, 1]]) {
    assert.throws(() => decode(of(...frame)), isDamage);
  }
});

test('a value that is too deep comes as its MessagePack', () => {
  let value = decode(of(...Array(200).fill(0x91), 1));
  for (let depth = 0; depth < 128; depth++) [value] = value;
  assert.deepStrictEqual(value, of(...Array(72).fill(0x91), 1));
});

test('a frame that makes the memory grow is read', () => {
  const before = memory.buffer.byteLength;
  const value = { text: 'x'.repeat(8_000_000), bytes: new Uint8Array(1_000_000).fill(7), numbers: Array(300_000).fill(0.5) };
  assert.deepStrictEqual(decode(msgpack.encode(value)), value);
  assert.ok(memory.buffer.byteLength > before);
  assert.deepStrictEqual(decode(msgpack.encode({ a: 'é' })), { a: 'é' });
});
