// Posts in parts, measured by Python itself: what Zaqar does with a post on the socket is `len(str(messages))`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { codec, randomValue, seededRandom } from './codec.mjs';

const { LARGEST_POST, SURELY_FITS, encode, leastCharacters, mostCharacters, split, toJson } = codec;
const MOST = 1_000;

/** Texts of what Python and JSON write differently, and of what is printable here and not there. */
const PIECES = [
  ...'x ~"\'\\/\n\r\t\0\b\x1f\x7f\x85\xa0\xadéЖ漢あ한\u{1e9e}\u{200b}\u{2028}\u{e000}\u{feff}\u{378}\u{e0001}\u{10ffff}', '😀', ', ', ': ', '1e+15', '0.00001', '\\u0041',
];
const FLOATS = [2 ** 53, -9.1e15, 1e16, 1e20, 1e21, 1e-4, 0.00001, 0.000001, 1.5e-7, -1.2345678901234567e-300, 5e-324, 0.1, -0, 2n ** 63n, -(2n ** 63n)];

function randomMessage(random) {
  const text = Array.from({ length: random(40) }, () => PIECES[random(PIECES.length)]).join('');
  const [float, value] = [FLOATS[random(FLOATS.length)], randomValue(random)];
  return { body: [{ text, [text]: float, value }, value, text, [], {}, false][random(6)], ttl: random(2) ? 3_600 : undefined, delay: undefined };
}

/** What Python's `str()` takes of each of these values. */
function pythonLengths(values) {
  const script = 'import json, sys\nfor line in sys.stdin: print(len(str(json.loads(line))))';
  const { stdout, stderr } = spawnSync('python3', ['-c', script], {
    input: values.map(toJson).join('\n'), encoding: 'utf8', maxBuffer: 1e9, env: { ...process.env, PYTHONUTF8: '1' },
  });
  assert.equal(stderr, '');
  return stdout.trim().split('\n').map(Number);
}

function assertParts(messages, most = MOST) {
  const parts = split(messages, most);
  assert.deepStrictEqual(parts.flat(), messages);
  const lengths = pythonLengths(parts);
  parts.forEach((part, index) => {
    assert.ok(part.length > 0 && part.length <= most);
    if (part.length === 1) return;
    assert.ok(lengths[index] <= LARGEST_POST, `${lengths[index]} for Python`);
    assert.ok(Buffer.byteLength(toJson({ messages: part })) <= LARGEST_POST);
  });
  return parts;
}

test('a size is between its bounds, as Python measures it and as JSON has it', () => {
  const random = seededRandom(21);
  const messages = Array.from({ length: 4_000 }, () => randomMessage(random));
  pythonLengths(messages).forEach((python, index) => {
    const json = toJson(messages[index]);
    const [least, most] = [leastCharacters(json), mostCharacters(json)];
    assert.ok(least <= python && python <= most, `${least} ${python} ${most} ${json}`);
    assert.ok(Buffer.byteLength(json) <= most, `${most} ${json}`);
  });
});

test('parts hold all messages in order, and each is within the rule', () => {
  const random = seededRandom(22);
  for (let round = 0; round < 6; round++) {
    const messages = Array.from({ length: random(60) }, () => {
      const message = randomMessage(random);
      return { ...message, body: [message.body, PIECES[random(PIECES.length)].repeat(random(20_000))] };
    });
    if (messages.length > 0) assertParts(messages);
  }
});

test('many small messages go by the most that one request may have', () => {
  const small = Array.from({ length: 2_500 }, (_, n) => ({ body: n, ttl: undefined, delay: undefined }));
  assert.deepStrictEqual(assertParts(small).map(part => part.length), [1_000, 1_000, 500]);
  assert.deepStrictEqual(assertParts(small.slice(0, 250), 100).map(part => part.length), [100, 100, 50]);
});

test('six hundred kilobytes of text need three posts', () => {
  assert.equal(assertParts(Array.from({ length: 600 }, (_, n) => ({ body: { n, text: 'x'.repeat(980) } }))).length, 3);
});

test('the largest body that the server takes is not refused, and what is certainly larger is', () => {
  // as measured on a real server, in a list of one message
  assert.deepStrictEqual(pythonLengths([[{ body: 'x'.repeat(262_130) }]]), [LARGEST_POST]);
  for (const text of ['x'.repeat(262_130), '漢'.repeat(262_130), '😀'.repeat(262_130), '\n'.repeat(131_065)]) assert.equal(split([{ body: text }], MOST).length, 1);
  for (const text of ['x'.repeat(262_135), '😀'.repeat(262_135), '"'.repeat(262_135)]) {
    assert.throws(() => split([{ body: 1 }, { body: text }], MOST), { code: 'too-large', delivery: 'not-sent' });
  }
});

test('a message of any size is measured: none is too large for that', () => {
  for (const text of ['x'.repeat(70_000_000), '漢'.repeat(10_000_000), '\u2028'.repeat(100_000_000)]) {
    assert.throws(() => split([{ body: text }], MOST), { code: 'too-large' });
  }
});

test('a message that may be too large goes alone', () => {
  const [small, doubtful] = [{ body: 1 }, { body: '\u2028'.repeat(60_000) }];
  assert.deepStrictEqual(assertParts([small, small, doubtful, small]).map(part => part.length), [2, 1, 1]);
});

test('what grows most is within the rule where nothing is measured', () => {
  const messages = falses => [{ body: Array(falses).fill(false) }, { body: 1 }];
  let falses = 38_000;
  while (encode({ queue_name: 'q', messages: messages(falses) }).length > SURELY_FITS) falses--;
  assert.ok(pythonLengths([messages(falses)])[0] <= LARGEST_POST);
});
