// A server in place of Zaqar for tests of what the client does when something ends: it can leave requests unanswered, and tells
// which sockets and exchanges are open. It answers as much of the protocol as a round trip needs, on a real socket and over REST.
//
//   const server = await startStandIn();
//   … server.websocket, server.rest … server.open() … await server.stop();
//
// What is asked of a queue named `silent…` is never answered, nor anything after it on the same socket, nor anything on a socket at
// `/silent`. Pages use
// it by HTTP: `/control/open`, `/control/send` (a frame that is of no use to any client) and `/control/drop` (all sockets).

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocketServer } from 'ws';

const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Access-Control-Allow-Methods': '*' };
const ROUTES = [
  ['GET', /^ping$/, 'ping'],
  ['GET', /^queues$/, 'queue_list'],
  ['PUT', /^queues\/([\w-]+)$/, 'queue_create'],
  ['GET', /^queues\/([\w-]+)\/stats$/, 'queue_get_stats'],
  ['POST', /^queues\/([\w-]+)\/messages$/, 'message_post'],
  ['GET', /^queues\/([\w-]+)\/messages$/, 'message_list'],
  ['GET', /^queues\/([\w-]+)\/messages\/([\w-]+)$/, 'message_get'],
  ['DELETE', /^queues\/([\w-]+)\/messages\/([\w-]+)$/, 'message_delete'],
  ['POST', /^queues\/([\w-]+)\/claims$/, 'claim_create'],
  ['DELETE', /^queues\/([\w-]+)\/claims\/([\w-]+)$/, 'claim_delete'],
];

export async function startStandIn() {
  const queues = new Map();
  const held = new Set();
  const frames = [];
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  sockets.on('connection', (socket, { url }) => {
    // those whose posts it is told of
    socket.queues = new Set();
    let isSilent = url === '/silent';
    socket.on('message', data => {
      frames.push(data);
      const request = decode(data);
      if (request.action === 'subscription_create') socket.queues.add(request.body.queue_name);
      const answer = answerTo(request.action, request.body ?? {});
      isSilent ||= !answer;
      if (!isSilent) socket.send(encode({ request: { ...request, body: {} }, headers: { status: answer.status }, body: answer.body }));
    });
  });
  const rest = http.createServer((request, response) => void serve(request, response));
  await Promise.all([once(sockets, 'listening'), new Promise(resolve => rest.listen(0, '127.0.0.1', resolve))]);

  async function serve(request, response) {
    if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
    const { pathname } = new URL(request.url, 'http://here');
    if (pathname.startsWith('/control/')) return response.writeHead(200, CORS).end(JSON.stringify(control[pathname.slice(9)]() ?? null));
    const [, , action] = ROUTES.find(([method, route]) => method === request.method && route.test(pathname.slice('/v2/'.length))) ?? [];
    const [, , , queue_name, , message_id] = pathname.split('/');
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answerTo(action, { queue_name, message_id, ...JSON.parse(Buffer.concat(chunks).toString() || '{}') });
    if (!answer) {
      held.add(response);
      return response.once('close', () => held.delete(response));
    }
    const document = answer.rest ?? answer.body;
    response.writeHead(answer.status, { ...CORS, 'Content-Type': 'application/json' }).end(answer.status === 204 ? '' : JSON.stringify(document));
  }

  function answerTo(action, body) {
    const { queue_name = '' } = body;
    if (queue_name.startsWith('silent')) return undefined;
    const messages = queues.get(queue_name) ?? [];
    switch (action) {
      case 'queue_create': return { status: 201, body: {} };
      case 'queue_list': return { status: 200, body: { queues: [] }, rest: { queues: [], links: [] } };
      case 'queue_get_stats': return { status: 200, body: { messages: { claimed: 0, free: messages.length, total: messages.length } } };
      case 'subscription_create': return { status: 201, body: { subscription_id: randomUUID() } };
      case 'message_post': return post(queue_name, body.messages);
      case 'message_list': return { status: 200, body: { messages: [] }, rest: { messages: [], links: [] } };
      case 'message_get': return found(messages.find(({ id }) => id === body.message_id), message => ({ body: { messages: message }, rest: message }));
      case 'claim_create': return claim(queue_name, messages);
      case undefined: return { status: 404, body: { error: 'there is no such action here' } };
      default: return { status: 204, body: '' };
    }
  }

  function post(queue, bodies) {
    const added = bodies.map(({ body, ttl = 300 }) => ({ id: newId(), body, ttl, age: 0, claim_id: null }));
    queues.set(queue, [...(queues.get(queue) ?? []), ...added]);
    for (const socket of sockets.clients) if (socket.queues.has(queue)) for (const { body, ttl } of added) socket.send(encode({ queue_name: queue, body, ttl }));
    return { status: 201, body: { message_ids: added.map(({ id }) => id) }, rest: { resources: added.map(({ id }) => `/v2/queues/${queue}/messages/${id}`) } };
  }

  function claim(queue, [message]) {
    if (!message) return { status: 204, body: '' };
    const claim_id = newId();
    queues.set(queue, queues.get(queue).slice(1));
    const href = `/v2/queues/${queue}/messages/${message.id}?claim_id=${claim_id}`;
    return { status: 201, body: { claim_id, messages: [{ ...message, claim_id }] }, rest: { messages: [{ ...message, claim_id, href }] } };
  }

  const control = {
    /** Sockets that are open, and exchanges that wait for an answer. */
    open: () => ({ sockets: sockets.clients.size, exchanges: held.size }),
    send() {
      for (const socket of sockets.clients) socket.send(encode({ queue_name: 'nobody', body: 1, ttl: 1 }));
    },
    drop() {
      for (const socket of sockets.clients) socket.terminate();
    },
  };
  return {
    websocket: `ws://127.0.0.1:${sockets.address().port}`,
    rest: `http://127.0.0.1:${rest.address().port}`,
    /** What has been sent over sockets. */
    frames,
    ...control,
    /** Puts a message into a queue and tells nobody; gives its id. */
    store(queue, body) {
      const id = newId();
      queues.set(queue, [...(queues.get(queue) ?? []), { id, body, ttl: 300, age: 0, claim_id: null }]);
      return id;
    },
    bodies: queue => (queues.get(queue) ?? []).map(({ body }) => body),
    async stop() {
      control.drop();
      rest.closeAllConnections();
      await Promise.all([new Promise(resolve => sockets.close(resolve)), new Promise(resolve => rest.close(resolve))]);
    },
  };
}

function newId() {
  return randomUUID().replaceAll('-', '').slice(0, 24);
}

function found(message, answer) {
  return message ? { status: 200, ...answer(message) } : { status: 404, body: { error: 'not found' } };
}

function once(emitter, event) {
  return new Promise((resolve, reject) => emitter.once(event, resolve).once('error', reject));
}
