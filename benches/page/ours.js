// The codec as the client uses it, with the functions that the package keeps to itself: its source on the built wasm. No other
// file of the benchmarks touches what is internal.

// The names that the source calls the wasm's exports, and those that they have in the built wasm.
import names from '../../.cache/build/bindgen/exports.json';
import { attachTo, decode } from '../../js/codec/decode.ts';
import { encode } from '../../js/codec/encode.ts';

export async function load() {
  const bytes = await (await fetch('/pkg/zaqar_web.wasm')).arrayBuffer();
  const { exports } = (await WebAssembly.instantiate(bytes)).instance;
  attachTo({ exports: Object.fromEntries(Object.entries(names).map(([name, built]) => [name, exports[built]])) });
}

export { decode, encode };
