import type { Client, ConnectOptions } from './api.js';
import { ZaqarClient } from './client.js';
import { ZaqarError } from './errors.js';
import { parse } from './options.js';
import { init } from './wire.js';

export type * from './api.js';
export { endpoints } from './endpoints.js';
export { ZaqarError, init };

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
    () => giveUp(new ZaqarError('timeout', `Zaqar did not answer within ${connectTimeoutMs} ms`, { retryable: true })),
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
