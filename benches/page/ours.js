// The codec as the client uses it, with the functions that the package keeps to itself: its source on the built wasm. No other
// file of the benchmarks touches what is internal.

import { load as loadWasm } from '../../js/instance.ts';
import { decode } from '../../js/codec/decode.ts';
import { encode } from '../../js/codec/encode.ts';

export function load() {
  return loadWasm(() => new URL('/pkg/zaqar_web.wasm', location.href));
}

export { decode, encode };
