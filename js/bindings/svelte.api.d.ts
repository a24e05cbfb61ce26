/** `zaqar-web/svelte`: stores. Each begins with its first subscriber and ends with its last. */
import type { Readable } from 'svelte/store';
import type { Portable, Json } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';

export type { ClientState, CountOptions, FollowOptions, Tail, Watch } from './api.js';

/**
 * The last messages of a queue, from its start unless `from` says otherwise.
 *
 * @example
 * const orders = tailOf<{ sku: number }>(client, 'orders', { keep: 50 }); // $orders.messages
 */
export function tailOf<Body extends Portable<Body> = Json>(client: Readable<MaybeClient>, name: string, options?: FollowOptions): Readable<Tail<Body>>;

/**
 * Live counts of the project's queues, or of those that `queues` or `name` choose.
 *
 * @example
 * const watch = watchOf(client, { name: 'order' }); // $watch.queues[0]?.stats?.total
 */
export function watchOf(client: Readable<MaybeClient>, options?: CountOptions): Readable<Watch>;

/**
 * State and transport of a client.
 *
 * @example
 * const connection = clientStateOf(client); // $connection.transport
 */
export function clientStateOf(client: Readable<MaybeClient>): Readable<ClientState>;
