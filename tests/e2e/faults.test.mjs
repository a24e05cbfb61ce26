// Firewalls, middleboxes and dying servers, by fault proxies of each test's own: with both endpoints at hand nothing
// stops, nothing is lost or doubled, and nobody keeps knocking at a door that stays shut.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSER } from '../support/browser.mjs';
import { startFaultProxy } from '../support/fault-proxy.mjs';
import { startMuteServer } from './lib/mute.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

/** Faults of the way to the WebSocket server that last. Of these other browsers than Chromium have those in which they differ most. */
const TROUBLES = {
  'a port that refuses': { mode: 'refuse' },
  'a port that hangs up': { mode: 'close' },
  'a proxy that forbids with 403': { mode: 'status', status: 403 },
  'a proxy that strips the upgrade': { mode: 'status', status: 200 },
  'a firewall that drops silently': { mode: 'drop' },
  'a black hole': { mode: 'blackhole' },
  'a line that stalls': { mode: 'pass', delayMs: 4_000 },
  'a middlebox that cuts at the handshake': { mode: 'pass', maxBytes: 1 },
  'a middlebox that cuts at the first answers': { mode: 'pass', maxBytes: 300 },
  'a middlebox that lets a socket live for 700 ms': { mode: 'pass', lifeMs: 700 },
  'a middlebox that ends a socket politely after 700 ms': { mode: 'pass', lifeMs: 700, cut: 'fin' },
};

const ELSEWHERE = ['a port that refuses', 'a black hole', 'a middlebox that cuts at the first answers'];

/** Tests at the same time. Windows of WebKitGTK under Xvfb have no time to spare. */
const AT_ONCE = BROWSER === 'webkit' ? 1 : 3;

/** Runs `body` with a proxy and a page of its own. */
async function withProxy(settings, body) {
  const proxy = await startFaultProxy({ port: stage.zaqar.websocketPort });
  try {
    proxy.set(settings);
    const page = await stage.openPage({ endpoints: { rest: stage.endpoints.rest, websocket: `ws://127.0.0.1:${proxy.port}` } });
    await body(page, proxy);
    await page.evaluate(() => t.disconnect());
    page.assertNoProblems();
    await page.close();
  } finally {
    await proxy.stop();
  }
}

/** Starts what an application does all the time, reading and posting; `window.working` tells how it went once `window.enough` is true. */
const startWork = page =>
  page.evaluate(() => {
    window.enough = false;
    const queue = client.queue((window.queueName = t.fresh('work')));
    const reads = { done: 0, failed: [], slowest: 0 };
    const posts = { stored: [], unknown: [], unsent: [], other: [] };
    const reading = async () => {
      while (!enough) {
        const { ms, error } = await t.timed(reads.done % 2 === 0 ? queue.stats() : queue.messages({ limit: 20 }).toArray());
        if (error === null) reads.done += 1;
        else reads.failed.push(error);
        reads.slowest = Math.max(reads.slowest, ms);
        await t.pause(40);
      }
    };
    const posting = async () => {
      for (let n = 0; !enough; n += 1) {
        const error = await t.failure(queue.post({ body: n }));
        const kind = error === null ? 'stored' : error.delivery === 'unknown' ? 'unknown' : error.delivery === 'not-sent' ? 'unsent' : 'other';
        posts[kind].push(kind === 'other' ? error : n);
        await t.pause(60);
      }
    };
    window.working = Promise.all([reading(), posting()]).then(() => ({ reads, posts, queue: queueName }));
  });

/** Ends the work and sees that reads never failed and that posts are stored as often as they were acknowledged. */
async function endWork(page) {
  const { reads, posts, queue } = await page.evaluate(() => {
    window.enough = true;
    return working;
  });
  assert.deepEqual(reads.failed, [], 'reads never fail');
  assert.ok(reads.done > 4, `${reads.done} reads`);
  assert.deepEqual(posts.other, [], 'a post that fails tells what is known of its delivery');
  const times = new Map();
  for (const body of await ask(stage.zaqar).bodies(queue)) times.set(body, (times.get(body) ?? 0) + 1);
  for (const n of posts.stored) assert.equal(times.get(n), 1, `${n} was acknowledged`);
  for (const n of posts.unknown) assert.ok((times.get(n) ?? 0) <= 1, `${n} is unknown, and was stored ${times.get(n)} times`);
  for (const n of posts.unsent) assert.equal(times.get(n), undefined, `${n} was not sent`);
  assert.ok(posts.stored.length > 2, `${posts.stored.length} posts`);
  return { reads, posts };
}

const waitForSocket = (page, within) => page.evaluate(within => t.until(() => client.transport === 'websocket', { within, what: 'back on websocket' }), within);

// Most of their time they wait, so some run side by side; more of them, and they would measure each other.
describe('permanent trouble', { concurrency: AT_ONCE, timeout: 120_000 }, () => {
  for (const [what, settings] of Object.entries(TROUBLES).filter(([what]) => BROWSER === 'chromium' || ELSEWHERE.includes(what))) {
    test(`${what}: answered at once, works all the time, knocks seldom, and is back soon after it ends`, async () => {
      await withProxy(settings, async (page, proxy) => {
        const first = await page.evaluate(async () => {
          const start = performance.now();
          window.client = await t.connect();
          const connected = performance.now() - start;
          await client.queue(t.fresh()).stats();
          return { connected, answered: performance.now() - start };
        });
        assert.ok(first.answered < 1_500, `first answer after ${first.answered} ms, connected after ${first.connected} ms`);
        await startWork(page);
        const { connections } = proxy.stats();
        await page.evaluate(() => t.pause(5_000));
        const tried = proxy.stats().connections - connections;
        assert.ok(tried <= 8, `${tried} sockets in 5 s`);
        proxy.set({ mode: 'pass' });
        await waitForSocket(page, 10_000);
        const { reads } = await endWork(page);
        assert.ok(reads.slowest < 3_000, `a read took ${reads.slowest} ms`);
      });
    });
  }

  test('a socket that opens and never answers: answered at once over REST', async () => {
    const mute = await startMuteServer();
    try {
      const page = await stage.openPage({ endpoints: { rest: stage.endpoints.rest, websocket: mute.url } });
      const result = await page.evaluate(async () => {
        const start = performance.now();
        window.client = await t.connect();
        await client.queue(t.fresh()).post({ body: 1 });
        return { ms: performance.now() - start, transport: client.transport };
      });
      assert.ok(result.ms < 1_500, `${result.ms} ms`);
      assert.equal(result.transport, 'polling');
      await startWork(page);
      const accepted = mute.accepted();
      await page.evaluate(() => t.pause(5_000));
      assert.ok(mute.accepted() - accepted <= 8, `${mute.accepted() - accepted} sockets in 5 s`);
      await endWork(page);
      await page.evaluate(() => t.disconnect());
      await page.close();
    } finally {
      await mute.stop();
    }
  });
});

describe('trouble in the middle', { concurrency: AT_ONCE, timeout: 120_000 }, () => {
  const connect = page =>
    page.evaluate(async options => {
      window.client = await t.connect(options);
      await t.until(() => client.transport === 'websocket');
    });

  const SUDDEN = {
    'the socket is cut again and again': async (page, proxy) => {
      for (let n = 0; n < 8; n += 1) {
        proxy.cut(n % 2 === 0 ? 'reset' : 'fin');
        await page.evaluate(() => t.pause(250));
      }
    },
    'the line stalls again and again': async (page, proxy) => {
      for (let n = 0; n < 4; n += 1) {
        proxy.stall(400);
        await page.evaluate(() => t.pause(600));
      }
    },
    'the socket is cut and then refused for a while': async (page, proxy) => {
      proxy.set({ mode: 'refuse' });
      proxy.cut();
      await page.evaluate(() => t.pause(2_500));
      proxy.set({ mode: 'pass' });
    },
    'the socket is cut and then dropped for a while': async (page, proxy) => {
      proxy.set({ mode: 'drop' });
      proxy.cut();
      await page.evaluate(() => t.pause(2_500));
      proxy.set({ mode: 'pass' });
    },
    'REST is gone while the socket lives': async (page, proxy, rest) => {
      rest.set({ mode: 'refuse' });
      await page.evaluate(() => t.pause(2_000));
      rest.set({ mode: 'pass' });
    },
  };
  for (const [what, trouble] of Object.entries(SUDDEN)) {
    test(`${what}: reads never fail, and posts are stored as often as they were acknowledged`, async () => {
      const proxy = await startFaultProxy({ port: stage.zaqar.websocketPort });
      const rest = await startFaultProxy({ port: stage.zaqar.restPort });
      try {
        const page = await stage.openPage({ endpoints: { rest: `http://127.0.0.1:${rest.port}`, websocket: `ws://127.0.0.1:${proxy.port}` } });
        await connect(page);
        await startWork(page);
        await trouble(page, proxy, rest);
        await waitForSocket(page, 10_000);
        await page.evaluate(() => t.pause(1_200));
        const { reads } = await endWork(page);
        assert.ok(reads.slowest < 3_000, `a read took ${reads.slowest} ms`);
        await page.evaluate(() => t.disconnect());
        await page.close();
      } finally {
        await proxy.stop();
        await rest.stop();
      }
    });
  }

  test('a half-open socket: a read that waits on it is answered by REST, a post is not sent twice', async () => {
    await withProxy({ mode: 'pass' }, async (page, proxy) => {
      await page.evaluate(async () => {
        window.client = await t.connect({ keepAliveMs: 1_000 });
        await t.until(() => client.transport === 'websocket');
        window.queue = client.queue(t.fresh());
        await queue.post({ body: 'before' });
      });
      proxy.set({ mode: 'drop' });
      proxy.freeze();
      const result = await page.evaluate(async () => {
        const changes = [];
        client.addEventListener('transportchange', ({ detail }) => changes.push(detail.transport));
        const post = t.timed(queue.post({ body: 'doubtful' }));
        const start = performance.now();
        const list = t.bodies(await queue.messages().toArray());
        const ms = performance.now() - start;
        const { error } = await post;
        const after = (await queue.post({ body: 'after' })).length;
        return { list, ms, error, after, changes, stored: t.bodies(await queue.messages().toArray()) };
      });
      assert.ok(result.ms < 4_000, `${result.ms} ms`);
      assert.deepEqual(result.list, ['before']);
      assert.deepEqual([result.error?.code, result.error?.delivery], ['connection-lost', 'unknown'], JSON.stringify(result.error));
      assert.equal(result.after, 1);
      assert.deepEqual(result.stored, ['before', 'after']);
      assert.equal(result.changes.at(-1), 'polling');
    });
  });

  test('by default, too, a read on a half-open socket is answered before its time is over', async () => {
    await withProxy({ mode: 'pass' }, async (page, proxy) => {
      await connect(page);
      proxy.set({ mode: 'blackhole' });
      const { ms, error } = await page.evaluate(() => t.timed(client.queue(t.fresh()).stats()));
      assert.equal(error, null, JSON.stringify(error));
      assert.ok(ms < 29_000, `${ms} ms`);
    });
  });

  test('notifications and subscriptions come back with the socket', async () => {
    await withProxy({ mode: 'pass' }, async (page, proxy) => {
      await connect(page);
      await page.evaluate(async () => {
        window.queue = client.queue(t.fresh());
        window.live = queue.subscribe();
        await live.ready;
        await queue.post({ body: 'first' });
        if ((await live.next()).value.body !== 'first') throw new Error('another');
      });
      proxy.set({ mode: 'refuse' });
      proxy.cut();
      await page.evaluate(() => t.until(() => client.transport === 'polling'));
      proxy.set({ mode: 'pass' });
      await waitForSocket(page, 10_000);
      const last = await page.evaluate(async () => {
        let n = 0;
        const told = [];
        void (async () => {
          for await (const { body } of live) told.push(body);
        })();
        await t.until(async () => {
          await queue.post({ body: (n += 1) });
          return told.length > 0;
        });
        await live.return();
        return told;
      });
      assert.ok(last.length > 0);
    });
  });

  test('a change of transport says why in words, and metrics count it', async () => {
    await withProxy({ mode: 'refuse' }, async (page, proxy) => {
      await page.evaluate(async () => {
        window.client = await t.connect({ lazy: true });
        window.changes = [];
        client.addEventListener('transportchange', ({ detail }) => changes.push(detail));
        await client.ping();
      });
      proxy.set({ mode: 'pass' });
      await waitForSocket(page, 10_000);
      proxy.set({ mode: 'refuse' });
      proxy.cut();
      const result = await page.evaluate(async () => {
        await t.until(() => client.transport === 'polling');
        const { fallbacks, recoveries } = client.metrics();
        return { changes, fallbacks, recoveries, state: client.state };
      });
      assert.deepEqual(result.changes.map(change => change.transport).filter(transport => transport !== null), ['polling', 'websocket', 'polling']);
      for (const [at, { previous }] of result.changes.entries()) assert.equal(previous, result.changes[at - 1]?.transport ?? null);
      for (const { reason } of result.changes) assert.match(reason, /\w+ \w+/);
      assert.ok(result.fallbacks >= 1 && result.recoveries >= 1, JSON.stringify(result));
      assert.equal(result.state, 'connected');
    });
  });
});

describe('pinned transports', { timeout: 60_000 }, () => {
  test('a client pinned to the socket waits for it rather than poll', async () => {
    await withProxy({ mode: 'pass' }, async (page, proxy) => {
      await page.evaluate(async () => {
        window.client = await t.connect({ transport: 'websocket', backoffMs: { min: 50, max: 500 } });
        window.queue = client.queue(t.fresh());
        await queue.create();
      });
      proxy.set({ mode: 'refuse' });
      proxy.cut();
      const waiting = await page.evaluate(async () => {
        await t.until(() => client.state === 'reconnecting');
        window.read = queue.stats();
        window.reading = t.timed(read);
        const short = await t.failure(queue.stats({ timeoutMs: 1_000 }));
        return { short, transport: client.transport };
      });
      assert.deepEqual([waiting.short?.code, waiting.transport], ['timeout', null]);
      proxy.set({ mode: 'pass' });
      const later = await page.evaluate(async () => ({ error: (await reading).error, transport: client.transport, fallbacks: client.metrics().fallbacks, polls: client.metrics().polls }));
      assert.deepEqual(later, { error: null, transport: 'websocket', fallbacks: 0, polls: 0 });
    });
  });

  test('a client pinned to polling never opens a socket', async () => {
    await withProxy({ mode: 'pass' }, async (page, proxy) => {
      const result = await page.evaluate(async () => {
        const client = await t.connect({ transport: 'polling' });
        await client.queue(t.fresh()).post({ body: 1 });
        const { transport, state } = client;
        await client.close();
        return { transport, state };
      });
      assert.deepEqual(result, { transport: 'polling', state: 'connected' });
      assert.equal(proxy.stats().connections, 0);
    });
  });

  test('a portal that answers everything with its page is not taken for Zaqar', async () => {
    await withProxy({ mode: 'pass' }, async page => {
      let isPortal = false;
      const serve = (path, answer) => stage.site.route(path, (request, response) => answer(response));
      const zaqars = (path, answer) =>
        serve(`/v2/${path}`, response => {
          if (isPortal) response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Log in</title>');
          else answer(response);
        });
      zaqars('ping', response => response.writeHead(204).end());
      for (const path of ['', '/stats', '/messages', '/claims', '/share']) {
        zaqars(`queues/portal${path}`, response => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"messages": {"total": 7}}'));
      }
      for (const [path, is] of [['/portal', true], ['/no-portal', false]]) {
        serve(path, response => {
          isPortal = is;
          response.writeHead(204).end();
        });
      }
      const result = await page.evaluate(async () => {
        const calls = {
          create: queue => queue.create(), delete: queue => queue.delete(), metadata: queue => queue.metadata(), stats: queue => queue.stats(), post: queue => queue.post({ body: 1 }),
          list: queue => queue.messages().toArray(), pop: queue => queue.pop(), claim: queue => queue.claim(), share: queue => queue.share({}), ping: (queue, client) => client.ping(),
        };
        const connect = () => t.connect({ websocket: undefined, rest: location.origin, connectTimeoutMs: 500 });
        const errors = {};
        const states = new Set();
        let client;
        for (const [name, call] of Object.entries(calls)) {
          await fetch('/no-portal');
          client = await connect();
          await fetch('/portal');
          errors[name] = await t.failure(call(client.queue('portal'), client));
          states.add(client.state);
        }
        const later = client.queue('portal').stats();
        const again = await t.failure(connect());
        await fetch('/no-portal');
        return { errors, states: [...states], again, total: (await later).total };
      });
      for (const [call, error] of Object.entries(result.errors)) {
        assert.deepEqual([error?.code, error?.status, error?.message], ['protocol', undefined, "the answer is not Zaqar's"], call);
      }
      assert.deepEqual([result.states, result.again?.code, result.total], [['reconnecting'], 'timeout', 7], 'what is asked behind it waits until it is gone');
      assert.equal(result.errors.post.delivery, 'unknown');
      assert.match(result.again.message, /within 500 ms; REST answered 200$/);
    });
  });

  test('what only REST can carry works while the socket carries the rest', async () => {
    await withProxy({ mode: 'pass' }, async page => {
      for (const transport of ['auto', 'websocket']) {
        const result = await page.evaluate(async transport => {
          const client = await t.connect({ transport });
          await t.until(() => client.transport === 'websocket');
          const queue = client.queue(t.fresh());
          await queue.create({ a: 1, _default_message_delay: 1 });
          const { b } = await queue.updateMetadata({ b: 2 });
          const shared = await queue.share({});
          const delayed = await queue.post({ body: 'late', delay: 500 });
          const health = await t.failure(client.health());
          return { b, shared: shared.methods, delayed: delayed.length, health: health?.code ?? null, transport: client.transport, fallbacks: client.metrics().fallbacks };
        }, transport);
        assert.ok([null, 'forbidden'].includes(result.health));
        assert.deepEqual({ ...result, health: 0 }, { b: 2, shared: ['GET'], delayed: 1, health: 0, transport: 'websocket', fallbacks: 0 });
      }
    });
  });

  test('without REST, what only REST can carry is unsupported', async () => {
    await withProxy({ mode: 'pass' }, async page => {
      const errors = await page.evaluate(async () => {
        const client = await t.connect({ rest: undefined });
        const queue = client.queue(t.fresh());
        await queue.create();
        const calls = [queue.updateMetadata({ a: 1 }), queue.share({}), client.health(), client.pools.list().toArray(), client.flavors.get('x'), queue.post({ body: 1, delay: 5 })];
        return { codes: await Promise.all(calls.map(async call => (await t.failure(call))?.code)), ping: (await client.ping()) > 0, big: t.bodies(await (await queue.post({ body: 2n ** 64n - 1n }), queue.messages().toArray())).map(String) };
      });
      assert.deepEqual(errors, { codes: Array(6).fill('unsupported'), ping: true, big: [String(2n ** 64n - 1n)] });
    });
  });
});

describe('servers that die', { timeout: 120_000 }, () => {
  test('the WebSocket server, the REST server and both can be killed and started, and waiting calls are answered when either is back', async () => {
    const page = await stage.openPage();
    await page.evaluate(async () => {
      window.client = await t.connect({ backoffMs: { min: 100, max: 1_000 } });
      await t.until(() => client.transport === 'websocket');
      window.states = [];
      client.addEventListener('statechange', ({ detail }) => states.push(detail.state));
    });
    await startWork(page);

    await stage.zaqar.killWebsocket();
    await page.evaluate(() => t.until(() => client.transport === 'polling'));
    await stage.zaqar.startWebsocket();
    await waitForSocket(page, 10_000);

    await stage.zaqar.killRest();
    await page.evaluate(async () => {
      await client.queue(queueName).stats();
      if (client.transport !== 'websocket') throw new Error(client.transport);
    });
    await stage.zaqar.startRest();

    for (const [first, second] of [['startRest', 'startWebsocket'], ['startWebsocket', 'startRest']]) {
      await Promise.all([stage.zaqar.killWebsocket(), stage.zaqar.killRest()]);
      await page.evaluate(async () => {
        await t.until(() => client.state === 'reconnecting');
        window.waiting = Promise.all([client.queue(queueName).stats(), client.queue(queueName).messages({ limit: 5 }).toArray()]);
        waiting.catch(() => {});
      });
      await stage.zaqar[first]();
      const state = await page.evaluate(async () => {
        await waiting;
        return [client.state, client.transport];
      });
      assert.deepEqual(state, ['connected', first === 'startRest' ? 'polling' : 'websocket']);
      await stage.zaqar[second]();
      await waitForSocket(page, 10_000);
    }
    await endWork(page);
    const states = await page.evaluate(async () => {
      const seen = [...states];
      await t.disconnect();
      return seen;
    });
    assert.ok(states.length >= 4);
    for (const [at, state] of states.entries()) assert.equal(state, at % 2 === 0 ? 'reconnecting' : 'connected', states.join());
    await until(() => stage.websocket.stats().open.upgrade === 0, { what: 'no socket is left' });
  });
});
