// Tails against the real server: every message once, in the store's order, whatever the network and other people do.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { randomly, upset } from './lib/chaos.mjs';
import { expire, makeOlder, stored } from './lib/redis.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

/** Messages of the test with random deletes, claims, releases and expiries. */
const POSTS = Number(process.env.ZAQAR_TAIL_POSTS ?? 2_000);

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

/** Runs `body` with a page of its own. */
async function withPage(body) {
  const page = await stage.openPage();
  await body(page);
  await page.evaluate(() => t.disconnect());
  page.assertNoProblems();
  await page.close();
}

const subscribers = async queue => (await ask(stage.zaqar).subscriptions(queue)).length;

/** What is wrong with what was delivered, where `stored` is what there is: at which places of it. */
function account(got, stored) {
  const place = new Map(stored.map((id, place) => [id, place]));
  const times = new Map();
  for (const id of got) times.set(id, (times.get(id) ?? 0) + 1);
  const places = got.map(id => place.get(id)).filter(place => place !== undefined);
  return {
    missing: stored.flatMap((id, place) => (times.has(id) ? [] : [place])),
    twice: [...times].flatMap(([id, count]) => (count > 1 ? [`${id} ×${count}`] : [])),
    disordered: places.flatMap((place, at) => (at > 0 && place < places[at - 1] ? [`${place} after ${places[at - 1]}`] : [])),
  };
}

describe('nothing lost, nothing twice', { timeout: 300_000 }, () => {
  test('600 posts through cuts, refusals, black holes, 403s and stalls: each once and in order, nothing after, the same for all', async () => {
    await withPage(async page => {
      const queue = await page.evaluate(async () => {
        const name = t.fresh('faults');
        const quick = { keepAliveMs: 1_000, backoffMs: { min: 50, max: 400 }, pollIntervalMs: { min: 100, max: 1_000 } };
        window.clients = [];
        window.tails = [];
        for (const transport of ['auto', 'auto', 'polling']) {
          const client = await t.connect({ ...quick, transport });
          const live = client.queue(name).tail({ onGap: gap => gaps.push(gap) });
          clients.push(client);
          tails.push(t.collect(live, message => message.body));
        }
        window.gaps = [];
        await Promise.all(tails.map(tail => tail.live.ready));
        return name;
      });
      const { websocket, rest } = stage;
      const both = [websocket, rest];
      let posted = 0;
      const post = async count => {
        const server = ask(stage.zaqar);
        const poster = async () => {
          while (count-- > 0) await server.post(queue, posted++);
        };
        await Promise.all([poster(), poster(), poster(), poster()]);
      };
      const delivered = () => page.evaluate(posted => t.until(() => tails.every(tail => tail.items.length >= posted), { within: 20_000, what: `${posted} messages` }), posted);
      const sockets = count => until(() => websocket.stats().open.upgrade >= count, { what: `${count} sockets` });
      const cut = how => async () => {
        await sockets(2);
        for (const proxy of both) proxy.cut(how);
      };
      const shut = settings => async () => {
        websocket.set(settings);
        websocket.cut();
        await post(10);
        await delivered();
        websocket.set({ mode: 'pass' });
      };
      const FAULTS = [
        cut('reset'), cut('fin'), cut('reset'), cut('reset'), shut({ mode: 'refuse' }),
        cut('reset'), cut('fin'), cut('reset'), cut('reset'), shut({ mode: 'status', status: 403 }),
        cut('reset'), cut('fin'), cut('reset'), cut('reset'), shut({ mode: 'drop' }),
        async () => {
          await sockets(2);
          websocket.set({ mode: 'blackhole' });
          await post(10);
          await delivered();
          websocket.set({ mode: 'pass' });
        },
        cut('reset'), cut('fin'), cut('reset'), cut('reset'),
        async () => {
          for (const proxy of both) proxy.stall(700);
          await post(10);
          await delivered();
        },
        async () => {
          for (const proxy of both) {
            proxy.set({ mode: 'refuse' });
            proxy.cut();
          }
          await post(10);
          await page.evaluate(() => t.until(() => clients.every(client => client.state === 'reconnecting'), { what: 'reconnecting' }));
          for (const proxy of both) proxy.set({ mode: 'pass' });
        },
        cut('reset'), cut('fin'), cut('reset'), cut('reset'),
      ];
      for (const [at, fault] of FAULTS.entries()) {
        const posting = post(18);
        await fault();
        await posting;
        if (at === 12) await delivered();
      }
      await post(600 - posted);
      await post(1);
      await delivered();
      const { tails, gaps } = await page.evaluate(() => ({ tails: tails.map(tail => tail.items), gaps }));
      const listed = await ask(stage.zaqar).bodies(queue);
      assert.equal(listed.length, 601);
      for (const tail of tails) assert.deepEqual(tail, listed);
      assert.deepEqual(gaps, []);
    });
  });

  test(`${POSTS} posts with deletes, claims, releases and expiries: none that stayed is missing, none comes twice`, async context => {
    await withPage(async page => {
      const queue = await page.evaluate(async () => {
        const name = t.fresh('chaos');
        window.tails = [];
        for (const transport of ['auto', 'websocket', 'polling']) {
          const client = await t.connect({ transport, pollIntervalMs: { min: 100, max: 1_000 }, backoffMs: { min: 50, max: 400 } });
          tails.push(t.collect(client.queue(name).tail({ from: transport === 'websocket' ? 'start' : 'now' }), message => message.id));
        }
        await Promise.all(tails.map(tail => tail.live.ready));
        return name;
      });
      const seed = Number(process.env.ZAQAR_TAIL_SEED ?? Date.now() % 2 ** 31);
      let cuts = 0;
      const done = await upset(stage.zaqar, queue, {
        count: POSTS,
        random: randomly(seed),
        beat(posted) {
          if (posted < (cuts + 1) * 500) return;
          cuts += 1;
          stage.websocket.cut();
        },
      });
      await until(async () => (await stored(stage.zaqar.redisPort, queue)).expired === 0, { what: 'the expired are collected' });
      const { resources } = await ask(stage.zaqar).post(queue, 'last');
      const last = resources[0].split('/').at(-1);
      await page.evaluate(last => t.until(() => tails.every(tail => tail.items.at(-1) === last), { what: 'the last message' }), last);
      const { ids } = await stored(stage.zaqar.redisPort, queue);
      context.diagnostic(`seed ${seed}: ${JSON.stringify({ ...done, cuts, stayed: ids.length })}`);
      for (const got of await page.evaluate(() => tails.map(tail => tail.items))) {
        context.diagnostic(`delivered ${got.length}`);
        assert.deepEqual(account(got, ids), { missing: [], twice: [], disordered: [] }, `with seed ${seed}`);
      }
    });
  });
});

describe('latency', { timeout: 60_000 }, () => {
  for (const by of ['websocket', 'polling']) {
    test(`the median from post to delivery is at most twice the bare notification's, posted over ${by}`, async context => {
      await withPage(async page => {
        const { bare, tail } = await page.evaluate(async by => {
          const name = t.fresh('latency');
          const poster = await t.connect({ transport: by });
          const listener = await t.connect({ transport: 'websocket' });
          const reader = await t.connect({ transport: 'websocket' });
          const live = { bare: listener.queue(name).subscribe(), tail: reader.queue(name).tail() };
          await Promise.all([live.bare.ready, live.tail.ready]);
          const lags = { bare: [], tail: [] };
          for (const n of t.range(0, 220)) {
            const start = performance.now();
            const arrived = async kind => {
              const { value } = await live[kind].next();
              if (value.body !== n) throw new Error(`${value.body} instead of ${n}`);
              if (n >= 20) lags[kind].push(performance.now() - start);
            };
            await Promise.all([arrived('bare'), arrived('tail'), poster.queue(name).post({ body: n })]);
          }
          const quantiles = list => [0.5, 0.9, 0.99].map(part => list.toSorted((a, b) => a - b)[Math.floor(list.length * part)]);
          return { bare: quantiles(lags.bare), tail: quantiles(lags.tail) };
        }, by);
        const show = list => list.map(ms => ms.toFixed(1)).join(' / ');
        context.diagnostic(`p50 / p90 / p99 ms: notification ${show(bare)}, tail ${show(tail)}, ratio ${(tail[0] / bare[0]).toFixed(2)}`);
        assert.ok(tail[0] <= 2 * bare[0] + 2, `${show(tail)} to ${show(bare)}`);
      });
    });
  }
});

describe('where a tail begins and what it leaves out', { timeout: 60_000 }, () => {
  /** Runs `body` in a page, on each transport, with a fresh queue of a client and that of another client. */
  const check = (title, body, expect) => {
    for (const transport of ['websocket', 'polling']) {
      test(`${title}, over ${transport}`, async () => {
        await withPage(async page => {
          await page.evaluate(async transport => {
            window.client = await t.connect({ transport, pollIntervalMs: { min: 50, max: 500 } });
            window.other = await t.connect();
            window.take = async (live, count) => {
              const bodies = [];
              while (bodies.length < count) bodies.push((await live.next()).value.body);
              return bodies;
            };
          }, transport);
          expect(await page.evaluate(`(async () => { const name = t.fresh(); return (${body})(client.queue(name), other.queue(name)); })()`), assert);
        });
      });
    }
  };

  check(
    'from the start it gives what is there and what comes',
    async (queue, others) => {
      await others.post(t.range(0, 50).map(body => ({ body })));
      const live = queue.tail({ from: 'start' });
      const before = await take(live, 50);
      await others.post(t.range(50, 60).map(body => ({ body })));
      return [...before, ...(await take(live, 10))];
    },
    bodies => assert.deepEqual(bodies, Array.from({ length: 60 }, (_, n) => n)),
  );

  check(
    'from now it gives only what is posted after it was ready, all of it',
    async (queue, others) => {
      await others.post(t.range(0, 30).map(body => ({ body: `old ${body}` })));
      const rounds = [];
      for (const round of t.range(0, 10)) {
        const live = queue.tail();
        await live.ready;
        await others.post([{ body: round }, { body: 'end' }]);
        rounds.push(await take(live, 2));
        await live.return();
      }
      return rounds;
    },
    rounds => assert.deepEqual(rounds, Array.from({ length: 10 }, (_, round) => [round, 'end'])),
  );

  check(
    "from a message's position it gives what stands behind, in a tail's positions as in a listing's",
    async (queue, others) => {
      await others.post(t.range(0, 30).map(body => ({ body })));
      const listed = await queue.messages().toArray();
      const first = await take(queue.tail({ from: { position: listed[9].position } }), 20);
      const live = queue.tail({ from: 'start' });
      let position;
      for (const n of t.range(0, 25)) position = n === 24 ? (await live.next()).value.position : void (await live.next());
      const second = await take(queue.tail({ from: { position } }), 5);
      return [first, second];
    },
    taken => assert.deepEqual(taken, [Array.from({ length: 20 }, (_, n) => n + 10), [25, 26, 27, 28, 29]]),
  );

  check(
    'without echo it leaves out what the client posted itself, also where a whole page is its own',
    async (queue, others) => {
      const live = queue.tail({ echo: false });
      await live.ready;
      await others.post({ body: 'first' });
      await queue.post(t.range(0, 45).map(body => ({ body })));
      await others.post({ body: 'second' });
      await queue.post({ body: 'own' });
      await others.post({ body: 'third' });
      return take(live, 3);
    },
    bodies => assert.deepEqual(bodies, ['first', 'second', 'third']),
  );

  check(
    'it shows claimed messages, unless it is told not to',
    async (queue, others) => {
      await others.post(t.range(0, 10).map(body => ({ body })));
      await others.claim({ limit: 4 });
      const everything = await take(queue.tail({ from: 'start' }), 10);
      const unclaimed = await take(queue.tail({ from: 'start', includeClaimed: false }), 6);
      return [everything, unclaimed];
    },
    taken => assert.deepEqual(taken, [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 5, 6, 7, 8, 9]]),
  );

  test('from the position of a message that is gone it gives what was posted later, and nothing from long before', async () => {
    await withPage(async page => {
      const queue = await page.evaluate(() => t.fresh());
      const server = ask(stage.zaqar);
      await server.post(queue, ...Array.from({ length: 20 }, (_, n) => n));
      const { ids } = await stored(stage.zaqar.redisPort, queue);
      await makeOlder(stage.zaqar.redisPort, ids.slice(0, 10), 100);
      await makeOlder(stage.zaqar.redisPort, ids.slice(10, 11), 50);
      const position = await page.evaluate(async queue => {
        window.client = await t.connect();
        return (await client.queue(queue).messages().toArray())[10].position;
      }, queue);
      await expire(stage.zaqar.redisPort, [ids[10]]);
      await until(async () => (await stored(stage.zaqar.redisPort, queue)).expired === 0, { what: 'it is collected' });
      await server.post(queue, 'last');
      const bodies = await page.evaluate(async ({ queue, position }) => {
        const tail = t.collect(client.queue(queue).tail({ from: { position } }), message => message.body);
        await t.until(() => tail.items.at(-1) === 'last');
        return tail.items;
      }, { queue, position });
      assert.deepEqual(bodies, [11, 12, 13, 14, 15, 16, 17, 18, 19, 'last']);
    });
  });

  test('a place from which there is no way is refused at once', async () => {
    await withPage(async page => {
      const codes = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        const wrong = [{ from: 'end' }, { from: null }, { from: {} }, { from: { position: 4 } }];
        return Promise.all(wrong.map(async options => (await t.failure(queue.tail(options).next()))?.code));
      });
      assert.deepEqual(codes, Array(4).fill('invalid-argument'));
    });
  });
});

describe('what a tail holds', { timeout: 60_000 }, () => {
  test('tails, a consumer and iterators of one queue share one subscription, and the last to leave takes it along', async () => {
    await withPage(async page => {
      const queue = await page.evaluate(async () => {
        window.client = await t.connect({ transport: 'websocket' });
        const queue = client.queue(t.fresh());
        await queue.create();
        window.lives = [queue.tail(), queue.tail({ echo: false }), queue.tail({ from: 'start' }), queue.subscribe()];
        await Promise.all(lives.map(live => live.ready));
        window.consumer = queue.consume(() => {});
        return queue.name;
      });
      assert.equal(await subscribers(queue), 1);
      const listed = await page.evaluate(async queue => (await client.queue(queue).subscriptions.list().toArray()).length, queue);
      assert.equal(listed, 1);
      await page.evaluate(async () => {
        await consumer.stop();
        for (const live of lives.slice(1)) await live.return();
      });
      await page.evaluate(() => client.ping());
      assert.equal(await subscribers(queue), 1, 'one is left');
      await page.evaluate(() => lives[0].return());
      await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
    });
  });

  for (const [how, end] of Object.entries({
    'a break': async live => {
      for await (const message of live) if (message.body === 1) break;
    },
    'return()': live => live.return(),
    'an abort': (live, controller) => controller.abort(new Error('enough')),
  })) {
    test(`${how} ends it: nothing is asked any more, and the subscription is gone`, async () => {
      await withPage(async page => {
        const queue = await page.evaluate(async () => {
          window.client = await t.connect({ transport: 'websocket' });
          const queue = client.queue(t.fresh());
          window.controller = new AbortController();
          window.live = queue.tail({ signal: controller.signal });
          await live.ready;
          await queue.post([{ body: 1 }, { body: 2 }]);
          return queue.name;
        });
        await page.evaluate(`(${end})(live, controller)`);
        const outcome = await page.evaluate(async () => [await t.failure(live.next()), await t.failure(live.next())]);
        assert.deepEqual(outcome.map(error => error?.other ?? null), how === 'an abort' ? ['Error: enough', 'Error: enough'] : [null, null]);
        await until(async () => (await subscribers(queue)) === 0, { what: 'the subscription is gone' });
        const asked = await page.evaluate(async queue => {
          await client.ping();
          const { polls } = client.metrics();
          await client.queue(queue).post([{ body: 3 }, { body: 4 }]);
          await client.ping();
          return client.metrics().polls - polls;
        }, queue);
        assert.equal(asked, 0);
      });
    });
  }

  test('closing the client ends it normally, after what it holds was read', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const client = await t.connect();
        const queue = client.queue(t.fresh());
        const live = queue.tail();
        await live.ready;
        const first = live.next();
        await queue.post([{ body: 1 }, { body: 2 }]);
        await first;
        const late = queue.tail();
        await client.close();
        const rest = [];
        for await (const { body } of live) rest.push(body);
        return { rest, late: await t.failure(late.ready), after: await t.failure(queue.tail().ready) };
      });
      assert.ok(result.rest.length <= 1);
      assert.equal(result.late?.code, 'closed');
      assert.equal(result.after?.code, 'closed');
    });
  });

  for (const transport of ['websocket', 'polling']) {
    test(`a slow reader stops the listing and loses nothing, over ${transport}`, async () => {
      await withPage(async page => {
        const result = await page.evaluate(async transport => {
          const client = await t.connect({ transport, pollIntervalMs: { min: 50, max: 200 } });
          const poster = await t.connect();
          const name = t.fresh();
          const post = async (from, to) => poster.queue(name).post(t.range(from, to).map(body => ({ body })));
          await post(0, 1_000);
          const live = client.queue(name).tail({ from: 'start' });
          const asked = async () => {
            // the listing stands still when round trips go by and nothing more was asked
            for (let before = -1, still = 0; still < 10; ) {
              await client.ping();
              const { polls } = client.metrics();
              still = polls === before ? still + 1 : 0;
              before = polls;
            }
            return client.metrics().polls;
          };
          const first = await asked();
          await post(1_000, 1_100);
          const second = await asked();
          const bodies = [];
          while (bodies.length < 1_100) bodies.push((await live.next()).value.body);
          return { first, more: second - first, bodies };
        }, transport);
        assert.ok(result.first >= 10 && result.first <= 20, `${result.first} pages for a reader that does not read`);
        assert.equal(result.more, 0);
        assert.deepEqual(result.bodies, Array.from({ length: 1_100 }, (_, n) => n));
      });
    });
  }
});
