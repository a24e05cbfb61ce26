import type { Action } from 'zaqar-web-wasm';

/**
 * How each action is asked over REST: method, path, and what the document of the answer has at least; then the key whose value is
 * the document to send. In the path `:key` stands for what the key has in the body; what else the body has goes into the query or the document.
 */
export const EXCHANGES = {
  ping: 'GET ping',
  authenticate: '', // each request carries its token
  queue_create: 'PUT queues/:queue_name  metadata',
  queue_list: 'GET queues queues',
  queue_get: 'GET queues/:queue_name',
  queue_get_stats: 'GET queues/:queue_name/stats messages',
  queue_delete: 'DELETE queues/:queue_name',
  queue_purge: 'POST queues/:queue_name/purge',
  message_post: 'POST queues/:queue_name/messages resources',
  message_list: 'GET queues/:queue_name/messages messages',
  message_get: 'GET queues/:queue_name/messages/:message_id ttl',
  message_get_many: 'GET queues/:queue_name/messages messages',
  message_delete: 'DELETE queues/:queue_name/messages/:message_id',
  message_delete_many: 'DELETE queues/:queue_name/messages messages',
  claim_create: 'POST queues/:queue_name/claims messages',
  claim_get: 'GET queues/:queue_name/claims/:claim_id messages',
  claim_update: 'PATCH queues/:queue_name/claims/:claim_id',
  claim_delete: 'DELETE queues/:queue_name/claims/:claim_id',
  subscription_create: 'POST queues/:queue_name/subscriptions subscription_id',
  subscription_list: 'GET queues/:queue_name/subscriptions subscriptions',
  subscription_get: 'GET queues/:queue_name/subscriptions/:subscription_id',
  subscription_delete: 'DELETE queues/:queue_name/subscriptions/:subscription_id',
  queue_update: 'PATCH queues/:queue_name  changes',
  queue_share: 'POST queues/:queue_name/share signature',
  subscription_update: 'PATCH queues/:queue_name/subscriptions/:subscription_id',
  health: 'GET health',
  pool_create: 'PUT pools/:pool_name',
  pool_list: 'GET pools pools',
  pool_get: 'GET pools/:pool_name',
  pool_update: 'PATCH pools/:pool_name',
  pool_delete: 'DELETE pools/:pool_name',
  flavor_create: 'PUT flavors/:flavor_name',
  flavor_list: 'GET flavors flavors',
  flavor_get: 'GET flavors/:flavor_name',
  flavor_update: 'PATCH flavors/:flavor_name',
  flavor_delete: 'DELETE flavors/:flavor_name',
} as const satisfies Record<Action, string>;
