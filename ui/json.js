// JSON that keeps integers exact (bigint beyond 2^53, as the package does) and says in words where a text goes wrong.
import { gettext, ngettext } from './i18n.js';
import { inSlices } from './slices.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const DEPTH = 100;
/** Of a key so many characters are named. */
const KEY = 60;

export class JsonError extends Error {
  constructor(reason, text, offset) {
    const before = text.slice(0, offset).split('\n');
    const line = before.length;
    const column = [...before[line - 1]].length + 1;
    super(gettext('Line %(line)s, column %(column)s: %(reason)s.', { line, column, reason }));
    this.reason = reason;
    this.line = line;
    this.column = column;
    this.offset = offset;
  }
}

/** `onTwice(error)` is called for each key that an object has already: the value that comes last counts, as everywhere with JSON. */
export function parseJson(text, { onTwice = () => {} } = {}) {
  let at = 0;
  const fail = (reason, offset = at) => {
    throw new JsonError(reason, text, offset);
  };
  const space = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at += 1;
  };
  const here = () => {
    if (at >= text.length) return gettext('the text ends');
    const word = /^[\p{L}\p{N}_$]+/u.exec(text.slice(at, at + 40));
    return gettext('“%(word)s” stands there', { word: word ? word[0] : String.fromCodePoint(text.codePointAt(at)) });
  };

  function value(depth) {
    if (depth > DEPTH) fail(gettext('values may be nested %(depth)s deep, not deeper', { depth: DEPTH }));
    space();
    const char = text[at];
    if (char === '{') return object(depth);
    if (char === '[') return array(depth);
    if (char === '"') return string();
    if (char === '-' || (char >= '0' && char <= '9')) return number();
    for (const [word, meaning] of [['true', true], ['false', false], ['null', null]]) {
      if (text.startsWith(word, at) && !/[\p{L}\p{N}_]/u.test(text[at + word.length] ?? '')) {
        at += word.length;
        return meaning;
      }
    }
    if (char === "'") fail(gettext('strings go in double quotes, not single ones'));
    return fail(gettext('a value is expected, but %(there)s', { there: here() }));
  }

  function object(depth) {
    const result = {};
    const opened = at;
    at += 1;
    space();
    if (text[at] === '}') { at += 1; return result; }
    for (;;) {
      space();
      if (text[at] === '}') fail(gettext('a comma before } is one too many'));
      if (at >= text.length) fail(gettext('this { is never closed'), opened);
      if (text[at] !== '"') fail(gettext('a key in double quotes is expected, but %(there)s', { there: here() }));
      const begun = at;
      const key = string();
      if (Object.hasOwn(result, key)) onTwice(new JsonError(gettext('the key “%(key)s” is there twice, and only its last value counts', { key: shortened(key, KEY) }), text, begun));
      space();
      if (text[at] !== ':') fail(gettext('a colon is expected after the key “%(key)s”, but %(there)s', { key, there: here() }));
      at += 1;
      // A plain assignment of `__proto__` would change the object's prototype instead of adding a key.
      Object.defineProperty(result, key, { value: value(depth + 1), writable: true, enumerable: true, configurable: true });
      space();
      if (text[at] === '}') { at += 1; return result; }
      if (at >= text.length) fail(gettext('this { is never closed'), opened);
      if (text[at] !== ',') fail(gettext('a comma or } is expected, but %(there)s', { there: here() }));
      at += 1;
    }
  }

  function array(depth) {
    const result = [];
    const opened = at;
    at += 1;
    space();
    if (text[at] === ']') { at += 1; return result; }
    for (;;) {
      space();
      if (text[at] === ']') fail(gettext('a comma before ] is one too many'));
      result.push(value(depth + 1));
      space();
      if (text[at] === ']') { at += 1; return result; }
      if (at >= text.length) fail(gettext('this [ is never closed'), opened);
      if (text[at] !== ',') fail(gettext('a comma or ] is expected, but %(there)s', { there: here() }));
      at += 1;
    }
  }

  function string() {
    const opened = at;
    at += 1;
    let result = '';
    for (;;) {
      if (at >= text.length) fail(gettext('this string is never closed'), opened);
      const char = text[at];
      if (char === '"') { at += 1; break; }
      if (char === '\n') fail(gettext('a string cannot go over the end of a line; write \\n, or close it with "'), opened);
      if (char < ' ') fail(gettext('a control character in a string must be written as \\u and four digits'));
      if (char !== '\\') { result += char; at += 1; continue; }
      const escape = text[at + 1];
      const plain = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[escape];
      if (plain !== undefined) { result += plain; at += 2; continue; }
      const digits = text.slice(at + 2, at + 6);
      if (escape !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) fail(gettext('after a backslash comes one of " \\ / b f n r t, or u and four hexadecimal digits'));
      result += String.fromCharCode(parseInt(digits, 16));
      at += 6;
    }
    if (/\p{Surrogate}/u.test(result)) fail(gettext('this string holds half of a character (a lone surrogate)'), opened);
    return result;
  }

  function number() {
    const start = at;
    const match = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    match.lastIndex = at;
    const found = match.exec(text);
    if (!found) fail(gettext('this is not a number'));
    at += found[0].length;
    if (/[\d.\p{L}_]/u.test(text[at] ?? '')) fail(gettext('this is not a number: no leading zeros, a digit on both sides of the point'), start);
    if (found[1] || found[2]) {
      const float = Number(found[0]);
      if (!Number.isFinite(float)) fail(gettext('this number is too large for a float'), start);
      return float;
    }
    const exact = BigInt(found[0]);
    if (exact < MIN || exact > MAX) fail(gettext('this integer does not fit in 64 bits'), start);
    const near = Number(exact);
    return Number.isSafeInteger(near) ? near : exact;
  }

  const result = value(0);
  space();
  if (at < text.length) fail(gettext('the value is complete, but then %(there)s', { there: here() }));
  return result;
}

const isObject = (value) => typeof value === 'object' && value !== null;

/** JSON text of a body that is known to be small; `indent` 0 gives one line. */
export function toJson(value, indent = 2) {
  return [...jsonPieces(value, indent)].join('');
}

/** About so many characters, or values without any, are between two pieces. */
const PIECE = 16_384;
/** Indentation multiplies what is deep: a text that would be longer goes into one line. */
const MOST_INDENTED = 4_000_000;

/** JSON text of any body, made in slices; in one line if it would be too long otherwise. */
export const jsonText = async (value) => (await jsonParts(value)).join('');

/** The same in parts, for a file. */
export const jsonParts = (value) => inSlices(function* () {
  return (yield* collect(value, 2, MOST_INDENTED)) ?? (yield* collect(value, 0));
}());

/** The steps to a body's JSON text in one line. */
export function* oneLine(value) {
  return (yield* collect(value, 0)).join('');
}

function* collect(value, indent, most = Infinity) {
  const pieces = [];
  let length = 0;
  for (const piece of jsonPieces(value, indent)) {
    pieces.push(piece);
    length += piece.length;
    if (length > most) return null;
    yield;
  }
  return pieces;
}

/** The JSON text of any body, piece by piece. It does not call itself: a body may be deeper than the stack. */
export function* jsonPieces(value, indent = 2) {
  let out = '';
  let steps = 0;
  const open = [];
  const line = (level) => (indent ? `\n${' '.repeat(indent * level)}` : '');
  /** Writes a value, or the beginning of a container, which is then open. */
  function* begin(item) {
    if (typeof item === 'string' && item.length > PIECE) yield* quoted(item);
    else if (!isObject(item)) out += typeof item === 'bigint' ? item.toString() : JSON.stringify(item) ?? 'null';
    else if (item instanceof Uint8Array) yield* base64(item);
    else {
      const keys = Array.isArray(item) ? null : Object.keys(item);
      const { length } = keys ?? item;
      if (length === 0) out += keys ? '{}' : '[]';
      else {
        out += keys ? '{' : '[';
        open.push({ item, keys, length, at: 0 });
      }
    }
  }

  yield* begin(value);
  while (open.length > 0) {
    const top = open.at(-1);
    const { item, keys, length, at } = top;
    if (at === length) {
      open.pop();
      out += `${line(open.length)}${keys ? '}' : ']'}`;
    } else {
      top.at += 1;
      out += `${at > 0 ? ',' : ''}${line(open.length)}`;
      if (keys) out += `${JSON.stringify(keys[at])}:${indent ? ' ' : ''}`;
      yield* begin(keys ? item[keys[at]] : item[at]);
    }
    steps += 8;
    if (out.length + steps > PIECE) {
      yield out;
      out = '';
      steps = 0;
    }
  }
  yield out;

  function* quoted(text) {
    out += '"';
    for (let from = 0; from < text.length;) {
      const part = beginning(text.slice(from, from + PIECE + 1), PIECE);
      yield out + JSON.stringify(part).slice(1, -1);
      out = '';
      from += part.length;
    }
    out += '"';
  }

  /** What is nested too deep comes as the bytes of its MessagePack. */
  function* base64(bytes) {
    const step = PIECE * 3;
    out += '"';
    for (let from = 0; from < bytes.length; from += step) {
      yield out + btoa(Array.from(bytes.subarray(from, from + step), (byte) => String.fromCharCode(byte)).join(''));
      out = '';
    }
    out += '"';
  }
}

/** At most so many characters of a text, with no pair of surrogates cut in two. */
export function beginning(text, limit) {
  if (text.length <= limit) return text;
  return text.slice(0, /[\uD800-\uDBFF]/.test(text[limit - 1]) ? limit - 1 : limit);
}

/** The beginning of a body in one line: stops as soon as it is long enough, however large the body is. */
export function preview(value, limit = 240) {
  let out = '';
  const text = (item) => { out += JSON.stringify(beginning(item, limit + 1)); };
  const write = (item, depth) => {
    if (out.length > limit) return;
    if (typeof item === 'string') return text(item);
    if (item instanceof Uint8Array) return text(bytesInWords(item));
    if (!isObject(item) || depth > 20) { out += toJson(isObject(item) ? null : item, 0); return; }
    if (Array.isArray(item)) list(item, depth);
    else map(item, depth);
  };
  // By index: `for in` would make a text of every index first.
  const list = (items, depth) => {
    out += '[';
    for (let i = 0; i < items.length && out.length <= limit; i += 1) {
      if (i > 0) out += ',';
      write(items[i], depth + 1);
    }
    out += ']';
  };
  const map = (item, depth) => {
    out += '{';
    let first = true;
    for (const key in item) {
      if (out.length > limit) break;
      if (!first) out += ',';
      first = false;
      text(key);
      out += ':';
      write(item[key], depth + 1);
    }
    out += '}';
  };
  write(value, 0);
  return shortened(out, limit);
}

/** A text, or its beginning and … if it is longer. */
export const shortened = (text, limit) => (text.length > limit ? `${beginning(text, limit)}…` : text);

export const bytesInWords = (bytes) => ngettext('%(n)s byte of MessagePack', '%(n)s bytes of MessagePack', bytes.length);

/** About how many characters a body has. */
export function weigh(body) {
  let sum = 0;
  const left = [body];
  while (left.length > 0) {
    const value = left.pop();
    sum += 16;
    if (typeof value === 'string') sum += value.length;
    else if (typeof value !== 'object' || value === null) continue;
    else if (value instanceof Uint8Array) sum += value.length;
    else if (Array.isArray(value)) for (const item of value) left.push(item);
    else {
      for (const key in value) {
        sum += key.length + 16;
        left.push(value[key]);
      }
    }
  }
  return sum;
}
