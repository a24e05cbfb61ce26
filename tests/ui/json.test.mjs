// JSON text of bodies of any shape: exact, bounded where it is cut, and made in steps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonParts, jsonPieces, jsonText, parseJson, preview, toJson, weigh } from '../../ui/json.js';

const text = (value, indent) => [...jsonPieces(value, indent)].join('');
const nested = (depth) => {
  let value = 'core';
  for (let i = 0; i < depth; i += 1) value = i % 2 ? { in: value } : [value];
  return value;
};

test('the text is what JSON.stringify gives', () => {
  const values = [null, true, 0, -1.5, '', 'a "b"\n\u0000\u2028', [], {}, [[], {}, [1, [2]]], { a: { b: [{}] }, 'c d': [null] }, [undefined, Number.NaN], { __proto__: null, ['__proto__']: 1 }, nested(100)];
  for (const value of values) {
    for (const indent of [0, 2]) assert.equal(text(value, indent), JSON.stringify(value, null, indent));
  }
});

test('long strings keep their characters whole where a piece ends', () => {
  for (const shift of [0, 1]) {
    const long = `${'x'.repeat(shift)}${'😀"\n'.repeat(40_000)}`;
    assert.equal(text([long], 0), JSON.stringify([long]));
  }
});

test('integers beyond 2^53 are exact, and what came as bytes is a text', () => {
  assert.equal(toJson({ n: 2n ** 63n - 1n }, 0), '{"n":9223372036854775807}');
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
  assert.equal(parseJson(text(bytes, 0)), Buffer.from(bytes).toString('base64'));
  assert.equal(preview([bytes]), '["100,000 bytes of MessagePack"]');
});

test('a key that is there twice in one object is told with its place, and its last value counts', () => {
  const told = [];
  const read = json => parseJson(json, { onTwice: ({ message, offset }) => told.push([message, json.slice(offset, offset + 3)]) });
  assert.deepEqual(read('{"a": 1,\n "b": {"a": 2}, "a": {"c": 0, "c": 1}, "__proto__": 0, "__proto__": 1}'), JSON.parse('{"a": {"c": 1}, "b": {"a": 2}, "__proto__": 1}'));
  assert.deepEqual(told, [
    ['Line 2, column 17: the key “a” is there twice, and only its last value counts.', '"a"'],
    ['Line 2, column 31: the key “c” is there twice, and only its last value counts.', '"c"'],
    ['Line 2, column 56: the key “__proto__” is there twice, and only its last value counts.', '"__'],
  ]);
  told.length = 0;
  read(`{"${'x'.repeat(1_000)}": 1, "${'x'.repeat(1_000)}": 2}`);
  assert.ok(told[0][0].length < 160);
});

test('no body is too deep', async () => {
  const deep = nested(200_000);
  assert.equal(text(deep, 0).length, 100_000 * 2 + 100_000 * 7 + 6);
  assert.ok(weigh(deep) > 200_000 * 16);
  assert.ok(preview(deep).length < 260);
  assert.deepEqual([...new Set((await jsonText(deep)).match(/\s/g))], [], 'indented it would be gigabytes');
});

test('no piece is much longer than the others, so that there is time between them', async () => {
  const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key ${i}`, i]));
  for (const value of [wide, Array(200_000).fill([]), 'x'.repeat(3_000_000), nested(100), Array.from({ length: 2_000 }, () => nested(100))]) {
    const parts = await jsonParts(value);
    assert.equal(parts.join('').replaceAll(/\s/g, ''), JSON.stringify(value).replaceAll(/\s/g, ''));
    for (const part of parts) assert.ok(part.length < 70_000, `${part.length}`);
  }
});

test('a preview is the beginning, however large the body is', () => {
  assert.equal(preview({ a: [1, { b: 'c' }], d: null }), '{"a":[1,{"b":"c"}],"d":null}');
  const long = 'y'.repeat(1_000_000);
  for (const value of [long, { [long]: 1 }, [long, long], Array(1_000_000).fill(long), Array(1_000_000).fill([]), nested(100)]) {
    const shown = preview(value);
    assert.ok(shown.length <= 241 && shown.length > 20, `${shown.length}`);
  }
  assert.equal(preview('😀'.repeat(500)).isWellFormed?.() ?? true, true);
});
