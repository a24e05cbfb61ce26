// Zaqar's Redis store looks a marker's place up and then reads behind it, in two steps. What is deleted in between moves the
// queue up, and the page begins too late. Here something is deleted in between, each time: nothing is passed over.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startRedisGate } from './lib/redis-gate.mjs';
import { ask, useStage } from './lib/stage.mjs';

const MESSAGES = 8;
let gate;
const throughRedis = async port => (gate = await startRedisGate(port)).port;
const stage = useStage({ zaqar: { processes: 2, gcSeconds: 0, throughRedis } });

describe('what is deleted while a page is read', { timeout: 60_000 }, () => {
  let page;
  let queue;
  let ids;
  before(async () => (page = await stage.openPage()));
  afterEach(() => page.evaluate(() => t.disconnect()));
  after(() => gate.stop());

  /** A queue with messages of another client. Only the socket is used: REST would ask again what is held too long. */
  const open = async count => {
    queue = await page.evaluate(async () => {
      window.client = await t.connect({ rest: undefined });
      window.queue = client.queue(t.fresh('race'));
      return queue.name;
    });
    ids = (await ask(stage.zaqar).post(queue, ...Array(count).keys())).resources.map(href => href.split('/').at(-1));
  };
  const deleteFirst = () => ask(stage.zaqar).request('DELETE', `/v2/queues/${queue}/messages?ids=${ids.shift()}`);
  /** Lists, and deletes the first message as soon as the server has looked a marker's place up. */
  const deleteMeanwhile = async list => {
    const held = gate.holdListing(queue);
    const found = list();
    const goOn = await held;
    await deleteFirst();
    goOn();
    return found;
  };
  const nextPage = () => page.evaluate(async () => {
    const { value, done } = await pages.next();
    return done ? null : t.bodies(value.items);
  });
  const restOfPages = () => page.evaluate(async () => {
    const bodies = [];
    for await (const { items } of pages) bodies.push(...t.bodies(items));
    return bodies;
  });
  const claim = count => ask(stage.zaqar).request('POST', `/v2/queues/${queue}/claims?limit=${count}`, { ttl: 300, grace: 60 });
  const numbers = (from, to) => Array.from({ length: to - from }, (_, number) => from + number);

  for (const [what, options] of [
    ['all messages', { includeClaimed: true, includeDelayed: true }],
    ['what is free', {}],
    ["others' messages", { echo: false, includeClaimed: true }],
  ]) {
    test(`messages() of ${what} passes nothing over`, async () => {
      await open(MESSAGES);
      await page.evaluate(options => (window.pages = queue.messages({ limit: 3, ...options }).pages()), options);
      assert.deepEqual(await nextPage(), [0, 1, 2]);
      assert.deepEqual(await deleteMeanwhile(restOfPages), numbers(3, MESSAGES));
    });
  }

  test('messages() passes nothing over where what it gave last was claimed meanwhile', async () => {
    await open(MESSAGES);
    await page.evaluate(() => (window.pages = queue.messages({ limit: 3 }).pages()));
    assert.deepEqual(await nextPage(), [0, 1, 2]);
    await claim(3);
    assert.deepEqual(await deleteMeanwhile(restOfPages), numbers(3, MESSAGES));
  });

  test('messages() passes nothing over where all at the head is claimed', async () => {
    const claimed = 20;
    await open(claimed + 3);
    await claim(claimed);
    await page.evaluate(() => (window.pages = queue.messages().pages()));
    assert.deepEqual(await deleteMeanwhile(restOfPages), numbers(claimed, claimed + 3));
  });

  for (const options of [{}, { echo: false }, { includeClaimed: false }, { echo: false, includeClaimed: false }]) {
    test(`tail(${JSON.stringify(options)}) passes nothing over`, async () => {
      await open(MESSAGES);
      await page.evaluate(async ([options, count]) => {
        window.tail = t.collect(queue.tail({ from: 'start', ...options }), message => message.body);
        await tail.live.ready;
        await t.until(() => tail.items.length === count);
      }, [options, MESSAGES]);
      const held = gate.holdListing(queue);
      await ask(stage.zaqar).post(queue, 'one', 'two');
      const goOn = await held;
      await deleteFirst();
      goOn();
      const found = await page.evaluate(async count => {
        await t.until(() => tail.items.includes('two'));
        return tail.items.slice(count);
      }, MESSAGES);
      assert.deepEqual(found, ['one', 'two']);
    });
  }
});
