/** `zaqar-web/vue`: composables. What is given may be a ref or a getter; when it is another, so is what they read. */
import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import type { Portable, Json } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';

export type { ClientState, CountOptions, FollowOptions, Tail, Watch } from './api.js';

/**
 * The last messages of a queue, from its start unless `from` says otherwise. The tail begins with the scope and ends with it.
 *
 * @example
 * const orders = useTail<{ sku: number }>(client, 'orders', { keep: 50 }); // orders.value.messages
 */
export function useTail<Body extends Portable<Body> = Json>(
  client: MaybeRefOrGetter<MaybeClient>, name: MaybeRefOrGetter<string>, options?: MaybeRefOrGetter<FollowOptions>): Readonly<ShallowRef<Tail<Body>>>;

/**
 * Live counts of the project's queues, or of those that `queues` or `name` choose. The watch begins with the scope and ends with it.
 *
 * @example
 * const watch = useWatch(client, { name: 'order' }); // watch.value.queues[0]?.stats?.total
 */
export function useWatch(client: MaybeRefOrGetter<MaybeClient>, options?: MaybeRefOrGetter<CountOptions>): Readonly<ShallowRef<Watch>>;

/**
 * State and transport of a client.
 *
 * @example
 * const connection = useClientState(client); // connection.value.transport
 */
export function useClientState(client: MaybeRefOrGetter<MaybeClient>): Readonly<ShallowRef<ClientState>>;
