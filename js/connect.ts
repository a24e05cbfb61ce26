import type { Client, ConnectOptions } from './api.js';
import { ZaqarClient } from './client.js';
import { ZaqarError } from './errors.js';
import { read } from './wire.js';

const CONNECT_TIMEOUT_MS = 10_000;
/** A timer overflows beyond it. */
const LONGEST_MS = 2 ** 31 - 1;

/** Opens a client when `init` has loaded the wasm; both within `connectTimeoutMs`. */
export async function connectWith(init: () => Promise<void>, options: ConnectOptions): Promise<Client> {
  const { signal, limitMs } = patience(options);
  signal?.throwIfAborted();

  let giveUp!: (reason: unknown) => void;
  const limit = new Promise<never>((_, reject) => (giveUp = reject));
  const abort = () => giveUp(signal!.reason);
  signal?.addEventListener('abort', abort);
  let client: ZaqarClient | undefined;
  const timer = setTimeout(() => {
    const sentence = `Zaqar did not answer within ${limitMs} ms${client?.troubles ?? ''}`;
    giveUp(new ZaqarError('timeout', sentence, { retryable: true }));
  }, limitMs);
  try {
    await Promise.race([init(), limit]);
    const complete = read(options);
    const { lazy } = complete.settings;
    client = new ZaqarClient(complete);
    // What they name may in turn name the client, which no garbage collector sees through the wasm.
    complete.free();
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

/** What is needed while the wasm loads, which checks all options when it is there. */
function patience(options: ConnectOptions): { signal: AbortSignal | undefined; limitMs: number } {
  const { signal, connectTimeoutMs } = Object(options) as ConnectOptions;
  const isSignal = typeof (signal as AbortSignal | null | undefined)?.addEventListener === 'function';
  const limitMs = typeof connectTimeoutMs === 'number' && connectTimeoutMs > 0 ? connectTimeoutMs : CONNECT_TIMEOUT_MS;
  return { signal: isSignal ? signal : undefined, limitMs: Math.min(limitMs, LONGEST_MS) };
}
