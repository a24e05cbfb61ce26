import assert from 'node:assert/strict';
import test from 'node:test';
import { codec, randomValue, seededRandom } from './codec.mjs';

const { parseJson } = codec;

test('what JSON can hold is read as by JSON itself', () => {
  const random = seededRandom(4);
  for (let round = 0; round < 3000; round++) {
    const value = randomValue(random);
    const json = JSON.stringify(value);
    assert.deepStrictEqual(parseJson(json), JSON.parse(json));
    // A suspect anywhere makes the whole take the careful way.
    assert.deepStrictEqual(parseJson(` [ "NaN" , ${json} ] `), ['NaN', JSON.parse(json)]);
    assert.deepStrictEqual(parseJson(JSON.stringify(['NaN', value], undefined, '\t')), JSON.parse(JSON.stringify(['NaN', value])));
  }
});

test('integers beyond 2^53 are read as bigint, and only those', () => {
  const cases = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['1234567890123456789.5', 1234567890123456789.5],
    ['1234567890123456789e3', 1234567890123456789e3],
    ['0.12345678901234567890', 0.1234567890123456789],
    ['"12345678901234567890"', '12345678901234567890'],
  ];
  for (const [text, value] of cases) assert.equal(parseJson(text), value, text);
  assert.deepStrictEqual(parseJson('{"id": 12345678901234567890, "ttl": 60}'), { id: 12345678901234567890n, ttl: 60 });
});

test('a long integer is found wherever it stands', () => {
  for (let offset = 0; offset < 40; offset++) {
    for (const digits of ['9007199254740993', '-9007199254740993', '123456789012345678901234567890']) {
      const text = `["${'x'.repeat(offset)}", 0.12345678901234567890123456789012345678901234567890, ${digits}]`;
      assert.equal(parseJson(text)[2], BigInt(digits));
    }
  }
});

test('the bare words that Zaqar writes are numbers', () => {
  assert.deepStrictEqual(parseJson('[NaN, Infinity, -Infinity, "NaN, Infinity"]'), [NaN, Infinity, -Infinity, 'NaN, Infinity']);
});

test('the careful way knows escapes and __proto__', () => {
  const object = parseJson('{"__proto__": {"polluted": 1}, "\\u0041\\"\\\\": "\\ud83d\\ude80\\n", "n": NaN}');
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
  assert.deepEqual(Object.keys(object), ['__proto__', 'A"\\', 'n']);
  assert.equal(object['A"\\'], '🚀\n');
});

test('what JSON.parse refuses is refused on the careful way too', () => {
  const bad = ['[1,]', '{"a" 1}', '{"a":1,}', '[1 2]', '01', '1.', '.5', '+1', '-', '"\n"', '"\\x"', '"a', '{a:1}', 'nul', '[1]]', '\u00a01', '-NaN', 'NaN1', '1e', '{NaN:1}', '{9007199254740993 :1}', '["a":1]', '"a\\'];
  assert.throws(() => parseJson(''), SyntaxError);
  for (const text of bad) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    for (const suspect of [text, `[NaN,${text}]`, `${text} "1234567890123456"`]) assert.throws(() => parseJson(suspect), SyntaxError, suspect);
  }
});

test('an error does not say what stood there', () => {
  assert.throws(() => parseJson('[NaN, secret]'), error => !error.message.includes('secret'));
  assert.throws(() => parseJson('[NaN, "secret\\x"]'), error => !error.message.includes('secret'));
  assert.throws(() => parseJson('[secret]'), error => !error.message.includes('secret'));
});

test('a megabyte of text takes the careful way without harm', () => {
  const value = { text: 'x\\"'.repeat(1_000_000), number: 2n ** 60n };
  const json = `{"text":${JSON.stringify(value.text)},"number":${value.number}}`;
  assert.deepStrictEqual(parseJson(json), value);
});
