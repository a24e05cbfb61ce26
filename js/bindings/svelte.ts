// zaqar-web/svelte, see svelte.api.d.ts.
import { type Readable, derived } from 'svelte/store';
import type { Json, Portable } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';
import { NOTHING, UNCOUNTED, UNKNOWN, count, follow, onChange, stateOf } from './follow.js';

export function tailOf<Body extends Portable<Body> = Json>(client: Readable<MaybeClient>, name: string, options: FollowOptions = {}): Readable<Tail<Body>> {
  return derived<Readable<MaybeClient>, Tail<Body>>(
    client,
    ($client, set) => {
      set(NOTHING);
      return $client && follow<Body>($client, name, options, set);
    },
    NOTHING,
  );
}

export function watchOf(client: Readable<MaybeClient>, options: CountOptions = {}): Readable<Watch> {
  return derived<Readable<MaybeClient>, Watch>(
    client,
    ($client, set) => {
      set(UNCOUNTED);
      return $client && count($client, options, set);
    },
    UNCOUNTED,
  );
}

export function clientStateOf(client: Readable<MaybeClient>): Readable<ClientState> {
  return derived<Readable<MaybeClient>, ClientState>(
    client,
    ($client, set) => {
      const changed = () => set(stateOf($client));
      changed();
      return onChange($client, changed);
    },
    UNKNOWN,
  );
}
