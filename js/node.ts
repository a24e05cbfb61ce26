// `zaqar-web` in Node: the wasm is read from the disk.

import { readFile } from 'node:fs/promises';
import { type Client, type ConnectOptions, type WasmSource, connectWith, load } from './shared.js';

export { ZaqarError, endpoints } from './shared.js';

export function init(source?: WasmSource): Promise<void> {
  return load(() => source ?? readFile(new URL('./zaqar_web.wasm', import.meta.url)));
}

export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(init, options);
}
