import { type ShallowRef, onScopeDispose, shallowRef } from 'vue';
import { type Client, type ConnectOptions, connect } from 'zaqar-web';

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
