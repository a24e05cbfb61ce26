import { type Readable, derived, readable } from 'svelte/store';
import { type Client, type ConnectOptions, type Message, type Portable, connect } from 'zaqar-web';

/** A client for as long as somebody looks at it, or at a store that comes from it: the last to leave closes it. */
export function clientOf(options: ConnectOptions): Readable<Client | undefined> {
  return readable<Client | undefined>(undefined, set => {
    // It closes a client that is there as well as one that is still connecting.
    const leave = new AbortController();
    connect({ ...options, signal: leave.signal }).then(set, error => leave.signal.aborted || console.error(error));
    return () => leave.abort();
  });
}

/** What carries requests at the moment. */
export function transportOf(client: Readable<Client | undefined>): Readable<Client['transport']> {
  return derived<Readable<Client | undefined>, Client['transport']>(
    client,
    ($client, set) => {
      const changed = () => set($client?.transport ?? null);
      $client?.addEventListener('transportchange', changed);
      changed();
      return () => $client?.removeEventListener('transportchange', changed);
    },
    null,
  );
}

/** The last messages of a queue, as they come. */
export function tailOf<Body extends Portable<Body>>(client: Readable<Client | undefined>, name: string, keep = 100): Readable<Message<Body>[]> {
  return derived<Readable<Client | undefined>, Message<Body>[]>(
    client,
    ($client, set, update) => {
      set([]);
      if (!$client) return;
      const leave = new AbortController();
      const read = async () => {
        for await (const message of $client.queue<Body>(name).tail({ from: 'start', signal: leave.signal })) {
          update(known => [...known, message].slice(-keep));
        }
      };
      read().catch(error => leave.signal.aborted || console.error(error));
      return () => leave.abort();
    },
    [],
  );
}
