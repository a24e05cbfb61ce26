// A socket that is cut or silent, or a server that is killed, while a client is at work: what it repeats, and what it says of the
// rest.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAILED_FETCH, FAILED_SOCKET, until, useStage } from './lib/stage.mjs';

let page;

const stage = useStage({
  expected: [FAILED_SOCKET, FAILED_FETCH],
  async prepare({ openPage }) {
    page = await openPage();
  },
});

describe('a connection that breaks', { timeout: 60_000 }, () => {
  const connectTough = () => page.evaluate(async () => {
    window.tough = await t.connect({ transport: 'websocket', backoffMs: { min: 50, max: 500 } });
    window.events = [];
    tough.addEventListener('statechange', ({ detail }) => events.push([detail.previous, detail.state, detail.reason instanceof zaqar.ZaqarError]));
    window.queue = tough.queue(t.fresh());
    window.live = queue.subscribe();
    await live.ready;
  });

  test('when the server is killed and started, calls wait for it and subscriptions are made again', async () => {
    await connectTough();
    await stage.zaqar.killWebsocket();
    await page.evaluate(async () => {
      await t.until(() => tough.state === 'reconnecting');
      window.waiting = [queue.post({ body: 'posted in the meantime' }), queue.stats()];
    });
    await stage.zaqar.startWebsocket();
    const result = await page.evaluate(async () => {
      const [ids] = await Promise.all(waiting);
      await t.until(() => tough.state === 'connected');
      // The subscription is made again behind the waiting calls; from then on everything is told.
      const told = new Set();
      void (async () => {
        for await (const { body } of live) told.add(body);
      })();
      let n = 0;
      await t.until(async () => {
        await queue.post({ body: (n += 1) });
        return told.size > 0;
      });
      const { reconnects, connects } = tough.metrics();
      await tough.close();
      return { posted: ids.length, events, reconnects, connects };
    });
    assert.deepEqual(result, { posted: 1, events: [['connected', 'reconnecting', true], ['reconnecting', 'connected', false], ['connected', 'closed', false]], reconnects: 1, connects: 2 });
  });

  test('a cut in the middle of requests repeats the reads and says of the posts what is unknown', async () => {
    await connectTough();
    stage.websocket.stall(20_000, 'upgrade');
    const { bytesUp } = stage.websocket.stats();
    const sent = await page.evaluate(() => {
      const { bytesSent } = tough.metrics();
      window.calls = Promise.all([queue.stats(), queue.messages().toArray(), t.failure(queue.post({ body: 1 })), t.failure(queue.claim()), t.failure(queue.pop()), t.failure(queue.deleteMessages(crypto.randomUUID())), queue.create()]);
      return tough.metrics().bytesSent - bytesSent;
    });
    assert.ok(sent > 0);
    await until(() => stage.websocket.stats().bytesUp - bytesUp >= sent, { what: 'all of it has left the browser' });
    stage.websocket.cut('reset', 'upgrade');
    const result = await page.evaluate(async () => {
      const [stats, list, post, claim, pop, remove, created] = await calls;
      const later = await queue.post({ body: 2 });
      await tough.close();
      return { total: stats.total, list: list.length, post, claim, pop, remove, created: typeof created, later: later.length };
    });
    for (const call of ['post', 'claim', 'pop']) {
      assert.deepEqual([result[call]?.code, result[call]?.delivery, result[call]?.retryable], ['connection-lost', 'unknown', false], `${call}: ${JSON.stringify(result[call])}`);
    }
    assert.deepEqual([result.total, result.list, result.remove, result.created, result.later], [0, 0, null, 'boolean', 1]);
  });

  test('a cut that comes while nothing is asked is mended unnoticed', async () => {
    await connectTough();
    const result = [];
    for (const how of ['reset', 'fin']) {
      stage.websocket.cut(how, 'upgrade');
      result.push(await page.evaluate(async () => {
        // It may be over before anybody looks.
        await t.until(() => events.splice(0).some(([, state]) => state === 'reconnecting'));
        return [(await queue.post({ body: 1 })).length, tough.state];
      }));
    }
    assert.deepEqual(result, [[1, 'connected'], [1, 'connected']]);
    await page.evaluate(() => tough.close());
  });

  test('a socket that is silent is probed, and replaced when it does not answer', async () => {
    await page.evaluate(async () => {
      window.tough = await t.connect({ transport: 'websocket', keepAliveMs: 400, backoffMs: { min: 50, max: 500 } });
    });
    const { bytesSent, reconnects } = await page.evaluate(async () => {
      const { bytesSent } = tough.metrics();
      await t.until(() => tough.metrics().bytesSent > bytesSent, { within: 3_000, what: 'a probe' });
      return { bytesSent, reconnects: tough.metrics().reconnects };
    });
    assert.ok(bytesSent > 0);
    assert.equal(reconnects, 0);
    stage.websocket.freeze('upgrade');
    const ms = await page.evaluate(async () => {
      const start = performance.now();
      await tough.queue(t.fresh()).stats();
      return performance.now() - start;
    });
    assert.ok(ms < 2_500, `${ms} ms`);
    await page.evaluate(() => tough.close());
  });
});
