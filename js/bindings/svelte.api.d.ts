/** `zaqar-web/svelte`: stores. Each begins with its first subscriber and ends with its last. */
import type { Readable } from 'svelte/store';
import type { Portable, Json } from '../api.js';
import type { ClientState, FollowOptions, MaybeClient, Tail } from './api.js';

export type { ClientState, FollowOptions, Tail } from './api.js';

/**
 * The last messages of a queue, from its start unless `from` says otherwise.
 *
 * @example
 * const orders = tailOf<{ sku: number }>(client, 'orders', { keep: 50 }); // $orders.messages
 */
export function tailOf<Body extends Portable<Body> = Json>(client: Readable<MaybeClient>, name: string, options?: FollowOptions): Readable<Tail<Body>>;

/**
 * State and transport of a client.
 *
 * @example
 * const connection = clientStateOf(client); // $connection.transport
 */
export function clientStateOf(client: Readable<MaybeClient>): Readable<ClientState>;
