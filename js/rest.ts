// The same requests as HTTP exchanges: an action and its body, in the shape the socket takes, become an HTTP request; what REST
// answers becomes what the socket would have answered. So nothing else knows which transport carried a request. Where the two
// mean the same by different statuses, this and, for the socket, `even_out` in src/protocol/error.rs agree on one.

import type { Action } from 'zaqar-web-wasm';

import { EXCHANGES } from './actions.js';

type Values = Record<string, unknown>;

/** An HTTP request, all but its origin and the headers that every request has. */
export interface Exchange {
  method: string;
  /** From `/v2/` on, percent-encoded, with its query. */
  path: string;
  /** The JSON document to send; undefined for none. */
  document: unknown;
  /** The `Content-Type` of a document. */
  type: string;
}

/** The status of an answer that is none of Zaqar's. */
const NOT_ZAQARS = 0;

/** An answer in the socket's shape. */
export interface Reply {
  /** HTTP's status, or what the socket would have said; `NOT_ZAQARS`. */
  status: number;
  /** The result, or `{ error }` with the server's sentence, if it has one. */
  body: unknown;
  /** Where the next page starts: only REST tells, and on MongoDB it is the only way to page. */
  marker: string | null;
}

/** The HTTP request that does what `action` with this body does on the socket. */
export function exchange(action: Action, body: Values): Exchange {
  const [method = '', route = '', , whole = ''] = EXCHANGES[action].split(' ');
  const path = route.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(body[key])));
  const hasDocument = method[0] === 'P';
  const document: Values = {};
  const query: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    if (route.includes(`:${key}`)) continue;
    // How much is asked for is in no document.
    if (!hasDocument || key === 'limit') {
      query.push(`${key.replace('message_', '')}=${[value].flat().map(item => encodeURIComponent(String(item))).join()}`);
    } else if (key !== 'capabilities') {
      // Those of a flavor the server takes from its pools, and refuses a list of them.
      document[key] = value;
    }
  }
  return {
    method,
    path: `/v2/${path}${query.length > 0 ? '?' : ''}${query.join('&')}`,
    document: whole ? body[whole] : hasDocument ? document : undefined,
    type: action === 'queue_update' ? 'application/openstack-messaging-v2.0-json-patch' : 'application/json',
  };
}

/** What the socket would have answered. `location` is that header, `answer` the JSON document, undefined where there is none. */
export function reply(action: Action, status: number, location: string | null, answer: unknown): Reply {
  const values = valuesOf(answer);
  const { links, description } = values;
  // Only a sentence about messages means that there are none. Without it there is no such place: a signature that is not
  // accepted, or an endpoint that is not Zaqar's.
  if (action === 'message_get_many' && status === 404 && description !== undefined) {
    return { status: 200, body: { messages: [] }, marker: null };
  }
  if (status < 200 || status >= 300) return { status, body: { error: sentenceOf(answer) }, marker: null };
  const needed = EXCHANGES[action].split(' ')[2] ?? '';
  const isDocument = needed === '' ? status !== 200 || Object(answer) === answer : values[needed] != null;
  // What gives another document, or none, is some proxy, or a portal that wants a login.
  if (status !== 204 && !isDocument) return { status: NOT_ZAQARS, body: null, marker: null };
  const next = listOf(links).map(valuesOf).find(({ href }) => href);
  return { status, body: shaped(action, needed, location, answer), marker: queryValue(next?.href, 'marker') };
}

function shaped(action: Action, needed: string, location: string | null, answer: unknown): unknown {
  const values = valuesOf(answer);
  const rows = listOf(values[needed]);
  const items = needed === 'messages' ? rows.map(message) : rows;
  switch (action) {
    case 'message_post': return { message_ids: rows.map(lastSegment) };
    case 'message_get': return { messages: message(answer) };
    // The claim's id stands in `Location`, which a server without the right CORS settings hides, and in each message. Of an
    // answer without messages it is of no use.
    case 'claim_create': return { claim_id: rows.length > 0 && location ? lastSegment(location) : valuesOf(items[0]).claim_id ?? null, messages: items };
    case 'claim_get': return { ...values, messages: items };
    case 'queue_get_stats': {
      const { oldest, newest, ...counts } = valuesOf(values.messages);
      return { messages: { ...counts, ...(oldest ? { oldest: message(oldest) } : {}), ...(newest ? { newest: message(newest) } : {}) } };
    }
    // Of a list no more than the list.
    default: return needed.endsWith('s') ? { [needed]: items } : answer ?? {};
  }
}

/**
 * A message, with `id` and `claim_id` where the socket has them. REST has the id in `href` at least, and there, unlike the
 * socket, also the claim of a message that is only listed.
 */
function message(answer: unknown): Values {
  const { href, ...rest } = valuesOf(answer);
  return { ...rest, id: rest.id ?? lastSegment(href), claim_id: queryValue(href, 'claim_id') ?? rest.claim_id ?? null };
}

/** The sentence in an error's body: Zaqar's `{ title, description }`, Keystone's `{ error: { message } }`, or what the socket has. */
function sentenceOf(answer: unknown): string | undefined {
  const { error, exception, description, title } = valuesOf(answer);
  const told = [error === 'Unexpected error.' ? undefined : error, exception, description, valuesOf(error).message, title, error, answer];
  return told.find(text => typeof text === 'string');
}

/** The keys of an object; of anything else none that matter. */
function valuesOf(value: unknown): Values {
  return Object(value ?? {}) as Values;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function queryValue(href: unknown, key: string): string | null {
  return new URLSearchParams(textOf(href).split('?')[1]).get(key);
}

function lastSegment(href: unknown): string {
  return textOf(href).replace(/[?#].*/, '').replace(/.*\//, '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
