// A client's life: notifications, iterators, events, closing, and what it leaves behind.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startMuteServer } from './lib/mute.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

let page;

const stage = useStage({
  expected: [FAILED_SOCKET, FAILED_FETCH],
  async prepare({ openPage }) {
    page = await openPage();
    await page.evaluate(async () => {
      window.client = await t.connect({ transport: 'websocket' });
    });
  },
});

const subscribers = async queue => (await ask(stage.zaqar).subscriptions(queue)).length;

/** A fresh queue's name, for tests in which Node looks at the queue, too. */
const name = () => page.evaluate(() => t.fresh());

const openSockets = () => stage.websocket.stats().open.upgrade;

/** Waits until the sockets of all tests before have gone: that of `client` is left. */
const othersAreClosed = () => until(() => openSockets() === 1, { what: 'the sockets of the tests before are closed' });

describe('notifications', { timeout: 30_000 }, () => {
  test('one is there within milliseconds of its post', async () => {
    const lags = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const live = queue.subscribe();
      await live.ready;
      const lags = [];
      for (const n of t.range(0, 50)) {
        await queue.post({ body: { n } });
        const posted = performance.now();
        const { value } = await live.next();
        if (value.body.n !== n) throw new Error(`${value.body.n} instead of ${n}`);
        lags.push(performance.now() - posted);
      }
      await live.return();
      return lags.sort((a, b) => a - b);
    });
    assert.ok(lags[25] < 50, `median ${lags[25]} ms of ${lags}`);
  });

  test('one tells queue, body, ttl and the time of its coming', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const live = queue.subscribe();
      await live.ready;
      const body = { text: 'ü😀', big: 2n ** 60n, list: [1, null, -0.5], ['__proto__']: { own: true } };
      await queue.post({ body, ttl: 99 });
      const { value, done } = await live.next();
      await live.return();
      return { done, queue: value.queue === queue.name, difference: t.difference(value.body, body), ttl: value.ttl, age: Date.now() - value.receivedAt };
    });
    assert.ok(result.age >= 0 && result.age < 2_000, `${result.age} ms`);
    delete result.age;
    assert.deepEqual(result, { done: false, queue: true, difference: null, ttl: 99 });
  });

  test('messages of another client, and those posted over REST, are told as well', async () => {
    const queue = await name();
    await page.evaluate(async name => {
      window.live = client.queue(name).subscribe();
      await live.ready;
      const other = await t.connect({ transport: 'websocket' });
      await other.queue(name).post({ body: 'other' });
      await other.close();
    }, queue);
    await ask(stage.zaqar).post(queue, 'rest');
    const bodies = await page.evaluate(async () => {
      const bodies = [(await live.next()).value.body, (await live.next()).value.body];
      await live.return();
      return bodies;
    });
    assert.deepEqual(bodies.sort(), ['other', 'rest']);
  });

  test('two iterators on a queue share one subscription, each gets everything, and the last to leave takes it along', async () => {
    const queue = await name();
    const both = await page.evaluate(async name => {
      window.first = client.queue(name).subscribe();
      window.second = client.queue(name).subscribe();
      await Promise.all([first.ready, second.ready]);
      await client.queue(name).post([{ body: 1 }, { body: 2 }]);
      const take = async live => [(await live.next()).value.body, (await live.next()).value.body];
      return [await take(first), await take(second)];
    }, queue);
    assert.deepEqual(both, [[1, 2], [1, 2]]);
    assert.equal(await subscribers(queue), 1);
    await page.evaluate(() => first.return());
    const alone = await page.evaluate(async name => {
      await client.queue(name).post({ body: 3 });
      return (await second.next()).value.body;
    }, queue);
    assert.equal(alone, 3);
    assert.equal(await subscribers(queue), 1);
    await page.evaluate(() => second.return());
    await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
  });

  test('a queue that was left can be subscribed to again at once', async () => {
    const got = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const got = [];
      for (const n of t.range(0, 10)) {
        const live = queue.subscribe();
        await live.ready;
        await queue.post({ body: n });
        got.push((await live.next()).value.body);
        void live.return();
      }
      return got;
    });
    assert.deepEqual(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('a slow reader loses the oldest and is told so', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const errors = [];
      const listen = event => errors.push(t.tell(event.detail));
      client.addEventListener('error', listen);
      const live = queue.subscribe({ buffer: 3 });
      await live.ready;
      const before = client.metrics().notifications;
      await queue.post(t.range(0, 10).map(body => ({ body })));
      await t.until(() => client.metrics().notifications === before + 10);
      await t.until(() => errors.length > 0);
      const kept = [(await live.next()).value.body, (await live.next()).value.body, (await live.next()).value.body];
      await queue.post({ body: 'fresh' });
      const fresh = (await live.next()).value.body;
      await live.return();
      client.removeEventListener('error', listen);
      return { errors, kept, fresh };
    });
    assert.deepEqual([result.kept, result.fresh], [[7, 8, 9], 'fresh']);
    assert.equal(result.errors[0].name, 'ZaqarError');
    assert.match(result.errors.map(error => error.message).join('\n'), /\d/);
  });
});

describe('live iterators', { timeout: 30_000 }, () => {
  test('break ends one, and what it held on the server goes', async () => {
    const queue = await name();
    const met = await page.evaluate(async name => {
      const queue = client.queue(name);
      window.live = queue.subscribe();
      await live.ready;
      await queue.post([{ body: 1 }, { body: 2 }, { body: 3 }]);
      const met = [];
      for await (const { body } of live) if (met.push(body) === 2) break;
      return { met, after: await live.next() };
    }, queue);
    assert.deepEqual(met, { met: [1, 2], after: { done: true, value: undefined } });
    await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
  });

  test('return ends one that waits', async () => {
    const result = await page.evaluate(async () => {
      const live = client.queue(t.fresh()).subscribe();
      await live.ready;
      const waiting = live.next();
      const returned = await live.return();
      return { returned, waiting: await waiting, again: await live.return(), itself: live[Symbol.asyncIterator]() === live };
    });
    assert.deepEqual(result, { returned: { done: true, value: undefined }, waiting: { done: true, value: undefined }, again: { done: true, value: undefined }, itself: true });
  });

  test('its signal ends one with its reason', async () => {
    const queue = await name();
    const result = await page.evaluate(async name => {
      const controller = new AbortController();
      const live = client.queue(name).subscribe({ signal: controller.signal });
      await live.ready;
      const reason = { mine: true };
      const waiting = live.next().then(() => 'resolved', error => error === reason);
      controller.abort(reason);
      const before = client.queue(name).subscribe({ signal: AbortSignal.abort(reason) });
      return {
        waiting: await waiting,
        next: await live.next().then(value => value, error => error === reason),
        before: [await before.ready.then(() => 'ready', error => error === reason), await before.next().then(value => value, error => error === reason)],
      };
    }, queue);
    assert.equal(result.waiting, true);
    assert.ok(result.next === true || result.next.done, JSON.stringify(result.next));
    assert.deepEqual(result.before, [true, true]);
    await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
  });

  test('closing the client ends all of them normally', async () => {
    const queue = await name();
    const result = await page.evaluate(async name => {
      const closing = await t.connect({ transport: 'websocket' });
      const lives = [closing.queue(name).subscribe(), closing.queue(name).subscribe(), closing.queue(t.fresh()).subscribe()];
      await Promise.all(lives.map(live => live.ready));
      const waiting = lives.map(live => live.next());
      await closing.close();
      return { waiting: await Promise.all(waiting), again: await lives[0].next() };
    }, queue);
    assert.deepEqual(result, { waiting: Array(3).fill({ done: true, value: undefined }), again: { done: true, value: undefined } });
    await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
  });

  test('one that was never read, and whose trouble nobody awaits, is no unhandled rejection', async () => {
    const refused = await page.evaluate(async () => {
      const closing = await t.connect({ transport: 'websocket' });
      const controller = new AbortController();
      closing.queue(t.fresh()).subscribe({ signal: controller.signal });
      closing.queue(t.fresh()).subscribe();
      closing.queue(t.fresh()).tail();
      const refused = await t.failure(() => closing.queue('im possible').subscribe());
      controller.abort();
      await closing.close();
      closing.queue(t.fresh()).subscribe();
      return refused;
    });
    assert.match(refused.message, /name/);
    await page.evaluate(() => t.pause(20));
    page.assertNoProblems();
  });

  test('several waiting reads are answered in order', async () => {
    const result = await page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      const live = queue.subscribe();
      await live.ready;
      const reads = [live.next(), live.next(), live.next()];
      await queue.post([{ body: 1 }, { body: 2 }, { body: 3 }]);
      const bodies = (await Promise.all(reads)).map(({ value }) => value.body);
      await live.return();
      return bodies;
    });
    assert.deepEqual(result, [1, 2, 3]);
  });
});

describe('closing', { timeout: 60_000 }, () => {
  test('sixty clients leave no open socket and no subscription', async () => {
    await othersAreClosed();
    const queue = await name();
    const most = await page.evaluate(async name => {
      let most = 0;
      for (let round = 0; round < 3; round += 1) {
        const clients = await Promise.all(t.range(0, 20).map(() => t.connect({ transport: 'websocket' })));
        const lives = clients.map(client => client.queue(name).subscribe());
        await Promise.all(lives.map(live => live.ready));
        most = Math.max(most, (await client.queue(name).subscriptions.list({ limit: 20 }).toArray()).length);
        await Promise.all(clients.map(client => client.close()));
      }
      return most;
    }, queue);
    assert.equal(most, 20);
    await until(() => openSockets() === 1, { what: 'the sockets are closed' });
    await until(async () => (await subscribers(queue)) === 0, { what: 'the subscriptions are gone' });
  });

  test('it finishes what is in flight, and everything later rejects', async () => {
    const result = await page.evaluate(async () => {
      const closing = await t.connect({ transport: 'websocket' });
      const queue = closing.queue(t.fresh());
      const posts = t.range(0, 20).map(body => queue.post({ body }));
      const read = queue.stats();
      const closed = closing.close();
      const late = t.failure(queue.post({ body: 'late' }));
      const settled = await Promise.allSettled([...posts, read]);
      await closed;
      await closing.close();
      const calls = [() => queue.post({ body: 1 }), () => queue.stats(), () => queue.messages().toArray(), () => queue.claim(), () => closing.queues().toArray(), () => closing.ping(), () => queue.subscriptions.list().toArray(), () => queue.updateMetadata({ a: 1 }), () => queue.share({})];
      const later = [];
      for (const call of calls) later.push((await t.failure(call))?.code);
      return {
        settled: settled.map(one => one.status === 'fulfilled' || String(one.reason)),
        late: await late,
        later,
        state: closing.state,
        transport: closing.transport,
        closed: await closing.closed,
        stored: (await client.queue(queue.name).stats()).total,
        metrics: closing.metrics().pending,
      };
    });
    assert.deepEqual(result.settled, Array(21).fill(true));
    assert.deepEqual([result.late?.code, result.late?.delivery], ['closed', 'not-sent']);
    assert.deepEqual(result.later, Array(9).fill('closed'));
    assert.deepEqual({ ...result, settled: 0, late: 0, later: 0 }, { settled: 0, late: 0, later: 0, state: 'closed', transport: null, closed: undefined, stored: 20, metrics: 0 });
  });

  test('it does not wait longer than it is told for a server that is silent', async () => {
    await page.evaluate(async () => (window.closing = await t.connect({ transport: 'websocket' })));
    stage.websocket.freeze('upgrade');
    const result = await page.evaluate(async () => {
      const post = t.failure(closing.queue(t.fresh()).post({ body: 1 }));
      // of several times to wait the shortest counts
      void closing.close();
      const { ms } = await t.timed(closing.close({ timeoutMs: 200 }));
      return { ms, post: await post };
    });
    assert.ok(result.ms < 1_000, `${result.ms} ms`);
    assert.deepEqual([result.post?.code, result.post?.delivery], ['closed', 'unknown'], JSON.stringify(result.post));
    // The other client's socket was frozen as well, and neither can be closed in peace.
    await page.evaluate(() => client.close({ timeoutMs: 0 }));
    stage.websocket.cut();
    await page.evaluate(async () => (window.client = await t.connect({ transport: 'websocket' })));
  });

  test('its signal closes it', async () => {
    const result = await page.evaluate(async () => {
      const controller = new AbortController();
      const closing = await t.connect({ transport: 'websocket', signal: controller.signal });
      const reason = new Error('enough');
      controller.abort(reason);
      const ended = await closing.closed;
      const before = await zaqar.connect({ websocket: 'ws://127.0.0.1:1', projectId: 'e2e', signal: AbortSignal.abort(reason) }).catch(error => error === reason);
      return { state: closing.state, ended: ended === undefined || ended instanceof zaqar.ZaqarError, before, later: (await t.failure(closing.ping()))?.code };
    });
    assert.deepEqual(result, { state: 'closed', ended: true, before: true, later: 'closed' });
  });

  test('a block that it is bound to disposes of it', async () => {
    await othersAreClosed();
    const state = await page.evaluate(async () => {
      const closing = await t.connect({ transport: 'websocket' });
      await closing[Symbol.asyncDispose]();
      return closing.state;
    });
    assert.equal(state, 'closed');
    await until(() => openSockets() === 1, { what: 'the socket is closed' });
  });
});

describe('events', { timeout: 30_000 }, () => {
  test('each change of state and transport is told, with what was before', async () => {
    const result = await page.evaluate(async () => {
      const lazy = await t.connect({ transport: 'websocket', lazy: true });
      const events = [];
      const first = lazy.state;
      lazy.addEventListener('statechange', event => events.push(['state', event.detail.previous, event.detail.state, event.detail.reason?.code, lazy.state, event instanceof CustomEvent]));
      lazy.addEventListener('transportchange', event => events.push(['transport', event.detail.previous, event.detail.transport, typeof event.detail.reason, lazy.transport, event.detail.reason.length > 3]));
      await lazy.ping();
      await lazy.close();
      return { first, events };
    });
    assert.equal(result.first, 'connecting');
    const of = kind => result.events.filter(event => event[0] === kind).map(([, ...event]) => event);
    assert.deepEqual(of('state'), [['connecting', 'connected', null, 'connected', true], ['connected', 'closed', null, 'closed', true]].map(event => event.map(part => part ?? undefined)));
    assert.deepEqual(of('transport'), [[null, 'websocket', 'string', 'websocket', true], ['websocket', null, 'string', null, true]]);
  });

  test('a listener or a logger that throws does no harm', async () => {
    const own = await stage.openPage({ expected: [/mine/, FAILED_FETCH, FAILED_SOCKET] });
    const result = await own.evaluate(async () => {
      const throws = () => {
        throw new Error('mine');
      };
      const client = await t.connect({ logger: throws });
      for (const type of ['statechange', 'transportchange', 'error']) client.addEventListener(type, throws);
      const queue = client.queue(t.fresh());
      await queue.post({ body: 1 });
      const live = queue.subscribe({ buffer: 1 });
      await live.ready;
      await queue.post([{ body: 2 }, { body: 3 }]);
      await t.until(() => client.metrics().notifications === 2);
      const { total } = await queue.stats();
      await client.close();
      return { total, state: client.state };
    });
    assert.deepEqual(result, { total: 3, state: 'closed' });
    await own.close();
  });
});

describe('secrets', { timeout: 30_000 }, () => {
  test('neither token nor body shows in a client, its logs, its errors, the console or an address', async () => {
    const own = await stage.openPage();
    const shown = [];
    own.on('console', message => shown.push(message.text()));
    own.on('request', request => shown.push(request.url()));
    own.on('websocket', socket => shown.push(socket.url()));
    // The server has no Keystone: it drops a socket that wants to authenticate, and REST does not look at the token.
    const result = await own.evaluate(async () => {
      const entries = [];
      const client = await t.connect({ token: 'SECRET-token', logger: entry => entries.push(entry) });
      const errors = [];
      client.addEventListener('error', event => errors.push(event.detail));
      const queue = client.queue(t.fresh());
      await queue.create({ key: 'SECRET-metadata' });
      const [id] = await queue.post({ body: { text: 'SECRET-body', 'SECRET-key': 1 } });
      const signed = await queue.share({});
      const message = await queue.get(id);
      for (const attempt of [
        () => queue.post({ body: ['SECRET-body', NaN] }),
        // The keys on the way to what is refused are told: without them nobody would find it.
        () => queue.post({ body: { text: 'SECRET-body', key: { bad: () => 1 } } }),
        () => queue.post({ body: 'SECRET-body'.repeat(40_000) }),
        () => queue.post({ body: 'SECRET-body', ttl: 5 }),
        () => queue.get(crypto.randomUUID()),
        () => queue.updateMetadata({ _default_message_ttl: 'SECRET-metadata' }),
        () => client.health(),
        () => zaqar.connect({ rest: 'http://127.0.0.1:1', projectId: 'e2e', token: { token: 'SECRET-token', expiresAt: 'never' } }),
        () => zaqar.connect({ rest: 'http://127.0.0.1:1', projectId: 'e2e', token: 'SECRET-token\n' }),
        () => zaqar.connect({ rest: 'http://127.0.0.1:1', projectId: 'e2e', token: () => { throw new Error('no SECRET here'.replace('SECRET', 'secret')); }, connectTimeoutMs: 300 }),
      ]) {
        try {
          await attempt();
        } catch (error) {
          errors.push(error);
        }
      }
      const inspect = value => [JSON.stringify(value, (key, item) => (typeof item === 'bigint' ? String(item) : item)), String(value), Object.keys(value).join(), Object.getOwnPropertyNames(value).map(key => `${key}=${String(value[key])}`).join()].join(' ');
      const texts = {
        client: inspect(client),
        queue: inspect(queue),
        signature: inspect(client).includes(signed.signature),
        logs: JSON.stringify(entries),
        errors: errors.map(error => `${error} ${error.stack} ${error.cause} ${JSON.stringify(error)} ${inspect(error)}`).join('\n'),
        report: client.report(),
        state: JSON.stringify([client.metrics(), client.state, client.transport]),
      };
      console.log(client, queue);
      await client.close();
      return { texts, entries: entries.length, errors: errors.length, body: message.body.text };
    });
    assert.equal(result.body, 'SECRET-body');
    assert.ok(result.errors >= 8, `${result.errors} errors`);
    assert.ok(result.entries > 0, 'something was logged');
    for (const [where, text] of Object.entries(result.texts)) assert.doesNotMatch(String(text), /SECRET/, where);
    assert.equal(result.texts.signature, false);
    for (const text of shown) assert.doesNotMatch(text, /SECRET/);
    await own.close();
  });
});

describe('connecting', { timeout: 30_000 }, () => {
  test('a lazy client is there before its connection, and its calls wait for it', async () => {
    stage.websocket.set({ mode: 'blackhole' });
    let result;
    try {
      await page.evaluate(async () => {
        window.lazy = await t.connect({ transport: 'websocket', lazy: true });
        window.queue = lazy.queue(t.fresh());
        window.early = [queue.create(), queue.post({ body: 1 }), lazy.ping()];
        window.impatient = t.timed(queue.stats({ timeoutMs: 200 }));
      });
      result = await page.evaluate(async () => ({ state: lazy.state, transport: lazy.transport, impatient: await impatient }));
    } finally {
      stage.websocket.set({ mode: 'pass' });
    }
    assert.deepEqual([result.state, result.transport], ['connecting', null]);
    assert.deepEqual([result.impatient.error?.code, result.impatient.error?.delivery], ['timeout', 'not-sent']);
    const later = await page.evaluate(async () => {
      const [created, ids] = await Promise.all(early);
      const later = { created, posted: ids.length, state: lazy.state, total: (await queue.stats()).total };
      await lazy.close();
      return later;
    });
    assert.deepEqual(later, { created: true, posted: 1, state: 'connected', total: 1 });
  });

  test('connecting gives up in its time and leaves no socket', async () => {
    const mute = await startMuteServer();
    const before = openSockets();
    try {
      for (const mode of ['drop', 'blackhole', 'refuse', 'close', 'status']) {
        stage.websocket.set({ mode }, 'upgrade');
        const { ms, error } = await page.evaluate(() => t.timed(t.connect({ transport: 'websocket', connectTimeoutMs: 400 })));
        assert.equal(error?.code, 'timeout', `${mode}: ${JSON.stringify(error)}`);
        assert.ok(ms > 390 && ms < 1_000, `${mode}: ${ms} ms`);
      }
      const silent = await page.evaluate(websocket => t.timed(t.connect({ transport: 'websocket', websocket, connectTimeoutMs: 400 })), mute.url);
      assert.equal(silent.error?.code, 'timeout');
      stage.websocket.set({ mode: 'pass' }, 'upgrade');
      await until(() => openSockets() <= before, { what: 'the sockets are closed' });
    } finally {
      stage.websocket.set({ mode: 'pass' });
      await mute.stop();
    }
  });

  for (const format of ['msgpack', 'json']) {
    test(`bytes are counted as they are on the wire, in ${format}`, async () => {
      const { counted, seen } = await page.evaluate(async format => {
        const seen = { bytesSent: 0, bytesReceived: 0 };
        const size = frame => (typeof frame === 'string' ? new TextEncoder().encode(frame).length : frame.byteLength);
        class Counting extends WebSocket {
          constructor(url) {
            super(url);
            this.addEventListener('message', ({ data }) => (seen.bytesReceived += size(data)));
          }

          send(frame) {
            seen.bytesSent += size(frame);
            super.send(frame);
          }
        }
        const client = await t.connect({ transport: 'websocket', format, WebSocket: Counting });
        const queue = client.queue(t.fresh());
        await queue.post([{ body: 'ü😀' }, { body: { n: 1 } }]);
        await queue.messages().toArray();
        const { bytesSent, bytesReceived } = client.metrics();
        const result = { counted: { bytesSent, bytesReceived }, seen: { ...seen } };
        await client.close();
        return result;
      }, format);
      assert.ok(counted.bytesSent > 0 && counted.bytesReceived > 0);
      assert.deepEqual(counted, seen);
    });
  }

  test('the format for debugging carries the same', async () => {
    const result = await page.evaluate(async () => {
      const json = await t.connect({ transport: 'websocket', format: 'json' });
      const queue = json.queue(t.fresh());
      const body = [null, true, -1, 1.5, -0, 2n ** 60n, -(2n ** 63n), 2 ** 53 - 1, 5e-324, 1e300, 'ü😀\0\u2028"\\', { '': [], ['__proto__']: { a: 1 }, deep: t.nested(50) }, 'x'.repeat(80_000)];
      const live = queue.subscribe();
      await live.ready;
      const [id] = await queue.post({ body });
      const wrong = {
        get: t.difference((await queue.get(id)).body, body),
        list: t.difference((await queue.messages().toArray())[0].body, body),
        push: t.difference((await live.next()).value.body, body),
        other: t.difference((await client.queue(queue.name).get(id)).body, body),
        claim: t.difference((await queue.claim()).messages[0].body, body),
      };
      const many = await queue.post(t.range(0, 60).map(n => ({ body: 'y'.repeat(10_000) + n })));
      const { total } = await queue.stats();
      const bad = await t.failure(queue.post({ body: NaN }));
      await json.close();
      return { wrong, many: many.length, total, bad: bad?.code };
    });
    assert.deepEqual(result, { wrong: { get: null, list: null, push: null, other: null, claim: null }, many: 60, total: 61, bad: 'invalid-argument' });
  });
});
