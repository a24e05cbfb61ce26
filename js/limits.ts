// What must not be sent. Zaqar answers some requests by dropping the connection, by a failure that says nothing, or by keeping
// what breaks others. Those are refused here, with the limits of a server in its default configuration, before anything is
// sent. Names of queues are made in `check.ts`, keys by the facade; what may not be in a message's body is refused where the
// body is encoded.

import type { Action } from 'zaqar-web-wasm';

import type { ErrorCode } from './api.js';
import { isQueueName } from './check.js';
import { parseJson, toJson } from './codec/json.js';
import { ZaqarError, attempt } from './errors.js';
import { leastCharacters } from './split.js';

/** What the value of a key must be, as the end of a sentence, and whether it is. */
interface Kind {
  be: string;
  is(value: unknown, allowsDots?: boolean): boolean;
}

const kind = (be: string, is: Kind['is']): Kind => ({ be, is });
const matching = (be: string, pattern: RegExp): Kind => kind(be, value => typeof value === 'string' && pattern.test(value));
const listOf = (be: string, item: Kind, most = Infinity): Kind =>
  kind(`a list of ${be}`, value => Array.isArray(value) && value.length > 0 && value.length <= most && value.every(each => item.is(each)));
const someOf = (words: string): Kind => listOf(words, kind('', value => words.split(', ').includes(value as string)));
// -0 would be sent as a float
const whole = (least: number, most: number, unit = ''): Kind =>
  kind(`a whole number${unit} from ${least} to ${most}`, value =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most && !Object.is(value, -0));

const SECONDS = ' of seconds';
const U32_MAX = 2 ** 32 - 1;

const BOOLEAN = kind('true or false', value => typeof value === 'boolean');
const OBJECT = kind('an object', value => typeof value === 'object' && value !== null && !Array.isArray(value));
const TEXT = matching('a text', /^/);
const SOME_TEXT = matching('a text, not an empty one', /^[^]/);
const NAMES = listOf('names, not an empty one', SOME_TEXT);
/** It stands in paths and, with commas between, in queries. Browsers take dots out of a path, encoded or not. */
const ID = matching('a text without spaces, slashes and commas', /^(?!\.\.?$)[^ /\\,\p{Cc}]+$/u);
const IDS = listOf('1 to 20 ids', ID, 20);
const PAGE = whole(1, 20);
const COUNT = whole(0, U32_MAX);
const LEASE = whole(60, 43_200, SECONDS);
const MESSAGE_TTL = whole(60, 1_209_600, SECONDS);
const DELAY = whole(0, 900, SECONDS);

/** By their key. */
const KINDS: Record<string, Kind> = {
  limit: PAGE,
  pop: PAGE,
  marker: TEXT,
  detailed: BOOLEAN,
  echo: BOOLEAN,
  includeClaimed: BOOLEAN,
  includeDelayed: BOOLEAN,
  onGap: kind('a function', value => typeof value === 'function'),
  message_id: ID,
  message_ids: IDS,
  claim_id: ID,
  subscription_id: ID,
  pool_name: ID,
  flavor_name: ID,
  metadata: OBJECT,
  delay: DELAY,
  grace: LEASE,
  // Other schemes have no driver: the server fails at them, on the socket without a word.
  subscriber: matching('a URL of http, https, mailto, trust+http or trust+https', /^(https?|mailto|trust\+https?):[^ \p{Cc}]+$/u),
  options: OBJECT,
  paths: someOf('messages, claims, subscriptions'),
  methods: someOf('GET, HEAD, POST, PUT, PATCH, DELETE'),
  expires: matching('a time such as 2030-12-31T23:59:59', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
  uri: SOME_TEXT,
  weight: COUNT,
  flavor: TEXT,
  pool_list: NAMES,
  capabilities: NAMES,
};
/** Of `ttl`, by the noun of the action. */
const TTLS: Record<string, Kind> = { message: MESSAGE_TTL, claim: LEASE, subscription: whole(60, U32_MAX, SECONDS) };

/** Keys of a queue's metadata that the server gives a meaning to. Any may be null, as REST shows those not set. */
const RESERVED: Record<string, Kind> = {
  _default_message_ttl: MESSAGE_TTL,
  _default_message_delay: DELAY,
  _max_messages_post_size: whole(1, 262_144),
  _max_claim_count: COUNT,
  // The server makes it, so it is held to the rules of a new queue.
  _dead_letter_queue: kind('a name of 1 to 64 of the characters A-Z a-z 0-9 _ -', (name, allowsDots) =>
    isQueueName(name) && (allowsDots || !name.includes('.'))),
  _dead_letter_queue_messages_ttl: MESSAGE_TTL,
  _enable_encrypt_messages: BOOLEAN,
  _retry_policy: OBJECT,
};

/** Of a subscription. */
const OPTIONS: Record<string, Kind> = { post_data: TEXT, post_headers: OBJECT, _retry_policy: OBJECT };

/** Keys that must be there: all of them, or one at least. */
const NEEDED: { [action in Action]?: string[] } = {
  pool_create: ['uri', 'weight'],
  flavor_create: ['pool_list'],
  flavor_update: ['pool_list'],
};
const ANY_OF: { [action in Action]?: string[] } = {
  subscription_update: ['subscriber', 'ttl', 'options'],
  pool_update: ['uri', 'weight', 'flavor', 'options'],
};

const MOST_METADATA = 65_536;

type Values = Record<string, unknown>;

/** Throws `invalid-argument` or `too-large` for what a server with default limits would refuse, or worse. */
export function check(action: Action, body: Values, allowsDots = false): void {
  const refusal = (why: string, code: ErrorCode = 'invalid-argument') => new ZaqarError(code, why, { action, delivery: 'not-sent' });
  const each = (values: Values, kindOf: (key: string) => Kind | undefined, before = ''): void => {
    for (const key of Object.keys(values)) {
      const value = values[key];
      const wanted = value === undefined ? undefined : kindOf(key);
      // A key such as `constructor` finds what every object has, which is no kind.
      if (wanted?.be && !wanted.is(value, allowsDots)) throw refusal(`${before}${key} must be ${wanted.be}`);
    }
  };
  each(body, key => (key === 'ttl' ? TTLS[action.replace(/_.*/, '')] : KINDS[key]));
  const isMissing = (key: string): boolean => body[key] === undefined;
  const missing = NEEDED[action]?.find(isMissing);
  if (missing) throw refusal(`${missing} is missing`);
  if (ANY_OF[action]?.every(isMissing)) throw refusal(`${ANY_OF[action].join(' or ')} must be given`);

  const { metadata, changes, options } = body as { metadata?: Values; changes?: Change[]; options?: Values };
  if (options && action.startsWith('sub')) each(options, key => OPTIONS[key], 'options.');
  // What cannot be written as JSON is refused by the encoder, which can say where it is.
  const text = metadata && attempt(() => toJson(metadata));
  if (text !== undefined && leastCharacters(text) > MOST_METADATA) {
    throw refusal(`metadata must have at most ${MOST_METADATA} characters as JSON`, 'too-large');
  }
  const settings = text === undefined ? changes && settingsOf(changes) : (parseJson(text) as Values);
  if (settings) each(settings, key => (settings[key] === null ? undefined : RESERVED[key]));
}

interface Change {
  path: string;
  value?: unknown;
}

/** What a JSON patch of the metadata sets. */
function settingsOf(changes: Change[]): Values {
  return Object.fromEntries(changes.map(({ path, value }) => [path.replace('/metadata/', ''), value]));
}
