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
  if (Array.isArray(value)) return `[${Array.from(value, toJson).join()}]`;
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

/** The value of a JSON text. Throws SyntaxError, which says nothing of what the text holds. */
export function parseJson(text: string): unknown {
  try {
    return isSuspect(text) ? JSON.parse(text.replace(TOKENS, tagged), untagged) : JSON.parse(text);
  } catch {
    // Its error quotes the text.
    throw new SyntaxError('no JSON');
  }
}

/** Whether a text may hold what JSON.parse loses or refuses. It may stand in a string; then only time is lost. */
function isSuspect(text: string): boolean {
  // Many floats have 16 digits in a fraction.
  return text.includes('NaN') || text.includes('Infinity') || /(?:^|[^.\d])\d{16}/.test(text);
}

/** Strings, numbers and words, with the colon behind keys. A string without an end goes to the text's. */
const TOKENS = /(?:"[^"\\]*(?:\\[^]?[^"\\]*)*"?|[-+.\w]+)(\s*:)?/g;

/** A number that JSON.parse would not give as it is becomes a text; all other texts get a space in front, to be told from it. */
function tagged(token: string, colon: string | undefined): string {
  if (colon) return token;
  if (token[0] === '"') return `" ${token.slice(1)}`;
  const isLost = /^(-?([1-9]\d{15,}|Infinity)|NaN)$/.test(token) && !Number.isSafeInteger(+token);
  return isLost ? `"${token}"` : token;
}

function untagged(_key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value[0] === ' ') return value.slice(1);
  return /\d/.test(value) ? BigInt(value) : Number(value);
}
