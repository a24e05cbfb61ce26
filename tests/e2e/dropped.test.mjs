// Subscriptions that the server drops while the socket lives: what listens hears again, and the doubt is told. And those that it
// keeps when it is killed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { command } from './lib/redis.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

/** When a look at a silent subscription has been answered at the latest, and the subscription is made again. */
const SAFETY_MS = 17_000;

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });
const subscriptions = queue => ask(stage.zaqar).subscriptions(queue);

/** What drops the subscription of `queue`, with a queue of that name after it. */
const DROPS = {
  'a purge by somebody else': queue => ask(stage.zaqar).request('POST', `/v2/queues/${queue}/purge`),
  'a flush of the store': async queue => {
    await command(stage.zaqar.redisPort, 'FLUSHALL');
    await ask(stage.zaqar).request('PUT', `/v2/queues/${queue}`);
  },
};

describe('a subscription that the server dropped', { timeout: 120_000 }, () => {
  let page;
  before(async () => (page = await stage.openPage()));
  after(() => page.evaluate(() => t.disconnect()));

  /** A client that listens to a queue of its own by subscribe(), and notes `error` events. */
  const listen = () =>
    page.evaluate(async () => {
      await t.disconnect();
      window.client = await t.connect();
      window.errors = [];
      client.addEventListener('error', ({ detail }) => errors.push(t.tell(detail)));
      window.queue = client.queue(t.fresh('dropped'));
      window.heard = t.collect(queue.subscribe(), ({ body }) => body);
      await heard.live.ready;
      return queue.name;
    });
  const hears = async (queue, body) => {
    await ask(stage.zaqar).post(queue, body);
    await page.evaluate(body => t.until(() => heard.items.includes(body), { what: `«${body}» is heard` }), body);
  };
  const errors = () => page.evaluate(() => errors.map(({ code, action }) => ({ code, action })));

  test('is made again at once after an own purge', async () => {
    const queue = await listen();
    const [{ id }] = await subscriptions(queue);
    await page.evaluate(() => queue.purge());
    await until(async () => (await subscriptions(queue)).some(made => made.id !== id), { within: 2_000, what: 'another subscription' });
    await hears(queue, 'after the purge');
    assert.deepEqual(await errors(), [], 'the application knows what it did');
  });

  test('stays where an own purge leaves it, and where the queue is deleted and made again', async () => {
    const queue = await listen();
    const [{ id }] = await subscriptions(queue);
    await page.evaluate(() => queue.purge({ messages: true, subscriptions: false }));
    await page.evaluate(() => queue.delete());
    await page.evaluate(() => queue.create());
    await hears(queue, 'after the deletion');
    assert.deepEqual((await subscriptions(queue)).map(made => made.id), [id]);
    assert.deepEqual(await errors(), []);
  });

  for (const [drop, happens] of Object.entries(DROPS)) {
    test(`is noticed after ${drop}, made again, and the doubt is told`, async () => {
      const queue = await listen();
      await happens(queue);
      await until(async () => (await subscriptions(queue)).length === 1, { within: SAFETY_MS, what: 'the subscription is made again' });
      await hears(queue, `after ${drop}`);
      assert.deepEqual(await errors(), [{ code: 'unavailable', action: 'subscription_create' }]);
    });
  }

  test('is made again for a tail that finds what no doorbell announced', async () => {
    const queue = await page.evaluate(async () => {
      await t.disconnect();
      window.client = await t.connect();
      window.queue = client.queue(t.fresh('dropped-tail'));
      window.tail = t.collect(queue.tail({ from: 'start' }), ({ body }) => body);
      await tail.live.ready;
      return queue.name;
    });
    await DROPS['a purge by somebody else'](queue);
    // the new subscription itself has caused some pulls: the first message may be found by these
    for (const body of ['first', 'second']) {
      await ask(stage.zaqar).post(queue, body);
      await page.evaluate(({ body, within }) => t.until(() => tail.items.includes(body), { within, what: body }), { body, within: SAFETY_MS });
    }
    await until(async () => (await subscriptions(queue)).length === 1, { within: 2_000, what: 'the subscription is made again' });
    assert.deepEqual(await page.evaluate(() => tail.items), ['first', 'second']);
  });

  test('makes no queue that somebody has deleted', async () => {
    const queue = await listen();
    await ask(stage.zaqar).request('DELETE', `/v2/queues/${queue}`);
    const looked = await page.evaluate(ms => t.pause(ms).then(() => client.state), SAFETY_MS);
    assert.equal(looked, 'connected');
    const { queues } = await ask(stage.zaqar).request('GET', '/v2/queues?limit=20');
    assert.ok(!queues.some(({ name }) => name === queue), 'the queue stays deleted');
  });

  test('of a server that was killed does not hold up the notifications of others, for Zaqar knocks once', async () => {
    const queue = await listen();
    await stage.zaqar.killWebsocket();
    try {
      // As many as stop a process that goes on knocking, each in a thread of its own.
      for (let n = 0; n < 10; n += 1) await ask(stage.zaqar).post(queue, n);
      assert.equal((await subscriptions(queue)).length, 1, 'nobody has ended it');
    } finally {
      await stage.zaqar.startWebsocket();
    }
    const own = await page.evaluate(async () => {
      await t.until(() => client.transport === 'websocket', { what: 'the socket is back' });
      const other = client.queue(t.fresh('other'));
      window.pushed = t.collect(other.subscribe(), ({ body }) => body);
      await pushed.live.ready;
      return other.name;
    });
    await ask(stage.zaqar).post(own, 'pushed');
    await page.evaluate(() => t.until(() => pushed.items.includes('pushed'), { within: 5_000, what: 'a notification' }));
  });
});
