// MessagePack to values. The wasm reads a frame into a tape (codec/src/tape.rs); here the tape becomes objects.
//
// Keys never cross the border: an object comes as the number of its shape, and `shapes[number]` reads its values. Neither do
// short texts that came before: they are in `known`. All other texts are slices of the frame's text, decoded at once, so a
// string that is kept keeps its frame's text alive in V8.

import type { Core } from '../instance.js';
import { ZaqarError } from '../errors.js';
import { Head, Key, TAG_BITS, Tag } from './layout.generated.js';
import { makers, MOST_KEYS } from './makers.generated.js';

/** The bits of a word that hold its tag. */
const TAG = (1 << TAG_BITS) - 1;
/** What a frame of so many bytes takes is given back when it is read. */
const LARGE = 1 << 20;
/** V8 keeps a slice of so many characters by keeping the text that it is of. */
const SLICED = 13;
/** Uses of a shape before it gets a maker of its own. */
const HOT = 20;

type Dictionary = Record<string, unknown>;

/** Made with the instance: importing needs no global. */
let decoder: TextDecoder;
/** For keys, which need not be checked. */
let lenient: TextDecoder;

/** What the wasm exports, once there is one, and its memory. */
let wasm: Core;
let memory: WebAssembly.Memory;
/** The memory, as `refresh` saw it last. */
let bytes = new Uint8Array(0);
let words = new Int32Array(0);
let numbers = new Float64Array(0);
/** The same places as integers: an engine may change the bits of a number that is NaN, and those of 2^63 - 1 are one. */
let signed = new BigInt64Array(0);
let unsigned = new BigUint64Array(0);

/** Where the value that is being built is read: indexes into `words`, `numbers`, `bytes`. */
let word = 0;
let number = 0;
let binaries = 0;
let text = '';

const shapes: (() => Dictionary)[] = [];
const known: string[] = [];

/** Reads from this instance from now on. It tells its shapes and texts anew, under numbers of its own. */
export function attachTo(core: Core, itsMemory: WebAssembly.Memory): void {
  wasm = core;
  memory = itsMemory;
  bytes = new Uint8Array(0);
  decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  lenient = new TextDecoder('utf-8', { ignoreBOM: true });
}

/** Copies a frame into the wasm, for a scan to read; gives its length, or undefined if it is larger than `most` bytes. */
export function fill(frame: ArrayBuffer | Uint8Array, most = Infinity): number | undefined {
  const source = frame instanceof Uint8Array ? frame : new Uint8Array(frame);
  if (source.length > most) return undefined;
  const pointer = wasm.frameRoom(source.length);
  if (pointer === 0) return undefined;
  refresh();
  bytes.set(source, pointer);
  return source.length;
}

/** An array of its own of what the wasm has at an address. */
export function copy(address: number, length: number): Uint8Array {
  refresh();
  return bytes.slice(address, address + length);
}

/** The value that a scan found; `head` is the address that it gave. */
export function build(head: number): unknown {
  refresh();
  const at = head >>> 2;
  word = words[at + Head.tape]! >>> 2;
  number = words[at + Head.numbers]! >>> 3;
  binaries = words[at + Head.binaries]! >>> 0;
  const start = words[at + Head.text]! >>> 0;
  const end = words[at + Head.text_end]! >>> 0;
  const newTexts = words[at + Head.new_texts]! >>> 2;
  const newTextsEnd = words[at + Head.new_texts_end]! >>> 2;
  let newShapes = words[at + Head.new_shapes]!;

  if (start === end) text = '';
  else {
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch (cause) {
      wasm.forgetTexts();
      throw damaged(cause);
    }
    if (text.length !== end - start) wasm.countInUtf16();
  }
  for (let at = newTexts; at < newTextsEnd; at += 3) {
    const from = words[at + 1]!;
    known[words[at]!] = ofItsOwn(text.slice(from, from + words[at + 2]!));
  }
  for (; newShapes > 0; newShapes--) learnShape();
  const built = value();
  text = '';
  return built;
}

/** The value of any MessagePack; of a reply its body alone, as a client reads it. */
export function decode(source: ArrayBuffer | Uint8Array, isReply = false): unknown {
  const length = fill(source);
  const head = length === undefined ? 0 : wasm.scanFrame(isReply);
  if (head === 0) throw damaged();
  const built = build(head);
  if (length! > LARGE) wasm.giveBack();
  return built;
}

/** A text that is kept for long, and must not keep the frame's text with it. */
function ofItsOwn(slice: string): string {
  return slice.length < SLICED ? slice : ` ${slice}`.slice(1);
}

/** The next value of the tape. */
export function value(): unknown {
  const head = words[word++]!;
  switch (head & TAG) {
    case Tag.NIL: return null;
    case Tag.FALSE: return false;
    case Tag.TRUE: return true;
    case Tag.INTEGER: return head >> TAG_BITS;
    case Tag.NUMBER: return numbers[number++];
    case Tag.TEXT: {
      const start = words[word++]!;
      return text.slice(start, start + (head >>> TAG_BITS));
    }
    case Tag.ARRAY: {
      const items: unknown[] = [];
      for (let count = head >>> TAG_BITS; count > 0; count--) items.push(value());
      return items;
    }
    case Tag.OBJECT: return shapes[head >>> TAG_BITS]!();
    case Tag.DICTIONARY: {
      const object = shapes[head >>> TAG_BITS]!();
      for (let count = words[word++]! >>> TAG_BITS; count > 0; count--) {
        // Bytes serve as the text that they are; any other key turns into one as a property's name does.
        const key = value();
        put(object, key instanceof Uint8Array ? lenient.decode(key) : String(key), value());
      }
      return object;
    }
    case Tag.BINARY: {
      const start = binaries + words[word++]!;
      return bytes.slice(start, start + (head >>> TAG_BITS));
    }
    case Tag.UNSIGNED:
      return unsigned[number++];
    case Tag.SIGNED:
      return signed[number++];
    case Tag.KNOWN: return known[head >>> TAG_BITS];
  }
}

/** Objects have a prototype, so the key `__proto__` would be no property but a new prototype. */
function put(object: Dictionary, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function learnShape(): void {
  const shape = wasm.takeNewShape();
  const keys: string[] = [];
  for (let last = shape; last !== 0; ) {
    const at = wasm.lastKey(last) >>> 2;
    const start = words[at + Key.text]! >>> 0;
    keys.push(lenient.decode(bytes.subarray(start, start + words[at + Key.length]!)));
    last = words[at + Key.before]!;
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
function refresh(): void {
  if (bytes.length > 0) return;
  const { buffer } = memory;
  bytes = new Uint8Array(buffer);
  words = new Int32Array(buffer);
  numbers = new Float64Array(buffer);
  signed = new BigInt64Array(buffer);
  unsigned = new BigUint64Array(buffer);
}

function damaged(cause?: unknown): ZaqarError {
  return new ZaqarError('protocol', 'what came is not MessagePack, or its text is not UTF-8', { cause });
}
