// `zaqar-web/inline`: the wasm is inside, for single-file pages and for tools that know no assets. It is decoded when it is
// first needed. The script for CDNs (global.js) is this, too.

import digits from 'zaqar-web-wasm-digits';
import { type Client, type ConnectOptions, type WasmSource, connectWith, load } from './shared.js';

export { ZaqarError, endpoints, version } from './shared.js';

export function init(source?: WasmSource): Promise<void> {
  return load(() => source ?? decoded());
}

export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(init, options);
}

function decoded(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
