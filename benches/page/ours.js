// The codec as the client uses it, with the functions that the package keeps to itself: its source on the built wasm.

import { attachTo, decode } from '../../js/codec/decode.ts';
import { encode } from '../../js/codec/encode.ts';

export async function load() {
  const bytes = await (await fetch('/pkg/zaqar_web.wasm')).arrayBuffer();
  attachTo((await WebAssembly.instantiate(bytes)).instance);
}

export { decode, encode };
