// MessagePack to values. The wasm reads a frame into a tape (codec/src/tape.rs); here the tape becomes objects.
//
// Keys never cross the border: an object comes as the number of its shape, and `shapes[number]` reads its values. Neither do
// short texts that came before: they are in `known`. All other texts are slices of the frame's text, decoded at once, so a
// string that is kept keeps its frame's text alive in V8.

import type { InitOutput } from 'zaqar-web-wasm';

import { ZaqarError } from '../errors.js';
import { makers, MOST_KEYS } from './makers.generated.js';

/** Uses of a shape before it gets a maker of its own. */
const HOT = 20;

type Dictionary = Record<string, unknown>;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** For what need not be checked: keys, and what the wasm says. */
export const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads the 64 bits of a number as an integer. */
const float = new Float64Array(1);
const unsigned = new BigUint64Array(float.buffer);
const signed = new BigInt64Array(float.buffer);

/** The raw exports, once there are some. */
export let wasm: InitOutput;
/** The wasm's memory, as `refresh` saw it last. */
export let bytes = new Uint8Array(0);
export let words = new Int32Array(0);
let numbers = new Float64Array(0);

/** Where the value that is being built is read: indexes into `words`, `numbers`, `bytes`. */
let word = 0;
let number = 0;
let binaries = 0;
let text = '';

const shapes: (() => Dictionary)[] = [];
const known: string[] = [];

/** It imports nothing, so the glue that wasm-bindgen writes is not needed. Once: a second would not know what the first has told. */
export function attachTo(instance: WebAssembly.Instance): void {
  wasm = instance.exports as unknown as InitOutput;
}

/** Copies a frame into the wasm, for a scan to read; gives its length. */
export function fill(frame: ArrayBuffer | Uint8Array): number {
  const source = frame instanceof Uint8Array ? frame : new Uint8Array(frame);
  const pointer = wasm.frame_room(source.length);
  if (pointer === 0) throw damaged();
  refresh();
  bytes.set(source, pointer);
  return source.length;
}

/** The value that a scan found; `head` is the pointer that it gave. */
export function build(head: number): unknown {
  refresh();
  const at = head >>> 2;
  word = words[at]! >>> 2;
  number = words[at + 1]! >>> 3;
  binaries = words[at + 2]! >>> 0;
  const start = words[at + 3]! >>> 0;
  const end = words[at + 4]! >>> 0;
  const newTexts = words[at + 5]! >>> 2;
  const newTextsEnd = newTexts + 3 * words[at + 6]!;
  let newShapes = words[at + 7]!;

  if (start === end) text = '';
  else {
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch (cause) {
      wasm.frame_forget();
      throw damaged(cause);
    }
    if (text.length !== end - start) wasm.frame_utf16();
  }
  for (let at = newTexts; at < newTextsEnd; at += 3) {
    const from = words[at + 1]!;
    known[words[at]!] = text.slice(from, from + words[at + 2]!);
  }
  for (; newShapes > 0; newShapes--) learnShape();
  const built = value();
  text = '';
  return built;
}

/** The value of any MessagePack; of a reply its body alone, as a client reads it. */
export function decode(source: ArrayBuffer | Uint8Array, isReply = 0): unknown {
  fill(source);
  const head = wasm.frame_scan(isReply);
  if (head === 0) throw damaged();
  return build(head);
}

/** The next value of the tape. The cases are the tags of codec/src/tape.rs. */
export function value(): unknown {
  const head = words[word++]!;
  switch (head & 15) {
    case 0: return null;
    case 1: return false;
    case 2: return true;
    case 3: return head >> 4;
    case 4: return numbers[number++];
    case 5: {
      const start = words[word++]!;
      return text.slice(start, start + (head >>> 4));
    }
    case 6: {
      const items: unknown[] = [];
      for (let count = head >>> 4; count > 0; count--) items.push(value());
      return items;
    }
    case 7: return shapes[head >>> 4]!();
    case 8: {
      const object = shapes[head >>> 4]!();
      for (let count = words[word++]! >>> 4; count > 0; count--) {
        // Bytes serve as the text that they are; any other key turns into one as a property's name does.
        const key = value();
        put(object, key instanceof Uint8Array ? lenient.decode(key) : String(key), value());
      }
      return object;
    }
    case 9: {
      const start = binaries + words[word++]!;
      return bytes.slice(start, start + (head >>> 4));
    }
    case 10:
      float[0] = numbers[number++]!;
      return unsigned[0];
    case 11:
      float[0] = numbers[number++]!;
      return signed[0];
    case 12: return known[head >>> 4];
  }
}

/** Objects have a prototype, so the key `__proto__` would be no property but a new prototype. */
function put(object: Dictionary, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function learnShape(): void {
  const shape = wasm.frame_shape();
  const keys: string[] = [];
  for (let last = shape; last !== 0; ) {
    const at = wasm.frame_key(last) >>> 2;
    const start = words[at]! >>> 0;
    keys.push(lenient.decode(bytes.subarray(start, start + words[at + 1]!)));
    last = words[at + 2]!;
  }
  shapes[shape] = reader(shape, keys.reverse());
}

/** What reads an object with these keys. */
function reader(shape: number, keys: readonly string[]): () => Dictionary {
  if (keys.includes('__proto__')) {
    return () => {
      const object: Dictionary = {};
      for (const key of keys) put(object, key, value());
      return object;
    };
  }
  const slow = (): Dictionary => {
    const object: Dictionary = {};
    for (let index = 0; index < keys.length; index++) object[keys[index]!] = value();
    return object;
  };
  if (keys.length === 0 || keys.length > MOST_KEYS) return slow;

  let uses = 0;
  return () => {
    if (++uses > HOT) {
      const maker = makers.pop();
      shapes[shape] = maker ? maker(keys, keys.length) : slow;
    }
    return slow();
  };
}

/** Looks anew after a call that may have needed more memory: memory that grows gets a new buffer and detaches the old. */
export function refresh(): void {
  if (bytes.length > 0) return;
  const { buffer } = wasm.memory;
  bytes = new Uint8Array(buffer);
  words = new Int32Array(buffer);
  numbers = new Float64Array(buffer);
}

function damaged(cause?: unknown): ZaqarError {
  return new ZaqarError('protocol', 'what came is not MessagePack, or its text is not UTF-8', { cause });
}
