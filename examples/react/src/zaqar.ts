import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { type Client, type ConnectOptions, type Message, type Portable, connect } from 'zaqar-web';

/** A client for as long as the component is there. It is made anew when `options` is another object. */
export function useClient(options: ConnectOptions): { client?: Client; error?: Error } {
  const [result, setResult] = useState<{ client?: Client; error?: Error }>({});
  useEffect(() => {
    // It closes a client that is there as well as one that is still connecting.
    const leave = new AbortController();
    const settle = (settled: typeof result) => leave.signal.aborted || setResult(settled);
    connect({ ...options, signal: leave.signal }).then(client => settle({ client }), error => settle({ error }));
    return () => {
      leave.abort();
      setResult({});
    };
  }, [options]);
  return result;
}

/** What carries requests at the moment. */
export function useTransport(client: Client | undefined): Client['transport'] {
  const subscribe = useCallback(
    (changed: () => void) => {
      client?.addEventListener('transportchange', changed);
      return () => client?.removeEventListener('transportchange', changed);
    },
    [client],
  );
  return useSyncExternalStore(subscribe, () => client?.transport ?? null);
}

/** The last messages of a queue, as they come. */
export function useTail<Body extends Portable<Body>>(client: Client | undefined, name: string, keep = 100): Message<Body>[] {
  const [messages, setMessages] = useState<Message<Body>[]>([]);
  useEffect(() => {
    if (!client) return;
    const leave = new AbortController();
    const read = async () => {
      for await (const message of client.queue<Body>(name).tail({ from: 'start', signal: leave.signal })) {
        setMessages(known => [...known, message].slice(-keep));
      }
    };
    read().catch(error => leave.signal.aborted || console.error(error));
    return () => {
      leave.abort();
      setMessages([]);
    };
  }, [client, name, keep]);
  return messages;
}
