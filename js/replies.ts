// What the body of a reply must be before anyone reads it: a server, or what answers in its place, can send anything.

import type { Action } from 'zaqar-web-wasm';

import { ZaqarError } from './errors.js';
import type { Reply } from './wire.js';

type Fits = (value: unknown) => boolean;
type Values = Record<string, unknown>;

const isText: Fits = value => typeof value === 'string';
const isNumber: Fits = value => typeof value === 'number';
const isNumberIfAny: Fits = value => value === undefined || isNumber(value);
const isObject: Fits = value => typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
const listOf = (item: Fits): Fits => value => Array.isArray(value) && value.every(item);
const having = (fields: Record<string, Fits>): Fits => {
  const entries = Object.entries(fields);
  return value => isObject(value) && entries.every(([name, fits]) => fits((value as Values)[name]));
};

// Of all that is read most are these: `having` would take as long as a tenth of what it takes to build them.
const isMessage: Fits = value => isObject(value) && typeof (value as Values).id === 'string';
const isNamed = having({ name: isText });
const hasMessages = having({ messages: listOf(isMessage) });
/** Of a queue that does not exist, and where there is nothing to claim, no list is told. */
const hasNoMessages: Fits = body => {
  const messages = (body as Values | null)?.messages;
  return body != null && (messages == null || (Array.isArray(messages) && messages.length === 0));
};

/** Of the actions whose replies are read. */
const FITS: { readonly [A in Action]?: Fits } = {
  queue_list: having({ queues: listOf(isNamed) }),
  queue_get: isObject,
  queue_get_stats: having({ messages: having({ free: isNumberIfAny, claimed: isNumberIfAny, total: isNumber }) }),
  queue_update: isObject,
  queue_share: isObject,
  message_post: having({ message_ids: listOf(isText) }),
  message_get: having({ messages: isMessage }),
  message_get_many: body => hasMessages(body) || hasNoMessages(body),
  message_delete_many: body => hasMessages(body) || hasNoMessages(body),
  claim_create: body => hasNoMessages(body) || (hasMessages(body) && isText((body as Values).claim_id)),
  claim_get: having({ ttl: isNumber, age: isNumber, messages: listOf(isMessage) }),
  subscription_create: having({ subscription_id: isText }),
  subscription_list: having({ subscriptions: listOf(having({ id: isText })) }),
  subscription_get: isObject,
  pool_list: having({ pools: listOf(isNamed) }),
  pool_get: isObject,
  flavor_list: having({ flavors: listOf(isNamed) }),
  flavor_get: isObject,
  health: isObject,
};

/** The reply, if its body is what the action's must be; rejects as `protocol` otherwise. */
export function fitting<A extends Action>(action: A, reply: Promise<unknown>): Promise<Reply<A>> {
  const fits = FITS[action];
  if (!fits) return reply as Promise<Reply<A>>;
  return reply.then(body => {
    if (fits(body)) return body as Reply<A>;
    throw new ZaqarError('protocol', "the answer is not Zaqar's", { action, delivery: 'unknown' });
  });
}
