/** `zaqar-web/react`: hooks. They stand StrictMode, and on a server they render what there is before anything has come. */
import type { Portable, Json } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';

export type { ClientState, CountOptions, FollowOptions, Tail, Watch } from './api.js';

/**
 * The last messages of a queue, from its start unless `from` says otherwise. The tail begins with the component and ends with it, and
 * begins anew when the client, the name, `from` or `keep` is another.
 *
 * @example
 * const { messages, isLive, error } = useTail<{ sku: number }>(client, 'orders', { keep: 50 });
 */
export function useTail<Body extends Portable<Body> = Json>(client: MaybeClient, name: string, options?: FollowOptions): Tail<Body>;

/**
 * Live counts of the project's queues, or of those that `queues` or `name` choose. The watch begins with the component and ends with
 * it, and begins anew when the client or what is in the options is another.
 *
 * @example
 * const { queues, isLive } = useWatch(client, { name: 'order' }); // queues[0]?.stats?.total
 */
export function useWatch(client: MaybeClient, options?: CountOptions): Watch;

/**
 * State and transport of a client.
 *
 * @example
 * const { state, transport } = useClientState(client);
 */
export function useClientState(client: MaybeClient): ClientState;
