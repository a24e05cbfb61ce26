// Where the two transports differ because Zaqar does: what docs/transports.md lists, and the guides repeat.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILED_FETCH, useStage } from './lib/stage.mjs';

let page;
useStage({
  expected: [FAILED_FETCH],
  async prepare(stage) {
    page = await stage.openPage();
    await page.evaluate(async () => {
      window.socket = await t.connect({ transport: 'websocket' });
      window.rest = await t.connect({ transport: 'polling' });
    });
  },
});

test('the claim of a message is told over REST alone', async () => {
  const { claimId, told } = await page.evaluate(async () => {
    const name = t.fresh();
    const [id] = await socket.queue(name).post({ body: 1 });
    const { id: claimId } = await socket.queue(name).claim({ limit: 1 });
    const readings = async queue => {
      const tail = queue.tail({ from: 'start' });
      const { value } = await tail.next();
      await tail.return();
      const listed = await queue.messages({ includeClaimed: true }).toArray();
      return [...listed, value, await queue.get(id), ...(await queue.getMany([id]))].map(message => message.claimId ?? null);
    };
    return { claimId, told: [await readings(socket.queue(name)), await readings(rest.queue(name))] };
  });
  assert.deepEqual(told, [[null, null, null, null], [claimId, claimId, claimId, claimId]]);
});

test('a subscription that exists is a conflict on the socket, and its id over REST', async () => {
  const { first, second } = await page.evaluate(async () => {
    const subscription = { subscriber: 'http://127.0.0.1:9/hook', ttl: 300 };
    const [one, other] = [socket, rest].map(client => client.queue(t.fresh()).subscriptions);
    await one.create(subscription);
    return { first: [await t.failure(one.create(subscription)), await other.create(subscription)], second: await other.create(subscription) };
  });
  assert.equal(first[0].code, 'conflict');
  assert.equal(first[1], second);
});

test('a post is measured in characters on the socket, and in bytes over REST', async () => {
  const { stored, failure } = await page.evaluate(async () => {
    const body = '😀'.repeat(130_000);
    const name = t.fresh();
    await socket.queue(name).post({ body });
    const failure = await t.failure(rest.queue(name).post({ body }));
    const [message, ...others] = await rest.queue(name).messages().toArray();
    await socket.queue(name).delete();
    return { stored: [message.body === body, others.length], failure };
  });
  assert.deepEqual(stored, [true, 0]);
  assert.equal(failure.code, 'too-large');
});

test('a signature is not looked at on the socket of a server without authentication', async () => {
  const result = await page.evaluate(async () => {
    const queue = socket.queue(t.fresh());
    await queue.post([{ body: 1 }, { body: 2 }]);
    const signedUrl = await queue.share({ methods: ['GET'] });
    const guest = await t.connect({ transport: 'websocket', signedUrl, projectId: undefined });
    const orders = guest.queue(queue.name);
    await orders.post({ body: 3 });
    const claim = await orders.claim({ limit: 1 });
    return [claim.messages.length, (await orders.stats()).total, await guest.ping() >= 0];
  });
  assert.deepEqual(result, [1, 3, true]);
});

test('pools and flavors are not to be found where pooling is off', async () => {
  const failures = await page.evaluate(async () => [await t.failure(socket.pools.list().toArray()), await t.failure(rest.flavors.get('gold'))]);
  for (const { code, message } of failures) assert.deepEqual([code, message], ['not-found', '404 Not Found']);
});
