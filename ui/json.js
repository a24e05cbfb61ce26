// JSON that keeps integers exact (bigint beyond 2^53, as the package does) and says in words where a text goes wrong.
import { gettext } from './i18n.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const DEPTH = 100;

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

export function parseJson(text) {
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
      const key = string();
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

/** JSON text of any body; `indent` 0 gives one line. */
export function toJson(value, indent = 2, level = 0) {
  if (typeof value === 'bigint') return value.toString();
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const items = Array.isArray(value)
    ? value.map((item) => toJson(item, indent, level + 1))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${indent ? ' ' : ''}${toJson(item, indent, level + 1)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (!items.length) return open + close;
  if (!indent) return open + items.join(',') + close;
  const pad = ' '.repeat(indent * (level + 1));
  return `${open}\n${pad}${items.join(`,\n${pad}`)}\n${' '.repeat(indent * level)}${close}`;
}

/** The beginning of a body in one line: stops as soon as it is long enough, however large the body is. */
export function preview(value, limit = 240) {
  let out = '';
  const write = (item, depth) => {
    if (out.length > limit) return;
    if (typeof item === 'string') { out += JSON.stringify(item.length > limit ? item.slice(0, limit) : item); return; }
    if (!isObject(item) || depth > 20) { out += toJson(isObject(item) ? null : item, 0); return; }
    const list = Array.isArray(item);
    out += list ? '[' : '{';
    let first = true;
    for (const key in item) {
      if (out.length > limit) break;
      if (!first) out += ',';
      first = false;
      if (!list) out += `${JSON.stringify(key)}:`;
      write(item[key], depth + 1);
    }
    out += list ? ']' : '}';
  };
  write(value, 0);
  return out.length > limit ? `${out.slice(0, limit)}…` : out;
}
