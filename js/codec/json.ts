// JSON without its losses: integers beyond 2^53 are bigint on both sides, -0 stays one, and the bare NaN and Infinity that
// Zaqar sends are read.

import { invalid } from '../errors.js';

/** JSON for the REST API, which takes integers of 64 bits and floats of any sign. Keys with the value undefined are left out. */
export function toJson(value: unknown): string {
  switch (typeof value) {
    case 'string': return JSON.stringify(value);
    case 'boolean': return String(value);
    case 'bigint': return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw invalid(`${value} is no JSON value`);
      if (Object.is(value, -0)) return '-0.0';
      // All digits alone, it would be read as an integer: one that REST refuses, or that comes back as a bigint.
      return Math.abs(value) < 2 ** 53 ? String(value) : value.toExponential();
    case 'object': return value === null ? 'null' : objectToJson(value);
    default: throw invalid(`a value of type ${typeof value} is no JSON value`);
  }
}

function objectToJson(value: object): string {
  if (Array.isArray(value)) return `[${Array.from(value, toJson).join(',')}]`;
  if (ArrayBuffer.isView(value)) throw invalid('JSON has no bytes; send them as base64 text');
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    const plain = (value as { toJSON(): unknown }).toJSON();
    if (plain !== value) return toJson(plain);
  }
  const pairs: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) pairs.push(`${JSON.stringify(key)}:${toJson(item)}`);
  }
  return `{${pairs.join(',')}}`;
}

/** The value of a JSON text. Throws SyntaxError, which says where the text is wrong but nothing of what it holds. */
export function parseJson(text: string): unknown {
  if (!isSuspect(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // Its error quotes the text; the one below does not.
    }
  }
  const reader: Reader = { text, at: 0 };
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at < text.length) throw unexpected(reader);
  return value;
}

/** Whether a text may hold what JSON.parse loses or refuses. It may stand in a string; then only time is lost. */
function isSuspect(text: string): boolean {
  return text.includes('NaN') || text.includes('Infinity') || hasLongInteger(text);
}

/** Whether 16 digits stand in a row, but for those of a fraction, for many floats have as many. */
function hasLongInteger(text: string): boolean {
  // Of 16 in a row, one has an index that 16 divides: the others need no look.
  for (let at = 0; at < text.length; at += 16) {
    if (!isDigit(text, at)) continue;
    let start = at;
    while (isDigit(text, start - 1)) start--;
    while (isDigit(text, at + 1)) at++;
    if (at - start >= 15 && text[start - 1] !== '.') return true;
    at -= at % 16;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0x30 && unit <= 0x39;
}

interface Reader {
  readonly text: string;
  at: number;
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null|NaN|-?Infinity/y;
const WORDS: Record<string, unknown> = { true: true, false: false, null: null, NaN, Infinity, '-Infinity': -Infinity };

function readValue(reader: Reader): unknown {
  skipSpace(reader);
  switch (reader.text[reader.at]) {
    case '{': return readObject(reader);
    case '[': return readArray(reader);
    case '"': return readString(reader);
  }
  const word = match(reader, WORD);
  if (word) return WORDS[word[0]];
  const number = match(reader, NUMBER);
  if (!number) throw unexpected(reader);
  const [digits, fraction, exponent] = number;
  const value = Number(digits);
  const isLargeInteger = fraction === undefined && exponent === undefined && !Number.isSafeInteger(value);
  return isLargeInteger ? BigInt(digits) : value;
}

function readObject(reader: Reader): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  reader.at++;
  if (take(reader, '}')) return object;
  do {
    skipSpace(reader);
    const key = readString(reader);
    if (!take(reader, ':')) throw unexpected(reader);
    const value = readValue(reader);
    // Assigned, `__proto__` would be a new prototype instead of a property.
    if (key !== '__proto__') object[key] = value;
    else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } while (take(reader, ','));
  if (!take(reader, '}')) throw unexpected(reader);
  return object;
}

function readArray(reader: Reader): unknown[] {
  const items: unknown[] = [];
  reader.at++;
  if (take(reader, ']')) return items;
  do items.push(readValue(reader));
  while (take(reader, ','));
  if (!take(reader, ']')) throw unexpected(reader);
  return items;
}

function readString(reader: Reader): string {
  const string = match(reader, STRING);
  if (!string) throw unexpected(reader);
  try {
    return JSON.parse(string[0]) as string;
  } catch {
    throw unexpected(reader);
  }
}

function take(reader: Reader, sign: string): boolean {
  skipSpace(reader);
  const found = reader.text[reader.at] === sign;
  if (found) reader.at++;
  return found;
}

function skipSpace(reader: Reader): void {
  match(reader, SPACE);
}

function match(reader: Reader, pattern: RegExp): RegExpExecArray | null {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text);
  if (found) reader.at = pattern.lastIndex;
  return found;
}

function unexpected(reader: Reader): SyntaxError {
  return new SyntaxError(`no JSON at character ${reader.at}`);
}
