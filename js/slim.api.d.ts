/** `zaqar-web/slim`: as `zaqar-web`, but the wasm is the application's to bring. */

export * from './api.js';

/**
 * Loads the wasm, from anywhere (CDN, bytes, module). Idempotent. `connect` waits for it, and rejects with
 * `invalid-argument` where it was never called.
 *
 * @example
 * await init('https://cdn.example/zaqar_web.wasm');
 */
export function init(
  source: string | URL | Request | Response | BufferSource | WebAssembly.Module,
): Promise<void>;
