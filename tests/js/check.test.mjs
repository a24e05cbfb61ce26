// What is not sent, and the sentence that says why.

import assert from 'node:assert/strict';
import test from 'node:test';
import { code, connected, facade } from './facade.mjs';

const { check } = facade;

/** What is said to a body; nothing where it is right. */
function said(action, body, allowsDots) {
  try {
    check(action, body, allowsDots);
    return '';
  } catch (error) {
    assert.deepEqual([error.action, error.delivery, error.retryable], [action, 'not-sent', false]);
    return error.message;
  }
}

/** Bodies that need more than one key. */
const RIGHT = {
  pool_create: { pool_name: 'p', uri: 'redis://h', weight: 1 },
  pool_update: { pool_name: 'p', flavor: 'f' },
  flavor_create: { flavor_name: 'f', pool_list: ['p'] },
  flavor_update: { flavor_name: 'f', pool_list: ['p'] },
  subscription_update: { queue_name: 'q', subscription_id: 's', ttl: 60 },
};

/** What is said to a right body with this one key. */
const given = (action, key, value, allowsDots) => said(action, { ...RIGHT[action], [key]: value }, allowsDots);

test('every limit holds at both ends', () => {
  const ends = [
    ['queue_list', 'limit', 1, 20],
    ['subscription_list', 'limit', 1, 20],
    ['pool_list', 'limit', 1, 20],
    ['flavor_list', 'limit', 1, 20],
    ['claim_create', 'limit', 1, 20],
    ['claim_create', 'ttl', 60, 43_200],
    ['claim_create', 'grace', 60, 43_200],
    ['claim_update', 'ttl', 60, 43_200],
    ['claim_update', 'grace', 60, 43_200],
    ['subscription_create', 'ttl', 60, 4_294_967_295],
    ['subscription_update', 'ttl', 60, 4_294_967_295],
    ['message_delete_many', 'pop', 1, 20],
    ['message_post', 'ttl', 60, 1_209_600],
    ['message_post', 'delay', 0, 900],
    ['pool_create', 'weight', 0, 4_294_967_295],
  ];
  for (const [action, key, least, most] of ends) {
    for (const value of [least, most, undefined]) {
      if (value !== undefined || !(key in (RIGHT[action] ?? {}))) assert.equal(given(action, key, value), '', `${action} ${key} ${value}`);
    }
    for (const value of [least - 1, most + 1, 60.5, '60', true, null, -1, -0, NaN, 60n, [60]]) {
      assert.match(given(action, key, value), new RegExp(`^${key} must be a whole number.* from ${least} to ${most}$`), `${action} ${key} ${value}`);
    }
  }
});

test('a message has a body and may have a ttl and a delay within limits', async () => {
  const { client, wire } = await connected();
  const post = message => client.queue('q').post([{ body: 1 }, message]);
  for (const message of [{ body: null }, { body: {}, ttl: 60, delay: 0 }, { body: [], ttl: 1_209_600, delay: 900 }]) await post(message);
  const sent = wire.calls.length;
  const ttl = 'ttl must be a whole number of seconds from 60 to 1209600';
  for (const [message, sentence] of [
    [{ body: 1, ttl: 59 }, ttl],
    [{ body: 1, ttl: 1_209_601 }, ttl],
    [{ body: 1, ttl: null }, ttl],
    [{ body: 1, delay: 901 }, 'delay must be a whole number of seconds from 0 to 900'],
    [{ ttl: 60 }, 'a message to post must have a body; null is one'],
    ['text', 'a message to post must be an object'],
  ]) {
    await assert.rejects(post(message), { code: 'invalid-argument', delivery: 'not-sent', message: sentence });
  }
  await assert.rejects(client.queue('q').post([]), { code: 'invalid-argument', message: 'messages must be a list of messages, not an empty one' });
  assert.equal(wire.calls.length, sent);
});

test('of a message only body, ttl and delay are sent', async () => {
  const { client, wire } = await connected();
  await client.queue('q').post({ body: 1, id: 2, ttl: 60 });
  assert.deepEqual(wire.calls.at(-1).body.messages, [{ body: 1, ttl: 60, delay: undefined }]);
});

test('queue names are as the server wants them', async () => {
  const { client } = await connected();
  for (const name of ['q', 'A-z_09', 'q'.repeat(64), 'a.b']) assert.equal(client.queue(name).name, name);
  for (const name of ['', 'a b', 'ü', 'a/b', 'a?b', 'a\n', 'q'.repeat(65), 5, null, undefined, '.', '..']) {
    assert.throws(() => client.queue(name), code('invalid-argument'), String(name));
  }
});

test('dots in names are for reading and deleting unless allowed', async () => {
  const { client } = await connected();
  const dotted = client.queue('a.b');
  await assert.rejects(dotted.create(), code('invalid-argument'));
  await assert.rejects(dotted.post({ body: 1 }), code('invalid-argument'));
  await assert.rejects(dotted.subscriptions.create({ subscriber: 'http://h' }), code('invalid-argument'));
  await dotted.delete();
  const permissive = (await connected({ allowDottedNames: true })).client.queue('a.b');
  await permissive.create();
  await permissive.post({ body: 1 });
  const deadLetters = { _dead_letter_queue: 'a.b' };
  assert.match(given('queue_create', 'metadata', deadLetters), /^_dead_letter_queue must be a name/, 'dead letters make it');
  assert.equal(given('queue_create', 'metadata', deadLetters, true), '');
  assert.match(given('queue_create', 'metadata', { _dead_letter_queue: '..' }, true), /^_dead_letter_queue must be a name/);
});

test('ids may be of any store but not of another path', () => {
  const keys = { message_get: 'message_id', message_delete: 'claim_id', claim_get: 'claim_id', subscription_get: 'subscription_id', pool_delete: 'pool_name', flavor_get: 'flavor_name' };
  for (const [action, key] of Object.entries(keys)) {
    for (const id of ['ef8de43f-518b-4598-8c71-aa25bc8dbdeb', '5f1d7d3e8c1e4b2a9c3d4e5f', 'nope', 'ü', '...']) assert.equal(given(action, key, id), '');
    for (const id of ['', 'a/b', 'a\\b', 'a,b', 'a\nb', 'a b', 'a\n', '\u0085', 7, null, '.', '..']) {
      assert.equal(given(action, key, id), `${key} must be a text without spaces, slashes and commas`, String(id));
    }
  }
});

test('one to twenty ids go at once', () => {
  for (const action of ['message_get_many', 'message_delete_many']) {
    for (const ids of [['a'], Array(20).fill('a')]) assert.equal(given(action, 'message_ids', ids), '');
    for (const ids of [[], Array(21).fill('a'), ['a', 1], ['a', ''], ['a', 'b/c'], 'a']) {
      assert.equal(given(action, 'message_ids', ids), 'message_ids must be a list of 1 to 20 ids');
    }
  }
});

test('what an action needs must be there', () => {
  for (const [action, body] of Object.entries(RIGHT)) assert.equal(said(action, body), '', action);
  assert.equal(said('pool_create', { pool_name: 'p', weight: 1 }), 'uri is missing');
  assert.equal(said('pool_create', { pool_name: 'p', uri: 'redis://h', weight: undefined }), 'weight is missing');
  assert.equal(said('flavor_create', { flavor_name: 'f' }), 'pool_list is missing');
  assert.equal(said('flavor_update', { flavor_name: 'f', capabilities: ['a'] }), 'pool_list is missing');
  assert.equal(said('pool_update', { pool_name: 'p' }), 'uri or weight or flavor or options must be given');
  assert.equal(said('subscription_update', { queue_name: 'q', subscription_id: 's' }), 'subscriber or ttl or options must be given');
  assert.equal(said('ping', {}), '');
});

test('reserved metadata have the types that the server takes', () => {
  const metadata = (key, value) => given('queue_create', 'metadata', { color: [1], limit: 99, [key]: value });
  const update = (key, value) => given('queue_update', 'changes', [{ op: 'add', path: '/metadata/limit', value: 99 }, { op: 'add', path: `/metadata/${key}`, value }]);
  for (const [key, good, bad] of [
    ['_default_message_ttl', 60, 59],
    ['_default_message_delay', 900, 901],
    ['_max_messages_post_size', 262_144, 0],
    ['_max_claim_count', 10, '10'],
    ['_dead_letter_queue', 'dead', 'no name'],
    ['_dead_letter_queue_messages_ttl', 1_209_600, []],
    ['_enable_encrypt_messages', true, 1],
    ['_retry_policy', {}, []],
  ]) {
    for (const tell of [metadata, update]) {
      assert.equal(tell(key, good), '');
      assert.equal(tell(key, null), '', 'as REST shows what is not set');
      assert.match(tell(key, bad), new RegExp(`^${key} must be `), key);
    }
  }
  assert.equal(given('queue_update', 'changes', [{ op: 'remove', path: '/metadata/_max_claim_count', value: undefined }]), '');
  for (const other of ['text', [], null, 1]) assert.equal(given('queue_create', 'metadata', other), 'metadata must be an object');
});

test('metadata are looked at as they will be sent', () => {
  const hidden = value => given('queue_create', 'metadata', value);
  assert.match(hidden({ toJSON: () => ({ _max_claim_count: -1 }) }), /^_max_claim_count must be /);
  assert.equal(hidden({ _max_claim_count: -1, toJSON: () => ({}) }), '');
  const circular = {};
  circular.self = circular;
  assert.equal(hidden(circular), '', 'the encoder says where it is');
});

test('a key may be called as what every object has', () => {
  const odd = JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}');
  assert.equal(given('queue_create', 'metadata', odd), '');
  assert.equal(given('queue_update', 'changes', Object.keys(odd).map(key => ({ op: 'add', path: `/metadata/${key}`, value: 1 }))), '');
  assert.equal(given('subscription_update', 'options', odd), '');
});

test('metadata beyond the server’s limit are too large', () => {
  const metadata = text => ({ metadata: { k: text } });
  for (const text of ['x'.repeat(65_500), '"'.repeat(65_500), '\u0001'.repeat(65_500), '🚀'.repeat(65_500)]) assert.equal(said('queue_create', metadata(text)), '');
  for (const character of ['x', '"', '\u0001', '🚀']) {
    assert.throws(() => check('queue_create', metadata(character.repeat(65_536))), { code: 'too-large', message: 'metadata must have at most 65536 characters as JSON' });
  }
});

test('subscribers have a scheme that the server delivers to', () => {
  for (const subscriber of ['http://h/p', 'https://h', 'mailto:a@b.c', 'trust+http://h', 'trust+https://h']) {
    assert.equal(given('subscription_create', 'subscriber', subscriber), '');
  }
  for (const subscriber of ['ftp://h', 'http', 'http:', 'http://h\n', 'http://a b', '', 1, null]) {
    assert.equal(given('subscription_create', 'subscriber', subscriber), 'subscriber must be a URL of http, https, mailto, trust+http or trust+https');
  }
});

test('nothing replaces a socket’s notification, which is why every subscription has a subscriber', async () => {
  const { client } = await connected();
  await assert.rejects(client.queue('q').subscriptions.create({ options: { post_data: 'ding' } }), code('invalid-argument'));
});

test('a webhook has the options that the server takes', () => {
  const webhook = options => given('subscription_create', 'options', options);
  assert.equal(webhook({ post_data: 'payload=1', post_headers: { 'X-A': '1' }, _retry_policy: {}, other: 1 }), '');
  assert.equal(webhook({ post_data: 1 }), 'options.post_data must be a text');
  assert.equal(webhook({ post_headers: 'X: 1' }), 'options.post_headers must be an object');
  assert.equal(webhook({ _retry_policy: [] }), 'options._retry_policy must be an object');
  assert.equal(webhook([]), 'options must be an object');
  assert.equal(given('pool_update', 'options', { post_data: 1 }), '', 'a pool has others');
});

test('shares name what they open', () => {
  const share = (key, value) => given('queue_share', key, value);
  assert.equal(share('paths', ['messages', 'claims', 'subscriptions']), '');
  assert.equal(share('paths', ['stats']), 'paths must be a list of messages, claims, subscriptions');
  assert.equal(share('methods', ['GET', 'PATCH']), '');
  for (const methods of [['get'], [], ['GET\n']]) assert.equal(share('methods', methods), 'methods must be a list of GET, HEAD, POST, PUT, PATCH, DELETE');
  assert.equal(share('expires', '2030-01-01T00:00:00'), '');
  for (const time of ['3600', '2030-01-01T00:00:00.000Z', '+010000-01-01T00:00']) assert.equal(share('expires', time), 'expires must be a time such as 2030-12-31T23:59:59');
});

test('pools and flavors are described as the server wants them', () => {
  assert.equal(given('pool_create', 'uri', ''), 'uri must be a text, not an empty one');
  assert.equal(given('pool_update', 'options', []), 'options must be an object');
  for (const names of [[], [''], [1], 'p']) assert.equal(given('flavor_create', 'pool_list', names), 'pool_list must be a list of names, not an empty one');
  for (const value of [1, 'true', null]) assert.equal(given('pool_get', 'detailed', value), 'detailed must be true or false');
  assert.equal(given('queue_list', 'marker', 5), 'marker must be a text');
});
