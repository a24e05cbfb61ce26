import type { Client, ConnectOptions } from './api.js';
import { LONGEST_MS, isAbortSignal } from './check.js';
import { ZaqarClient } from './client.js';
import { loadWithin, read } from './wire.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a client when `init` has loaded the wasm; both within `connectTimeoutMs`. */
export async function connectWith(init: () => Promise<void>, options: ConnectOptions): Promise<Client> {
  const start = performance.now();
  const { signal, limitMs } = patience(options);
  if (signal?.aborted) throw signal.reason;
  await loadWithin(init, limitMs, signal);
  const complete = read(options);
  const { lazy } = complete.settings;
  const client = new ZaqarClient(complete);
  // What they name may in turn name the client, which no garbage collector sees through the wasm.
  complete.free();
  try {
    if (!lazy) await client.connected(limitMs, performance.now() - start);
    return client;
  } catch (error) {
    void client.close({ timeoutMs: 0 });
    // The client closes itself on the signal, and its own error may be here first.
    throw signal?.aborted ? signal.reason : error;
  }
}

/** What is needed while the wasm loads, which checks all options when it is there. */
function patience(options: ConnectOptions): { signal: AbortSignal | undefined; limitMs: number } {
  const { signal, connectTimeoutMs } = Object(options) as ConnectOptions;
  const isSignal = isAbortSignal(signal);
  const limitMs = typeof connectTimeoutMs === 'number' && connectTimeoutMs > 0 ? connectTimeoutMs : CONNECT_TIMEOUT_MS;
  return { signal: isSignal ? signal : undefined, limitMs: Math.min(limitMs, LONGEST_MS) };
}
