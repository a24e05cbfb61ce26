// Tokens of a real Keystone in the course of time: renewed on the open connection, failing to be renewed, ended and revoked.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUIET_MS, useAuth } from './lib/auth.mjs';

/** How long the short-lived tokens are renewed, in seconds. */
const ENDURE = Number(process.env.AUTH_SECONDS ?? 60);

const auth = useAuth();
const { stage, give, openSpied, ownPage, post, rest } = auth;

describe(`short-lived tokens, for ${ENDURE} s`, { timeout: (ENDURE + 60) * 1_000, concurrency: 2 }, () => {
  /** Opens a client whose tokens live four seconds at best, posts from outside all the while, and tells what came of it. */
  async function endure(transport, look) {
    const [page, spy] = await openSpied({ pastProxies: true });
    const queue = `endure-${transport}`;
    await page.evaluate(async ({ transport, queue }) => {
      window.calls = [];
      window.events = [];
      window.bodies = [];
      window.pushed = [];
      const started = performance.now();
      window.client = await t.connect({
        transport,
        pollIntervalMs: { min: 200, max: 500 },
        token: async () => {
          const fresh = await freshToken('short');
          calls.push({ at: performance.now() - started, left: Date.parse(fresh.expiresAt) - Date.now() });
          return fresh;
        },
      });
      for (const type of ['statechange', 'transportchange', 'error']) client.addEventListener(type, ({ detail }) => events.push([type, detail.state ?? detail.transport ?? detail.message]));
      const tail = client.queue(queue).tail();
      const live = client.queue(queue).subscribe();
      await Promise.all([tail.ready, live.ready]);
      void (async () => {
        for await (const { body } of tail) bodies.push(body);
      })();
      void (async () => {
        for await (const { body } of live) pushed.push(body);
      })();
    }, { transport, queue });
    let posted = 0;
    const subscribers = [];
    for (const end = performance.now() + ENDURE * 1_000; performance.now() < end; await sleep(250)) {
      assert.equal((await post(queue, (posted += 1))).status, 201);
      if (posted % 8 === 0) subscribers.push((await (await rest(auth.demo.token, `/v2/queues/${queue}/subscriptions`)).json()).subscriptions.length);
    }
    const told = await page.evaluate(async posted => {
      const each = await t.until(() => bodies.length >= posted && pushed.length >= posted).catch(() => false);
      const told = { each: Boolean(each), bodies, pushed, calls, events: [...events], metrics: client.metrics(), stats: (await client.queue('any').stats()).total };
      await client.close();
      return told;
    }, posted);
    const numbers = Array.from({ length: posted }, (_, index) => index + 1);
    assert.deepEqual(told.bodies, numbers, JSON.stringify(told));
    // A token that comes when the one before is about to end, from a machine with too much else to do, cannot be taken in time.
    const late = told.calls.filter(({ at, left }, index) => left < 1_000 || (index > 0 && at - told.calls[index - 1].at > told.calls[index - 1].left - 300)).length;
    if (late > 0) console.log(`${transport}: ${late} of ${told.calls.length} tokens came too late for their predecessors`);
    else {
      assert.deepEqual([...told.pushed].sort((a, b) => a - b), numbers, JSON.stringify(told));
      assert.deepEqual(told.events, []);
    }
    assert.deepEqual([told.metrics.failures, told.stats], [0, 0]);
    // three fifths of the life are used, of which a second at most is lost to rounding, and what asking takes
    const least = Math.floor(ENDURE / (0.6 * auth.life + 0.4)) - 1;
    assert.ok(told.calls.length >= least && told.calls.length <= ENDURE, `${told.calls.length} tokens`);
    look({ spy, calls: told.calls.length, late, metrics: told.metrics, subscribers });
    console.log(`${transport}: ${told.calls.length - 1} renewals in ${ENDURE} s of tokens that live ${auth.life} s, ${posted} messages, ${told.metrics.connects} sockets, ${spy.count('authenticate')} times authenticate`);
  }

  test('the socket is renewed in place: one socket, one subscription, nothing missed', () =>
    endure('websocket', ({ spy, calls, late, metrics, subscribers }) => {
      assert.ok(metrics.reconnects <= late, `${metrics.reconnects} reconnects`);
      if (late > 0) return;
      assert.deepEqual([spy.sockets.length, metrics.connects, metrics.reconnects, spy.count('subscription_create')], [1, 1, 0, 1]);
      assert.ok(subscribers.every(count => count === 1), `subscribers: ${subscribers}`);
      assert.equal(spy.count('authenticate'), calls);
    }));

  test('polling goes on with each new token, and no request is refused', () =>
    endure('polling', ({ spy }) => {
      const tokens = new Set(spy.authorised().map(request => request.headers['x-auth-token']));
      assert.ok(tokens.size >= Math.floor(ENDURE / (0.6 * auth.life + 0.4)) - 1, `${tokens.size} tokens were used`);
      assert.equal(spy.sockets.length, 0);
    }));
});

// Most of this is waiting for a token to end.
describe('in the course of time', { timeout: 120_000, concurrency: 2 }, () => {
  describe('a token function', { timeout: 90_000, concurrency: 1 }, () => {
    const own = ownPage({ pastProxies: true });

    for (const transport of ['websocket', 'polling']) {
      test(`that fails once at renewal is asked again, and nobody but the error event notices (${transport})`, async () => {
        await own.clear();
        const result = await own.page.evaluate(async transport => {
          const states = [];
          const errors = [];
          let calls = 0;
          const client = await t.connect({
            transport,
            token: async () => {
              calls += 1;
              if (calls === 2) throw new Error('the session service is away');
              return freshToken('medium');
            },
          });
          client.addEventListener('statechange', ({ detail }) => states.push(detail.state));
          client.addEventListener('error', ({ detail }) => errors.push({ ...t.tell(detail), cause: detail.cause?.message }));
          await t.until(() => calls >= 3, { within: 30_000 });
          await t.pause(500);
          const served = await t.failure(client.queue('any').stats());
          return { states, errors, calls, served, connects: client.metrics().connects };
        }, transport);
        assert.deepEqual([result.states, result.calls, result.served], [[], 3, null], JSON.stringify(result));
        assert.deepEqual(result.errors.map(({ code, cause }) => [code, cause]), [['unauthorized', 'the session service is away']]);
        if (transport === 'websocket') assert.equal(result.connects, 1);
      });
    }

    test('that fails at first ends the client with what it threw', async () => {
      await own.clear();
      const errors = await own.page.evaluate(async () => {
        const errors = [];
        for (const transport of ['websocket', 'polling', 'auto']) {
          for (const token of [() => { throw new Error('logged out'); }, async () => { throw new Error('logged out'); }, () => undefined, () => ({ token: '' }), () => 'two words']) {
            await t.connect({ transport, token }).catch(error => errors.push([error.code, error.cause?.message]));
          }
        }
        return errors;
      });
      const each = [['unauthorized', 'logged out'], ['unauthorized', 'logged out'], ...Array(3).fill(['unauthorized', undefined])];
      assert.deepEqual(errors, [...each, ...each, ...each]);
      assert.deepEqual([own.spy.count('authenticate'), own.spy.authorised().length], [0, 0]);
    });

    test('is asked once at a time, whoever waits', async () => {
      await own.clear();
      const most = await own.page.evaluate(async () => {
        let running = 0;
        let most = 0;
        let calls = 0;
        const client = await t.connect({
          transport: 'polling',
          token: async () => {
            calls += 1;
            most = Math.max(most, (running += 1));
            await t.pause(50);
            const fresh = calls === 1 ? await freshToken('expired') : await freshToken('good');
            running -= 1;
            return fresh.token;
          },
        });
        const totals = await Promise.all(t.range(0, 20).map(async n => (await client.queue(`single-${n}`).stats()).total));
        return { most, calls, totals: totals.length };
      });
      assert.deepEqual(most, { most: 1, calls: 2, totals: 20 });
    });

    test('that gives the same token again and again, or ones that seem to have ended, is not called in a storm', async () => {
      await own.clear();
      const { token } = await give('good');
      const calls = await own.page.evaluate(async token => {
        const counts = [Date.now() + 3_000, Date.now() - 3_600_000].map(async expiresAt => {
          let calls = 0;
          const client = await t.connect({
            transport: 'websocket',
            token: () => {
              calls += 1;
              return { token, expiresAt };
            },
          });
          await t.pause(3_500);
          return [calls, (await t.failure(client.queue('any').stats()))?.code ?? 'served'];
        });
        return (await Promise.all(counts)).flat();
      }, token);
      assert.ok(calls[0] <= 4 && calls[2] === 1, `${calls}`);
      assert.deepEqual([calls[1], calls[3]], ['served', 'served']);
      assert.equal(own.spy.count('authenticate'), 2, 'the same token is not sent twice');
    });
  });

  describe('a token that ends', { timeout: 90_000, concurrency: 1 }, () => {
    const own = ownPage();

    test('without notice has the socket closed with 4003, and the next one brings everything back', async () => {
      await own.clear();
      const result = await own.page.evaluate(async () => {
        let calls = 0;
        const client = await t.connect({
          transport: 'websocket',
          token: async () => {
            calls += 1;
            return (await freshToken(calls === 1 ? 'short' : 'good')).token;
          },
        });
        const events = [];
        client.addEventListener('statechange', ({ detail }) => events.push([detail.state, detail.reason?.code, detail.reason?.message]));
        const queue = client.queue(t.fresh());
        const tail = queue.tail();
        const live = queue.subscribe();
        await Promise.all([tail.ready, live.ready]);
        await t.until(() => events.length >= 2, { within: 30_000 });
        await queue.post({ body: 'after' });
        const bodies = [(await tail.next()).value.body, (await live.next()).value.body];
        return { calls, events, bodies };
      });
      assert.equal(result.calls, 2);
      assert.deepEqual(result.events[0].slice(0, 2), ['reconnecting', 'connection-lost']);
      assert.match(result.events[0][2], /token expired/);
      assert.equal(result.events[1][0], 'connected');
      assert.deepEqual(result.bodies, ['after', 'after']);
      assert.deepEqual([own.spy.sockets.length, own.spy.count('authenticate')], [2, 2]);
    });

    test('and cannot be renewed ends the client as unauthorized', async () => {
      await own.clear();
      const results = await own.page.evaluate(async () => {
        const { token, expiresAt } = await freshToken('twice');
        return Promise.all(
          ['websocket', 'auto', 'polling'].map(async transport => {
            const client = await t.connect({ transport, token });
            await t.pause(Date.parse(expiresAt) - Date.now() + 300);
            const call = await t.failure(client.queue('any').stats());
            const closed = await Promise.race([client.closed, t.pause(3_000)]);
            return { call: call?.code, state: client.state, code: closed?.code, message: closed?.message };
          }),
        );
      });
      const message = 'the token was refused or has expired, and `token` is no function that gives another';
      const ended = { state: 'closed', code: 'unauthorized', message };
      for (const { call, ...rest } of results) {
        assert.deepEqual(rest, ended);
        // the socket says by itself that the token has ended, REST when it is asked
        assert.ok(['unauthorized', 'closed'].includes(call), call);
      }
      assert.equal(results[2].call, 'unauthorized');
      const before = [own.spy.count('authenticate'), own.spy.authorised().length];
      await sleep(QUIET_MS);
      assert.deepEqual([own.spy.count('authenticate'), own.spy.authorised().length], before);
      assert.equal(own.spy.count('authenticate'), 2);
    });

    test('while nothing can be reached is replaced when the network is back', async () => {
      await own.clear();
      const transports = ['websocket', 'auto', 'polling'];
      await own.page.evaluate(async transports => {
        window.fails = false;
        window.isBack = false;
        window.clients = [];
        window.tails = [];
        for (const transport of transports) {
          const client = await t.connect({
            transport,
            backoffMs: { min: 50, max: 500 },
            token: async () => {
              if (fails) throw new Error('offline');
              return freshToken(isBack ? 'good' : 'short');
            },
          });
          clients.push(client);
          tails.push(client.queue(`offline-${transport}`).tail());
          await tails.at(-1).ready;
        }
        fails = true;
      }, transports);
      for (const proxy of [stage.websocket, stage.rest]) {
        proxy.set({ mode: 'refuse' });
        proxy.cut();
      }
      try {
        await own.page.evaluate(async life => {
          await t.until(() => clients.every(client => client.state === 'reconnecting'));
          await t.pause(life * 1_000 + 200);
        }, auth.life);
        for (const transport of transports) await post(`offline-${transport}`, 'posted meanwhile');
        own.spy.forget();
      } finally {
        for (const proxy of [stage.websocket, stage.rest]) proxy.set({ mode: 'pass' });
      }
      const results = await own.page.evaluate(async () => {
        isBack = true;
        fails = false;
        return Promise.all(
          clients.map(async (client, index) => {
            const { value } = await tails[index].next();
            await t.until(() => client.state === 'connected');
            return [value.body, (await client.queue('any').post({ body: 1 })).length];
          }),
        );
      });
      assert.deepEqual(results, Array(3).fill(['posted meanwhile', 1]));
      assert.ok(own.spy.count('authenticate') <= 4, `${own.spy.count('authenticate')} attempts of two clients`);
    });

    test('by revocation is refused on REST after two attempts, and goes on where a socket holds it', async () => {
      await own.clear();
      const { token } = await give('good');
      const ask = () => own.page.evaluate(async () => {
        const polls = await t.failure(polling.queue('any').stats());
        return { polls, socket: await t.failure(websocket.queue('any').stats()) };
      });
      await own.page.evaluate(async token => {
        window.calls = 0;
        window.websocket = await t.connect({ transport: 'websocket', token });
        window.polling = await t.connect({ transport: 'polling', token: () => (calls += 1) && token });
      }, token);
      assert.deepEqual(await ask(), { polls: null, socket: null });
      await stage.keystone.api.revoke(token, auth.demo.token);
      await sleep(2_100); // Zaqar believes a token for two seconds
      own.spy.forget();
      const after = await ask();
      assert.deepEqual([after.polls?.code, after.socket], ['unauthorized', null], JSON.stringify(after));
      const closed = await own.page.evaluate(async () => ({ error: t.tell(await Promise.race([polling.closed, t.pause(3_000)])), calls }));
      assert.deepEqual([closed.error.code, closed.calls], ['unauthorized', 2]);
      const stats = own.spy.authorised().filter(request => request.url.includes('/stats')).length;
      assert.deepEqual([stats, own.spy.authorised().length], [2, 3], 'the call twice, and the question whether any is taken');
      await sleep(QUIET_MS);
      assert.equal(own.spy.authorised().length, 3);
    });
  });
});
