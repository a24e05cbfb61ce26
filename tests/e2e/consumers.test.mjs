// Consumers against the real server: each message is worked at least once, by as many handlers as were asked for, whatever
// happens to the connection, to the leases and to the servers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endClaim } from './lib/redis.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

/** With ZAQAR_LONG=1: a handler that runs longer than its first lease, which lasts a minute at least. */
const LONG = process.env.ZAQAR_LONG !== undefined;

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

/** Runs `body` with a page of its own, in which `endClaim(queue, claimId, messageId)` ends a lease on the server's side. */
async function withPage(body) {
  const page = await stage.openPage();
  await page.exposeFunction('endClaim', (queue, id, message) => endClaim(stage.zaqar.redisPort, { id, queue, messages: [message] }));
  await body(page);
  await page.evaluate(() => t.disconnect());
  page.assertNoProblems();
  await page.close();
}

describe('work', { timeout: 120_000 }, () => {
  for (const transport of ['auto', 'polling']) {
    test(`200 messages at concurrency 4 through ten cuts: each is handled, never more than four at once, over ${transport}`, async context => {
      await withPage(async page => {
        const queue = await page.evaluate(async transport => {
          window.client = await t.connect({ transport, backoffMs: { min: 50, max: 400 }, pollIntervalMs: { min: 100, max: 1_000 } });
          // only REST tells who has claimed what
          window.witness = await t.connect({ transport: 'polling' });
          const queue = client.queue(t.fresh('work'));
          await queue.create();
          await queue.post(t.range(0, 200).map(body => ({ body })));
          window.seen = new Map();
          window.most = 0;
          window.errors = [];
          let running = 0;
          const handler = async ({ body }) => {
            most = Math.max(most, (running += 1));
            seen.set(body, (seen.get(body) ?? 0) + 1);
            await t.pause(5);
            running -= 1;
          };
          window.consumer = queue.consume(handler, { concurrency: 4, onError: error => errors.push(t.tell(error).code) });
          return queue.name;
        }, transport);
        for (let cut = 0; cut < 10; cut += 1) {
          await page.evaluate(count => t.until(() => seen.size >= count, { what: `${count} messages` }), cut * 16);
          if (transport === 'auto') await until(() => stage.websocket.stats().open.upgrade > 0, { what: 'a socket' });
          stage.websocket.cut();
          stage.rest.cut();
        }
        // The claims whose answers were lost would hold their messages for a minute.
        let lost = 0;
        for (let wanted = 200; ; wanted += 1) {
          const orphans = await page.evaluate(async queue => {
            let left;
            const isIdle = async () => {
              left = await witness.queue(queue).messages({ includeClaimed: true }).toArray();
              return consumer.running === 0 && left.every(message => message.claimId);
            };
            await t.until(isIdle, { every: 50, what: 'nothing is left but what nobody knows to have claimed' });
            return left.map(({ id, claimId }) => ({ id, claimId }));
          }, queue);
          if (orphans.length === 0) break;
          for (const { id, claimId } of orphans) await endClaim(stage.zaqar.redisPort, { id: claimId, queue, messages: [id] });
          lost += orphans.length;
          await ask(stage.zaqar).post(queue, wanted);
        }
        const { times, most, handled, failed, errors, running } = await page.evaluate(async () => {
          await consumer.stop();
          return { times: [...seen], most, handled: consumer.handled, failed: consumer.failed, errors, running: consumer.running };
        });
        const bodies = times.map(([body]) => body).filter(body => body < 200);
        assert.equal(bodies.length, 200);
        assert.ok(most <= 4, `${most} at once`);
        assert.equal(failed, 0);
        assert.equal(running, 0);
        context.diagnostic(`${times.filter(([, count]) => count > 1).length} of 200 twice, ${handled} acknowledged, ${lost} claims whose answer was lost, errors: ${errors.join() || 'none'}`);
      });
    });
  }

  test('what was claimed by a request whose answer was lost is worked when that lease is over', { skip: !LONG && 'ZAQAR_LONG=1 runs it' }, async () => {
    await withPage(async page => {
      await page.evaluate(async () => {
        window.client = await t.connect({ transport: 'websocket', backoffMs: { min: 50, max: 400 } });
        window.queue = client.queue(t.fresh());
        await queue.create();
        window.consumer = queue.consume(() => {}, { concurrency: 4 });
        await (await t.connect()).queue(queue.name).post({ body: 0 });
        await t.until(() => consumer.handled === 1);
      });
      // What comes back is cut off: the server claims, and nobody learns of it.
      let posted = 1;
      while ((await page.evaluate(async () => (await queue.stats()).claimed)) === 0) {
        stage.websocket.set({ mode: 'pass', maxBytes: 1_500 });
        stage.websocket.cut();
        await ask(stage.zaqar).post(await page.evaluate(() => queue.name), ...Array(10).fill('x'));
        posted += 10;
        await page.evaluate(() => t.pause(1_000));
        stage.websocket.set({ mode: 'pass' });
        stage.websocket.cut();
        await page.evaluate(() => t.until(async () => consumer.running === 0 && (await queue.stats()).free === 0));
      }
      const start = Date.now();
      await page.evaluate(posted => t.until(() => consumer.handled >= posted, { within: 90_000, every: 100, what: 'all' }), posted);
      assert.ok(Date.now() - start < 70_000, `${Date.now() - start} ms`);
      await page.evaluate(() => consumer.stop());
    });
  });

  test('a post wakes an idle consumer within 100 ms', async context => {
    await withPage(async page => {
      const lags = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        const poster = (await t.connect()).queue(queue.name);
        await poster.create();
        const begun = [];
        const consumer = queue.consume(({ body }) => (begun[body] = performance.now()));
        const lags = [];
        for (const n of t.range(0, 30)) {
          const start = performance.now();
          await poster.post({ body: n });
          await t.until(() => begun[n] !== undefined && consumer.handled === n + 1, { every: 1 });
          lags.push(begun[n] - start);
        }
        await consumer.stop();
        return lags.sort((a, b) => a - b);
      });
      context.diagnostic(`median ${lags[15].toFixed(1)} ms, longest ${lags[29].toFixed(1)} ms`);
      assert.ok(lags[15] < 100, `${lags}`);
    });
  });

  test('a failing handler is told of, its message is tried again, and the others do not wait for it', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        await queue.post(t.range(0, 40).map(body => ({ body })));
        const order = [];
        const errors = [];
        const handler = ({ body }) => {
          order.push(body);
          if (body % 10 === 3 && order.filter(other => other === body).length <= 2) throw new Error(`no ${body}`);
        };
        const consumer = queue.consume(handler, { concurrency: 2, onError: (error, message) => errors.push([error.message, message.body]) });
        await t.until(() => consumer.handled === 40);
        await consumer.stop();
        return { order, errors, failed: consumer.failed, total: (await queue.stats()).total };
      });
      const bad = [3, 13, 23, 33];
      const sorted = list => list.toSorted((a, b) => a[1] - b[1]);
      assert.deepEqual(sorted(result.errors), sorted([...bad, ...bad].map(body => [`no ${body}`, body])));
      assert.equal(result.failed, 8);
      assert.equal(result.total, 0);
      const others = result.order.slice(result.order.indexOf(3), result.order.lastIndexOf(3)).filter(body => body % 10 !== 3);
      assert.ok(others.length >= 5, `${others} were done before the last try`);
    });
  });

  test('a message that was lost to another is no failure: it is told, and worked again', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        await queue.post([{ body: 1 }, { body: 2 }]);
        const seen = [];
        const errors = [];
        const handler = async (message, { claimId }) => {
          seen.push(message.body);
          if (seen.length === 1) await endClaim(queue.name, claimId, message.id);
        };
        const consumer = queue.consume(handler, { onError: (error, message) => errors.push([t.tell(error).status, t.tell(error).code, message.body]) });
        await t.until(() => consumer.handled === 2);
        await consumer.stop();
        return { seen: seen.sort(), errors, failed: consumer.failed };
      });
      assert.deepEqual(result.seen, [1, 1, 2]);
      assert.equal(result.failed, 0);
      assert.equal(result.errors.length, 1);
      assert.ok([400, 403].includes(result.errors[0][0]), `${result.errors}`);
    });
  });

  test('stop() waits for what runs, takes nothing more and leaves the rest unclaimed', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        await queue.post(t.range(0, 10).map(body => ({ body })));
        const aborted = [];
        const gates = [];
        const handler = (message, { signal }) => {
          signal.addEventListener('abort', () => aborted.push(message.body));
          return new Promise(resolve => gates.push(resolve));
        };
        const consumer = queue.consume(handler, { concurrency: 3 });
        await t.until(() => consumer.running === 3 && gates.length === 3);
        let isOver = false;
        const stopped = Promise.all([consumer.stop(), consumer.stop()]).then(() => (isOver = true));
        await queue.stats();
        const during = { isOver, running: consumer.running };
        gates[0]();
        gates[1]();
        await t.until(() => consumer.handled === 2);
        const before = isOver;
        gates[2]();
        await stopped;
        const { free, claimed, total } = await queue.stats();
        return { during, before, begun: gates.length, aborted, ended: (await consumer.closed) ?? null, running: consumer.running, handled: consumer.handled, free, claimed, total };
      });
      assert.deepEqual(result, { during: { isOver: false, running: 3 }, before: false, begun: 3, aborted: [], ended: null, running: 0, handled: 3, free: 7, claimed: 0, total: 7 });
    });
  });

  for (const how of ['an abort', 'the end of the client']) {
    test(`${how} ends it at once: handlers are told, and what they had can be claimed by others`, async () => {
      await withPage(async page => {
        const result = await page.evaluate(async how => {
          const client = await t.connect();
          const queue = client.queue(t.fresh());
          await queue.post([{ body: 1 }, { body: 2 }]);
          const controller = new AbortController();
          const signals = [];
          const consumer = queue.consume((message, { signal }) => signals.push(signal) && new Promise(() => {}), { concurrency: 2, signal: controller.signal });
          await t.until(() => signals.length === 2);
          if (how === 'an abort') controller.abort();
          else await client.close();
          const ended = (await consumer.closed)?.code ?? null;
          const other = (await t.connect()).queue(queue.name);
          const claim = how === 'an abort' ? await t.until(async () => (await other.stats()).claimed === 0 && other.claim()) : null;
          return { ended, reasons: signals.map(signal => signal.reason?.code), claimed: claim?.messages.length ?? null };
        }, how);
        assert.deepEqual(result, { ended: null, reasons: ['closed', 'closed'], claimed: how === 'an abort' ? 2 : null });
      });
    });
  }

  test('what cannot work is told by `closed`', async () => {
    await withPage(async page => {
      const codes = await page.evaluate(async () => {
        const client = await t.connect();
        const queue = client.queue(t.fresh());
        const wrong = [queue.consume('handler'), queue.consume(() => {}, { concurrency: 0 }), queue.consume(() => {}, { ttl: 1 })];
        const codes = await Promise.all(wrong.map(async consumer => (await consumer.closed)?.code));
        await Promise.all(wrong.map(consumer => consumer.stop()));
        await client.close();
        return [...codes, (await queue.consume(() => {}).closed)?.code];
      });
      assert.deepEqual(codes, ['invalid-argument', 'invalid-argument', 'invalid-argument', 'closed']);
    });
  });

  test('a message that fails too often goes to the dead letters', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const client = await t.connect();
        const dead = client.queue(t.fresh('dead'));
        const queue = client.queue(t.fresh());
        await dead.create();
        await queue.create({ _max_claim_count: 2, _dead_letter_queue: dead.name });
        const letters = t.collect(dead.tail({ from: 'start' }), message => message.body);
        const tries = [];
        const handler = ({ body }) => {
          tries.push(body);
          if (body === 'bad') throw new Error('never');
        };
        const consumer = queue.consume(handler);
        await queue.post([{ body: 'bad' }, { body: 'good' }]);
        await t.until(() => letters.items.length > 0, { within: 20_000, what: 'a dead letter' });
        await consumer.stop();
        return { letters: letters.items, tries, handled: consumer.handled, total: (await queue.stats()).total };
      });
      assert.deepEqual(result.letters, ['bad']);
      assert.deepEqual(result.tries.toSorted(), ['bad', 'bad', 'good']);
      assert.equal(result.handled, 1);
      assert.equal(result.total, 0);
    });
  });

  test('it goes on when both servers were ended and started again', async () => {
    await withPage(async page => {
      const queue = await page.evaluate(async () => {
        window.client = await t.connect({ backoffMs: { min: 50, max: 400 } });
        const queue = client.queue(t.fresh());
        await queue.create();
        window.bodies = [];
        window.consumer = queue.consume(({ body }) => bodies.push(body));
        await queue.post({ body: 'before' });
        await t.until(() => consumer.handled === 1);
        return queue.name;
      });
      await Promise.all([stage.zaqar.killWebsocket(), stage.zaqar.killRest()]);
      await page.evaluate(() => t.until(() => client.state === 'reconnecting'));
      await Promise.all([stage.zaqar.startWebsocket(), stage.zaqar.startRest()]);
      await ask(stage.zaqar).post(queue, 'after');
      const result = await page.evaluate(async () => {
        await t.until(() => consumer.handled === 2, { within: 20_000 });
        await consumer.stop();
        return { bodies, failed: consumer.failed };
      });
      assert.deepEqual(result, { bodies: ['before', 'after'], failed: 0 });
    });
  });
});

// Side by side, for most of it is waiting.
describe('leases and idleness', { concurrency: 4, timeout: 120_000 }, () => {
  test('idle it asks next to nothing', async context => {
    await withPage(async page => {
      const { requests, polls } = await page.evaluate(async () => {
        const client = await t.connect({ transport: 'websocket', keepAliveMs: 300_000 });
        const queue = client.queue(t.fresh());
        await queue.create();
        const consumer = queue.consume(() => {});
        await queue.post({ body: 1 });
        await t.until(() => consumer.handled === 1);
        const asked = () => client.metrics().requests;
        // the doorbell's echo: it looks three times more, the last time after half a second
        for (let before = -1; before !== asked(); ) {
          before = asked();
          await t.pause(1_000);
        }
        const { requests, polls } = client.metrics();
        await t.pause(30_000);
        const after = client.metrics();
        await consumer.stop();
        return { requests: after.requests - requests, polls: after.polls - polls };
      });
      context.diagnostic(`${requests} requests in 30 s`);
      assert.ok(requests + polls <= 1, `${requests} requests and ${polls} polls in 30 s`);
    });
  });

  test('a lease is renewed at a third of its time', async () => {
    await withPage(async page => {
      const { queue, claimId } = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        await queue.post({ body: 1 });
        const claimId = await new Promise(resolve => {
          window.consumer = queue.consume((message, context) => {
            resolve(context.claimId);
            return new Promise(release => (window.release = release));
          });
        });
        return { queue: queue.name, claimId };
      });
      const age = async () => (await ask(stage.zaqar).request('GET', `/v2/queues/${queue}/claims/${claimId}`)).age;
      await until(async () => (await age()) >= 15, { within: 25_000, every: 500, what: 'the lease gets older' });
      await until(async () => (await age()) <= 2, { within: 15_000, every: 500, what: 'the lease is renewed' });
      const ended = await page.evaluate(async () => {
        release();
        await consumer.stop();
        return [consumer.handled, consumer.failed];
      });
      assert.deepEqual(ended, [1, 0]);
    });
  });

  test('a handler is told when its lease is lost, and what it does then counts for nothing', async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const queue = (await t.connect()).queue(t.fresh());
        await queue.post({ body: 1 });
        const runs = [];
        const errors = [];
        const handler = async (message, { signal, claimId }) => {
          runs.push(claimId);
          if (runs.length > 1) return;
          const aborted = new Promise(resolve => signal.addEventListener('abort', () => resolve(signal.reason)));
          await endClaim(queue.name, claimId, message.id);
          throw await aborted;
        };
        const start = performance.now();
        const consumer = queue.consume(handler, { onError: error => errors.push([t.tell(error).code, Math.round((performance.now() - start) / 1_000)]) });
        await t.until(() => consumer.handled === 1, { within: 60_000, every: 100 });
        await consumer.stop();
        return { runs: new Set(runs).size, errors, failed: consumer.failed };
      });
      assert.equal(result.runs, 2);
      assert.ok(result.errors.length >= 1);
      assert.equal(result.errors[0][0], 'claim-lost');
      assert.ok(result.errors[0][1] <= 25, `told after ${result.errors[0][1]} s`);
    });
  });

  test('a handler that runs longer than its first lease keeps its message', { skip: !LONG && 'ZAQAR_LONG=1 runs it' }, async () => {
    await withPage(async page => {
      const result = await page.evaluate(async () => {
        const client = await t.connect();
        const queue = client.queue(t.fresh());
        await queue.post({ body: 1, ttl: 60 });
        let runs = 0;
        const errors = [];
        const consumer = queue.consume(
          async (message, { signal }) => {
            runs += 1;
            await t.pause(75_000);
            if (signal.aborted) throw signal.reason;
          },
          { onError: error => errors.push(t.tell(error)) },
        );
        const rival = (await t.connect()).queue(queue.name);
        let stolen = 0;
        while (consumer.handled + consumer.failed === 0) {
          stolen += (await rival.claim())?.messages.length ?? 0;
          await t.pause(1_000);
        }
        await consumer.stop();
        return { runs, stolen, errors, handled: consumer.handled, total: (await queue.stats()).total };
      });
      assert.deepEqual(result, { runs: 1, stolen: 0, errors: [], handled: 1, total: 0 });
    });
  });
});

test('a server that fails again and again at what a consumer and a tail ask is told once for each', { timeout: 60_000 }, async () => {
  await withPage(async page => {
    const answered = { claims: 0, messages: 0 };
    stage.site.route('/v2/ping', (_, response) => response.writeHead(204).end());
    for (const asked of Object.keys(answered)) {
      stage.site.route(`/v2/queues/failing/${asked}`, (_, response) => {
        answered[asked] += 1;
        response.writeHead(500, { 'Content-Type': 'application/json' }).end('{"title": "Internal server error"}');
      });
    }
    await page.evaluate(async () => {
      window.client = await t.connect({ websocket: undefined, rest: location.origin, pollIntervalMs: { min: 50, max: 100 } });
      window.errors = [];
      client.addEventListener('error', ({ detail }) => errors.push(`${detail.action} ${detail.status} ${detail.code}`));
      window.consumer = client.queue('failing').consume(() => {});
      window.tail = client.queue('failing').tail({ from: 'start' });
    });
    await until(() => answered.claims >= 2 && answered.messages >= 2);
    await page.evaluate(() => t.until(() => errors.length >= 3, { what: 'the errors' }));
    const { claims, messages } = answered;
    await until(() => answered.claims >= claims + 2 && answered.messages >= messages + 2, { within: 40_000 });
    // without notifications the consumer looks by a listing, too
    const told = ['claim_create 500 server-error', 'message_list 500 server-error', 'message_list 500 server-error'];
    assert.deepEqual((await page.evaluate(() => errors)).sort(), told);
    await page.evaluate(async () => {
      await consumer.stop();
      await tail.return();
    });
  });
});
