// What would break the server, or other readers of a queue, and what no configuration of a server allows, is refused before anything is
// sent. What is beyond the limits of a server is refused by it: limits.test.mjs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

let page;

const stage = useStage({
  expected: [FAILED_SOCKET, FAILED_FETCH],
  async prepare({ openPage }) {
    page = await openPage();
    await page.evaluate(async () => {
      window.client = await t.connect();
      window.other = await t.connect();
      await t.until(() => client.transport === 'websocket' && other.transport === 'websocket');
    });
  },
});

/**
 * Each of `attempts` (a sentence to a function of the page that takes a queue) is refused with a sentence that `says` why;
 * nothing is sent, nothing is stored, and the connection lives.
 */
const refuses = (title, says, attempts) =>
  test(title, { timeout: 20_000 }, async () => {
    const wrong = {};
    for (const [what, attempt] of Object.entries(attempts)) {
      const result = await page.evaluate(`(async () => {
        const queue = client.queue(t.fresh());
        await queue.post({ body: 'there' });
        const before = { ...client.metrics(), stats: JSON.stringify(await other.queue(queue.name).stats()) };
        const sent = client.metrics().bytesSent;
        let thrown = false;
        let error;
        try {
          const promise = (${attempt})(queue);
          promise?.catch?.(() => {});
          error = await t.failure(promise);
        } catch (sync) {
          thrown = true;
          error = t.tell(sync);
        }
        const silent = client.metrics().bytesSent === sent;
        const alive = (await client.ping()) > 0;
        const { state, transport } = client;
        const { reconnects, connects, failures } = client.metrics();
        const stats = await other.queue(queue.name).stats();
        return { error, thrown, silent, alive, state, transport, newSockets: [reconnects - before.reconnects, connects - before.connects], total: stats.total };
      })()`);
      const { error, ...rest } = result;
      const found = { name: error?.name, code: error?.code, delivery: error?.delivery, retryable: error?.retryable, status: error?.status, ...rest };
      if (!isDeepStrictEqual(found, REFUSED)) wrong[what] = error === null ? 'not refused' : { ...found, message: error.message };
      else if (!(error.message.length > 10 && says.test(error.message))) wrong[what] = error.message;
    }
    assert.deepEqual(wrong, {});
  });

const REFUSED = {
  name: 'ZaqarError', code: 'invalid-argument', delivery: 'not-sent', retryable: false, status: undefined,
  thrown: false, silent: true, alive: true, state: 'connected', transport: 'websocket', newSockets: [0, 0], total: 1,
};

describe('bodies', () => {
  const bodies = {
    NaN: () => NaN,
    Infinity: () => Infinity,
    '-Infinity': () => -Infinity,
    'NaN deep inside': () => ({ list: [1, { at: NaN }] }),
    'a Uint8Array': () => new Uint8Array([1, 255]),
    'an ArrayBuffer': () => new ArrayBuffer(3),
    'a DataView': () => new DataView(new ArrayBuffer(3)),
    'a Float64Array inside': () => ({ list: [new Float64Array(2)] }),
    'a Blob': () => new Blob(['x']),
    'a Map': () => new Map([['a', 1]]),
    'a Set': () => new Set([1]),
    'a RegExp': () => /x/,
    'a function': () => () => 1,
    'a function inside': () => ({ call() {} }),
    'a symbol': () => Symbol('x'),
    undefined: () => undefined,
    'undefined in an array': () => [1, undefined],
    'a hole in an array': () => [1, , 3], // eslint-disable-line no-sparse-arrays
    'an Error': () => new Error('x'),
  };
  refuses('what is not JSON is refused', /body/i, Object.fromEntries(Object.entries(bodies).map(([what, make]) => [what, `queue => queue.post({ body: (${make})() })`])));

  refuses('lone surrogates are refused, in values and in keys', /surrogate|unicode/i, {
    'a high one': "queue => queue.post({ body: 'x\\ud800' })",
    'a low one first': "queue => queue.post({ body: '\\udc00\\ud800' })",
    'in a long text': "queue => queue.post({ body: 'x'.repeat(5000) + '\\ud83d' + 'y' })",
    'in a key': "queue => queue.post({ body: { ['\\ud800']: 1 } })",
    'in a key deep inside': "queue => queue.post({ body: [{ a: { ['k\\udfff']: 1 } }] })",
  });

  refuses('integers beyond 64 bits are refused', /64|integer|range|large/i, {
    '2^63, which REST does not take': 'queue => queue.post({ body: 2n ** 63n })',
    '2^64': 'queue => queue.post({ body: 2n ** 64n })',
    '-2^63 - 1': 'queue => queue.post({ body: -(2n ** 63n) - 1n })',
    'inside': 'queue => queue.post({ body: { a: [10n ** 30n] } })',
  });

  refuses('what is nested deeper than a hundred is refused', /deep|nest|100/i, {
    '101 deep': 'queue => queue.post({ body: t.nested(101) })',
    '5,000 deep': 'queue => queue.post({ body: t.nested(5000) })',
  });

  refuses('what contains itself is refused', /deep|nest|cycl|circular|itself|100/i, {
    'an object': 'queue => { const body = {}; body.self = body; return queue.post({ body }); }',
    'an array': 'queue => { const body = []; body.push([body]); return queue.post({ body }); }',
  });

  test('one bad message among many keeps all from being sent', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      return { error: await t.failure(queue.post([{ body: 1 }, { body: NaN }, { body: 3 }])), total: (await queue.stats()).total };
    });
    assert.deepEqual([result.error?.code, result.error?.delivery, result.total], ['invalid-argument', 'not-sent', 0]);
  });

  test('a getter or a toJSON that throws does no harm', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const errors = [];
      for (const body of [{ get x() { throw new Error('mine'); } }, { toJSON() { throw new Error('mine'); } }, new Proxy({}, { ownKeys() { throw new Error('mine'); } })]) {
        errors.push((await t.failure(queue.post({ body }))) !== null);
      }
      return { errors, ping: (await client.ping()) > 0, total: (await queue.stats()).total, after: (await queue.post({ body: 'fine' })).length };
    });
    assert.deepEqual(result, { errors: [true, true, true], ping: true, total: 0, after: 1 });
  });

  test('what has a toJSON, or properties of its own, goes as JSON.stringify would write it', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const point = new (class Point { x = 1; #hidden = 2; y = undefined; })();
      await queue.post([{ body: new Date(0) }, { body: { at: new Date(0) } }, { body: point }, { body: { toJSON: () => [1] } }]);
      return t.bodies(await queue.messages().toArray());
    });
    assert.deepEqual(result, ['1970-01-01T00:00:00.000Z', { at: '1970-01-01T00:00:00.000Z' }, { x: 1 }, [1]]);
  });

  refuses('metadata are held to the same rules', /metadata|body|value|number/i, {
    NaN: 'queue => client.queue(t.fresh()).create({ a: NaN })',
    bytes: 'queue => client.queue(t.fresh()).create({ a: new Uint8Array(1) })',
    'not an object': "queue => client.queue(t.fresh()).create('text')",
    'an array': 'queue => client.queue(t.fresh()).create([1])',
    'an update with NaN': 'queue => queue.updateMetadata({ a: Infinity })',
  });
});

describe('numbers and names', () => {
  refuses('a ttl of a message outside of its limits is refused', /ttl/i, {
    59: 'queue => queue.post({ body: 1, ttl: 59 })',
    0: 'queue => queue.post({ body: 1, ttl: 0 })',
    '-1': 'queue => queue.post({ body: 1, ttl: -1 })',
    'a text': "queue => queue.post({ body: 1, ttl: '60' })",
    'a fraction': 'queue => queue.post({ body: 1, ttl: 60.5 })',
    NaN: 'queue => queue.post({ body: 1, ttl: NaN })',
    null: 'queue => queue.post({ body: 1, ttl: null })',
    'of the second': 'queue => queue.post([{ body: 1 }, { body: 2, ttl: 5 }])',
  });

  refuses('a delay outside of its limits is refused', /delay/i, {
    '-1': 'queue => queue.post({ body: 1, delay: -1 })',
    'a text': "queue => queue.post({ body: 1, delay: '5' })",
    'a fraction': 'queue => queue.post({ body: 1, delay: 0.5 })',
  });

  refuses('a page size that is none is refused', /limit/i, Object.fromEntries(
    ['0', "'x'", '-1', '1.5', 'NaN', 'null'].flatMap(limit => [
      [`messages ${limit}`, `queue => queue.messages({ limit: ${limit} }).toArray()`],
      [`queues ${limit}`, `() => client.queues({ limit: ${limit} }).toArray()`],
      [`subscriptions ${limit}`, `queue => queue.subscriptions.list({ limit: ${limit} }).toArray()`],
      [`claim ${limit}`, `queue => queue.claim({ limit: ${limit} })`],
    ]),
  ));

  refuses('a number of messages to pop is one', /count|pop/i, {
    0: 'queue => queue.pop(0)',
    '-1': 'queue => queue.pop(-1)',
    'a text': "queue => queue.pop('5')",
    'a fraction': 'queue => queue.pop(1.5)',
  });

  refuses('a post of nothing is refused, and what is no message', /message|body/i, {
    'no messages': 'queue => queue.post([])',
    'no argument': 'queue => queue.post()',
    null: 'queue => queue.post(null)',
    'a text': "queue => queue.post('text')",
    'no body': 'queue => queue.post({})',
    'a text in the list': "queue => queue.post([{ body: 1 }, 'text'])",
    'null in the list': 'queue => queue.post([null])',
  });

  refuses('ids that are none are refused', /id/i, {
    'get a number': 'queue => queue.get(5)',
    'get nothing': "queue => queue.get('')",
    'getMany with a number': 'queue => queue.getMany([5])',
    'delete undefined': 'queue => queue.deleteMessages(undefined)',
    'delete with null': 'queue => queue.deleteMessages([null])',
    'claim undefined': 'queue => queue.getClaim(undefined)',
    'subscription undefined': 'queue => queue.subscriptions.get(undefined)',
  });

  refuses('a ttl or grace of a claim outside of its limits is refused', /ttl|grace/i, {
    'ttl 59': 'queue => queue.claim({ ttl: 59 })',
    'ttl text': "queue => queue.claim({ ttl: '60' })",
    'ttl fraction': 'queue => queue.claim({ ttl: 60.5 })',
    'grace 59': 'queue => queue.claim({ grace: 59 })',
    'grace text': "queue => queue.claim({ grace: '60' })",
  });

  test('a ttl or grace of a renewal outside of its limits is refused, and the claim is as it was', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      await queue.post({ body: 1 });
      const claim = await queue.claim({ ttl: 100 });
      const errors = [];
      for (const change of [{ ttl: 59 }, { ttl: '60' }, { grace: 0 }, { grace: 'x' }]) errors.push(await t.failure(claim.renew(change)));
      return { errors, ttl: (await queue.getClaim(claim.id)).ttl, told: claim.ttl };
    });
    for (const error of result.errors) assert.deepEqual([error?.code, error?.delivery], ['invalid-argument', 'not-sent']);
    assert.deepEqual([result.ttl, result.told], [100, 100]);
  });

  const names = { '65 characters': "'x'.repeat(65)", 'a slash': "'a/b'", 'a space': "'a b'", 'an umlaut': "'ä'", nothing: "''", 'a question mark': "'a?b'", 'a hash': "'a#b'", 'a percent sign': "'a%41'", 'a line break': "'a\\n'", 'a number': '5', undefined: 'undefined' };
  test('a queue with an impossible name is refused', async () => {
    for (const [what, name] of Object.entries(names)) {
      const result = await page.evaluate(`(async () => {
        const { requests } = client.metrics();
        const errors = {};
        for (const [how, call] of Object.entries({ create: queue => queue.create(), post: queue => queue.post({ body: 1 }), list: queue => queue.messages().toArray(), stats: queue => queue.stats(), delete: queue => queue.delete(), subscribe: queue => queue.subscribe().ready })) {
          errors[how] = await t.failure(async () => call(client.queue(${name})));
        }
        return { errors, requests: client.metrics().requests - requests, ping: (await client.ping()) > 0 };
      })()`);
      for (const [how, error] of Object.entries(result.errors)) {
        assert.deepEqual([error?.code, error?.delivery], ['invalid-argument', 'not-sent'], `${what}, ${how}: ${JSON.stringify(error)}`);
        assert.match(error.message, /queue|name/i);
      }
      assert.deepEqual([result.requests, result.ping], [0, true], what);
    }
  });

  test('a queue name of 64 characters of all allowed kinds works', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(`${t.fresh()}-_AZaz09`.padEnd(64, 'x'));
      return { length: queue.name.length, created: await queue.create(), posted: (await queue.post({ body: 1 })).length };
    });
    assert.deepEqual(result, { length: 64, created: true, posted: 1 });
  });

  refuses('a queue with a dot in its name is not created', /dot/i, {
    create: "() => client.queue('a.b').create()",
    post: "() => client.queue('a.messages').post({ body: 1 })",
    subscribe: "() => client.queue('a.b').subscribe().ready",
    'webhook subscription': "() => client.queue('a.b').subscriptions.create({ subscriber: 'http://127.0.0.1:1/' })",
  });

  test('a queue with a dot in its name can be read and deleted, and made where that is allowed', async () => {
    const result = await page.evaluate(async () => {
      const name = `${t.fresh()}.dotted`;
      const permissive = await t.connect({ allowDottedNames: true });
      const created = await permissive.queue(name).create();
      await permissive.queue(name).post({ body: 1 });
      const queue = client.queue(name);
      const read = t.bodies(await queue.messages().toArray());
      const { total } = await queue.stats();
      await queue.deleteMessages(t.ids(await queue.messages().toArray()));
      const emptied = await queue.messages().toArray();
      await queue.delete();
      await permissive.close();
      return { created, read, total, emptied };
    });
    assert.deepEqual(result, { created: true, read: [1], total: 1, emptied: [] });
  });

  test('a queue with a dot in its name is not made by who waits for its messages, and they come', async () => {
    const result = await page.evaluate(async () => {
      const careful = await t.connect({ projectId: t.fresh('dots'), transport: 'websocket', pollIntervalMs: { min: 50, max: 200 } });
      const { projectId } = careful;
      const queue = careful.queue('a.b');
      const tail = t.collect(queue.tail({ from: 'start' }), message => message.body);
      await tail.live.ready;
      const before = careful.metrics().replies;
      const handled = [];
      const consumer = queue.consume(async ({ body }) => {
        handled.push(body);
        // Deleted at once, it might be gone before the tail looks.
        await t.until(() => tail.items.length > 0);
      });
      await t.until(() => careful.metrics().replies > before + 5);
      const made = await careful.queues().toArray();
      const permissive = await t.connect({ projectId, allowDottedNames: true });
      await permissive.queue('a.b').post({ body: 'dotted' });
      await t.until(() => handled.length > 0 && tail.items.length > 0);
      await consumer.stop();
      await tail.live.return();
      return { made, handled, tailed: tail.items };
    });
    assert.deepEqual(result, { made: [], handled: ['dotted'], tailed: ['dotted'] });
  });

  refuses('a subscription that no server would take is refused', /subscri|scheme|ttl|url/i, {
    'an unknown scheme': "queue => queue.subscriptions.create({ subscriber: 'gopher://example.org/' })",
    'no scheme': "queue => queue.subscriptions.create({ subscriber: 'example.org' })",
    'a number': 'queue => queue.subscriptions.create({ subscriber: 5 })',
    nothing: 'queue => queue.subscriptions.create({})',
    'ttl 59': "queue => queue.subscriptions.create({ subscriber: 'http://127.0.0.1:1/', ttl: 59 })",
    'ttl text': "queue => queue.subscriptions.create({ subscriber: 'http://127.0.0.1:1/', ttl: 'x' })",
  });
});

describe('options of connect', () => {
  const bad = {
    'no options': undefined,
    'no endpoint': '{ websocket: undefined, rest: undefined }',
    'a websocket of another scheme': "{ websocket: 'ftp://127.0.0.1/' }",
    'a websocket that is no address': "{ websocket: 'nowhere' }",
    'a rest of another scheme': "{ rest: 'ws://127.0.0.1/' }",
    'a rest that is no address': "{ rest: '::' }",
    'an endpoint that is a number': '{ rest: 5 }',
    'no project': '{ projectId: undefined }',
    'an empty project': "{ projectId: '' }",
    'a project that is a number': '{ projectId: 7 }',
    'a project with a line break': "{ projectId: 'a\\r\\nX-Roles: admin' }",
    'a project of 257 characters': "{ projectId: 'p'.repeat(257) }",
    'an unknown transport': "{ transport: 'pigeon' }",
    'websocket without its endpoint': "{ transport: 'websocket', websocket: undefined }",
    'polling without its endpoint': "{ transport: 'polling', rest: undefined }",
    'a client id that is no UUID': "{ clientId: 'me' }",
    'an unknown format': "{ format: 'xml' }",
    'a negative fallbackDelayMs': '{ fallbackDelayMs: -1 }',
    'a timeoutMs of NaN': '{ timeoutMs: NaN }',
    'a timeoutMs of text': "{ timeoutMs: '5' }",
    'a connectTimeoutMs of 0': '{ connectTimeoutMs: 0 }',
    'a keepAliveMs of 0': '{ keepAliveMs: 0 }',
    'a poll interval upside down': '{ pollIntervalMs: { min: 500, max: 100 } }',
    'a poll interval of 0': '{ pollIntervalMs: { min: 0 } }',
    'a poll interval that is a number': '{ pollIntervalMs: 500 }',
    'a backoff upside down': '{ backoffMs: { min: 500, max: 100 } }',
    'a negative backoff': '{ backoffMs: { min: -1 } }',
    'a token that is a number': '{ token: 5 }',
    'an empty token': "{ token: '' }",
    'a token without a token': '{ token: { expiresAt: 5 } }',
    'a token that expires at no time': "{ token: { token: 'abc', expiresAt: 'soon' } }",
    'a logger that is no function': '{ logger: 5 }',
    'a signal that is none': '{ signal: {} }',
    'a WebSocket that is no class': '{ WebSocket: 5 }',
    'a signed URL without a signature': "{ signedUrl: { project: 'p', paths: ['/v2/queues/a/messages'], methods: ['GET'], expires: '2099-01-01T00:00:00' } }",
    'a signed URL that is a text': "{ signedUrl: 'http://example.org' }",
  };
  for (const [what, options] of Object.entries(bad)) {
    test(`${what}: rejected as an invalid argument, not thrown`, async () => {
      const result = await page.evaluate(`(async () => {
        let promise;
        try {
          promise = ${options === undefined ? 'zaqar.connect()' : `zaqar.connect({ websocket: '${stage.endpoints.websocket}', rest: '${stage.endpoints.rest}', projectId: 'e2e', ...${options} })`};
        } catch (error) {
          return { thrown: String(error) };
        }
        const error = await t.failure(promise.then(client => client.close()));
        return { thrown: false, error };
      })()`);
      assert.equal(result.thrown, false);
      assert.deepEqual([result.error?.name, result.error?.code, result.error?.delivery], ['ZaqarError', 'invalid-argument', 'not-sent'], JSON.stringify(result.error));
      assert.ok(result.error.message.length > 10, result.error.message);
    });
  }
});

describe('aborts and timeouts', () => {
  const CALLS = {
    stats: 'queue.stats(options)',
    post: 'queue.post({ body: 1 }, options)',
    create: 'queue.create({}, options)',
    claim: 'queue.claim(options)',
    list: 'queue.messages(options).toArray()',
    pages: 'queue.messages(options).pages()[Symbol.asyncIterator]().next()',
    queues: 'client.queues(options).toArray()',
    subscriptions: 'queue.subscriptions.list(options).toArray()',
    ping: 'client.ping(options)',
    metadata: 'queue.metadata(options)',
    pop: 'queue.pop(1, options)',
  };

  test('a signal that is aborted before rejects with its reason, and nothing is sent', async () => {
    for (const [how, call] of Object.entries(CALLS)) {
      const result = await page.evaluate(`(async () => {
        const queue = client.queue(t.fresh());
        const reason = { mine: true };
        const options = { signal: AbortSignal.abort(reason) };
        const before = client.metrics().bytesSent;
        const caught = await (async () => ${call})().then(() => 'resolved', error => error === reason);
        return { caught, silent: client.metrics().bytesSent === before };
      })()`);
      assert.deepEqual(result, { caught: true, silent: true }, how);
    }
  });

  test('a signal that is aborted while the server is silent rejects at once with its reason', async () => {
    for (const transport of ['websocket', 'polling']) {
      await page.evaluate(async transport => (window.aborting = await t.connect({ transport })), transport);
      stage.websocket.set({ mode: 'blackhole' });
      stage.rest.set({ mode: 'blackhole' });
      try {
        for (const [how, call] of Object.entries(CALLS)) {
          const result = await page.evaluate(`(async client => {
            const queue = client.queue(t.fresh());
            const reason = { mine: true };
            const controller = new AbortController();
            const options = { signal: controller.signal };
            const promise = (async () => ${call})();
            let settled = false;
            promise.catch(() => {}).finally(() => (settled = true));
            await t.pause(5);
            const early = settled;
            const start = performance.now();
            controller.abort(reason);
            const caught = await promise.then(() => 'resolved', error => error === reason);
            return { early, caught, quick: performance.now() - start < 100 };
          })(aborting)`);
          assert.deepEqual(result, { early: false, caught: true, quick: true }, `${how} over ${transport}`);
        }
      } finally {
        stage.websocket.set({ mode: 'pass' });
        stage.rest.set({ mode: 'pass' });
      }
      // Replies that come late belong to nobody, and what is asked next gets its own.
      const result = await page.evaluate(async () => {
        const queue = aborting.queue(t.fresh());
        await queue.post({ body: 'mine' });
        const answers = [t.bodies(await queue.messages().toArray()), (await queue.stats()).total];
        await aborting.close();
        return answers;
      });
      assert.deepEqual(result, [['mine'], 1], transport);
    }
  });

  test('a limit in time rejects in time, and tells whether the server may have seen the request', async () => {
    for (const transport of ['websocket', 'polling']) {
      await page.evaluate(async transport => (window.waiting = await t.connect({ transport })), transport);
      stage.websocket.set({ mode: 'blackhole' });
      stage.rest.set({ mode: 'blackhole' });
      try {
        const result = await page.evaluate(async () => {
          const queue = waiting.queue(t.fresh());
          const options = { timeoutMs: 300 };
          return Promise.all([t.timed(queue.post({ body: 1 }, options)), t.timed(queue.stats(options)), t.timed(queue.messages(options).toArray()), t.timed(queue.claim(options))]);
        });
        for (const { ms, error } of result) {
          assert.equal(error?.code, 'timeout', `${transport}: ${JSON.stringify(error)}`);
          assert.ok(ms > 290 && ms < 800, `${transport}: after ${ms} ms`);
        }
        const [post, , , claim] = result;
        assert.deepEqual([post.error.delivery, post.error.retryable], ['unknown', false], transport);
        assert.equal(claim.error.delivery, 'unknown', transport);
      } finally {
        stage.websocket.set({ mode: 'pass' });
        stage.rest.set({ mode: 'pass' });
      }
      await page.evaluate(() => waiting.close({ timeoutMs: 0 }));
    }
  });

  test('what could not be sent in its time was not sent', async () => {
    stage.websocket.set({ mode: 'refuse' });
    try {
      const result = await page.evaluate(async () => {
        const lazy = await t.connect({ transport: 'websocket', lazy: true });
        const { ms, error } = await t.timed(lazy.queue(t.fresh()).post({ body: 1 }, { timeoutMs: 300 }));
        await lazy.close({ timeoutMs: 0 });
        return { ms, error };
      });
      assert.deepEqual([result.error?.code, result.error?.delivery], ['timeout', 'not-sent'], JSON.stringify(result));
      assert.ok(result.ms > 290 && result.ms < 800, `after ${result.ms} ms`);
    } finally {
      stage.websocket.set({ mode: 'pass' });
    }
  });

  refuses('a limit in time that is none is refused', /timeoutMs|time/i, {
    'a text': "queue => queue.stats({ timeoutMs: 'soon' })",
    NaN: 'queue => queue.stats({ timeoutMs: NaN })',
    '-1': 'queue => queue.stats({ timeoutMs: -1 })',
  });

  refuses('a signal that is none is refused', /signal/i, {
    'a text': "queue => queue.stats({ signal: 'stop' })",
    'a controller': 'queue => queue.post({ body: 1 }, { signal: new AbortController() })',
  });

  test('an abort after the answer does nothing', async () => {
    assert.equal(
      await page.evaluate(async () => {
        const controller = new AbortController();
        const queue = client.queue(t.fresh());
        const [id] = await queue.post({ body: 1 }, { signal: controller.signal });
        controller.abort();
        await t.pause(0);
        return (await queue.get(id)).body;
      }),
      1,
    );
  });
});
