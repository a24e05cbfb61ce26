// zaqar-web/vue, see vue.api.d.ts.
import { type MaybeRefOrGetter, type ShallowRef, shallowRef, toValue, watchEffect } from 'vue';
import type { Json, Portable } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';
import { NOTHING, UNCOUNTED, UNKNOWN, count, follow, onChange, stateOf } from './follow.js';

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

export function useWatch(client: MaybeRefOrGetter<MaybeClient>, options: MaybeRefOrGetter<CountOptions> = {}): Readonly<ShallowRef<Watch>> {
  const watch = shallowRef<Watch>(UNCOUNTED);
  if (!isServer) watchEffect(onCleanup => {
    const current = toValue(client);
    watch.value = UNCOUNTED;
    if (current) onCleanup(count(current, toValue(options), now => (watch.value = now)));
  });
  return watch;
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
