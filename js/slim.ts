// `zaqar-web/slim`: the application brings the wasm, by `init`. No file is named, so a tool has none to look for.

import { type Client, type ConnectOptions, type WasmSource, connectWith, invalid, load } from './shared.js';

export { ZaqarError, endpoints, version } from './shared.js';

export function init(source: WasmSource): Promise<void> {
  return load(() => source);
}

/** An `init` that is under way is waited for. */
export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(() => load(refuse), options);
}

function refuse(): never {
  throw invalid('zaqar-web/slim has no wasm of its own: call init(source) first');
}
