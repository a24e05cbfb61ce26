/** `zaqar-web/react`: hooks. They stand StrictMode, and on a server they render what there is before anything has come. */
import type { Portable, Json } from '../api.js';
import type { ClientState, FollowOptions, MaybeClient, Tail } from './api.js';

export type { ClientState, FollowOptions, Tail } from './api.js';

/**
 * The last messages of a queue, from its start unless `from` says otherwise. The tail begins with the component and ends with it, and
 * begins anew when the client, the name, `from` or `keep` is another.
 *
 * @example
 * const { messages, isLive, error } = useTail<{ sku: number }>(client, 'orders', { keep: 50 });
 */
export function useTail<Body extends Portable<Body> = Json>(client: MaybeClient, name: string, options?: FollowOptions): Tail<Body>;

/**
 * State and transport of a client.
 *
 * @example
 * const { state, transport } = useClientState(client);
 */
export function useClientState(client: MaybeClient): ClientState;
