// REST as it really answered: every recorded exchange that corresponds to an action is asked for by that action and compared, and
// its answer is compared with what the socket answered to the like. `action` and `request` stand in the fixture.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { facade } from './facade.mjs';

const { check, exchange, reply } = facade;
const ACTIONS = Object.keys(facade.EXCHANGES);

const recorded = (await readFile(at('tests', 'fixtures', 'rest-exchanges.jsonl'), 'utf8')).trimEnd().split('\n').map(line => JSON.parse(line));
const ours = recorded.filter(({ action }) => action);
const named = name => recorded.find(exchange => exchange.name === name);
const answered = ({ action, status, location, answer }, as = action) => reply(as, status, location ?? null, answer ?? undefined);
const PATCH = 'application/openstack-messaging-v2.0-json-patch';

/** A path and its query, whatever the order; of a list also the defaults that the socket has. */
function asked(action, url) {
  const [path, query] = url.split('?');
  const keys = Object.fromEntries(new URLSearchParams(query));
  if (keys.echo === '1') keys.echo = 'true';
  return [path, action === 'message_list' ? { echo: 'false', include_claimed: 'false', include_delayed: 'false', ...keys } : keys];
}

test('every recorded exchange that has an action is asked for in the same way', () => {
  for (const { name, action, request, method, path, body } of ours) {
    const made = exchange(action, request);
    assert.equal(made.method, method, name);
    assert.deepEqual(asked(action, made.path), asked(action, path), name);
    // What an empty object says, nothing says too.
    const said = document => (JSON.stringify(document) === '{}' ? undefined : document ?? undefined);
    assert.deepEqual(said(made.document), said(body), name);
    assert.equal(made.type, action === 'queue_update' ? PATCH : 'application/json', name);
  }
  assert.equal(ours.length, 123);
});

test('a reply has the shape and the meaning of the socket’s reply', () => {
  let compared = 0;
  for (const exchange of recorded.filter(({ socket }) => socket)) {
    const { name, action, socket } = exchange;
    const { status, body } = answered(exchange);
    if (status >= 300) {
      // what the code makes of both is compared in tests/errors.rs
      assert.equal(typeof body.error, 'string', `${name} says why`);
    } else if (socket.status === 404 && action !== 'queue_get_stats') {
      assert.deepEqual(body, { messages: [] }, `${name}: nothing, on both`);
    } else if (status !== 204 && socket.body !== null && typeof socket.body === 'object') {
      assert.deepEqual(shape(body, action), shape(socket.body, action), name);
    }
    compared++;
  }
  assert.equal(compared, 62);
});

test('the sentence of a refusal is the one that the fixture’s code is made of', () => {
  for (const { name, action, status, answer } of ours.filter(({ status }) => status >= 300)) {
    if (action === 'message_get_many' && status === 404) continue;
    const sentence = answer?.description ?? answer?.error?.message ?? answer?.title;
    assert.equal(reply(action, status, null, answer).body.error, sentence, name);
  }
});

test('bodies pass as they are', () => {
  const list = named('types_rest_list_200');
  const bodies = ({ messages }) => messages.map(({ body }) => body);
  assert.deepEqual(bodies(answered(list).body), bodies(list.answer));
  assert.deepEqual(bodies(answered(list).body), bodies(list.socket.body));
  const body = { href: '/x?claim_id=1', id: 1, claim_id: [], links: [{ href: '?marker=9' }], messages: 3 };
  const made = reply('message_list', 200, null, { messages: [{ id: '7', href: '/v2/queues/q/messages/7', body }] });
  assert.equal(made.body.messages[0].body, body);
  assert.equal(made.marker, null);
  const metadata = { messages: [{ href: 'x' }], links: 5, href: 'mine' };
  assert.equal(reply('queue_get', 200, null, metadata).body, metadata);
});

test('a claim’s id is read from its location or from a message', () => {
  const claim = named('rest_claim_post_201');
  const id = '2a68be70-c9de-4de7-884b-56704f2de6a1';
  for (const location of [claim.location, null]) {
    const { body } = reply('claim_create', 201, location, claim.answer);
    assert.deepEqual([body.claim_id, body.messages[0].claim_id, body.messages[0].href], [id, id, undefined]);
  }
});

test('nothing to claim looks the same from both', () => {
  for (const location of [null, '/v2/queues/q/claims/7']) {
    assert.deepEqual(reply('claim_create', 204, location, undefined), { status: 204, body: { claim_id: null, messages: [] }, marker: null });
  }
});

test('the next marker is what the link says', () => {
  const next = name => answered(named(name), 'message_list').marker;
  assert.equal(next('rest_msg_list_200'), '853a55ad-c269-4781-9358-f653582b0cad');
  assert.equal(next('rest_msg_list_end_200_empty'), null);
  const onMongo = { messages: [], links: [{ rel: 'next', href: '/v2/queues/q/messages?limit=2&marker=174&echo=true' }] };
  assert.equal(reply('message_list', 200, null, onMongo).marker, '174');
  const queues = { queues: [{ name: 'a b' }], links: [{ rel: 'next', href: '/v2/queues?marker=a%20b' }] };
  assert.equal(reply('queue_list', 200, null, queues).marker, 'a b');
});

test('a 404 that is not about messages is not an empty page', () => {
  const refused = answered(named('rest_signed_delete_404'), 'message_get_many');
  assert.deepEqual([refused.status, refused.body], [404, { error: '404 Not Found' }]);
  const missing = answered(named('rest_msg_get_ids_missing_404'), 'message_get_many');
  assert.deepEqual([missing.status, missing.body], [200, { messages: [] }]);
  assert.equal(reply('message_get_many', 404, null, undefined).status, 404, 'a proxy’s page');
});

test('a page that answers 200 in the place of a document is none of Zaqar’s', () => {
  for (const action of ACTIONS) {
    for (const page of [undefined, null, 'logged out', 7]) assert.deepEqual(reply(action, 200, null, page), { status: 0, body: null, marker: null });
  }
  assert.equal(reply('queue_delete', 204, null, undefined).status, 204);
});

test('a document that lacks what Zaqar’s has is none of its', () => {
  const refused = { status: 0, body: null, marker: null };
  for (const page of [undefined, null, {}, { login: 'please' }, []]) {
    assert.deepEqual(reply('message_post', 201, null, page), refused);
    for (const action of ['message_list', 'message_get', 'queue_get_stats', 'queue_list', 'claim_get', 'subscription_list']) assert.deepEqual(reply(action, 200, null, page), refused);
  }
  assert.deepEqual(reply('queue_get', 200, null, {}).body, {}, 'there may be no metadata');
  assert.equal(reply('queue_create', 201, null, undefined).status, 201, 'Zaqar says no more');
});

test('Keystone’s refusal is told in its words', () => {
  assert.equal(answered(named('rest_auth_none_401'), 'queue_list').body.error, 'The request you have made requires authentication.');
});

test('every action but authenticate has an exchange', () => {
  const body = {
    queue_name: 'q', message_id: 'm', message_ids: ['m'], claim_id: 'c', subscription_id: 's', subscriber: 'http://x', pool_name: 'p',
    flavor_name: 'f', messages: [], changes: [],
  };
  for (const action of ACTIONS.filter(name => name !== 'authenticate')) assert.match(exchange(action, body).path, /^\/v2\/[^:]+$/, action);
  assert.equal(exchange('message_delete_many', { queue_name: 'a b', message_ids: ['1,2', 'ü/'] }).path, '/v2/queues/a%20b/messages?ids=1%2C2,%C3%BC%2F');
});

test('administration uses names in paths and gets its answers in lists', () => {
  const pool = { uri: 'redis://x', weight: 10, flavor: 'f', options: {} };
  const made = exchange('pool_create', { pool_name: 'p 1', ...pool });
  assert.deepEqual([made.method, made.path, made.document], ['PUT', '/v2/pools/p%201', pool]);
  assert.equal(exchange('pool_get', { pool_name: 'p', detailed: true }).path, '/v2/pools/p?detailed=true');
  const update = exchange('pool_update', { pool_name: 'p', weight: 0 });
  assert.deepEqual([update.method, update.document], ['PATCH', { weight: 0 }]);
  assert.equal(exchange('flavor_list', { limit: 20, marker: 'f', detailed: false }).path, '/v2/flavors?limit=20&marker=f&detailed=false');
  assert.deepEqual(reply('flavor_list', 200, null, { flavors: [{ name: 'f' }], links: [] }).body, { flavors: [{ name: 'f' }] });
});

test('capabilities are not sent since the pools have them', () => {
  assert.deepEqual(exchange('flavor_create', { flavor_name: 'f', pool_list: ['p'], capabilities: ['FIFO'] }).document, { pool_list: ['p'] });
});

test('a message of an older server gets its id from its href', () => {
  const answer = { messages: [{ href: '/v2/queues/q/messages/7?claim_id=8', ttl: 60, age: 1, body: 1, checksum: 'MD5:0' }] };
  const message = { id: '7', claim_id: '8', ttl: 60, age: 1, body: 1, checksum: 'MD5:0' };
  assert.deepEqual(reply('message_list', 200, null, answer).body, { messages: [message] });
});

test('answers that make no sense do no harm', () => {
  const senseless = [undefined, null, 1, 'text', [1, 2], { messages: 1, links: 2, queues: {} }, { messages: [null, 5, 'x'], links: [null, {}, { href: 7 }] }, { resources: [null, 1] }, { error: { message: 3 } }];
  for (const action of ACTIONS) {
    for (const answer of senseless) {
      for (const status of [200, 201, 204, 404, 500]) assert.ok(reply(action, status, '%%%', answer).body !== undefined);
    }
  }
});

/** What the server refused and no call can ask for: of patches the facade chooses op and path, of purges what; it sends only bodies. */
const NEVER_ASKED = [
  'rest_queue_patch_bad_op_400', 'rest_queue_patch_bad_path_400', 'rest_msg_post_missing_body_400', 'rest_msg_post_str_item', 'rest_purge_bad_400',
];

test('what the server did is allowed, and what it refused is refused before', () => {
  // What nobody here can know: what is in the queue, whether the claim lives, the time, and what the headers lacked.
  const onlyTheServerKnows = new Set([
    'rest_msg_delete_unclaimed_with_claim_400', 'rest_msg_delete_wrong_claim_400', 'rest_share_past_400', 'rest_bad_client_id_400',
    'rest_empty_project', 'rest_no_client_id_400', 'rest_no_project_400', 'rest_ping_no_project_400',
  ]);
  const wrong = [];
  for (const { name, action, request, status } of ours) {
    const isRefused = (status === 400 || status === 500) && !onlyTheServerKnows.has(name) && !name.startsWith('hazard_');
    if (refuses(action, request) !== isRefused) wrong.push(name);
  }
  assert.deepEqual(wrong, NEVER_ASKED);
});

/** Whether a request is refused: where its messages are read, its queue is named, or its body is checked. */
function refuses(action, { queue_name: queue, messages, ...body }) {
  try {
    if (queue !== undefined) facade.queueName(queue);
    for (const { ttl, delay } of messages ?? []) check('message_post', { ttl, delay });
    check(action, body);
    return messages?.length === 0;
  } catch {
    return true;
  }
}

/** Which keys there are and what kinds of values they have, down to but not into bodies and metadata. */
function shape(object, action) {
  const kinds = {};
  for (const [key, value] of Object.entries(object)) {
    // The socket's sentence, which nobody reads; links that the socket does not have.
    if ((key === 'message' && action === 'subscription_create') || key === 'href' || value === undefined) continue;
    kinds[key] =
      ['body', 'metadata', 'options'].includes(key) ? 'any'
      : key === 'claim_id' ? 'id or null' // only REST tells of a listed message whether it is claimed
      : Array.isArray(value) ? [value.length === 0 ? 'nothing' : typeof value[0] === 'object' ? shape(value[0], action) : typeof value[0]]
      : value !== null && typeof value === 'object' ? shape(value, action)
      : typeof value;
  }
  return kinds;
}
