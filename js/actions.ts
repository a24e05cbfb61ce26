/**
 * Everything that can be asked of Zaqar, in the order of `Action` in `src/core/action.rs`: the index is its number. And how it is
 * asked over REST: method, path, query, document, and what the document of the answer has at least.
 *
 * In the path `:key` stands for what the key has in the body. The query has those keys that the body has; with `!` it has the
 * key always, for what is left out means something else here than on the socket. The document is `=key`, the value of that key;
 * or those keys that the body has, and with `!` an empty object if it has none (REST cannot parse nothing there).
 * `capabilities` of a flavor are in none: the server takes them from the pools and refuses a list of them.
 */
export const EXCHANGES = {
  ping: 'GET ping',
  authenticate: '', // each request carries its token
  queue_create: 'PUT queues/:queue_name  =metadata',
  queue_list: 'GET queues limit,marker,detailed  queues',
  queue_get: 'GET queues/:queue_name',
  queue_get_stats: 'GET queues/:queue_name/stats   messages',
  queue_delete: 'DELETE queues/:queue_name',
  queue_purge: 'POST queues/:queue_name/purge  resource_types',
  message_post: 'POST queues/:queue_name/messages  messages resources',
  message_list: 'GET queues/:queue_name/messages limit,marker,!echo,!include_claimed,!include_delayed  messages',
  message_get: 'GET queues/:queue_name/messages/:message_id   ttl',
  message_get_many: 'GET queues/:queue_name/messages message_ids  messages',
  message_delete: 'DELETE queues/:queue_name/messages/:message_id claim_id',
  message_delete_many: 'DELETE queues/:queue_name/messages message_ids,pop  messages',
  claim_create: 'POST queues/:queue_name/claims limit ttl,grace messages',
  claim_get: 'GET queues/:queue_name/claims/:claim_id   messages',
  claim_update: 'PATCH queues/:queue_name/claims/:claim_id  !ttl,grace',
  claim_delete: 'DELETE queues/:queue_name/claims/:claim_id',
  subscription_create: 'POST queues/:queue_name/subscriptions  subscriber,ttl,options subscription_id',
  subscription_list: 'GET queues/:queue_name/subscriptions limit,marker  subscriptions',
  subscription_get: 'GET queues/:queue_name/subscriptions/:subscription_id',
  subscription_delete: 'DELETE queues/:queue_name/subscriptions/:subscription_id',
  queue_update: 'PATCH queues/:queue_name  =changes',
  queue_share: 'POST queues/:queue_name/share  !paths,methods,expires signature',
  subscription_update: 'PATCH queues/:queue_name/subscriptions/:subscription_id  subscriber,ttl,options',
  health: 'GET health',
  pool_create: 'PUT pools/:pool_name  uri,weight,flavor,options',
  pool_list: 'GET pools limit,marker,detailed  pools',
  pool_get: 'GET pools/:pool_name detailed',
  pool_update: 'PATCH pools/:pool_name  uri,weight,flavor,options',
  pool_delete: 'DELETE pools/:pool_name',
  flavor_create: 'PUT flavors/:flavor_name  pool_list',
  flavor_list: 'GET flavors limit,marker,detailed  flavors',
  flavor_get: 'GET flavors/:flavor_name detailed',
  flavor_update: 'PATCH flavors/:flavor_name  pool_list',
  flavor_delete: 'DELETE flavors/:flavor_name',
} as const;

export type Action = keyof typeof EXCHANGES;

/** Their names, by number. */
export const ACTIONS = Object.keys(EXCHANGES) as Action[];
