import type { Client, ConnectOptions } from './api.js';
import { ZaqarClient } from './client.js';
import { ZaqarError } from './errors.js';
import { parse } from './options.js';
import { init as load } from './wire.js';

export type * from './api.js';
export { endpoints } from './endpoints.js';
export { ZaqarError };

/**
 * Loads the wasm module (once per page) and opens a client.
 *
 * @example
 * const client = await connect({ websocket: 'wss://zaqar.example', rest: 'https://zaqar.example', projectId, token });
 * await client.queue('orders').post({ body: { sku: 4711 } });
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const parsed = parse(options);
  const { connectTimeoutMs, lazy, signal } = parsed;
  signal?.throwIfAborted();

  let giveUp!: (reason: unknown) => void;
  const limit = new Promise<never>((_, reject) => (giveUp = reject));
  const abort = () => giveUp(signal!.reason);
  signal?.addEventListener('abort', abort);
  const timer = setTimeout(
    () => giveUp(new ZaqarError('timeout', `Zaqar did not answer within ${connectTimeoutMs} ms.`, { retryable: true })),
    connectTimeoutMs,
  );
  let client: ZaqarClient | undefined;
  try {
    await Promise.race([init(), limit]);
    client = new ZaqarClient(parsed);
    if (!lazy) await Promise.race([client.connected(), limit]);
    return client;
  } catch (error) {
    void client?.close({ timeoutMs: 0 });
    // The client closes itself on the signal, and its own error may be here first.
    throw signal?.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * Loads the wasm explicitly, from anywhere (CDN, bytes, module). Idempotent; `connect` calls it.
 *
 * @example
 * await init('https://cdn.example/zaqar_web.wasm');
 */
export async function init(source?: string | URL | Request | Response | BufferSource | WebAssembly.Module): Promise<void> {
  try {
    await load(source);
  } catch (cause) {
    if (cause instanceof ZaqarError) throw cause;
    // Each browser has its own sentence for this, and none its own class.
    if (/unsafe-eval|wasm-eval|\bCSP\b|Content.Security.Policy/i.test(String(cause))) {
      throw new ZaqarError('unsupported', "The page's Content-Security-Policy forbids wasm: add 'wasm-unsafe-eval' to script-src.", { cause });
    }
    throw new ZaqarError('unavailable', 'The wasm could not be loaded.', { cause, retryable: true });
  }
}
