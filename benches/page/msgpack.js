// MessagePack by the library that other clients use.

import { Decoder, Encoder } from '@msgpack/msgpack';

const encoder = new Encoder();
const decoder = new Decoder();

/** `read` turns what a socket gives into a value, `write` a value into what it takes. */
export const msgpack = {
  read: bytes => decoder.decode(bytes),
  // The bytes are valid until the next call, which saves a copy.
  write: value => encoder.encodeSharedRef(value),
};
