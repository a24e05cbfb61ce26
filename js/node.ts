// `zaqar-web` in Node, and what `require` gives: the wasm is read from the disk, where `fetch` does not reach.

import { readFile } from 'node:fs/promises';
import { type Client, type ConnectOptions, type WasmSource, connectWith, load } from './shared.js';

export { ZaqarError, endpoints, version } from './shared.js';

export function init(source: WasmSource = new URL('./zaqar_web.wasm', import.meta.url)): Promise<void> {
  return load(() => (source instanceof URL && source.protocol === 'file:' ? readFile(source) : source));
}

export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(init, options);
}
