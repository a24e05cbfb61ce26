// Each fault, seen from both ends: a `ws` client before the proxy, a `ws` echo server behind it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { startSite } from '../../scripts/serve.mjs';
import { faultHandler } from './fault-control.mjs';
import { startFaultProxy } from './fault-proxy.mjs';

let upstream, echo, proxy;

before(async () => {
  upstream = http.createServer((request, response) => response.end(`got ${request.url}`));
  echo = new WebSocketServer({ server: upstream });
  echo.on('connection', socket => socket.on('message', data => socket.send(data)));
  await once(upstream.listen(0, '127.0.0.1'), 'listening');
});

beforeEach(async () => {
  await proxy?.stop();
  proxy = await startFaultProxy({ port: upstream.address().port });
});

after(async () => {
  await proxy.stop();
  upstream.closeAllConnections();
  upstream.close();
});

const connect = () => new WebSocket(`ws://127.0.0.1:${proxy.port}/`);
const opened = async () => {
  const socket = connect();
  await once(socket, 'open');
  return socket;
};
/** The code it closed with. (`once` would reject at the error that comes before.) */
const closed = socket => new Promise(resolve => socket.on('error', () => {}).once('close', resolve));
const echoed = async (socket, text) => {
  socket.send(text);
  return String((await once(socket, 'message'))[0]);
};
const fetched = path => fetch(`http://127.0.0.1:${proxy.port}${path}`, { headers: { Connection: 'close' } });
const silence = (socket, ms) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    for (const event of ['message', 'close', 'error', 'unexpected-response']) socket.once(event, () => clearTimeout(timer) || reject(new Error(event)));
  });

test('passes WebSocket and HTTP through and counts them', async () => {
  const socket = await opened();
  assert.equal(await echoed(socket, 'hello'), 'hello');
  assert.equal(await (await fetched('/x')).text(), 'got /x');
  const { connections, upgrades, http: plain, open } = proxy.stats();
  assert.deepEqual({ connections, upgrades, plain, open: open.upgrade }, { connections: 2, upgrades: 1, plain: 1, open: 1 });
  socket.close();
  assert.equal(await closed(socket), 1005);
  assert.equal(proxy.stats().open.upgrade, 0);
});

test('large messages arrive whole', async () => {
  const socket = await opened();
  const text = 'x'.repeat(3_000_000);
  assert.equal((await echoed(socket, text)).length, text.length);
  socket.terminate();
});

test('refuses connections at the door', async () => {
  for (const mode of ['refuse', 'close']) {
    proxy.set({ mode });
    assert.equal(await closed(connect()), 1006);
    await assert.rejects(fetched('/'));
  }
});

test('answers the handshake with a status and lets HTTP pass', async () => {
  proxy.set({ mode: 'status', status: 426 }, 'upgrade');
  const [request, response] = await once(connect(), 'unexpected-response');
  assert.equal(response.statusCode, 426);
  request.destroy();
  assert.equal((await fetched('/')).status, 200);
});

test('drops the handshake silently', async () => {
  proxy.set({ mode: 'drop' });
  const socket = connect();
  await silence(socket, 150);
  assert.equal(socket.readyState, WebSocket.CONNECTING);
  assert.equal(proxy.stats().open.upgrade, 1);
  socket.on('error', () => {}).terminate();
});

test('a black hole holds live and new connections and lets go of them afterwards', async () => {
  const live = await opened();
  proxy.set({ mode: 'blackhole' });
  live.send('held');
  const fresh = connect();
  await Promise.all([silence(live, 150), silence(fresh, 150)]);
  proxy.set({ mode: 'pass' });
  assert.equal(String((await once(live, 'message'))[0]), 'held');
  if (fresh.readyState !== WebSocket.OPEN) await once(fresh, 'open');
  live.terminate();
  fresh.terminate();
});

test('in a black hole the server does not learn that the client has gone', async () => {
  const socket = await opened();
  const before = echo.clients.size;
  proxy.set({ mode: 'blackhole' });
  socket.terminate();
  while (proxy.stats().open.upgrade > 0) await new Promise(setImmediate);
  await new Promise(resolve => setTimeout(resolve, 50));
  assert.equal(echo.clients.size, before);
  const [server] = [...echo.clients].slice(-1);
  proxy.set({});
  await closed(server);
});

test('a stall ends by itself', async () => {
  const socket = await opened();
  assert.equal(proxy.stall(100), 1);
  const start = performance.now();
  assert.equal(await echoed(socket, 'late'), 'late');
  assert.ok(performance.now() - start >= 95);
  socket.terminate();
});

test('cuts live connections by RST and by FIN', async () => {
  for (const how of ['reset', 'fin']) {
    const socket = await opened();
    assert.equal(proxy.cut(how), 1);
    assert.equal(await closed(socket), 1006);
  }
});

test('a cut by FIN is a FIN, and one by RST an RST', async () => {
  for (const [how, error] of [['fin', undefined], ['reset', 'ECONNRESET']]) {
    const socket = net.connect(proxy.port, '127.0.0.1');
    let seen;
    socket.on('error', failure => (seen = failure.code)).resume();
    await once(socket, 'connect');
    while (proxy.stats().open.pending === 0) await new Promise(setImmediate);
    proxy.cut(how);
    await closed(socket);
    assert.equal(seen, error);
  }
});

test('frozen connections stay open and silent, new ones work', async () => {
  const frozen = await opened();
  proxy.freeze();
  frozen.send('lost');
  proxy.set({ mode: 'pass' });
  await silence(frozen, 150);
  assert.equal(frozen.readyState, WebSocket.OPEN);
  const fresh = await opened();
  assert.equal(await echoed(fresh, 'fresh'), 'fresh');
  frozen.terminate();
  fresh.terminate();
});

test('limits the life and the bytes of a connection', async () => {
  proxy.set({ lifeMs: 80 });
  const short = await opened();
  const start = performance.now();
  assert.equal(await closed(short), 1006);
  assert.ok(performance.now() - start >= 60);
  proxy.set({ maxBytes: 5000 });
  const full = await opened();
  assert.equal(await echoed(full, 'small'), 'small');
  full.send('x'.repeat(5000));
  assert.equal(await closed(full), 1006);
});

test('delays each direction', async () => {
  proxy.set({ delayMs: 40 });
  const socket = await opened();
  const start = performance.now();
  const answers = [];
  socket.on('message', data => answers.push(String(data)));
  for (const text of ['1', '2', '3']) socket.send(text);
  while (answers.length < 3) await once(socket, 'message');
  assert.deepEqual(answers, ['1', '2', '3']);
  assert.ok(performance.now() - start >= 80);
  socket.terminate();
});

test('a server that dies takes the connection with it', async () => {
  const socket = await opened();
  for (const client of echo.clients) client.terminate();
  assert.equal(await closed(socket), 1006);
});

test('refuses settings it does not know', () => {
  assert.throws(() => proxy.set({ mode: 'cute' }), /no mode cute/);
  assert.throws(() => proxy.set({ lives: 9 }), /no setting lives/);
  assert.throws(() => proxy.set({}, 'websocket'), /not websocket/);
});

test('is controlled over HTTP', async () => {
  const site = await startSite({ routes: { '/fault': faultHandler({ websocket: proxy }) } });
  const url = `${site.url}fault`;
  const post = (body, headers) => fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const socket = await opened();
  const answer = await post({ websocket: { mode: 'refuse' }, cut: true });
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
  assert.equal((await answer.json()).websocket.settings.upgrade.mode, 'refuse');
  assert.equal(await closed(socket), 1006);
  assert.equal(await closed(connect()), 1006);
  assert.equal((await post({ rest: {} })).status, 400);
  assert.equal((await (await fetch(url)).json()).websocket.stats.upgrades, 1);

  // What a page of another site can send, and what a form can.
  const refused = { Origin: 'https://other.example', 'Sec-Fetch-Site': 'cross-site' };
  for (const [name, value] of Object.entries(refused)) {
    assert.equal((await post({ websocket: { mode: 'pass' } }, { [name]: value })).status, 403, name);
    assert.equal((await fetch(url, { headers: { [name]: value } })).status, 403, name);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=application/json']) {
    assert.equal((await post({ websocket: { mode: 'pass' } }, { 'Content-Type': type })).status, 415, type);
  }
  assert.equal(proxy.settings().upgrade.mode, 'refuse');
  assert.equal((await post({ websocket: { mode: 'pass' } }, { Origin: site.url.slice(0, -1), 'Sec-Fetch-Site': 'same-origin' })).status, 200);
  assert.equal(proxy.settings().upgrade.mode, 'pass');
  await site.stop();
});
