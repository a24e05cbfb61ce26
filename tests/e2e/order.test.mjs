// Posts of one queue are stored in the order in which they were made, whichever transports carry them; other queues do not wait.
// The order is read from Zaqar itself, past the proxies and past the package.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { FAILED_FETCH, FAILED_SOCKET, ask, useStage } from './lib/stage.mjs';

/** Each way takes so long: REST answers after 150 ms, and a socket has given its first answer after 360 ms. */
const REST_WAY_MS = 75;
const SOCKET_WAY_MS = 90;
const COUNT = 12;

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });
const numbers = count => Array.from({ length: count }, (_, number) => number);
const stored = async queue => (await ask(stage.zaqar).bodies(queue)).map(body => body.number ?? body);

describe('posts that nobody awaits', { timeout: 120_000 }, () => {
  let page;
  before(async () => (page = await stage.openPage()));
  afterEach(async () => {
    for (const proxy of [stage.websocket, stage.rest]) proxy.set({ mode: 'pass' });
    await page.evaluate(() => t.disconnect());
  });
  after(() => page.evaluate(() => t.disconnect()));

  const slow = () => {
    stage.rest.set({ mode: 'pass', delayMs: REST_WAY_MS });
    stage.websocket.set({ mode: 'pass', delayMs: SOCKET_WAY_MS });
  };

  /** Opens a client and a queue, and lists the changes of transport. With `lazy` before anything has answered. */
  const open = options =>
    page.evaluate(async options => {
      window.client = await t.connect(options);
      window.transports = [];
      client.addEventListener('transportchange', ({ detail }) => transports.push(detail.transport));
      window.queue = client.queue(t.fresh('order'));
      window.other = client.queue(t.fresh('other'));
      return { queue: queue.name, other: other.name };
    }, options);
  const seen = () => page.evaluate(() => [transports, client.transport]);

  test('stay in order when the socket comes while the first of them is under way over REST', async () => {
    slow();
    const { queue } = await open({ lazy: true, fallbackDelayMs: 50 });
    await page.evaluate(async count => {
      const posts = [queue.post({ body: 0 })];
      for (let number = 1; number < count; number += 1) {
        await t.pause(number % 3 === 0 ? 60 : 0);
        posts.push(queue.post({ body: number }));
      }
      await Promise.all(posts);
    }, COUNT);
    assert.deepEqual(await stored(queue), numbers(COUNT));
    assert.equal((await seen())[1], 'websocket', 'the socket came meanwhile');
  });

  test('stay in order when the socket is cut while they go on it, and none is stored twice', async () => {
    const { queue } = await open();
    slow();
    const posting = page.evaluate(async count => {
      window.posts = [];
      for (let number = 0; number < count; number += 1) {
        posts.push(queue.post({ body: number }).then(() => 'stored', ({ delivery }) => delivery));
        await t.pause(20);
      }
      return Promise.all(posts);
    }, COUNT);
    await page.evaluate(() => t.until(() => window.posts?.length >= 5, { every: 5, what: 'some are under way' }));
    stage.websocket.cut();
    const outcome = await posting;
    const found = await stored(queue);
    assert.deepEqual(found, [...found].sort((a, b) => a - b), 'in order');
    assert.equal(new Set(found).size, found.length, 'each once');
    for (const [number, delivery] of outcome.entries()) {
      if (delivery === 'stored') assert.ok(found.includes(number), `${number} is stored`);
      else assert.equal(delivery, 'unknown');
    }
    assert.ok(outcome.slice(-3).every(delivery => delivery === 'stored'), `those after the cut are stored: ${outcome}`);
  });

  test('wait no longer than five seconds behind one on a socket that says nothing', async () => {
    const { queue, other } = await open();
    await page.evaluate(() => queue.post({ body: 0 }));
    stage.websocket.set({ mode: 'blackhole' });
    const { first, second, elsewhere } = await page.evaluate(async () => {
      const hung = t.timed(() => queue.post({ body: 1 }));
      await t.pause(1_000);
      const behind = t.timed(() => queue.post({ body: 2 }));
      const beside = t.timed(() => other.post([{ body: 0 }, { body: 1 }]));
      return { first: await hung, second: await behind, elsewhere: await beside };
    });
    assert.equal(first.error?.delivery, 'unknown');
    assert.equal(second.error, null);
    assert.ok(second.ms < 6_000, `the second waited for ${Math.round(second.ms)} ms`);
    assert.equal(elsewhere.error, null);
    assert.ok(elsewhere.ms < 1_500, `another queue waited for ${Math.round(elsewhere.ms)} ms`);
    const found = await stored(queue);
    assert.deepEqual([found[0], found.at(-1)], [0, 2]);
    assert.deepEqual(await stored(other), [0, 1]);
  });

  test('stay in order where some have a delay, which only REST carries', async () => {
    const { queue } = await open();
    stage.rest.set({ mode: 'pass', delayMs: REST_WAY_MS });
    const ids = await page.evaluate(async count => {
      const posts = t.range(0, count).map(number => queue.post({ body: number, ...(number % 4 === 1 ? { delay: 1 } : {}) }));
      return (await Promise.all(posts)).flat();
    }, COUNT);
    assert.equal(new Set(ids).size, COUNT);
    await page.evaluate(count => t.until(async () => (await queue.messages({ includeDelayed: true }).toArray()).length === count, { what: 'all are there' }), COUNT);
    const found = await page.evaluate(async () => t.bodies(await queue.messages({ includeDelayed: true }).toArray()));
    assert.deepEqual(found, numbers(COUNT));
  });

  test('stay in order where some are sent in parts', async () => {
    slow();
    const { queue } = await open({ lazy: true, fallbackDelayMs: 50 });
    await page.evaluate(async () => {
      const large = numbers => numbers.map(number => ({ body: { number, filling: 'x'.repeat(60_000) } }));
      await Promise.all([
        queue.post({ body: 0 }),
        queue.post(large([1, 2, 3, 4, 5, 6, 7, 8, 9])),
        queue.post({ body: 10 }),
        queue.post(large([11, 12, 13, 14, 15, 16])),
        queue.post({ body: 17 }),
      ]);
    });
    assert.deepEqual(await stored(queue), numbers(18));
  });

  test('stay in order in each of two queues, however many there are', async () => {
    slow();
    const { queue, other } = await open({ lazy: true, fallbackDelayMs: 50 });
    await page.evaluate(async () => {
      const posts = [];
      for (let number = 0; number < 60; number += 1) {
        posts.push(queue.post({ body: number }), other.post({ body: number }));
        if (number % 10 === 0) await t.pause(25);
      }
      await Promise.all(posts);
    });
    assert.deepEqual(await stored(queue), numbers(60));
    assert.deepEqual(await stored(other), numbers(60));
  });
});
