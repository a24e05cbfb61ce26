import { type Ref, type ShallowRef, onScopeDispose, shallowRef, watchEffect } from 'vue';
import { type Client, type ConnectOptions, type Message, type Portable, connect } from 'zaqar-web';

/** A client for as long as the scope lives. Shallow, for Vue observes nothing in a client. */
export function useClient(options: ConnectOptions): { client: ShallowRef<Client | undefined>; error: ShallowRef<Error | undefined> } {
  const client = shallowRef<Client>();
  const error = shallowRef<Error>();
  // It closes a client that is there as well as one that is still connecting.
  const leave = new AbortController();
  onScopeDispose(() => leave.abort());
  connect({ ...options, signal: leave.signal }).then(
    connected => (client.value = connected),
    reason => leave.signal.aborted || (error.value = reason),
  );
  return { client, error };
}

/** What carries requests at the moment. */
export function useTransport(client: Ref<Client | undefined>): ShallowRef<Client['transport']> {
  const transport = shallowRef<Client['transport']>(null);
  watchEffect(onCleanup => {
    const { value } = client;
    const changed = () => (transport.value = value?.transport ?? null);
    value?.addEventListener('transportchange', changed);
    onCleanup(() => value?.removeEventListener('transportchange', changed));
    changed();
  });
  return transport;
}

/** The last messages of a queue, as they come. */
export function useTail<Body extends Portable<Body>>(client: Ref<Client | undefined>, name: string, keep = 100): ShallowRef<Message<Body>[]> {
  const messages = shallowRef<Message<Body>[]>([]);
  watchEffect(onCleanup => {
    const queue = client.value?.queue<Body>(name);
    if (!queue) return;
    const leave = new AbortController();
    onCleanup(() => leave.abort());
    const read = async () => {
      for await (const message of queue.tail({ from: 'start', signal: leave.signal })) {
        messages.value = [...messages.value, message].slice(-keep);
      }
    };
    read().catch(error => leave.signal.aborted || console.error(error));
  });
  return messages;
}
