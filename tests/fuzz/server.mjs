// A server that is Zaqar at times, and otherwise whatever its dice say: what it sends, how much, how slowly, and what it does to
// connections. It keeps the secrets that another origin was sent.

import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { Encoder, decode } from '@msgpack/msgpack';
import { WebSocketServer } from 'ws';
import { anything, mutated } from './dice.mjs';

const encoder = new Encoder({ useBigInt64: true });
const BOMB = gzipSync(Buffer.alloc(40 << 20, '[null,'), { level: 1 });
const CODES = [1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 3000, 4000, 4003, 4999];
const STATUSES = [200, 201, 204, 300, 304, 400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 502, 503, 504, 520, 599];
const PATIENCE = ['0', '1', '999999999', '99999999999999999999', '-1', 'x', '', 'Wed, 21 Oct 2065 07:28:00 GMT'];
const REDIRECTS = [301, 302, 303, 307, 308];
const SECRETS = ['x-auth-token', 'url-signature', 'x-project-id'];

/**
 * Starts both transports on the first of two ports, and on the second another origin to redirect to. A port that is 0 is replaced
 * by one that is free: Node's `fetch` keeps something of each origin for good, so that the next server should have the same.
 */
export async function startServer(dice, ports = [0, 0]) {
  const elsewhere = await listening(http.createServer(leak), ports[1]);
  const server = new HostileServer(dice, elsewhere);
  await server.start(ports[0]);
  ports.splice(0, 2, server.port, elsewhere.address().port);
  return server;

  function leak(request, response) {
    const secret = SECRETS.find(name => request.headers[name] !== undefined);
    if (secret) server.leaked.push(`${request.method} ${request.url} with ${secret}`);
    response.end('{}');
  }
}

class HostileServer {
  /** What another origin was sent. */
  leaked = [];
  #dice;
  #elsewhere;
  #http;
  #sockets;
  #timers = new Set();
  #connections = new Set();
  /** How bad it is. Some let a client come far before they strike. */
  #malice;
  /** A server that never ends gives new ids, or the same again. */
  #ids = 0;
  #most;

  constructor(dice, elsewhere) {
    this.#dice = dice;
    this.#elsewhere = elsewhere;
    this.#malice = dice.one([0.03, 0.1, 0.3, 0.8]);
    this.#most = dice.one([3, 40, Infinity]);
  }

  async start(wanted) {
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: this.#dice.chance(0.5) });
    this.#http = await listening(http.createServer((request, response) => this.#exchange(request, response)), wanted);
    this.#http.on('connection', connection => {
      this.#connections.add(connection);
      connection.on('close', () => this.#connections.delete(connection));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('clientError', (_, socket) => socket.destroy());
    this.port = this.#http.address().port;
    this.endpoints = { websocket: `ws://127.0.0.1:${this.port}`, rest: `http://127.0.0.1:${this.port}` };
  }

  async stop() {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const connection of this.#connections) connection.destroy();
    this.#elsewhere.closeAllConnections();
    for (const server of [this.#http, this.#elsewhere]) await new Promise(resolve => server.close(resolve));
  }

  // ── WebSocket

  #upgrade(request, socket, head) {
    socket.on('error', () => {});
    if (!this.#dice.chance(this.#malice / 2)) {
      return this.#sockets.handleUpgrade(request, socket, head, open => this.#converse(open));
    }
    const answers = [
      () => socket.destroy(),
      () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
      () => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${this.#address()}\r\nContent-Length: 0\r\n\r\n`),
      () => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'),
      () => socket.write('HTTP/1.1 101'),
      () => this.#later(2_000, () => socket.destroy()),
    ];
    this.#dice.one(answers)();
  }

  #converse(socket) {
    socket.on('error', () => {});
    socket.on('message', (frame, isBinary) => {
      const request = attempt(() => (isBinary ? decode(frame) : JSON.parse(frame)));
      if (request) this.#reply(socket, request, isBinary);
    });
  }

  #reply(socket, request, isBinary) {
    const send = value => socket.send(isBinary ? encoder.encode(value) : JSON.stringify(value, plain), { binary: isBinary });
    const [status, body] = this.#answer(request.action, request.body ?? {});
    const reply = { request, headers: { status }, body };
    if (!this.#dice.chance(this.#malice)) {
      if (request.action === 'subscription_create') this.#flood(send, request.body?.queue_name);
      return this.#later(this.#dice.chance(0.1) ? this.#dice.below(300) : 0, () => send(reply));
    }
    const { queue_name: queue } = request.body ?? {};
    const answers = [
      () => send(mutated(this.#dice, reply)),
      () => send({ ...reply, body: mutated(this.#dice, body) }),
      () => send({ ...reply, body: anything(this.#dice) }),
      () => send({ ...reply, headers: { status: this.#dice.one(STATUSES) }, body: { error: anything(this.#dice) } }),
      () => send({ ...reply, request: { action: 'queue_delete' } }),
      () => [send(reply), send(reply)],
      () => {},
      () => socket.send(bytes(this.#dice), { binary: true }),
      () => socket.send(cut(this.#dice, encoder.encode(reply)), { binary: true }),
      () => socket.send(JSON.stringify(reply, plain), { binary: false }),
      () => socket.send('[{"a":'.repeat(this.#dice.one([3, 500, 60_000])) + '1', { binary: false }),
      () => socket.send(deepFrame(request.action, this.#dice.one([100, 2_000, 100_000])), { binary: true }),
      () => socket.send(nested('[', ']', this.#dice.one([100, 2_000, 100_000])), { binary: false }),
      () => socket.send(Buffer.from([this.#dice.one([0xdd, 0xdf, 0xc6, 0xdb]), 0x7f, 0xff, 0xff, 0xff]), { binary: true }),
      () => socket.send(nils(this.#dice.one([50_000, 5_000_000, 20_000_000])), { binary: true }),
      () => this.#flood(send, queue),
      () => socket.close(this.#dice.one(CODES)),
      () => socket.terminate(),
      () => this.#later(this.#dice.below(1_500), () => send(reply)),
    ];
    this.#dice.one(answers)();
  }

  #flood(send, queue) {
    const count = this.#dice.one([1, 20, 500]);
    for (let pushed = 0; pushed < count; pushed++) {
      const push = { queue_name: queue ?? 'q', body: anything(this.#dice), ttl: 60 };
      send(this.#dice.chance(0.2) ? mutated(this.#dice, push) : push);
    }
  }

  // ── HTTP

  #exchange(request, response) {
    response.on('error', () => {});
    request.on('error', () => {});
    let text = '';
    request.on('data', chunk => (text += chunk));
    request.on('end', () => this.#respond(request, response, attempt(() => JSON.parse(text))));
  }

  #respond(request, response, document) {
    const [status, body] = this.#answer(actionOf(request), { ...document });
    const finish = (code, headers, content) => {
      response.writeHead(code, headers);
      response.end(content);
    };
    const json = value => (value === undefined ? undefined : JSON.stringify(value, plain));
    const rest = restBody(actionOf(request), body);
    if (!this.#dice.chance(this.#malice)) return finish(status, {}, status === 204 ? undefined : json(rest));
    const dice = this.#dice;
    const answers = [
      () => finish(200, {}, json(mutated(dice, rest))),
      () => finish(200, {}, json(anything(dice))),
      () => finish(dice.one(STATUSES), {}, json(anything(dice))),
      () => finish(dice.one([429, 503]), { 'Retry-After': dice.one(PATIENCE) }, '{}'),
      () => finish(dice.one(REDIRECTS), { Location: this.#address() }, ''),
      () => finish(dice.one(REDIRECTS), { Location: dice.one(['/v2/', '//', 'http://[', 'x:y', '']) }, ''),
      () => finish(dice.one(REDIRECTS), {}, ''),
      () => finish(201, { Location: dice.one(['/v2/x', '', '%', 'http://a/b?c']) }, json(rest)),
      () => finish(200, {}, nested('[', ']', dice.one([100, 2_000, 300_000]))),
      () => finish(200, {}, nested('{"a":', '}', dice.one([100, 1_500, 300_000]))),
      () => finish(200, {}, bytes(dice)),
      () => finish(200, {}, cut(dice, Buffer.from(json(rest) ?? '{}'))),
      () => finish(200, { 'Content-Encoding': 'gzip' }, BOMB),
      () => finish(200, { 'Content-Encoding': 'gzip' }, 'no gzip'),
      () => finish(200, { 'Content-Length': '1000' }, undefined),
      () => this.#half(response),
      () => this.#drip(response, json(rest) ?? '{}'),
      () => this.#pour(response),
      () => request.socket.destroy(),
      () => request.socket.end('HTTP/9.9 what\r\n\r\n'),
      () => this.#later(2_000, () => request.socket.destroy()),
    ];
    dice.one(answers)();
  }

  #half(response) {
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('{"messages":[');
    this.#later(this.#dice.below(200), () => response.destroy());
  }

  /** A byte at a time. */
  #drip(response, text, at = 0) {
    if (response.destroyed) return;
    if (at >= text.length) response.end();
    else {
      response.write(text[at]);
      this.#later(20, () => this.#drip(response, text, at + 1));
    }
  }

  /** Without an end. */
  #pour(response) {
    if (response.destroyed) return;
    const more = response.write(' '.repeat(1 << 16));
    if (more) this.#later(1, () => this.#pour(response));
    else response.once('drain', () => this.#pour(response));
  }

  // ── what Zaqar would say

  #answer(action, body) {
    const items = () => Array.from({ length: this.#dice.below(4) === 0 ? this.#dice.below(10) : 10 }, () => this.#id());
    switch (action) {
      case 'queue_create': return [201, {}];
      case 'queue_list': return [200, { queues: items().map(name => ({ name, metadata: {} })) }];
      case 'queue_get': return [200, { a: 1 }];
      case 'queue_get_stats': return [200, { messages: { free: 1, claimed: 0, total: 1, newest: { id: this.#id(), age: 1, created: 'x' } } }];
      case 'message_post': return [201, { message_ids: (body.messages ?? []).map(() => this.#id()) }];
      case 'message_list':
      case 'message_get_many':
      case 'message_delete_many': return [200, { messages: items().map(id => this.#message(id)) }];
      case 'message_get': return [200, { messages: this.#message(this.#id()) }];
      case 'claim_create': return [201, { claim_id: this.#id(), messages: [this.#message(this.#id())] }];
      case 'claim_get': return [200, { ttl: 60, age: 1, messages: [this.#message(this.#id())] }];
      case 'subscription_create': return [201, { subscription_id: this.#id() }];
      case 'subscription_list': return [200, { subscriptions: items().map(id => ({ id, source: 'q', subscriber: 'http://x', ttl: 60, age: 0, options: {} })) }];
      case 'pool_list': return [200, { pools: items().map(name => ({ name, uri: 'x', weight: 1 })) }];
      case 'flavor_list': return [200, { flavors: items().map(name => ({ name, pool_list: [] })) }];
      default: return [204, {}];
    }
  }

  #message(id) {
    return { id, body: this.#dice.chance(0.2) ? anything(this.#dice) : { n: 1 }, ttl: 300, age: this.#dice.below(100), claim_id: null, claim_count: 0, checksum: 'x' };
  }

  #id() {
    const id = this.#ids++ % this.#most;
    return `00000000-0000-4000-8000-${id.toString(16).padStart(12, '0')}`;
  }

  #address() {
    return `http://localhost:${this.#elsewhere.address().port}/v2/stolen`;
  }

  #later(ms, task) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      attempt(task);
    }, ms);
    this.#timers.add(timer);
  }
}

/** REST has other shapes. */
function restBody(action, body) {
  if (action === 'message_post') return { resources: body.message_ids.map(id => `/v2/queues/q/messages/${id}`) };
  if (action === 'message_get') return body.messages;
  return body;
}

function actionOf({ method, url }) {
  const [, , kind, , within, id] = url.split(/[/?]/);
  if (kind === 'ping') return 'ping';
  if (!within?.match(/^[a-z]+$/)) return { queues: method === 'PUT' ? 'queue_create' : url.includes('queues/') ? 'queue_get' : 'queue_list', pools: 'pool_list', flavors: 'flavor_list' }[kind];
  if (within === 'stats') return 'queue_get_stats';
  if (within === 'claims') return method === 'POST' ? 'claim_create' : method === 'GET' ? 'claim_get' : undefined;
  if (within === 'subscriptions') return method === 'POST' ? 'subscription_create' : method === 'GET' ? 'subscription_list' : undefined;
  if (within === 'messages') return { POST: 'message_post', DELETE: 'message_delete_many', GET: id?.length === 36 ? 'message_get' : 'message_list' }[method];
  return undefined;
}

function bytes(dice) {
  return Buffer.from(Array.from({ length: dice.below(200) }, () => dice.below(256)));
}

function cut(dice, whole) {
  return whole.subarray(0, dice.below(whole.length));
}

function nested(open, close, depth) {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

function deepFrame(action, depth) {
  const head = encoder.encode({ request: { action }, headers: { status: 200 } });
  return Buffer.concat([Buffer.from([0x83]), head.subarray(1), Buffer.from('\xa4body', 'latin1'), Buffer.alloc(depth, 0x91), Buffer.from([1])]);
}

function nils(count) {
  const frame = Buffer.alloc(count + 5, 0xc0);
  frame[0] = 0xdd;
  frame.writeUInt32BE(count, 1);
  return frame;
}

/** What JSON cannot hold is written as a number or left out. */
function plain(_key, value) {
  return typeof value === 'bigint' ? Number(value) : value;
}

function attempt(task) {
  try {
    return task();
  } catch {
    return undefined;
  }
}

function listening(server, port) {
  return new Promise((resolve, reject) => server.on('error', reject).listen(port, '127.0.0.1', () => resolve(server)));
}
