// `zaqar-web`: the wasm is the file beside this module. Bundlers look for `new URL` with these very arguments.

import { type Client, type ConnectOptions, type WasmSource, connectWith, load } from './shared.js';

export { ZaqarError, endpoints, version } from './shared.js';

export function init(source: WasmSource = new URL('./zaqar_web.wasm', import.meta.url)): Promise<void> {
  return load(() => source);
}

export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(init, options);
}
