import { type Readable, readable } from 'svelte/store';
import { type Client, type ConnectOptions, connect } from 'zaqar-web';

/** A client for as long as somebody looks at it, or at a store that comes from it: the last to leave closes it. */
export function clientOf(options: ConnectOptions): Readable<Client | undefined> {
  return readable<Client | undefined>(undefined, set => {
    // It closes a client that is there as well as one that is still connecting.
    const leave = new AbortController();
    connect({ ...options, signal: leave.signal }).then(set, error => leave.signal.aborted || console.error(error));
    return () => leave.abort();
  });
}
