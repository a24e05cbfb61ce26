// Authentication on a real Keystone: what a token may be, when it is renewed, and how one ends that is refused.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { spyOn } from './lib/spy.mjs';
import { FAILED_FETCH, FAILED_SOCKET, until, useStage } from './lib/stage.mjs';

/** How long the short-lived tokens are renewed, in seconds: 60 shows what an hour would. */
const ENDURE = Number(process.env.AUTH_SECONDS ?? 15);
/** So long a refused client is watched for further attempts. */
const QUIET_MS = 400;

/** A token of demo's in its project, good for an hour. */
let demo;
/** How long a short-lived token lives, in seconds: as little as Keystone's whole seconds allow, on a machine with time for it. */
let life = 4;

const stage = useStage({
  withKeystone: true,
  expected: [FAILED_SOCKET, FAILED_FETCH],
  async prepare({ keystone }) {
    demo = await keystone.login(keystone.users.demo, keystone.projects.demo);
    const took = [];
    for (let n = 0; n < 6; n += 1) {
      const start = performance.now();
      await keystone.api.shortToken(demo, 60);
      took.push(performance.now() - start);
    }
    // the first ones wake it up
    life = Math.min(12, Math.max(4, Math.ceil(Math.max(...took.slice(2)) / 50)));
    if (life > 4) console.log(`Keystone is slow here: short-lived tokens live ${life} s`);
  },
});

/** A page whose `t.connect` connects to demo's project; `freshToken(kind)` gives it tokens, see `give`. */
async function openSpied(endpoints) {
  const page = await stage.openPage({ projectId: demo.projectId, endpoints });
  await page.exposeFunction('freshToken', give);
  // a server that checks tokens on a machine with much else to do
  await page.evaluate(options => t.setUp(options), { ...(endpoints ?? stage.endpoints), projectId: demo.projectId, connectTimeoutMs: 30_000 });
  return [page, spyOn(page)];
}

/** The servers themselves, for what goes on while another suite has the proxies misbehave. */
const direct = () => ({ websocket: stage.zaqar.websocket, rest: stage.zaqar.rest });

/** Such a page for the tests of a suite: `evaluate` closes first what the test before has left open, and forgets it. */
function ownPage({ pastProxies = false } = {}) {
  const own = {};
  before(async () => {
    const [page, spy] = await openSpied(pastProxies ? direct() : undefined);
    Object.assign(own, {
      page,
      spy,
      async clear() {
        await page.evaluate(() => t.disconnect());
        spy.forget();
      },
    });
  });
  return own;
}

/** Tokens by what is the matter with them. */
const GIVE = {
  good: () => login('demo', 'demo'),
  garbage: () => ({ token: 'garbage' }),
  unscoped: () => login('demo'),
  foreign: () => login('stranger', 'other'),
  reader: () => login('reader', 'demo'),
  admin: () => login('admin', 'demo'),
  short: () => stage.keystone.api.shortToken(demo, life),
  twice: () => stage.keystone.api.shortToken(demo, 2 * life),
  medium: () => stage.keystone.api.shortToken(demo, 3 * life),
  expired: () => (expired ??= endedToken()),
  async revoked() {
    const { token } = await login('demo', 'demo');
    await stage.keystone.api.revoke(token, demo.token);
    return { token };
  },
};

let expired;

async function endedToken() {
  const { token, expiresAt } = await stage.keystone.api.shortToken(demo, 2);
  await sleep(Date.parse(expiresAt) - Date.now() + 50);
  return { token };
}

const login = (name, project) => stage.keystone.login(stage.keystone.users[name], stage.keystone.projects[project]);

let turn = Promise.resolve();

/** One at a time: sqlite has one writer. */
function give(kind) {
  const given = turn.then(GIVE[kind]).then(({ token, expiresAt }) => ({ token, expiresAt }));
  turn = given.catch(() => {});
  return given;
}

const rest = (token, path, options = {}) =>
  fetch(stage.zaqar.rest + path, {
    ...options,
    headers: { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': demo.projectId, 'X-Auth-Token': token, 'Content-Type': 'application/json', ...options.headers },
  });

const post = (queue, body) => rest(demo.token, `/v2/queues/${queue}/messages`, { method: 'POST', body: JSON.stringify({ messages: [{ body, ttl: 300 }] }) });

for (const transport of ['websocket', 'polling', 'auto']) {
  describe(`a token over ${transport}`, { timeout: 60_000 }, () => {
    const own = ownPage();

    test('is taken as a string, with its expiry, and from a function', async () => {
      await own.clear();
      const { token, expiresAt } = await give('good');
      const results = await own.page.evaluate(
        async ({ transport, token, expiresAt }) => {
          const forms = [
            token, { token }, { token, expiresAt }, { token, expiresAt: new Date(expiresAt) }, { token, expiresAt: Date.parse(expiresAt) },
            () => token, async () => token, async () => ({ token, expiresAt }), () => freshToken('good'),
          ];
          const results = [];
          for (const form of forms) {
            const client = await t.connect({ transport, token: form });
            const queue = client.queue(t.fresh());
            results.push((await queue.post({ body: 1 })).length + (await queue.stats()).total);
            await client.close();
          }
          return results;
        },
        { transport, token, expiresAt },
      );
      assert.deepEqual(results, Array(9).fill(2));
      if (transport === 'websocket') assert.deepEqual([own.spy.sockets.length, own.spy.count('authenticate')], [9, 9]);
    });

    for (const kind of ['garbage', 'expired', 'revoked']) {
      test(`that is refused (${kind}) is offered twice at most, and then the client ends`, async () => {
        await own.clear();
        const bad = await give(kind);
        const results = await own.page.evaluate(
          async ({ transport, bad }) => {
            let calls = 0;
            const given = () => {
              calls += 1;
              return bad;
            };
            const asString = await t.timed(t.connect({ transport, token: bad.token }));
            const asFunction = await t.timed(t.connect({ transport, token: given }));
            return { asString, asFunction, calls };
          },
          { transport, bad },
        );
        const attempts = own.spy.count('authenticate');
        const requests = own.spy.authorised().length;
        await sleep(QUIET_MS);
        assert.deepEqual([results.asString.error?.code, results.asFunction.error?.code], ['unauthorized', 'unauthorized'], JSON.stringify(results));
        assert.ok(results.asString.ms < 5_000 && results.asFunction.ms < 5_000, JSON.stringify(results));
        assert.equal(results.calls, 2);
        // once as a string, twice from the function
        assert.ok(attempts <= 3, `${attempts} attempts on the socket`);
        assert.ok(requests <= 3, `${requests} attempts over REST`);
        assert.deepEqual([own.spy.count('authenticate'), own.spy.authorised().length], [attempts, requests], 'attempts after the end');
        assert.match(results.asString.error.message, /refused or has expired/);
        assert.match(results.asFunction.error.message, /refuses the token/);
      });
    }

    test('is missing where one is needed: the client ends at once and says so', async () => {
      await own.clear();
      const { error, ms } = await own.page.evaluate(transport => t.timed(t.connect({ transport })), transport);
      assert.equal(error?.code, 'unauthorized');
      assert.match(error.message, /`token`/);
      assert.ok(ms < 4_000, `${ms} ms`);
      await sleep(QUIET_MS);
      assert.ok(own.spy.sockets.length <= 1 && own.spy.requests.length <= 1, `${own.spy.sockets.length} sockets, ${own.spy.requests.length} requests`);
    });

    test('that is for no project is refused as forbidden, at once', async () => {
      await own.clear();
      const { token } = await give('unscoped');
      const { error, ms } = await own.page.evaluate(({ transport, token }) => t.timed(t.connect({ transport, token })), { transport, token });
      assert.deepEqual([error?.code, error?.status], ['forbidden', 403], JSON.stringify(error));
      assert.match(error.message, /another project, or for none/);
      assert.ok(ms < 4_000, `${ms} ms`);
      assert.ok(own.spy.sockets.length + own.spy.requests.length <= 2);
    });
  });
}

describe('a token of another project', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'auto']) {
    test(`is refused over ${transport} as forbidden, at once`, async () => {
      await own.clear();
      const { token } = await give('foreign');
      // REST would take it, should it be asked first
      const { error, ms } = await own.page.evaluate(({ transport, token }) => t.timed(t.connect({ transport, token, fallbackDelayMs: 9_000 })), { transport, token });
      assert.deepEqual([error?.code, error?.status], ['forbidden', 403], JSON.stringify(error));
      assert.ok(ms < 4_000, `${ms} ms`);
      assert.equal(own.spy.count('authenticate'), 1);
    });
  }

  // Keystone's middleware puts the token's project in the place of the one that was asked for; nothing in the answer tells.
  test('works over REST in its own project, whatever `projectId` says', async () => {
    await own.clear();
    const { token } = await give('foreign');
    const name = await own.page.evaluate(async token => {
      const client = await t.connect({ transport: 'polling', token });
      const queue = client.queue(t.fresh('stray'));
      await queue.create();
      return queue.name;
    }, token);
    const queues = async token => (await (await rest(token, `/v2/queues?limit=20`)).json()).queues.map(queue => queue.name);
    assert.ok((await queues(token)).includes(name));
    assert.ok(!(await queues(demo.token)).includes(name));
  });

  test('that comes as a renewal makes the calls forbidden, and the next renewal mends it', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      const kinds = ['short', 'foreign'];
      let turn = 0;
      const client = await t.connect({
        transport: 'websocket',
        token: async () => {
          const kind = kinds[turn++] ?? 'good';
          const { token, expiresAt } = await freshToken(kind);
          // the wrong one is said to end soon, so that the right one follows
          return { token, expiresAt: kind === 'foreign' ? Date.now() + 2_500 : expiresAt };
        },
      });
      const code = async () => (await t.failure(client.queue('any').stats()))?.code ?? 'served';
      const seen = [];
      await t.until(async () => {
        const now = await code();
        if (seen.at(-1) !== now) seen.push(now);
        return seen.length === 3;
      }, { every: 50, within: 20_000 });
      const { connects } = client.metrics();
      return { seen, connects };
    });
    assert.deepEqual(result, { seen: ['served', 'forbidden', 'served'], connects: 1 });
  });
});

describe(`short-lived tokens, for ${ENDURE} s`, { timeout: (ENDURE + 60) * 1_000, concurrency: 2 }, () => {
  /** Opens a client whose tokens live four seconds at best, posts from outside all the while, and tells what came of it. */
  async function endure(transport, look) {
    const [page, spy] = await openSpied(direct());
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
      if (posted % 8 === 0) subscribers.push((await (await rest(demo.token, `/v2/queues/${queue}/subscriptions`)).json()).subscriptions.length);
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
    const least = Math.floor(ENDURE / (0.6 * life + 0.4)) - 1;
    assert.ok(told.calls.length >= least && told.calls.length <= ENDURE, `${told.calls.length} tokens`);
    look({ spy, calls: told.calls.length, late, metrics: told.metrics, subscribers });
    console.log(`${transport}: ${told.calls.length - 1} renewals in ${ENDURE} s of tokens that live ${life} s, ${posted} messages, ${told.metrics.connects} sockets, ${spy.count('authenticate')} times authenticate`);
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
      assert.ok(tokens.size >= Math.floor(ENDURE / (0.6 * life + 0.4)) - 1, `${tokens.size} tokens were used`);
      assert.equal(spy.sockets.length, 0);
    }));
});

// Most of this is waiting for a token to end.
describe('in the course of time', { timeout: (ENDURE + 90) * 1_000, concurrency: 2 }, () => {
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
        }, life);
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
      await stage.keystone.api.revoke(token, demo.token);
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

describe('a narrow token', { timeout: 30_000 }, () => {
  const own = ownPage();
  const rule = (method, path) => ({ service: 'messaging', method, path });
  const NARROW = {
    socket: [rule('POST', '/')],
    both: [rule('POST', '/'), rule('GET', '/v2/ping'), rule('GET', '/v2/queues/*/messages'), rule('POST', '/v2/queues/*/messages')],
  };
  for (const [kind, rules] of Object.entries(NARROW)) GIVE[kind] = () => stage.keystone.api.shortToken(demo, 600, rules);

  test('opens the socket, and a call over REST that it does not cover fails alone', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      let calls = 0;
      const client = await t.connect({ token: () => (calls += 1) && freshToken('socket') });
      const errors = [];
      client.addEventListener('error', ({ detail }) => errors.push(detail.message));
      const queue = client.queue(t.fresh());
      const served = [(await queue.post({ body: 1 })).length, (await queue.claim()).messages.length];
      const refused = [await t.failure(client.health()), await t.failure(queue.updateMetadata({ a: 1 }))].map(error => error?.code);
      return { served, refused, calls, errors, state: client.state, transport: client.transport };
    });
    const { errors, ...rest } = result;
    assert.deepEqual(rest, { served: [1, 1], refused: ['unauthorized', 'unauthorized'], calls: 1, state: 'connected', transport: 'websocket' });
    // told if REST was asked before the socket had answered
    assert.ok(errors.length === 0 || (errors.length === 1 && /REST refuses a token/.test(errors[0])), `${errors}`);
  });

  test('for the socket alone outlives a socket that is slow to come, or lost for a while, beside REST', async () => {
    await own.clear();
    stage.websocket.set({ delayMs: 250 });
    let connected;
    try {
      connected = await own.page.evaluate(async () => {
        window.errors = [];
        window.client = await t.connect({ token: () => freshToken('socket'), fallbackDelayMs: 50, backoffMs: { min: 50, max: 300 } });
        client.addEventListener('error', ({ detail }) => errors.push(detail.message));
        return client.transport;
      });
      stage.websocket.set({ mode: 'refuse' });
      stage.websocket.cut();
      await own.page.evaluate(async () => {
        await t.until(() => client.state !== 'connected');
        window.waiting = client.queue(t.fresh()).post({ body: 1 });
        await t.pause(1_000);
      });
    } finally {
      stage.websocket.set({ mode: 'pass' });
    }
    const result = await own.page.evaluate(async () => ({ posted: (await waiting).length, transport: client.transport, state: client.state, errors }));
    assert.equal(connected, 'websocket');
    assert.deepEqual([result.posted, result.transport, result.state], [1, 'websocket', 'connected'], JSON.stringify(result));
    assert.ok(result.errors.length <= 1, `${result.errors}`);
    assert.ok(own.spy.authorised().length < 20, `${own.spy.authorised().length} requests that REST refused`);
  });

  test('with rules for REST polls, and a call that they do not cover fails alone', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      let calls = 0;
      const client = await t.connect({ transport: 'polling', token: () => (calls += 1) && freshToken('both') });
      const queue = client.queue(t.fresh());
      const served = (await queue.post({ body: 1 })).length;
      const refused = await t.failure(queue.stats());
      const later = (await queue.messages().toArray()).length;
      await t.pause(500);
      return { served, refused: refused?.code, later, calls, state: client.state };
    });
    assert.deepEqual(result, { served: 1, refused: 'unauthorized', later: 1, calls: 2, state: 'connected' });
  });
});

describe('a server without authentication', { timeout: 30_000 }, () => {
  const own = ownPage();
  let open;
  before(async () => {
    open = await startZaqar();
  });
  after(() => open.stop());

  test('that is sent a token on its socket is recognised, and the error says what to do', async () => {
    await own.clear();
    const { error, ms } = await own.page.evaluate(
      websocket => t.timed(t.connect({ websocket, rest: undefined, token: 'any' })), open.websocket);
    assert.equal(error?.code, 'unauthorized', JSON.stringify(error));
    assert.match(error.message, /without authentication, so leave `token` out/);
    assert.ok(ms < 5_000, `${ms} ms`);
    await sleep(QUIET_MS);
    assert.equal(own.spy.sockets.length, 3);
  });

  test('is polled where REST is at hand, and the trouble is told once', async () => {
    await own.clear();
    const result = await own.page.evaluate(async ({ websocket, rest }) => {
      const errors = [];
      const client = await t.connect({ websocket, rest, token: 'any', backoffMs: { min: 50, max: 100 }, lazy: true });
      client.addEventListener('error', ({ detail }) => errors.push([detail.code, detail.message]));
      const posted = await client.queue(t.fresh()).post({ body: 1 });
      await t.until(() => errors.length > 0);
      await t.pause(1_000);
      return { posted: posted.length, state: client.state, transport: client.transport, errors };
    }, { websocket: open.websocket, rest: open.rest });
    assert.deepEqual([result.posted, result.state, result.transport, result.errors.length], [1, 'connected', 'polling', 1], JSON.stringify(result));
    assert.equal(result.errors[0][0], 'unauthorized');
    assert.match(result.errors[0][1], /without authentication/);
  });
});

describe('a signed URL', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'polling']) {
    test(`allows what it says over ${transport}, without a token, and nothing else`, async () => {
      await own.clear();
      const result = await own.page.evaluate(async transport => {
        const owner = await t.connect({ token: () => freshToken('good') });
        const queue = owner.queue(t.fresh());
        const [id] = await queue.post([{ body: 1 }, { body: 2 }]);
        const reader = await queue.share({ methods: ['GET'], paths: ['messages'] });
        const writer = await queue.share({ methods: ['POST'], paths: ['messages'] });
        const guest = async signedUrl => (await t.connect({ transport, signedUrl, projectId: undefined })).queue(queue.name);
        const [reads, writes] = [await guest(reader), await guest(writer)];
        const served = {
          list: t.bodies(await reads.messages().toArray()),
          get: (await reads.get(id)).body,
          posted: (await writes.post({ body: 3 })).length,
        };
        const stop = new AbortController();
        const tail = reads.tail({ from: 'start', signal: stop.signal });
        served.tail = [(await tail.next()).value.body, (await tail.next()).value.body];
        stop.abort();
        const refused = {
          post: await t.failure(reads.post({ body: 4 })),
          remove: await t.failure(reads.deleteMessages(id)),
          list: await t.failure(writes.messages().toArray()),
          create: await t.failure(reads.create()),
          claim: await t.failure(reads.claim()),
          stats: await t.failure(reads.stats()),
        };
        const tampered = await guest({ ...reader, methods: ['GET', 'POST'] });
        refused.tampered = await t.failure(tampered.post({ body: 5 }));
        const soon = await queue.share({ methods: ['GET'], paths: ['messages'], expires: new Date(Date.now() + 4_000) });
        const short = await guest(soon);
        served.before = (await short.messages().toArray()).length;
        await t.pause(Date.parse(`${soon.expires}Z`) - Date.now() + 500);
        refused.expired = await t.failure(short.messages().toArray());
        refused.late = await t.failure((await guest(soon)).messages().toArray());
        return { served, refused, total: (await queue.stats()).total };
      }, transport);
      assert.deepEqual(result.served, { list: [1, 2], get: 1, posted: 1, tail: [1, 2], before: 3 });
      assert.equal(result.total, 3);
      for (const [what, error] of Object.entries(result.refused)) {
        assert.deepEqual([error?.code, error?.message], ['forbidden', 'the signed URL does not allow this, or has expired'], `${what}: ${JSON.stringify(error)}`);
      }
      if (transport === 'websocket') {
        // the owner has authenticated, its guests have not
        assert.equal(own.spy.count('authenticate'), 1);
        const { headers } = own.spy.frames().findLast(frame => 'URL-Signature' in frame.headers);
        assert.deepEqual([headers['URL-Methods'], Array.isArray(headers['URL-Paths'])], [['GET'], true]);
      } else {
        const { headers } = own.spy.requests.findLast(request => 'url-signature' in request.headers);
        assert.match(headers['url-paths'], /^\/v2\/queues\/[^,]+\/messages$/);
        assert.ok(!('x-auth-token' in headers));
      }
    });
  }
});

describe('a token and what is told', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'polling']) {
    test(`it is in ${transport === 'websocket' ? 'no frame but `authenticate`' : 'one header and nowhere else'}, and in no URL, entry, error, event or JSON`, async () => {
      await own.clear();
      const { token } = await give('good');
      const told = await own.page.evaluate(async ({ transport, token }) => {
        const told = [];
        // without its stack an error would hide what it tells
        const words = value => JSON.stringify(value, (_, each) => (each instanceof Error ? { ...each, message: each.message, stack: each.stack, cause: each.cause } : each));
        const tell = value => told.push(`${words(value)} ${value?.message} ${value}`);
        let turn = 0;
        const client = await t.connect({
          transport,
          logger: tell,
          backoffMs: { min: 20, max: 50 },
          token: () => {
            turn += 1;
            if (turn === 2) throw new Error('away');
            return { token, expiresAt: Date.now() + 2_000 };
          },
        });
        for (const type of ['statechange', 'transportchange', 'error']) client.addEventListener(type, ({ detail }) => tell(detail));
        const queue = client.queue(t.fresh());
        await queue.post({ body: 1 });
        const failures = [() => queue.get('none'), () => queue.updateMetadata({ a: 1 }), () => client.health(), () => client.pools.list().toArray(), () => queue.post({ body: 'x'.repeat(400_000) })];
        for (const attempt of failures) await attempt().catch(tell);
        for (const value of [client, queue, client.metrics(), queue.messages(), { ...client }]) tell(value);
        await t.until(() => turn >= 3);
        await client.close();
        tell(await client.closed);
        const refused = await t.connect({ transport, token: `${token}x`, logger: tell }).catch(error => error);
        tell(refused);
        return told;
      }, { transport, token });
      assert.ok(told.length > 10);
      // Fernet tokens differ from the eleventh character on, at the latest
      const canary = token.slice(20, 60);
      const has = value => Buffer.from(value).toString('latin1').includes(canary);
      assert.deepEqual(told.filter(has), []);
      for (const frame of own.spy.frames()) assert.ok(frame.action === 'authenticate' || !has(frame.raw), frame.action);
      for (const frame of own.spy.received()) assert.ok(!has(frame));
      for (const { url, body, headers } of own.spy.requests) {
        assert.ok(!has(url) && !has(body));
        for (const [name, value] of Object.entries(headers)) assert.ok(name === 'x-auth-token' || !has(value), name);
      }
      const shown = transport === 'websocket' ? own.spy.frames().filter(frame => has(frame.raw)).length : own.spy.authorised().length;
      assert.ok(shown > 0, 'the canary would be seen');
    });
  }
});

describe('who may do what', { timeout: 30_000 }, () => {
  const own = ownPage();

  test('the endpoints of a real catalog lead to the servers', async () => {
    await own.clear();
    const { token, catalog, projectId } = await login('demo', 'demo');
    const result = await own.page.evaluate(async ({ token, catalog, projectId }) => {
      const { endpoints, connect } = window.zaqar;
      const chosen = ['public', 'internal', 'admin'].map(name => endpoints(catalog, { region: 'RegionOne', interface: name }));
      const client = await connect({ ...endpoints(catalog), projectId, token });
      const posted = (await client.queue(t.fresh()).post({ body: 1 })).length;
      await client.close();
      return { chosen: [endpoints(catalog), ...chosen], elsewhere: endpoints(catalog, { region: 'Nowhere' }), posted };
    }, { token, catalog, projectId });
    assert.deepEqual(result, { chosen: Array(4).fill(stage.endpoints), elsewhere: {}, posted: 1 });
  });

  for (const transport of ['websocket', 'polling']) {
    test(`health is the administrator's, everything else is for every role (${transport})`, async () => {
      await own.clear();
      const result = await own.page.evaluate(async transport => {
        const result = {};
        for (const kind of ['admin', 'good', 'reader']) {
          const client = await t.connect({ transport, token: () => freshToken(kind) });
          const error = await t.failure(client.health());
          const posted = (await client.queue(t.fresh()).post({ body: 1 })).length;
          result[kind] = [error?.code ?? 'served', posted, client.state];
        }
        return result;
      }, transport);
      const others = ['forbidden', 1, 'connected'];
      assert.deepEqual(result, { admin: ['served', 1, 'connected'], good: others, reader: others });
    });
  }
});
