// `zaqar-web/slim`: the application brings the wasm, by `init`. No file is named, so a tool has none to look for.

import { type Client, type ConnectOptions, type WasmSource, connectWith, invalid, load } from './shared.js';

export { ZaqarError, endpoints } from './shared.js';

let loading: Promise<void> | undefined;

export function init(source: WasmSource): Promise<void> {
  return (loading = load(() => source));
}

/** An `init` that is under way is waited for. */
export function connect(options: ConnectOptions): Promise<Client> {
  return connectWith(() => loading ?? Promise.reject(invalid('zaqar-web/slim has no wasm of its own: call init(source) first')), options);
}
