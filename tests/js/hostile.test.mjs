// The built package in Node at servers that lead elsewhere, send too much, nest too deep or never end. Needs `npm run build`.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket, WebSocketServer } from 'ws';
import { pkg } from '../../scripts/lib/paths.mjs';
import { held, watchWasm } from '../support/memory.mjs';

const MEBIBYTE = 2 ** 20;
const wasm = watchWasm();
const { ZaqarError, connect, init } = await import(pathToFileURL(path.join(pkg, 'node.js')).href);

const running = [];
after(() => Promise.all(running.splice(0).map(stop => stop())));

/** An HTTP server whose answers a test gives, and what it was asked. */
async function rest(answer) {
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push({ path: request.url, headers: request.headers });
    answer(request, response);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  running.push(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return { asked, origin: `http://127.0.0.1:${server.address().port}` };
}

/** A WebSocket server that answers each request with what `answer` gives: bytes, a text, or the body of a reply. */
async function socket(answer, options) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  await new Promise(resolve => server.once('listening', resolve));
  server.on('connection', connection => {
    let asked = 0;
    connection.on('error', () => {});
    connection.on('message', (frame, isBinary) => {
      const request = isBinary ? decode(frame) : JSON.parse(frame);
      const body = asked++ === 0 ? { queues: [] } : answer(request);
      if (Buffer.isBuffer(body) || typeof body === 'string') return connection.send(body, { binary: isBinary });
      const reply = { request, headers: { status: 200 }, body };
      connection.send(isBinary ? encode(reply) : JSON.stringify(reply), { binary: isBinary });
    });
  });
  running.push(() => {
    for (const connection of server.clients) connection.terminate();
    return new Promise(resolve => server.close(resolve));
  });
  return `ws://127.0.0.1:${server.address().port}`;
}

async function client(options) {
  const connected = await connect({ projectId: 'p', lazy: true, timeoutMs: 10_000, connectTimeoutMs: 5_000, backoffMs: { min: 5, max: 50 }, WebSocket, ...options });
  running.unshift(() => connected.close({ timeoutMs: 0 }));
  return connected;
}

/** Answers probes, and everything else by `other`. */
const afterProbes = other => (request, response) => {
  if (!request.url.endsWith('/ping')) return other(request, response);
  response.writeHead(204);
  response.end();
};
const json = text => (_request, response) => response.end(text);
const failure = promise => promise.then(value => assert.fail(`resolved to ${value}`), error => error);
const isProtocol = error => error instanceof ZaqarError && error.code === 'protocol';

describe('redirects are not followed', () => {
  let elsewhere;
  before(async () => (elsewhere = await rest(json('{"queues":[],"messages":[]}'))));

  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} to another origin: nothing goes there, and the error names it`, async () => {
      const { origin, asked } = await rest((_request, response) => {
        response.writeHead(status, { Location: `${elsewhere.origin}/v2/` });
        response.end();
      });
      const error = await failure(client({ rest: origin, token: 'secret', lazy: false }));
      assert.ok(isProtocol(error), String(error));
      assert.match(error.message, new RegExp(`redirects to ${elsewhere.origin}`));
      assert.equal(asked.length, 1, 'it is not tried again and again');
      assert.deepEqual(elsewhere.asked, []);
    });
  }

  test('a call that is redirected fails at once, and so does the next', async () => {
    const { origin } = await rest(afterProbes((_request, response) => {
      response.writeHead(307, { Location: `${elsewhere.origin}/v2/queues` });
      response.end();
    }));
    const polling = await client({ rest: origin, signedUrl: { project: 'p', paths: ['/v2/queues/q/messages'], methods: ['GET'], expires: '2100-01-01T00:00:00', signature: 'secret' } });
    const begun = performance.now();
    for (const call of [() => polling.queue('q').messages().toArray(), () => polling.queue('q').post({ body: 1 }), () => polling.health()]) {
      const error = await failure(call());
      assert.ok(isProtocol(error), String(error));
    }
    assert.ok(performance.now() - begun < 5_000);
    assert.deepEqual(elsewhere.asked, []);
    assert.doesNotMatch(polling.report(), new RegExp(elsewhere.origin), 'a report has no addresses');
  });

  test('within one origin neither', async () => {
    const { origin, asked } = await rest((request, response) => {
      response.writeHead(301, { Location: `${request.url}/` });
      response.end();
    });
    const error = await failure(client({ rest: origin, lazy: false }));
    assert.match(error.message, new RegExp(`redirects to ${origin}`));
    assert.equal(asked.length, 1);
  });

  test("what the application's own fetch has followed is not believed", async () => {
    const { origin } = await rest((request, response) => {
      response.writeHead(307, { Location: `${elsewhere.origin}${request.url}` });
      response.end();
    });
    const following = (url, options) => fetch(url, { ...options, headers: {}, redirect: 'follow' });
    const error = await failure(client({ rest: origin, fetch: following, lazy: false }));
    assert.ok(isProtocol(error), String(error));
    assert.match(error.message, new RegExp(`redirects to ${elsewhere.origin}`));
  });
});

test('Retry-After of years is told', async () => {
  const { origin } = await rest(afterProbes((_request, response) => {
    response.writeHead(503, { 'Retry-After': '99999999999' });
    response.end('{}');
  }));
  const polling = await client({ rest: origin });
  const told = new Promise(resolve => polling.addEventListener('error', ({ detail }) => resolve(detail)));
  const call = failure(polling.queue('q').stats({ timeoutMs: 1_000 }));
  const trouble = await told;
  assert.deepEqual([trouble.code, trouble.status], ['unavailable', 503]);
  assert.match(trouble.message, /a minute/);
  assert.equal((await call).code, 'timeout');
});

describe('answers that are too large', () => {
  test('of an HTTP answer no more is read than the limit', async () => {
    let sent = 0;
    const { origin } = await rest(afterProbes((_request, response) => {
      const pour = () => {
        while (!response.destroyed && sent < 200 * MEBIBYTE && response.write(' '.repeat(MEBIBYTE))) sent += MEBIBYTE;
        sent += MEBIBYTE;
        response.once('drain', pour);
      };
      pour();
    }));
    const polling = await client({ rest: origin, maxAnswerBytes: 2 * MEBIBYTE });
    const error = await failure(polling.queue('q').stats());
    assert.ok(isProtocol(error), String(error));
    assert.match(error.message, /maxAnswerBytes/);
    assert.ok(sent < 40 * MEBIBYTE, `${sent} bytes were taken`);
    assert.equal(polling.state, 'connected');
  });

  test('nor of one without a stream is more believed', async () => {
    const response = { status: 200, headers: new Headers(), text: async () => `{"a":"${'x'.repeat(70_000)}"}` };
    const ping = { status: 204, headers: new Headers(), text: async () => '' };
    const polling = await client({ rest: 'http://zaqar.test', maxAnswerBytes: 65_536, fetch: async url => (url.endsWith('/ping') ? ping : response) });
    assert.ok(isProtocol(await failure(polling.queue('q').metadata())));
  });

  for (const [what, answer] of Object.entries({
    'of 20 MB': () => nils(20_000_000),
    'of more values than Zaqar sends': () => nils(6_000_000),
    'that says more items than it has bytes': () => Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  })) {
    test(`a frame ${what} fails its call, and costs no memory for long`, async () => {
      const websocket = await socket(answer, { perMessageDeflate: true });
      const live = await client({ websocket });
      const troubles = [];
      live.addEventListener('error', ({ detail }) => troubles.push(detail.code));
      const isCount = what.includes('items');
      for (let round = 0; round < 3; round++) {
        const error = await failure(live.queue('q').stats({ timeoutMs: isCount ? 1_000 : 10_000 }));
        assert.equal(error.code, isCount ? 'timeout' : 'protocol', String(error));
      }
      assert.ok(troubles.includes('protocol'));
    });
  }

  test('large frames leave little behind, neither in the wasm nor in JavaScript', async () => {
    let asked = 0;
    // V8 keeps a text of thirteen characters or more by the one that it was cut out of.
    const websocket = await socket(() => ({ a: [`a short text ${(asked += 1)}`, 'é'.repeat(MEBIBYTE), 'x'.repeat(4 * MEBIBYTE)] }));
    const live = await client({ websocket });
    await live.queue('q').metadata();
    const before = held();
    for (let round = 0; round < 20; round++) await live.queue('q').metadata();
    const growth = held() - before;
    assert.ok(growth < 60 * MEBIBYTE, `JavaScript holds ${growth} bytes more`);
    assert.ok(wasm.largest() < 64 * MEBIBYTE, `the wasm has ${wasm.largest()} bytes`);
  });

  test('what is allowed is named when it is wrong', async () => {
    for (const maxAnswerBytes of [0, 65_535, 1.5, 2 ** 27, '16', NaN]) {
      const error = await failure(connect({ rest: 'http://zaqar.test', projectId: 'p', maxAnswerBytes }));
      assert.equal(error.code, 'invalid-argument');
      assert.match(error.message, /`maxAnswerBytes` must be a whole number from 65536 to 134217712/);
    }
  });
});

describe('answers that make no sense', () => {
  const nested = depth => '['.repeat(depth) + ']'.repeat(depth);
  const DEEP = nested(100_000);
  const CALLS = {
    metadata: queue => queue.metadata(),
    stats: queue => queue.stats(),
    messages: queue => queue.messages().toArray(),
    get: queue => queue.get('id'),
    getMany: queue => queue.getMany(['id']),
    pop: queue => queue.pop(),
    post: queue => queue.post({ body: 1 }),
    claim: queue => queue.claim(),
    getClaim: queue => queue.getClaim('id'),
    subscriptions: queue => queue.subscriptions.list().toArray(),
    'a subscription': queue => queue.subscriptions.get('id'),
    'a new subscription': queue => queue.subscriptions.create({ subscriber: 'http://x' }),
    share: queue => queue.share({}),
    queues: (_, client) => client.queues().toArray(),
    health: (_, client) => client.health(),
    pools: (_, client) => client.pools.list().toArray(),
    'a flavor': (_, client) => client.flavors.get('id'),
  };
  const ANSWERS = {
    'JSON of a hundred thousand levels': DEEP,
    'such JSON in what is asked for': `{"messages":${DEEP},"queues":${DEEP},"ttl":${DEEP},"a":${DEEP},"resources":${DEEP},"subscription_id":1,"signature":${DEEP},"pools":${DEEP},"subscriptions":${DEEP}}`,
    'null in place of everything': '{"messages":[null],"queues":[null],"ttl":null,"resources":null,"subscription_id":{},"pools":[7],"subscriptions":[[]]}',
    'objects that are no texts': '{"messages":[{"href":{"toString":1}}],"links":[{"href":{"toString":1}}],"resources":[{"toString":1}],"queues":[{"name":{"toString":1}}]}',
  };

  test('over REST, JSON of two million levels is `protocol`', async () => {
    const { origin } = await rest(afterProbes(json(nested(2_000_000))));
    const polling = await client({ rest: origin });
    const error = await failure(polling.queue('q').metadata());
    assert.ok(isProtocol(error), String(error));
  });

  for (const [name, text] of Object.entries(ANSWERS)) {
    test(`over REST, ${name}: nothing but a ZaqarError`, async () => {
      const { origin } = await rest(afterProbes(json(text)));
      const polling = await client({ rest: origin, timeoutMs: 3_000 });
      for (const [call, make] of Object.entries(CALLS)) {
        const error = await make(polling.queue('q'), polling).then(() => undefined, error => error);
        const isExpected = name.startsWith('JSON') ? isProtocol(error) : error === undefined || isProtocol(error);
        assert.ok(isExpected, `${call}: ${error?.stack}`);
      }
    });
  }

  for (const [name, body] of Object.entries({ null: null, 'a text': '', 'an array': [[]], 'a message that is null': { messages: [null] }, 'no numbers': { messages: [{ id: 'a' }], ttl: { valueOf: 1 }, age: 1 } })) {
    test(`over the socket, ${name}: nothing but a ZaqarError`, async () => {
      const websocket = await socket(() => body);
      const live = await client({ websocket, timeoutMs: 1_000 });
      const asked = Object.entries(CALLS).map(async ([call, make]) => {
        const error = await make(live.queue('q'), live).then(() => undefined, error => error);
        assert.ok(error === undefined || error instanceof ZaqarError, `${call}: ${error?.stack}`);
      });
      await Promise.all(asked);
    });
  }

  test('JSON frames that are too deep are `protocol`', async () => {
    const websocket = await socket(() => DEEP);
    const live = await client({ websocket, format: 'json' });
    const error = await failure(live.queue('q').stats());
    assert.ok(isProtocol(error), String(error));
    assert.match(error.message, /too deep/);
  });

  test('what is deep in MessagePack is given as its bytes', async () => {
    const websocket = await socket(request => {
      const head = Buffer.from(encode({ request, headers: { status: 200 } }));
      head[0] += 1;
      return Buffer.concat([head, encode('body'), Buffer.from([0x81]), encode('a'), Buffer.alloc(1_000_000, 0x91), Buffer.from([1])]);
    });
    const live = await client({ websocket });
    let { a: value } = await live.queue('q').metadata();
    while (Array.isArray(value)) [value] = value;
    assert.ok(value instanceof Uint8Array);
  });

  test('a lone surrogate in one message does not take its page with it', async () => {
    const { origin } = await rest(afterProbes(json(`{"messages":[{"id":"a","body":"\\ud800","age":1,"ttl":60},{"id":"b","body":"${'x'.repeat(200)}\\udc00","age":1,"ttl":60}]}`)));
    const polling = await client({ rest: origin });
    const bodies = (await polling.queue('q').pop(2)).map(({ body }) => body);
    assert.deepEqual(bodies, ['\ud800', `${'x'.repeat(200)}\udc00`]);
  });

  test('an age that is no number does not bring a tail down', async () => {
    const websocket = await socket(request => (request.action === 'message_list' ? { messages: [{ id: `m${request.body.marker ?? ''}`.slice(0, 30), age: { valueOf: 1 }, body: 1 }] } : { subscription_id: 's', messages: { total: 0 } }));
    const live = await client({ websocket, pollIntervalMs: { min: 10, max: 20 } });
    const tail = live.queue('q').tail({ from: 'start' });
    const { value } = await tail.next();
    assert.equal(value.body, 1);
    await tail.return();
    assert.equal(live.state, 'connected');
  });
});

describe('lists that never end', () => {
  const LISTS = {
    queues: { list: client => client.queues(), row: name => ({ name }) },
    subscriptions: { list: client => client.queue('q').subscriptions.list(), row: id => ({ id, subscriber: 'x', source: 'q', ttl: 60 }) },
    pools: { list: client => client.pools.list(), row: name => ({ name, uri: 'x', weight: 1 }) },
    flavors: { list: client => client.flavors.list(), row: name => ({ name, pool_list: [] }) },
    messages: { list: client => client.queue('q').messages(), row: id => ({ id, body: 1, ttl: 60, age: 1 }) },
  };
  /** A server of pages of ten, with so many different rows, of which the first follows the last. */
  const endless = (key, row, different) =>
    afterProbes((request, response) => {
      if (request.url.includes('ids=')) return response.end('{"messages":[]}');
      const [, marker = -1] = /marker=row-(\d+)/.exec(request.url) ?? [];
      response.end(JSON.stringify({ [key]: Array.from({ length: 10 }, (_, place) => row(`row-${(Number(marker) + 1 + place) % different}`)) }));
    });

  for (const [key, { list, row }] of Object.entries(LISTS)) {
    test(`${key}: the first \`max\` are taken`, async () => {
      const { origin, asked } = await rest(endless(key, row, Infinity));
      const polling = await client({ rest: origin });
      assert.equal((await list(polling).toArray({ max: 25 })).length, 25);
      assert.ok(asked.length < 10, `${asked.length} requests`);
    });

    test(`${key}: a list that repeats itself ends`, async () => {
      const { origin, asked } = await rest(endless(key, row, 30));
      const polling = await client({ rest: origin });
      assert.equal((await list(polling).toArray()).length, 30);
      assert.ok(asked.length < 60, `${asked.length} requests`);
    });
  }

  test('`max` is a whole number from 1, and nothing else is an option', async () => {
    const polling = await client({ rest: 'http://127.0.0.1:9' });
    for (const max of [0, -1, 1.5, '3', null]) assert.equal((await failure(polling.queues().toArray({ max }))).code, 'invalid-argument');
    assert.equal((await failure(polling.queues().toArray(3))).code, 'invalid-argument');
  });
});

before(() => init());

function nils(count) {
  const frame = Buffer.alloc(count + 5, 0xc0);
  frame[0] = 0xdd;
  frame.writeUInt32BE(count, 1);
  return frame;
}
