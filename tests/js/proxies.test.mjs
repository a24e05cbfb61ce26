// The public objects in the state of an application, which may wrap all that it holds in Proxies: methods and getters are then
// called on the Proxy. The libraries themselves are tried in tests/packaging/states.test.mjs.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import test from 'node:test';
import { code, connected, facade } from './facade.mjs';

const message = id => ({ id, ttl: 300, age: 1, body: { id }, claim_id: 'of another', claim_count: 1 });
const push = (feed, n) => feed.sink.push({ queue_name: feed.queue, body: n, ttl: 60 });

/** As `connected`, with all that comes from the client behind Proxies. */
async function wrapped(options) {
  const { client, wire } = await connected(options);
  return { client: deep(client), raw: client, wire };
}

/**
 * A Proxy that wraps whatever comes out of it, by a property or by a call. A promise is not wrapped, for none works behind a
 * Proxy, but what it resolves to is.
 */
function deep(target) {
  if (target instanceof Promise) return target.then(deep);
  if (typeof target !== 'object' || target === null) return target;
  return new Proxy(target, {
    get(object, key, receiver) {
      const value = Reflect.get(object, key, receiver);
      return typeof value === 'function' ? function (...given) { return deep(Reflect.apply(value, this, given)); } : deep(value);
    },
  });
}

test('a client behind a Proxy has its state and does its work', async () => {
  const { client, raw, wire } = await wrapped();
  for (const key of ['state', 'transport', 'clientId', 'projectId']) assert.equal(client[key], raw[key], key);
  assert.equal(typeof (await client.ping()), 'number');
  wire.answers.health = { storage: 'up' };
  assert.equal((await client.health()).storage, 'up');
  assert.equal(client.metrics().requests, 0);
  assert.match(client.report(), /connected, transport websocket/);
  await client.close({ timeoutMs: 0 });
  assert.equal(await client.closed, undefined);
  assert.equal(client.state, 'closed');
  if (Symbol.asyncDispose) await client[Symbol.asyncDispose]();
  assert.deepEqual(wire.closings, [0, 30_000].slice(0, Symbol.asyncDispose ? 2 : 1));
});

test('a client behind a Proxy is an EventTarget', async () => {
  const { client, raw, wire } = await wrapped();
  assert.ok(client instanceof EventTarget);
  const heard = [];
  const note = ({ type, detail }) => heard.push([type, detail?.transport]);
  client.addEventListener('transportchange', note);
  client.addEventListener('application', note);
  wire.events.transport('polling', 'no socket');
  assert.equal(client.dispatchEvent(new Event('application')), true);
  client.removeEventListener('transportchange', note);
  raw.removeEventListener('application', note);
  wire.events.transport(null, 'nothing');
  raw.dispatchEvent(new Event('application'));
  assert.deepEqual(heard, [['transportchange', 'polling'], ['application', undefined]]);
});

test('a queue behind a Proxy makes each of its requests', async () => {
  const { client, wire } = await wrapped();
  const queue = client.queue('q');
  assert.equal(queue.name, 'q');
  Object.assign(wire.answers, {
    queue_create: 201, queue_get: { owner: 'shop' }, queue_update: { owner: 'me' }, queue_get_stats: { messages: { free: 1, claimed: 0, total: 1 } },
    message_get: { messages: message('a') }, message_get_many: { messages: [message('a')] }, message_delete_many: { messages: [message('a')] },
    queue_share: { project: 'p' }, subscription_create: { subscription_id: 's' }, subscription_get: { id: 's' }, subscription_list: [],
  });
  assert.equal(await queue.create(), true);
  assert.equal((await queue.metadata()).owner, 'shop');
  assert.equal((await queue.updateMetadata({ owner: 'me' })).owner, 'me');
  assert.equal((await queue.stats()).total, 1);
  assert.equal((await queue.post({ body: 1 }))[0], 'id-0');
  assert.equal((await queue.get('a')).id, 'a');
  assert.equal((await queue.getMany(['a']))[0].body.id, 'a');
  assert.equal((await queue.pop())[0].id, 'a');
  assert.equal((await queue.share({})).project, 'p');
  await queue.deleteMessages(['a']);
  await queue.purge();
  await queue.delete();
  const { subscriptions } = queue;
  assert.equal(await subscriptions.create({ subscriber: 'http://x' }), 's');
  assert.equal((await subscriptions.get('s')).id, 's');
  assert.equal((await subscriptions.list().toArray()).length, 0);
  await subscriptions.update('s', { ttl: 60 });
  await subscriptions.delete('s');
  await assert.rejects(queue.create('x'), code('invalid-argument'));
});

test('pools and flavors behind a Proxy make each of their requests', async () => {
  const { client, wire } = await wrapped();
  wire.answers.pool_get = { uri: 'redis://x', weight: 1 };
  wire.answers.flavor_list = [[{ name: 'f', pool_list: ['p'] }]];
  await client.pools.create('p', { uri: 'redis://x', weight: 1 });
  await client.pools.update('p', { weight: 2 });
  assert.equal((await client.pools.get('p')).uri, 'redis://x');
  assert.equal((await client.flavors.list().toArray())[0].pool_list[0], 'p');
  await client.flavors.delete('f');
  assert.deepEqual(wire.calls.map(({ action }) => action), ['pool_create', 'pool_update', 'pool_get', 'flavor_list', 'flavor_delete']);
});

test('a message behind a Proxy is deleted from where it came, within a claim only if it is the caller’s', async () => {
  const { client, wire } = await wrapped();
  wire.answers.message_get = { messages: message('got') };
  wire.answers.claim_create = { claim_id: 'mine', messages: [message('claimed')] };
  wire.pages = [[message('listed')]];
  const got = await client.queue('q').get('got');
  const listed = (await client.queue('r').messages().toArray())[0];
  const claimed = (await client.queue('q').claim()).messages[0];
  assert.equal(claimed.claimId, 'mine');
  wire.calls.length = 0;
  for (const one of [got, listed, claimed]) await one.delete({ timeoutMs: 5 });
  assert.deepEqual(wire.calls.map(({ body, options }) => ({ ...body, ...options })), [
    { queue_name: 'q', message_id: 'got', claim_id: undefined, timeoutMs: 5 },
    { queue_name: 'r', message_id: 'listed', claim_id: undefined, timeoutMs: 5 },
    { queue_name: 'q', message_id: 'claimed', claim_id: 'mine', timeoutMs: 5 },
  ]);
});

test('a client has one object for a queue, and forgets those of very many', async () => {
  const { client } = await connected();
  const queue = client.queue('q');
  assert.equal(client.queue('q'), queue);
  for (let n = 0; n < 200; n++) client.queue(`q${n}`);
  assert.notEqual(client.queue('q'), queue);
  assert.deepEqual(await queue.post({ body: 1 }), ['id-0']);
});

test('messages of two clients are deleted each by its own', async () => {
  const [one, other] = [await wrapped(), await wrapped()];
  for (const { client, wire } of [one, other]) {
    wire.pages = [[message('a')]];
    const messages = await client.queue('q').messages().toArray();
    wire.calls.length = 0;
    await messages[0].delete();
  }
  assert.deepEqual([one, other].map(({ wire }) => wire.calls.length), [1, 1]);
});

test('a copy with the same prototype works as the original does', async () => {
  const copy = object => Object.assign(Object.create(Object.getPrototypeOf(object)), object);
  const { raw, wire } = await wrapped();
  wire.pages = [[message('a')]];
  const [listed] = await raw.queue('q').messages().toArray();
  await copy(listed).delete();
  assert.equal(wire.calls.at(-1).body.message_id, 'a');
  assert.deepEqual(await copy(raw.queue('q')).post({ body: 1 }), ['id-0']);
});

test('a claim behind a Proxy is renewed and released', async () => {
  const { client, wire } = await wrapped();
  wire.answers.claim_create = { claim_id: 'c', messages: [message('a')] };
  const claim = await client.queue('q').claim({ ttl: 100 });
  await claim.renew({ ttl: 200 });
  assert.equal(claim.ttl, 200);
  await claim.release();
  assert.deepEqual(wire.calls.map(({ action }) => action), ['claim_create', 'claim_update', 'claim_delete']);
});

test('pages behind a Proxy are walked by item and by page, and closed when they are left', async () => {
  const { client, wire } = await wrapped();
  wire.pages = [['a', 'b', 'c'].map(message)];
  const pages = client.queue('q').messages({ limit: 2 });
  const ids = [];
  for await (const { id } of pages) ids.push(id);
  assert.deepEqual(ids, ['a', 'b', 'c']);
  const sizes = [];
  for await (const { items, marker } of pages.pages()) sizes.push([items.length, marker]);
  assert.deepEqual(sizes, [[2, 'b'], [1, 'c']]);
  assert.equal((await pages.toArray()).length, 3);
  assert.equal(wire.closedWalks, 3);
  for await (const _ of pages) break;
  assert.equal(wire.closedWalks, 4);
  wire.answers.queue_list = [[{ name: 'x' }]];
  for await (const { name } of client.queues()) assert.equal(name, 'x');
});

test('a live iterator behind a Proxy is read, and ended', async () => {
  const { client, wire } = await wrapped();
  const live = client.queue('q').subscribe();
  const [feed] = wire.feeds;
  feed.sink.ready();
  await live.ready;
  const first = live.next();
  for (let n = 0; n < 3; n++) push(feed, n);
  assert.equal((await first).value.body, 0);
  for await (const { body } of live) if (body === 2) break;
  assert.equal(feed.isOpen, false);
  assert.equal((await live.return()).done, true);
});

test('a consumer behind a Proxy tells what it has done, and stops', async () => {
  const { client, wire } = await wrapped();
  let left = 1;
  wire.answers.claim_create = () => (left-- > 0 ? { claim_id: 'c', messages: [message('a')] } : {});
  const [begun, ended] = [promise(), promise()];
  const consumer = client.queue('q').consume(() => (begun.resolve(), ended.promise));
  await begun.promise;
  assert.equal(consumer.running, 1);
  ended.resolve();
  await consumer.stop();
  assert.deepEqual([consumer.running, consumer.handled, consumer.failed], [0, 1, 0]);
  assert.equal(await consumer.closed, undefined);
});

test('each has its class’s name in the console, and a message what it holds', async t => {
  const all = await everything(t);
  const names = Object.entries(all).map(([kind, object]) => [kind, inspect(object).split(' {')[0]]);
  assert.deepEqual(Object.fromEntries(names), {
    client: 'ZaqarClient', queue: 'NamedQueue', subscriptions: 'StoredSubscriptions', pools: 'Registry', message: 'ReceivedMessage', claim: 'HeldClaim',
    pages: 'LazyPages', steps: 'Object [AsyncGenerator]', live: 'LiveIterator', consumer: 'QueueConsumer',
  });
  assert.equal(
    inspect(all.message, { breakLength: Infinity }),
    "ReceivedMessage { id: 'a', body: { id: 'a' }, ttl: 300, age: 1, claimId: 'of another', claimCount: 1 }",
  );
});

test('no secret is reached from any of them, however deep one looks', async t => {
  for (const [name, object] of Object.entries(await everything(t))) {
    assert.doesNotMatch(inspect(object, { depth: Infinity, showHidden: true }) + JSON.stringify(object) + String(object), /SECRET/, name);
    assert.doesNotMatch([...strings(object)].join(), /SECRET/, name);
  }
});

test('the keys of each are those that it has in public', async t => {
  const all = await everything(t);
  const keys = Object.fromEntries(Object.entries(all).map(([name, object]) => [name, Reflect.ownKeys(object)]));
  // Node keeps the listeners of an EventTarget under symbols of its own.
  assert.deepEqual(keys.client.filter(key => !Reflect.ownKeys(new EventTarget()).includes(key)), []);
  delete keys.client;
  assert.deepEqual(keys, {
    queue: ['name'], subscriptions: [], pools: [], message: ['id', 'body', 'ttl', 'age', 'claimId', 'claimCount'],
    claim: ['id', 'ttl', 'age', 'messages'], pages: ['pages', 'toArray', Symbol.asyncIterator],
    steps: ['next', 'return', 'throw'], live: ['ready'], consumer: ['handled', 'failed', 'closed'],
  });
  const enumerated = [];
  for (const name in all.message) enumerated.push(name);
  assert.deepEqual(enumerated, keys.message);
});

test('each has the mark by which Vue and Alpine leave an object alone', async t => {
  const { steps, ...all } = await everything(t);
  // They leave alone what the language itself has a name for.
  assert.equal(String(steps), '[object AsyncGenerator]');
  for (const [name, object] of Object.entries(all)) assert.ok(object.__v_skip, name);
});

test('a method that is taken from its object fails as it did: by a rejection if it is asynchronous', async () => {
  const { client } = await wrapped();
  const { stats } = client.queue('q');
  await assert.rejects(stats(), TypeError);
});

/** One of each kind, of a client with a token; closed after the test. */
async function everything(t) {
  const { client, wire } = await connected({ token: 'SECRET' });
  wire.answers.message_get = { messages: message('a') };
  wire.answers.claim_get = { ttl: 300, age: 0, messages: [message('a')] };
  wire.answers.claim_create = {};
  const queue = client.queue('q');
  const pages = queue.messages();
  const consumer = queue.consume(() => {});
  await new Promise(resolve => setImmediate(resolve));
  t.after(() => client.close());
  return {
    client, queue, subscriptions: queue.subscriptions, pools: client.pools, message: await queue.get('a'), claim: await queue.getClaim('c'),
    pages, steps: pages.pages(), live: queue.subscribe(), consumer,
  };
}

/** The texts that one walks to over keys and prototypes, as a debugger or a deep comparison does. Getters and functions are not called. */
function* strings(value, seen = new Set()) {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) yield* strings(Reflect.getOwnPropertyDescriptor(value, key).value, seen);
  yield* strings(Object.getPrototypeOf(value), seen);
}

function promise() {
  let settle;
  return { promise: new Promise((resolve, reject) => (settle = { resolve, reject })), ...settle };
}
