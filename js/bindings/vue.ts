// zaqar-web/vue, see vue.api.d.ts.
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from 'vue';
import type { Json, Portable } from '../api.js';
import type { ClientState, FollowOptions, MaybeClient, Tail } from './api.js';
import { NOTHING, UNKNOWN, follow, onChange, stateOf } from './follow.js';

/** There Vue runs each effect once, and ends it never: nothing may be begun. */
const isServer = typeof document === 'undefined';

export function useTail<Body extends Portable<Body> = Json>(client: MaybeRefOrGetter<MaybeClient>, name: MaybeRefOrGetter<string>, options: MaybeRefOrGetter<FollowOptions> = {}): Readonly<ShallowRef<Tail<Body>>> {
  const tail = shallowRef<Tail<Body>>(NOTHING);
  if (!isServer) watchEffect(onCleanup => {
    const current = toValue(client);
    tail.value = NOTHING;
    if (current) onCleanup(follow<Body>(current, toValue(name), toValue(options), now => (tail.value = now)));
  });
  return tail;
}

export function useClientState(client: MaybeRefOrGetter<MaybeClient>): Readonly<ShallowRef<ClientState>> {
  const state = shallowRef<ClientState>(UNKNOWN);
  if (!isServer) watchEffect(onCleanup => {
    const current = toValue(client);
    const changed = () => (state.value = stateOf(current));
    onCleanup(onChange(current, changed));
    changed();
  });
  return state;
}
