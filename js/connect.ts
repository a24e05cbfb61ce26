import type { Client, ConnectOptions } from './api.js';
import { ZaqarClient } from './client.js';
import { ZaqarError } from './errors.js';
import { parse } from './options.js';

/** Opens a client when `init` has loaded the wasm; both within `connectTimeoutMs`. */
export async function connectWith(init: () => Promise<void>, options: ConnectOptions): Promise<Client> {
  const parsed = parse(options);
  const { connectTimeoutMs, lazy, signal } = parsed;
  signal?.throwIfAborted();

  let giveUp!: (reason: unknown) => void;
  const limit = new Promise<never>((_, reject) => (giveUp = reject));
  const abort = () => giveUp(signal!.reason);
  signal?.addEventListener('abort', abort);
  let client: ZaqarClient | undefined;
  const timer = setTimeout(() => {
    const sentence = `Zaqar did not answer within ${connectTimeoutMs} ms${client?.troubles ?? ''}`;
    giveUp(new ZaqarError('timeout', sentence, { retryable: true }));
  }, connectTimeoutMs);
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
