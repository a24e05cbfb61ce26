// Values to MessagePack, with all that would break other readers of a queue refused: the sentence of the error names the
// path to the culprit, and nothing of the content.
//
// A walker in JavaScript, for reading JavaScript values from wasm costs more than writing them here. Bytes go into one buffer
// that is kept. Keys are remembered with their bytes, in a trie of the orders in which they came.

import { invalid } from '../errors.js';
import { elsewhere, follow, root, within, type KeyNode } from './keys.js';

export interface EncodeOptions {
  /** Allow integers up to 2^64-1, which Zaqar takes on the socket, not over REST. */
  unsigned?: boolean;
  /** The value came from a server: what others have posted is taken as it is, and nested as deep as it is. Default false. */
  isServers?: boolean;
}

/** How deep arrays and objects may nest: a message's body 100 deep, and the three that a post puts around it. */
const DEEPEST = 103;
/** What a server sent. Python reads and writes JSON that is 1,000 deep; twice as much overflows the stack here. */
const DEEPEST_OF_SERVERS = 1_100;
const FIRST_BUFFER = 1 << 16;
/** A buffer beyond this is not kept. */
const KEPT_BUFFER = 1 << 22;
/** Longer texts are left to TextEncoder. */
const SHORT_TEXT = 160;
/** Room for any value's head. */
const HEAD = 16;

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;
const U64_MAX = 2n ** 64n - 1n;

/** Made when it is first used: importing needs no global. */
let encoder: TextEncoder | undefined;

let bytes = new Uint8Array(FIRST_BUFFER);
let view = new DataView(bytes.buffer);
let end = 0;

let runs = 0;
let largest = I64_MAX;
let isServers = false;
let depth = 0;
/** Whether someone gave `Object.prototype` enumerable keys; asked once for all plain objects of a value. */
let prototypeHasKeys = false;
/** The key or index at each depth, for an error's path. */
const trail: (string | number)[] = [];

/** MessagePack of a value, valid until the next call. Throws `invalid-argument`. */
export function encode(value: unknown, options?: EncodeOptions): Uint8Array {
  giveBack();
  depth = 0;
  prototypeHasKeys = false;
  for (const _key in Object.prototype) prototypeHasKeys = true;
  isServers = options?.isServers ?? false;
  largest = isServers || options?.unsigned ? U64_MAX : I64_MAX;
  const run = ++runs;
  writeValue(value, root);
  // A getter or toJSON that encodes has written over this value.
  if (run !== runs) throw invalid('a getter or toJSON of the value used the client while it was sent');
  return bytes.subarray(0, end);
}

/** Forgets what was encoded last, and the memory that it took if that was much. */
export function giveBack(): void {
  end = 0;
  if (bytes.length > KEPT_BUFFER) renew(FIRST_BUFFER);
}

/** `key` is the one whose value it is, or is in. */
function writeValue(value: unknown, key: KeyNode): void {
  reserve(HEAD);
  switch (typeof value) {
    case 'string': return writeText(value);
    case 'number': return writeNumber(value);
    case 'boolean':
      bytes[end++] = value ? 0xc3 : 0xc2;
      return;
    case 'bigint': return writeBigint(value);
    case 'object': return writeObject(value, key);
    case 'undefined': throw refused('undefined is no JSON value');
    case 'function': throw refused('a function is no JSON value');
    case 'symbol': throw refused('a symbol is no JSON value');
  }
}

function writeObject(value: object | null, key: KeyNode): void {
  if (value === null) {
    bytes[end++] = 0xc0;
    return;
  }
  if (Array.isArray(value)) return writeArray(value, key);
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    const plain = (value as { toJSON(key: string): unknown }).toJSON(String(depth > 0 ? trail[depth - 1] : ''));
    // As in JSON.stringify, what toJSON gives is not asked for its toJSON again: it may well be the object itself.
    if (typeof plain !== 'object' || plain === null) return writeValue(plain, key);
    return Array.isArray(plain) ? writeArray(plain, key) : writeMap(plain as Record<string, unknown>, key);
  }
  writeMap(value as Record<string, unknown>, key);
}

function writeArray(items: readonly unknown[], key: KeyNode): void {
  const count = items.length;
  writeCount(count, 0x90, 0xdc);
  descend();
  for (let index = 0; index < count; index++) {
    trail[depth - 1] = index;
    writeValue(items[index], key);
  }
  depth--;
}

function writeMap(object: Record<string, unknown>, outer: KeyNode): void {
  const prototype: unknown = Object.getPrototypeOf(object);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain) refuseUnlessPlain(object);
  const inherits = !isPlain || prototypeHasKeys;

  // Most have fewer than 16 keys: one byte for the count, known only at the end.
  const head = end++;
  let count = 0;
  let node = within(outer);
  descend();
  for (const key in object) {
    if (inherits && !hasOwn.call(object, key)) continue;
    const value = object[key];
    if (value === undefined) continue;
    trail[depth - 1] = key;
    node = node.nextKey === key ? node.next! : follow(node, key, keyBytes);
    writeKey(node, key);
    if (typeof value === 'string') writeText(value);
    else writeValue(value, node);
    count++;
  }
  depth--;

  if (count < 16) bytes[head] = 0x80 | count;
  else lengthenHead(head, count);
}

/** Makes way for a map's head of more than the one byte that was left for it. */
function lengthenHead(head: number, count: number): void {
  const more = count < 0x10000 ? 2 : 4;
  reserve(more);
  bytes.copyWithin(head + 1 + more, head + 1, end);
  const after = end + more;
  end = head;
  writeCount(count, 0x80, 0xde);
  end = after;
}

const hasOwn = Object.prototype.hasOwnProperty;

/** Instances of classes count as their own keys, as in JSON; what JSON makes a meaningless `{}` of does not. */
function refuseUnlessPlain(object: object): void {
  const kind = Object.prototype.toString.call(object).slice(8, -1);
  // Views, buffers, and Blob.
  if (/Array|View|Blob/.test(kind)) throw refused('JSON has no bytes; send them as base64 text');
  if (kind !== 'Object') throw refused(`a ${kind} is no JSON value`);
}

function writeKey(node: KeyNode, key: string): void {
  if (node === elsewhere) return writeText(key);
  const { length, first } = node;
  reserve(length + HEAD);
  if (length > 16) bytes.set(node.bytes, end);
  else {
    // Bytes beyond the key are written over by what follows.
    view.setInt32(end, first[0]!, true);
    if (length > 4) {
      view.setInt32(end + 4, first[1]!, true);
      if (length > 8) {
        view.setInt32(end + 8, first[2]!, true);
        if (length > 12) view.setInt32(end + 12, first[3]!, true);
      }
    }
  }
  end += length;
}

/** The MessagePack of a key, to be kept. */
function keyBytes(key: string): Uint8Array {
  const start = end;
  writeText(key);
  const written = bytes.slice(start, end);
  end = start;
  return written;
}

function descend(): void {
  if (++depth > (isServers ? DEEPEST_OF_SERVERS : DEEPEST)) throw refused('nested too deep, or in a circle', depth - 1);
}

function writeNumber(value: number): void {
  if ((value | 0) === value && !(value === 0 && 1 / value < 0)) writeSmall(value);
  else if (Number.isSafeInteger(value) && value !== 0) {
    const high = Math.floor(value / 0x1_0000_0000);
    if (high === 0) {
      bytes[end] = 0xce;
      view.setUint32(end + 1, value);
      end += 5;
    } else {
      bytes[end] = 0xd3;
      view.setInt32(end + 1, high);
      view.setUint32(end + 5, value >>> 0);
      end += 9;
    }
  } else if (Number.isFinite(value) || isServers) {
    bytes[end] = 0xcb;
    view.setFloat64(end + 1, value);
    end += 9;
  } else throw refused(`${value} is no JSON value`);
}

/** An integer of 32 bits, signed. */
function writeSmall(value: number): void {
  if (value >= 0) {
    if (value < 0x80) bytes[end++] = value;
    else if (value < 0x100) {
      bytes[end] = 0xcc;
      bytes[end + 1] = value;
      end += 2;
    } else if (value < 0x10000) {
      bytes[end] = 0xcd;
      bytes[end + 1] = value >> 8;
      bytes[end + 2] = value;
      end += 3;
    } else {
      bytes[end] = 0xce;
      view.setUint32(end + 1, value);
      end += 5;
    }
  } else if (value >= -0x20) bytes[end++] = value;
  else if (value >= -0x80) {
    bytes[end] = 0xd0;
    bytes[end + 1] = value;
    end += 2;
  } else if (value >= -0x8000) {
    bytes[end] = 0xd1;
    view.setInt16(end + 1, value);
    end += 3;
  } else {
    bytes[end] = 0xd2;
    view.setInt32(end + 1, value);
    end += 5;
  }
}

function writeBigint(value: bigint): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return writeNumber(Number(value));
  if (value < I64_MIN || value > largest) {
    if (isServers) return writeNumber(Number(value));
    throw refused(largest === I64_MAX ? 'an integer beyond 64 bits, signed' : 'an integer beyond 64 bits');
  }
  bytes[end] = value <= I64_MAX ? 0xd3 : 0xcf;
  view.setBigUint64(end + 1, BigInt.asUintN(64, value));
  end += 9;
}

/** A count: in the low bits of `short`, else as 16 bits behind `long`, or 32 behind the one after it. */
function writeCount(count: number, short: number, long: number): void {
  if (count < 0x10) bytes[end++] = short | count;
  else if (count < 0x10000) {
    bytes[end] = long;
    view.setUint16(end + 1, count);
    end += 3;
  } else {
    bytes[end] = long + 1;
    view.setUint32(end + 1, count);
    end += 5;
  }
}

function writeText(text: string): void {
  const length = text.length;
  reserve(3 * length + HEAD);
  if (length >= SHORT_TEXT) return writeLongText(text);

  // ASCII is tried first, for nearly all of it is.
  const start = end + (length < 32 ? 1 : 2);
  let all = 0;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    all |= unit;
    bytes[start + index] = unit;
  }
  if (all >= 0x80) return writeWideText(text, all < 0x800 ? 2 : 3);
  if (length < 32) bytes[end] = 0xa0 | length;
  else {
    bytes[end] = 0xd9;
    bytes[end + 1] = length;
  }
  end = start + length;
}

/** A short text that is not ASCII; `most` bytes a UTF-16 unit. */
function writeWideText(text: string, most: number): void {
  const length = text.length;
  const start = end + textHead(length * most);
  let to = start;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) bytes[to++] = unit;
    else if (unit < 0x800) {
      bytes[to++] = 0xc0 | (unit >> 6);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) !== 0xd800) {
      bytes[to++] = 0xe0 | (unit >> 12);
      bytes[to++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[to++] = 0x80 | (unit & 0x3f);
    } else {
      // `charCodeAt` past the end is NaN, which counts as 0.
      const low = text.charCodeAt(++index);
      if (unit >= 0xdc00 || (low & 0xfc00) !== 0xdc00) return isServers ? writeLongText(text) : refuseLoneSurrogate();
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
      bytes[to++] = 0xf0 | (point >> 18);
      bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[to++] = 0x80 | (point & 0x3f);
    }
  }
  closeText(start, to - start);
}

function writeLongText(text: string): void {
  const start = end + textHead(text.length);
  const { written } = (encoder ??= new TextEncoder()).encodeInto(text, bytes.subarray(start));
  // TextEncoder makes U+FFFD of a lone surrogate. In ASCII there is none.
  if (!isServers && written !== text.length && /\p{Surrogate}/u.test(text)) refuseLoneSurrogate();
  closeText(start, written);
}

/** Writes the head of a text whose bytes are in place, but for a head of another width than was expected. */
function closeText(start: number, length: number): void {
  const width = textHead(length);
  if (end + width !== start) bytes.copyWithin(end + width, start, start + length);
  if (length < 0x20) bytes[end] = 0xa0 | length;
  else if (length < 0x100) {
    bytes[end] = 0xd9;
    bytes[end + 1] = length;
  } else if (length < 0x10000) {
    bytes[end] = 0xda;
    view.setUint16(end + 1, length);
  } else {
    bytes[end] = 0xdb;
    view.setUint32(end + 1, length);
  }
  end += width + length;
}

function textHead(length: number): number {
  if (length < 0x20) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 5;
}

function refuseLoneSurrogate(): never {
  throw refused('a lone surrogate is no Unicode text');
}

// ───────────────────────────────────────────────────────────────────────────── room and refusals

function reserve(length: number): void {
  if (end + length > bytes.length) renew(Math.max(2 * bytes.length, end + length));
}

function renew(size: number): void {
  const kept = bytes.subarray(0, Math.min(end, size));
  bytes = new Uint8Array(size);
  bytes.set(kept);
  view = new DataView(bytes.buffer);
}

/** Steps of a path, and letters of a key, that an error names: they tell where to look. */
const LONGEST_PATH = 12;
const LONGEST_STEP = 64;

/** An error about the value at the trail's end. */
function refused(why: string, length = depth): Error {
  let path = '';
  for (const step of trail.slice(0, Math.min(length, LONGEST_PATH))) {
    if (typeof step === 'number') path += `[${step}]`;
    else if (!/^[A-Za-z_$][\w$]*$/.test(step)) path += `[${JSON.stringify(step.slice(0, LONGEST_STEP))}]`;
    else path += (path === '' ? '' : '.') + step.slice(0, LONGEST_STEP);
  }
  if (length > LONGEST_PATH) path += '…';
  return invalid(path === '' ? why : `${path}: ${why}`);
}
