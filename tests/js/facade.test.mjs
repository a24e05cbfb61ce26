import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import test from 'node:test';
import { FakeWire, anywhere, code, connected, facade } from './facade.mjs';

const { connect, endpoints, ZaqarError } = facade;
const turn = () => new Promise(resolve => setImmediate(resolve));
const message = id => ({ id, ttl: 300, age: 1, body: { id }, claim_id: null });
const push = (feed, n) => feed.sink.push({ queue_name: feed.queue, body: n, ttl: 60 });

// ── connect

test('every option that is wrong rejects with invalid-argument, and nothing throws', async () => {
  const wrong = [
    { websocket: undefined, rest: undefined },
    { websocket: 'http://a' }, { rest: 'ws://a' }, { websocket: '/relative' }, { rest: 'http://user:pw@a' }, { rest: 'http://a/?b' },
    { transport: 'carrier-pigeon' }, { transport: 'polling', rest: undefined }, { transport: 'websocket', websocket: undefined },
    { projectId: undefined }, { projectId: '' }, { projectId: 'x'.repeat(257) }, { projectId: 'a\nb' }, { projectId: 7 },
    { clientId: 'me' }, { clientId: '' }, { timeoutMs: 0 }, { timeoutMs: NaN }, { timeoutMs: '5' }, { connectTimeoutMs: Infinity },
    { keepAliveMs: -1 }, { fallbackDelayMs: -1 }, { pollIntervalMs: 5 }, { pollIntervalMs: { min: 9, max: 8 } }, { backoffMs: { min: 0 } },
    { format: 'xml' }, { allowDottedNames: 'yes' }, { userTiming: 1 }, { lazy: 1 }, { logger: {} }, { signal: {} }, { signal: null }, { WebSocket: 'ws' },
    { token: '' }, { token: {} }, { token: 'a b' }, { token: { token: 't', expiresAt: 'soon' } }, { token: 't', signedUrl: signed() },
    { signedUrl: { ...signed(), methods: 'GET' } }, { signedUrl: { ...signed(), project: 'q' } }, { signedUrl: 'url' }, { fetch: 'fetch' }, { credentials: 'yes' },
    { projectID: 'p' }, { pollIntervalMs: { least: 5 } }, { token: { token: 't', expires_in: 60 } }, { signedUrl: { ...signed(), queue: 'q' } },
  ];
  for (const options of wrong) await assert.rejects(connect({ ...anywhere, ...options }), code('invalid-argument'), inspect(options));
  for (const options of [undefined, null, 'ws://a', []]) await assert.rejects(connect(options), code('invalid-argument'));
});

test('a token that cannot be used is told of by the name of its field', async () => {
  for (const [token, message] of [
    [{}, /^`token\.token` must be a string/], [{ token: 7 }, /^`token\.token` must be a string/], [{ token: 'a b', expiresAt: 'soon' }, /^`token\.token` must be a string/],
    [{ token: 't', expiresAt: 'soon' }, /^`token\.expiresAt` must be ms since the epoch, a `Date`, or a text/], [{ token: 't', expiresAt: {} }, /^`token\.expiresAt` must be/],
    [{ token: 't', expires_in: 60 }, /^`token\.expires_in` is no option$/], [7, /^`token` must be a token, /], ['a b', /^`token` must be a token, /],
  ]) {
    await assert.rejects(connect({ ...anywhere, token }), error => code('invalid-argument')(error) && message.test(error.message), inspect(token));
  }
});

test('what is left out has the documented defaults', async () => {
  const { client, wire } = await connected();
  const { clientId, ...rest } = wire.settings;
  assert.match(clientId, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.equal(client.clientId, clientId);
  assert.deepEqual(rest, {
    websocket: 'ws://zaqar.test:9000/', rest: 'http://zaqar.test:8888', projectId: 'p', transport: 'auto', fallbackDelayMs: 300,
    timeoutMs: 30_000, keepAliveMs: 20_000, pollIntervalMs: { min: 1_000, max: 15_000 }, backoffMs: { min: 250, max: 30_000 }, maxAnswerBytes: 16_777_216,
    format: 'msgpack', allowDottedNames: false, lazy: false, userTiming: false, identity: 'no token',
  });
  const other = await connected();
  assert.notEqual(other.client.clientId, clientId);
});

test('endpoints are brought into the form that the wasm adds to', async () => {
  const restOf = async rest => (await connected({ rest })).wire.settings.rest;
  assert.equal(await restOf('https://a/'), 'https://a');
  assert.equal(await restOf('https://a/v2'), 'https://a');
  assert.equal(await restOf(new URL('https://a/messaging/v2//')), 'https://a/messaging');
  assert.equal(await restOf('https://a/v2/proxy'), 'https://a/v2/proxy');
  assert.equal((await connected({ websocket: 'wss://a/ws?x=1#frag' })).wire.settings.websocket, 'wss://a/ws?x=1');
});

test('the transport follows from the endpoints and from what the runtime has', async () => {
  const transportOf = async options => (await connected(options)).wire.settings.transport;
  assert.equal(await transportOf({ rest: undefined }), 'websocket');
  assert.equal(await transportOf({ websocket: undefined }), 'polling');
  assert.equal(await transportOf({ transport: 'polling' }), 'polling');
  if (globalThis.WebSocket) return;
  assert.equal(await transportOf({ WebSocket: undefined }), 'polling');
  await assert.rejects(connect({ ...anywhere, rest: undefined, WebSocket: undefined }), code('unsupported'));
});

test('one end of an interval moves the other out of its way', async () => {
  const { wire } = await connected({ pollIntervalMs: { max: 200 }, backoffMs: { min: 60_000 } });
  assert.deepEqual(wire.settings.pollIntervalMs, { min: 200, max: 200 });
  assert.deepEqual(wire.settings.backoffMs, { min: 60_000, max: 60_000 });
});

test('a signed URL brings its project', async () => {
  const { client } = await connected({ projectId: undefined, signedUrl: signed() });
  assert.equal(client.projectId, 'p');
});

test('connect gives up after its limit and leaves no client behind', async () => {
  await silently(async () => {
    await assert.rejects(connect({ ...anywhere, connectTimeoutMs: 5 }), code('timeout'));
    assert.equal(FakeWire.last.state, 'closed');
  });
});

test('connect rejects with what ended the client', async () => {
  await silently(async () => {
    const opening = connect(anywhere);
    await turn();
    FakeWire.last.settleConnected.reject(new ZaqarError('unauthorized', 'no'));
    await assert.rejects(opening, code('unauthorized'));
  });
});

test('a lazy client is there before any connection', async () => {
  await silently(async () => {
    const { client } = await connected({ lazy: true });
    assert.equal(client.state, 'connecting');
    await client.close();
  });
});

test('an abort during connect rejects with its reason; later it closes the client', async () => {
  const early = new Error('early');
  await assert.rejects(connect({ ...anywhere, signal: AbortSignal.abort(early) }), early);
  await silently(async () => {
    const controller = new AbortController();
    const opening = connect({ ...anywhere, signal: controller.signal });
    await turn();
    controller.abort(early);
    await assert.rejects(opening, early);
    assert.equal(FakeWire.last.state, 'closed');
  });
  const controller = new AbortController();
  const { client } = await connected({ signal: controller.signal });
  controller.abort();
  assert.equal(await client.closed, undefined);
  assert.equal(client.state, 'closed');
});

test('an abort while the wasm loads does not wait for it', async t => {
  const { load } = globalThis.fakeWire;
  t.after(() => (globalThis.fakeWire.load = load));
  globalThis.fakeWire.load = () => new Promise(() => {});
  const controller = new AbortController();
  const opening = connect({ ...anywhere, signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(opening, /enough/);
  await assert.rejects(connect({ ...anywhere, connectTimeoutMs: 5 }), code('timeout'));
});

test('nothing waits for a wasm that is no longer wanted', async t => {
  const { load } = globalThis.fakeWire;
  t.after(() => (globalThis.fakeWire.load = load));
  globalThis.fakeWire.load = () => new Promise(() => {});
  const clear = t.mock.method(globalThis, 'clearTimeout');
  const set = t.mock.method(globalThis, 'setTimeout');
  const controller = new AbortController();
  const opening = connect({ ...anywhere, signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(opening, /enough/);
  const [timer] = set.mock.calls.map(({ result }) => result);
  assert.ok(clear.mock.calls.some(({ arguments: [cleared] }) => cleared === timer));
});

// ── endpoints

test('endpoints are found by type, interface and region', () => {
  const at = (url, region) => ({ url, interface: 'public', region_id: region });
  const catalog = [
    { type: 'identity', endpoints: [at('http://k', 'one')] },
    { type: 'messaging', endpoints: [{ url: 'http://i', interface: 'internal', region: 'one' }, at('http://1', 'one'), at('http://2', 'two')] },
    { type: 'messaging-websocket', endpoints: [at('ws://2', 'two')] },
  ];
  assert.deepEqual(endpoints(catalog), { rest: 'http://1', websocket: 'ws://2' });
  assert.deepEqual(endpoints(catalog, { region: 'two' }), { rest: 'http://2', websocket: 'ws://2' });
  assert.deepEqual(endpoints(catalog, { region: 'one', interface: 'internal' }), { rest: 'http://i' });
  assert.deepEqual(endpoints([]), {});
  assert.throws(() => endpoints(undefined), code('invalid-argument'));
});

// ── client

test('states, transports and trouble come as events with what was before', async () => {
  const { client, wire } = await connected();
  const events = [];
  for (const type of ['statechange', 'transportchange', 'error']) client.addEventListener(type, event => events.push([type, event.detail]));
  const error = new ZaqarError('connection-lost', 'gone');
  wire.events.state('reconnecting', error);
  wire.events.transport('polling', 'no socket');
  wire.events.transport(null, 'nothing');
  wire.events.trouble(error);
  assert.deepEqual(events, [
    ['statechange', { state: 'reconnecting', previous: 'connected', reason: error }],
    ['transportchange', { transport: 'polling', previous: null, reason: 'no socket' }],
    ['transportchange', { transport: null, previous: 'polling', reason: 'nothing' }],
    ['error', error],
  ]);
});

test('a logger that throws is not heard of', async () => {
  const entries = [];
  const { wire } = await connected({ logger: entry => { entries.push(entry); throw new Error('logger'); } });
  wire.events.transport('polling', 'no socket');
  assert.deepEqual(entries.map(entry => ({ ...entry, time: 0 })).at(-1), { level: 'info', message: 'transport polling', reason: 'no socket', time: 0 });
});

test('nothing secret shows in a client or a queue', async () => {
  const { client } = await connected({ token: 'SECRET' });
  const queue = client.queue('q');
  const all = [client, queue, queue.subscriptions, client.pools].map(one => JSON.stringify(one) + inspect(one, { depth: 9 }) + String(one)).join();
  assert.doesNotMatch(all, /SECRET/);
  assert.equal(JSON.stringify(queue), '{"name":"q"}');
});

test('close gives its time to the wire, and so does await using', async () => {
  const { client, wire } = await connected();
  await client.close({ timeoutMs: 0 });
  await client.close();
  await client.close(null);
  assert.deepEqual(wire.closings, [0, 30_000, 30_000]);
  if (Symbol.asyncDispose) await client[Symbol.asyncDispose]();
  await assert.rejects(client.close({ timeoutMs: 'x' }), code('invalid-argument'));
});

test('queue names are checked where they come in', async () => {
  const { client } = await connected();
  for (const name of ['', 'a b', 'x'.repeat(65), 'é', '.', '..', 7, undefined]) assert.throws(() => client.queue(name), code('invalid-argument'));
  assert.equal(client.queue('A-z_9.x').name, 'A-z_9.x');
});

test('a dotted queue can be read and deleted, but not made', async () => {
  const { client, wire } = await connected();
  const queue = client.queue('a.b');
  for (const make of [() => queue.create(), () => queue.post({ body: 1 }), () => queue.subscribe().ready, () => queue.subscriptions.create({ subscriber: 'http://x' })]) {
    await assert.rejects(make(), code('invalid-argument'));
  }
  assert.deepEqual(wire.calls, []);
  await queue.delete();
  wire.answers.claim_create = {};
  assert.equal(await queue.claim(), null);
  const daring = await connected({ allowDottedNames: true });
  assert.deepEqual(await daring.client.queue('a.b').post({ body: 1 }), ['id-0']);
});

// ── requests

test('wrong arguments reject, never throw, and nothing is sent', async () => {
  const { client, wire } = await connected();
  const queue = client.queue('q');
  const calls = [
    () => queue.get(7), () => queue.get(''), () => queue.getMany('id'), () => queue.getMany([1]), () => queue.deleteMessages([null]),
    () => queue.pop(0), () => queue.pop('3'), () => queue.getClaim({}), () => queue.create([]), () => queue.create('x'),
    () => queue.updateMetadata(null), () => queue.updateMetadata({ ' a': 1 }), () => queue.post('text'), () => queue.post([{}]),
    () => queue.post([{ body: undefined }]), () => queue.purge(3), () => queue.share(undefined), () => queue.share({ expires: new Date(NaN) }),
    () => queue.share({ paths: 'messages' }), () => queue.stats({ timeoutMs: 0 }), () => queue.stats({ signal: 1 }), () => client.ping(5),
    () => queue.messages({ limit: 0 }).toArray(), () => queue.messages({ marker: 4 }).toArray(), () => queue.subscriptions.get(),
    () => queue.subscriptions.create({}), () => client.pools.get(1), () => client.flavors.create('f', null),
    () => queue.subscribe({ buffer: 0 }).next(), () => queue.subscribe({ signal: 'x' }).ready, () => queue.subscribe(null).ready,
    () => queue.claim(null), () => queue.messages(null).toArray(), () => client.queues(null).toArray(), () => client.pools.get('p', null), () => queue.getMany(),
    () => queue.post(), () => queue.stats(null), () => queue.messages({ echo: 'no' }).toArray(), () => queue.messages({ includeClaimed: 1 }).toArray(),
    () => queue.messages({ includeDelayed: null }).toArray(), () => queue.tail({ echo: 0 }).ready, () => queue.tail({ includeClaimed: 'yes' }).next(),
    () => queue.tail({ onGap: true }).ready, () => queue.tail({ from: 7 }).ready, () => queue.tail({ from: 'soon' }).next(),
  ];
  for (const call of calls) {
    let promise;
    assert.doesNotThrow(() => (promise = call()), String(call));
    await assert.rejects(promise, code('invalid-argument'), String(call));
  }
  assert.deepEqual(wire.calls, []);
});

test('create tells whether it made the queue', async () => {
  const { client, wire } = await connected();
  wire.answers.queue_create = 201;
  assert.equal(await client.queue('q').create({ a: 1 }), true);
  wire.answers.queue_create = 204;
  assert.equal(await client.queue('q').create(), false);
  assert.deepEqual(wire.calls[0].body, { queue_name: 'q', metadata: { a: 1 } });
});

test('metadata changes add what has a value and remove what is there', async () => {
  const { client, wire } = await connected();
  wire.answers.queue_get = { 'old/~': 1, _default_message_ttl: 3600 };
  wire.answers.queue_update = { done: true };
  assert.deepEqual(await client.queue('q').updateMetadata({ new: null, 'old/~': undefined, never: undefined }), { done: true });
  assert.deepEqual(wire.calls.at(-1).body, {
    queue_name: 'q',
    changes: [{ op: 'add', path: '/metadata/new', value: null }, { op: 'remove', path: '/metadata/old~1~0', value: undefined }],
  });
  assert.deepEqual(wire.calls.map(call => call.action), ['queue_get', 'queue_update']);
  assert.deepEqual(await client.queue('q').updateMetadata({ never: undefined }), wire.answers.queue_get);
});

test('statistics are never negative', async () => {
  const { client, wire } = await connected();
  const oldest = { id: 'a', age: 5, created: '2030-01-01T00:00:00Z', body: 'x' };
  wire.answers.queue_get_stats = { messages: { free: -2, claimed: 8, total: 6, oldest } };
  assert.deepEqual(await client.queue('q').stats(), { free: 0, claimed: 6, total: 6, oldest: { id: 'a', age: 5, created: '2030-01-01T00:00:00Z' } });
});

test('ids are asked for twenty at a time, in their order', async () => {
  const { client, wire } = await connected();
  const ids = Array.from({ length: 45 }, (_, n) => `m${n}`);
  wire.answers.message_get_many = ({ message_ids }) => ({ messages: message_ids.map(message) });
  assert.deepEqual((await client.queue('q').getMany(ids)).map(({ id }) => id), ids);
  await client.queue('q').deleteMessages(ids);
  await client.queue('q').deleteMessages('one');
  assert.deepEqual(wire.calls.map(({ body }) => body.message_ids?.length ?? body.message_id), [20, 20, 5, 20, 20, 5, 'one']);
  assert.deepEqual(await client.queue('q').getMany([]), []);
});

test('pop goes on until it has enough or there is no more, and keeps what it has', async () => {
  const { client, wire } = await connected();
  let left = 50;
  wire.answers.message_delete_many = ({ pop }) => {
    const messages = Array.from({ length: Math.min(pop, left) }, () => message(`m${left--}`));
    return { messages };
  };
  assert.equal((await client.queue('q').pop()).length, 1);
  assert.equal((await client.queue('q').pop(45)).length, 45);
  assert.equal((await client.queue('q').pop(45)).length, 4);
  assert.deepEqual(wire.calls.map(({ body }) => body.pop), [1, 20, 20, 5, 20]);
  let calls = 0;
  wire.answers.message_delete_many = ({ pop }) => {
    if (calls++ > 0) throw new ZaqarError('connection-lost', 'lost');
    return { messages: Array.from({ length: pop }, (_, n) => message(`m${n}`)) };
  };
  assert.equal((await client.queue('q').pop(45)).length, 20);
  await assert.rejects(client.queue('q').pop(45), code('connection-lost'));
});

test('a message has what is known as own properties, and no more', async () => {
  const { client, wire } = await connected();
  wire.answers.message_get = { messages: message('a') };
  const bare = await client.queue('q').get('a');
  assert.deepEqual(Object.entries(bare), [['id', 'a'], ['body', { id: 'a' }], ['ttl', 300], ['age', 1]]);
  wire.pages = [[{ ...message('b'), claim_id: 'other', claim_count: 2, checksum: 'MD5:x' }]];
  const [listed] = await client.queue('q').messages().toArray();
  assert.deepEqual({ ...listed }, { id: 'b', body: { id: 'b' }, ttl: 300, age: 1, claimId: 'other', claimCount: 2, checksum: 'MD5:x', position: listed.position });
  assert.match(listed.position, /^b@\d+$/);
  await listed.delete();
  assert.deepEqual(wire.calls.at(-1).body, { queue_name: 'q', message_id: 'b', claim_id: undefined });
});

test('a claim acknowledges within itself and remembers what a renewal would reset', async () => {
  const { client, wire } = await connected();
  wire.answers.claim_create = { claim_id: 'c', messages: [message('a')] };
  const claim = await client.queue('q').claim({ ttl: 100, limit: 5 });
  assert.deepEqual(wire.calls[0].body, { queue_name: 'q', ttl: 100, grace: 60, limit: 5 });
  assert.equal(claim.messages[0].claimId, 'c');
  await claim.messages[0].delete();
  assert.deepEqual(wire.calls[1].body, { queue_name: 'q', message_id: 'a', claim_id: 'c' });
  await claim.renew({ grace: 90 });
  await claim.renew({ ttl: 200, timeoutMs: 10 });
  assert.deepEqual(wire.calls.slice(2).map(({ body: { ttl, grace } }) => [ttl, grace]), [[100, 90], [200, 90]]);
  assert.equal(claim.ttl, 200);
  await claim.release();
  wire.answers.claim_create = { claim_id: null };
  assert.equal(await client.queue('q').claim(), null);
  wire.answers.claim_get = { ttl: 70, age: 3, messages: [] };
  const found = await client.queue('q').getClaim('d');
  assert.deepEqual({ ...found }, { id: 'd', ttl: 70, age: 3, messages: [] });
  await found.renew();
  assert.deepEqual(wire.calls.at(-1).body, { queue_name: 'q', claim_id: 'd', ttl: 70, grace: 60 });
});

test('a shared URL ends at a second of UTC', async () => {
  const { client, wire } = await connected();
  wire.answers.queue_share = signed();
  assert.deepEqual(await client.queue('q').share({ methods: ['GET'], expires: new Date(Date.UTC(2030, 0, 2, 3, 4, 5, 999)) }), signed());
  assert.deepEqual(wire.calls[0].body, { queue_name: 'q', paths: undefined, methods: ['GET'], expires: '2030-01-02T03:04:05' });
});

// ── pages

const letters = count => Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n));
const named = names => names.map(name => ({ name, href: '/x' }));

async function queuesOf(pages, options) {
  const { client, wire } = await connected();
  wire.answers.queue_list = pages.map(named);
  return { client, wire, pages: client.queues(options) };
}

test('queues come in pages of the size that was asked for', async () => {
  const { pages } = await queuesOf([letters(4), ['e', 'f', 'g'], ['h']], { limit: 2 });
  assert.deepEqual((await pages.toArray()).map(({ name }) => name), letters(8));
  const sizes = [];
  for await (const { items, marker } of pages.pages()) sizes.push([items.length, marker]);
  assert.deepEqual(sizes, [[2, 'b'], [2, 'd'], [2, 'f'], [1, 'g'], [1, undefined]]);
});

test('each iteration starts anew, asks no more than it needs, and is closed', async () => {
  const { pages, wire } = await queuesOf([letters(10), letters(20).slice(10), ['y']], { limit: 10, marker: 'A', timeoutMs: 7 });
  for await (const { name } of pages) if (name === 'c') break;
  assert.equal(wire.calls.length, 1);
  assert.equal(wire.closedWalks, 1);
  assert.equal((await pages.toArray()).length, 21);
  assert.deepEqual(wire.calls[0].body, { detailed: undefined, limit: 10, marker: 'A' });
  assert.ok(wire.calls.every(({ options }) => options.timeoutMs === 7));
});

test('queues are chosen by a part of the name', async () => {
  const { pages, wire } = await queuesOf([['order-1', 'mail', 'reorder']], { name: 'order', detailed: true });
  assert.deepEqual(await pages.toArray(), [{ name: 'order-1' }, { name: 'reorder' }]);
  assert.deepEqual(wire.calls[0].body, { detailed: true, limit: undefined, marker: undefined });
});

test('a subscription has what the server tells of it', async () => {
  const { client, wire } = await connected();
  wire.answers.subscription_list = [[{ id: 'a', source: 'q', confirmed: false, ttl: null }]];
  assert.deepEqual(await client.queue('q').subscriptions.list({ limit: 2 }).toArray(), [{ id: 'a', source: 'q', confirmed: false }]);
});

test('pools and flavors say what they are without the wire’s extras', async () => {
  const { client, wire } = await connected();
  wire.answers.pool_list = [[{ name: 'p', href: '/v2/pools/p', weight: 0, uri: 'redis://', flavor: null }]];
  assert.deepEqual(await client.pools.list({ detailed: true }).toArray(), [{ name: 'p', uri: 'redis://', weight: 0 }]);
  wire.answers.flavor_get = { pool_list: ['p'], href: '/x' };
  assert.deepEqual(await client.flavors.get('f'), { name: 'f', pool_list: ['p'] });
  await client.pools.update('p', { weight: 3 });
  assert.deepEqual(wire.calls.at(-1), { action: 'pool_update', body: { pool_name: 'p', weight: 3 }, options: undefined });
});

test('messages come page by page, and a walk left early is closed', async () => {
  const { client, wire } = await connected();
  wire.pages = [letters(3).map(message), letters(2).map(message)];
  const sizes = [];
  for await (const { items, marker } of client.queue('q').messages({ limit: 2 }).pages()) sizes.push([items.length, marker]);
  assert.deepEqual(sizes, [[2, 'b'], [1, 'c'], [2, 'b']]);
  for await (const _ of client.queue('q').messages({ echo: false })) break;
  assert.equal(wire.closedWalks, 2);
  assert.deepEqual(wire.calls.at(-1).body, { queue_name: 'q', limit: undefined, marker: undefined, echo: false, include_claimed: false, include_delayed: false });
});

// ── live iterators

test('a subscription starts at the call and yields in order', async () => {
  const { client, wire } = await connected();
  const live = client.queue('q').subscribe();
  const [feed] = wire.feeds;
  feed.sink.ready();
  await live.ready;
  const waiting = [live.next(), live.next()];
  for (let n = 0; n < 4; n++) push(feed, n);
  assert.deepEqual((await Promise.all([...waiting, live.next(), live.next()])).map(({ value }) => value.body), [0, 1, 2, 3]);
  push(feed, 4);
  const { value } = await live.next();
  assert.ok(Math.abs(value.receivedAt - Date.now()) < 1_000);
  assert.deepEqual({ ...value, receivedAt: 0 }, { queue: 'q', body: 4, ttl: 60, receivedAt: 0 });
});

test('break and return end it and give the subscription back', async () => {
  const { client, wire } = await connected();
  const live = client.queue('q').subscribe();
  push(wire.feeds[0], 1);
  push(wire.feeds[0], 2);
  for await (const { body } of live) if (body === 1) break;
  assert.equal(wire.feeds[0].isOpen, false);
  assert.deepEqual(await live.next(), { value: undefined, done: true });
  await assert.rejects(live.ready, code('closed'));

  const other = client.queue('q').subscribe();
  const pending = other.next();
  assert.deepEqual(await other.return(), { value: undefined, done: true });
  assert.deepEqual(await pending, { value: undefined, done: true });
  push(wire.feeds[1], 9);
  assert.equal((await other.next()).done, true);
});

test('beyond its buffer the oldest are dropped, and one event says how many', async () => {
  const { client, wire } = await connected();
  const errors = [];
  client.addEventListener('error', ({ detail }) => errors.push(detail));
  const live = client.queue('q').subscribe({ buffer: 3 });
  for (let n = 0; n < 10; n++) push(wire.feeds[0], n);
  const bodies = [];
  for (let n = 0; n < 3; n++) bodies.push((await live.next()).value.body);
  assert.deepEqual(bodies, [7, 8, 9]);
  await live.return();
  assert.equal(errors.length, 1);
  assert.equal(errors[0].code, 'unavailable');
  assert.match(errors[0].message, /\b7 notifications dropped/);
});

test('dropped notifications are told without anyone reading', async () => {
  const { client, wire } = await connected();
  const told = new Promise(resolve => client.addEventListener('error', ({ detail }) => resolve(detail), { once: true }));
  client.queue('q').subscribe({ buffer: 1 });
  for (let n = 0; n < 5; n++) push(wire.feeds[0], n);
  assert.match((await told).message, /\b4 notifications/);
});

test('its signal rejects with the reason, at once and also later', async () => {
  const { client, wire } = await connected();
  const reason = new Error('enough');
  const controller = new AbortController();
  const live = client.queue('q').subscribe({ signal: controller.signal });
  const pending = live.next();
  push(wire.feeds[0], 1);
  await pending;
  push(wire.feeds[0], 2);
  controller.abort(reason);
  await assert.rejects(live.next(), reason);
  await assert.rejects(live.ready, reason);
  assert.equal(wire.feeds[0].isOpen, false);

  const never = client.queue('q').subscribe({ signal: AbortSignal.abort(reason) });
  await assert.rejects(never.next(), reason);
  assert.equal(wire.feeds.length, 1);
});

test('a failure comes after what was received, and to whoever waits', async () => {
  const { client, wire } = await connected();
  const error = new ZaqarError('forbidden', 'no');
  const live = client.queue('q').subscribe();
  push(wire.feeds[0], 1);
  wire.feeds[0].sink.fail(error);
  assert.equal((await live.next()).value.body, 1);
  await assert.rejects(live.next(), error);
  const waiting = client.queue('q').subscribe();
  const reads = [waiting.next(), waiting.next()];
  wire.feeds[1].sink.fail(error);
  for (const read of reads) await assert.rejects(read, error);
});

test('a failure that nobody looks at is no unhandled rejection', async () => {
  const unhandled = [];
  const note = error => unhandled.push(error);
  process.on('unhandledRejection', note);
  const { client, wire } = await connected();
  client.queue('q').subscribe();
  wire.feeds[0].sink.fail(new ZaqarError('forbidden', 'no'));
  client.queue('q').tail();
  await turn();
  await turn();
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
});

test('close ends iterators after what they hold; a client that died ends them with its error', async () => {
  const { client, wire } = await connected();
  const live = client.queue('q').subscribe();
  const waiting = client.queue('q').subscribe();
  const read = waiting.next();
  push(wire.feeds[0], 1);
  await client.close();
  assert.equal((await read).done, true);
  assert.equal((await live.next()).value.body, 1);
  assert.equal((await live.next()).done, true);
  const late = client.queue('q').subscribe();
  await assert.rejects(late.ready, code('closed'));
  await assert.rejects(late.next(), code('closed'));
  await assert.rejects(client.queue('q').messages().toArray(), code('closed'));

  const dying = await connected();
  const last = dying.client.queue('q').subscribe();
  await dying.wire.close(0, new ZaqarError('unauthorized', 'expired'));
  await turn();
  await assert.rejects(last.next(), code('unauthorized'));
});

function signed() {
  return { project: 'p', paths: ['/v2/queues/q/messages'], methods: ['GET'], expires: '2030-01-02T03:04:05', signature: 'ab' };
}

async function silently(body) {
  FakeWire.staysSilent = true;
  try {
    await body();
  } finally {
    FakeWire.staysSilent = false;
  }
}
