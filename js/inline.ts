// `zaqar-web/inline`: the wasm is inside, for single-file pages and for tools that know no assets. It is decoded when it is
// first needed. The script for CDNs (global.js) is this, too.

import base64 from 'zaqar-web-wasm-base64';
import { type Client, type ConnectOptions, type WasmSource, connectWith, load } from './shared.js';

export { ZaqarError, endpoints } from './shared.js';

export function init(source?: WasmSource): Promise<void> {
  return load(() => source ?? Uint8Array.from(atob(base64), byte => byte.charCodeAt(0)));
}

export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(init, options);
}
