// The option `fetch`: it carries every REST request and nothing else, and whatever it does, each call settles with an error of ours
// and the client goes on.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as zaqar from '../../pkg/node.js';
import { pkg } from '../../scripts/lib/paths.mjs';
import { freshEntry } from './lib/entry.mjs';
import { fakeFetch } from './lib/fake.mjs';

const rest = 'http://zaqar.test:8888';

/** A value at which everything that looks at it fails. */
const spiteful = () => new Proxy(() => undefined, { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail, apply: fail });
const fail = () => {
  throw new Error('spite');
};

const headers = new Headers();
const good = { status: 200, headers, text: async () => '{}' };

const HOSTILE = {
  ...variants('throws', value => () => {
    throw value;
  }),
  ...variants('rejects with', value => () => Promise.reject(value)),
  ...variants('returns', value => () => value),
  ...variants('resolves to', value => async () => value),
  ...variants('resolves to a response with the status', status => async () => ({ ...good, status })),
  ...variants('resolves to a response with the headers', headers => async () => ({ ...good, headers })),
  ...variants('resolves to a response whose headers give', value => async () => ({ ...good, headers: { get: () => value } })),
  ...variants('resolves to a response whose text() returns', value => async () => ({ ...good, text: () => value })),
  ...variants('resolves to a response whose text() resolves to', value => async () => ({ ...good, text: async () => value })),
  ...variants('resolves to a response whose text() rejects with', value => async () => ({ ...good, text: () => Promise.reject(value) })),
  'never settles': () => new Promise(() => undefined),
  'returns something that never calls back': () => ({ then: () => undefined }),
  'returns something whose then throws': () => ({ then: fail }),
  'resolves to a response whose text() throws': async () => ({ ...good, text: fail }),
  'resolves to a response whose text() never settles': async () => ({ ...good, text: () => new Promise(() => undefined) }),
  'resolves to a response whose headers throw': async () => ({ ...good, headers: { get: fail } }),
  'resolves to a response with getters that throw': async () => Object.defineProperties({}, { status: { get: fail }, headers: { get: fail }, text: { get: fail } }),
  'resolves to an opaque response': async () => Response.error(),
  'resolves to a response that has been read': async () => {
    const response = new Response('{}');
    await response.text();
    return response;
  },
};

function variants(what, make) {
  const values = {
    'undefined': undefined, 'null': null, 'a number': 5, 'NaN': NaN, 'a bigint': 5n, 'a string': 'text', 'a symbol': Symbol('s'),
    'an object': {}, 'an object without a prototype': Object.create(null), 'a function': () => undefined, 'an array': [1],
    'an error': new TypeError('failed'), 'an error whose text throws': Object.assign(new Error(), { toString: fail }), 'a spiteful proxy': spiteful(),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${what} ${name}`, make(value)]));
}

describe('a fetch that', { timeout: 60_000, concurrency: 16 }, () => {
  for (const [what, hostile] of Object.entries(HOSTILE)) {
    test(`${what} crashes nothing`, async () => {
      let current = fakeFetch();
      const fetch = (url, init) => current(url, init);
      const client = await zaqar.connect({ rest, projectId: 'p', fetch, backoffMs: { min: 5, max: 5 }, pollIntervalMs: { min: 10, max: 10 } });
      const queue = client.queue('q');
      current = hostile;
      const calls = [queue.stats({ timeoutMs: 50 }), queue.create({}, { timeoutMs: 50 }), queue.post({ body: 1 }, { timeoutMs: 50 })];
      for (const { status, reason } of await Promise.allSettled(calls)) {
        // of some the answer can be read after all
        if (status === 'rejected') assertOurs(reason);
      }
      current = fakeFetch();
      assert.equal((await queue.stats({ timeoutMs: 5_000 })).total, 0);
      await client.close();

      const { reason } = await zaqar.connect({ rest, projectId: 'p', fetch: hostile, connectTimeoutMs: 50 }).then(client => client.close(), reason => ({ reason })) ?? {};
      if (reason) assertOurs(reason);
    });
  }
});

function assertOurs(error) {
  assert.ok(error instanceof zaqar.ZaqarError, String(error?.stack));
  assert.notEqual(error.code, 'crashed', error.message);
}

for (const [how, fetch] of [['throws', () => { throw new TypeError('no way out'); }], ['rejects', () => Promise.reject(new TypeError('no way out'))]]) {
  test(`what it ${how} is in the error of connect`, async () => {
    await assert.rejects(zaqar.connect({ rest, projectId: 'p', fetch, connectTimeoutMs: 100 }), { code: 'timeout', message: /REST: TypeError: no way out/ });
  });
}

test('a global fetch that is replaced by a strange one crashes nothing', async t => {
  t.mock.method(globalThis, 'fetch', () => undefined);
  await zaqar.connect({ rest, projectId: 'p', connectTimeoutMs: 50 }).then(assert.fail, assertOurs);
});

test('it carries every REST request, and nothing else', async t => {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async url => {
    asked.push(String(url));
    return new Response(await readFile(path.join(pkg, 'zaqar_web.wasm')), { headers: { 'Content-Type': 'application/wasm' } });
  });
  const fetch = fakeFetch();
  const { connect, init } = await freshEntry('slim.js');
  await init('http://page.test/zaqar_web.wasm');
  assert.deepEqual(asked, ['http://page.test/zaqar_web.wasm']);

  const client = await connect({ rest, projectId: 'p', fetch });
  const queue = client.queue('q');
  await Promise.all([queue.create(), queue.stats(), queue.post({ body: 1 }), queue.messages().toArray(), client.ping()]);
  await client.close();
  assert.deepEqual(asked.length, 1);
  for (const { url } of fetch.asked) assert.ok(url.startsWith(`${rest}/v2/`), url);
  for (const what of ['/v2/queues/q', '/v2/queues/q/stats', '/v2/queues/q/messages', '/v2/ping']) {
    assert.ok(fetch.asked.some(({ url }) => new URL(url).pathname === what), what);
  }
});

test('it is called as a plain function with an address and what fetch takes', async () => {
  const given = [];
  const fetch = fakeFetch();
  const spy = function (...args) {
    given.push({ self: this, args });
    return fetch(...args);
  };
  const client = await zaqar.connect({ rest, projectId: 'p', token: 'secret', fetch: spy });
  await client.queue('q').post({ body: { a: 1 } });
  await client.close();
  for (const { self, args } of given) {
    assert.equal(self, undefined);
    assert.equal(args.length, 2);
    const request = new Request(...args);
    assert.equal(request.headers.get('X-Project-ID'), 'p');
    assert.equal(request.headers.get('X-Auth-Token'), 'secret');
    assert.equal(request.headers.get('Client-ID'), client.clientId);
    assert.equal(request.cache, 'no-store');
    assert.ok(args[1].signal instanceof AbortSignal);
  }
  const post = new Request(...given.map(({ args }) => args).find(([url]) => url.endsWith('/messages')));
  assert.equal(post.method, 'POST');
  assert.equal(post.headers.get('Content-Type'), 'application/json');
  assert.deepEqual((await post.json()).messages.map(({ body }) => body), [{ a: 1 }]);
});

for (const [given, sent] of [[undefined, 'omit'], ['omit', 'omit'], ['same-origin', 'same-origin'], ['include', 'include']]) {
  test(`credentials ${given} are sent as ${sent}`, async () => {
    const fetch = fakeFetch();
    const client = await zaqar.connect({ rest, projectId: 'p', fetch, credentials: given });
    await client.queue('q').stats();
    await client.close();
    for (const { init } of fetch.asked) assert.equal(init.credentials, sent);
  });
}

test('credentials that fetch does not know are refused by name', async () => {
  for (const credentials of ['all', true, 1, null]) {
    await assert.rejects(zaqar.connect({ rest, projectId: 'p', credentials }), { code: 'invalid-argument', message: /`?credentials/ });
  }
});

test('a call that is aborted aborts its fetch, and one that has its answer does not', async () => {
  const fetch = fakeFetch();
  const signals = [];
  const client = await zaqar.connect({ rest, projectId: 'p', fetch: (url, init) => (signals.push(init.signal), url.endsWith('/stats') ? new Promise(() => undefined) : fetch(url, init)) });
  await client.queue('q').create();
  assert.deepEqual(signals.map(signal => signal.aborted), signals.map(() => false), 'answered');
  const controller = new AbortController();
  const call = client.queue('q').stats({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(call, /enough/);
  assert.equal(signals.at(-1).aborted, true);
  await client.close({ timeoutMs: 0 });
});
