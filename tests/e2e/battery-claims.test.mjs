// What is done with claims and subscriptions, and with the client as a whole, over both transports.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBattery } from './lib/battery.mjs';
import { endClaim } from './lib/redis.mjs';
import { until } from './lib/stage.mjs';

useBattery(own => {
  const { stage, transport, check, keep } = own;

  // ─────────────────────────────────────────────────────────────────────── claims

  check(
    'a claimed message is not deleted by its id without the claim, and is by an array, even of one',
    async queue => {
      const ids = await queue.post(t.range(0, 3).map(body => ({ body })));
      await queue.claim();
      const left = async () => (await queue.messages({ includeClaimed: true }).toArray()).length;
      const alone = (await t.failure(queue.deleteMessages(ids[0])))?.code;
      const kept = await left();
      await queue.deleteMessages([ids[0]]);
      const fewer = await left();
      await queue.deleteMessages(ids.slice(1));
      return { alone, kept, fewer, none: await left() };
    },
    result => assert.deepEqual(result, { alone: 'forbidden', kept: 3, fewer: 2, none: 0 }),
  );

  check(
    'claiming gives null where there is nothing, else up to so many messages that belong to the claim',
    async queue => {
      const missing = await queue.claim();
      await queue.create();
      const empty = await queue.claim();
      await queue.post(t.range(0, 15).map(body => ({ body })));
      const claim = await queue.claim({ ttl: 120, grace: 90, limit: 4 });
      const rest = await queue.claim();
      return {
        missing, empty,
        id: typeof claim.id, ttl: claim.ttl, age: claim.age >= 0 && claim.age < 5,
        bodies: t.bodies(claim.messages), belong: claim.messages.every(message => message.claimId === claim.id), life: claim.messages[0].ttl,
        rest: rest.messages.length, other: rest.id !== claim.id, restTtl: rest.ttl,
      };
    },
    result => assert.deepEqual(result, { missing: null, empty: null, id: 'string', ttl: 120, age: true, bodies: [0, 1, 2, 3], belong: true, life: 3_600, rest: 10, other: true, restTtl: 300 }),
  );

  check(
    'deleting a claimed message acknowledges it',
    async queue => {
      await queue.post(t.range(0, 3).map(body => ({ body })));
      const claim = await queue.claim({ limit: 2 });
      for (const message of claim.messages) await message.delete();
      return { left: t.bodies(await queue.messages({ includeClaimed: true }).toArray()), claim: (await queue.getClaim(claim.id)).messages.length };
    },
    result => assert.deepEqual(result, { left: [2], claim: 0 }),
  );

  check(
    'a claim is found again by its id, and works as before',
    async queue => {
      await queue.post(t.range(0, 3).map(body => ({ body })));
      const claim = await queue.claim({ ttl: 100 });
      const found = await queue.getClaim(claim.id);
      const result = { same: found.id === claim.id, ttl: found.ttl, bodies: t.bodies(found.messages), belong: found.messages.every(message => message.claimId === claim.id) };
      await found.messages[0].delete();
      await found.renew({ ttl: 200 });
      const again = await queue.getClaim(claim.id);
      await again.release();
      return { ...result, later: [again.ttl, again.messages.length], free: (await queue.stats()).free };
    },
    result => assert.deepEqual(result, { same: true, ttl: 100, bodies: [0, 1, 2], belong: true, later: [200, 2], free: 2 }),
  );

  check(
    'renewing keeps what is left out',
    async queue => {
      await queue.post({ body: 1 });
      const claim = await queue.claim({ ttl: 120, grace: 300 });
      const ttls = [];
      for (const change of [{ grace: 90 }, { ttl: 240 }, {}, undefined, { grace: 60 }]) {
        await claim.renew(change);
        ttls.push((await queue.getClaim(claim.id)).ttl);
      }
      return { ttls, told: claim.ttl };
    },
    result => assert.deepEqual(result, { ttls: [120, 240, 240, 240, 240], told: 240 }),
  );

  check(
    'renewing without a grace keeps the one that was given',
    async queue => {
      // The life of a message that ends before its claim is stretched to the end of the claim and its grace.
      await queue.post({ body: 1, ttl: 60 });
      const claim = await queue.claim({ ttl: 60, grace: 1_000 });
      await claim.renew({ ttl: 100 });
      const [message] = await queue.messages({ includeClaimed: true }).toArray();
      return message.ttl;
    },
    result => assert.ok(result >= 1_060, `the message lives ${result} s`),
  );

  check(
    'released messages can be claimed again, and the claim is lost',
    async queue => {
      await queue.post(t.range(0, 2).map(body => ({ body })));
      const claim = await queue.claim();
      await claim.release();
      await claim.release();
      const lost = { renew: await t.failure(claim.renew()), delete: await t.failure(claim.messages[0].delete()) };
      const get = await t.failure(queue.getClaim(claim.id));
      const again = await queue.claim();
      return { lost, get, again: t.bodies(again.messages), stolen: await t.failure(claim.messages[0].delete()) };
    },
    ({ lost, get, again, stolen }) => {
      assert.equal(lost.renew?.code, 'claim-lost');
      assert.equal(lost.delete?.code, 'claim-lost');
      assert.ok(['not-found', 'claim-lost'].includes(get?.code), JSON.stringify(get));
      assert.deepEqual(again, [0, 1]);
      assert.equal(stolen?.code, 'claim-lost');
    },
  );

  /** A claim of `client` in `page`, which is `window.claim` there, and what endClaim wants to know of it. */
  const claimIn = page =>
    page.evaluate(async () => {
      const queue = client.queue(t.fresh());
      await queue.post([{ body: 1 }, { body: 2 }]);
      window.claim = await queue.claim({ ttl: 60 });
      return { id: claim.id, queue: queue.name, messages: t.ids(claim.messages) };
    });

  test('after the end of a claim it is lost', async () => {
    await endClaim(stage.zaqar.redisPort, await claimIn(own.page));
    // Until the server has collected it, REST answers 503, which is all that REST says of any trouble.
    const errors = await own.page.evaluate(async () => ({
      delete: await t.failure(claim.messages[0].delete()),
      renew: await t.until(async () => {
        const error = await t.failure(claim.renew());
        return error?.code !== 'unavailable' && error;
      }),
    }));
    keep('after the end', errors);
    assert.equal(errors.renew?.code, 'claim-lost', JSON.stringify(errors));
    assert.equal(errors.delete?.code, 'claim-lost', JSON.stringify(errors));
  });

  test('a claim whose time is over is lost before the server has collected it, too', async () => {
    const late = await stage.openPage();
    await late.evaluate(async transport => (window.client = await t.connect({ transport })), transport);
    await endClaim(stage.zaqar.redisPort, await claimIn(late), { isCollected: false });
    await late.evaluate(() => {
      for (const clock of [performance, Date]) {
        const now = clock.now.bind(clock);
        clock.now = () => now() + 61_000;
      }
    });
    const errors = await late.evaluate(async () => ({ renew: await t.failure(claim.renew()) }));
    assert.equal(errors.renew?.code, 'claim-lost', JSON.stringify(errors));
    await late.evaluate(() => t.disconnect());
    await late.close();
  });

  check(
    'a claimed message cannot be deleted without its claim, however it was found',
    async queue => {
      const [id] = await queue.post({ body: 1 });
      await queue.claim();
      const [listed] = await queue.messages({ includeClaimed: true }).toArray();
      const got = await queue.get(id);
      const [many] = await queue.getMany([id]);
      return { listed: await t.failure(listed.delete()), got: await t.failure(got.delete()), many: await t.failure(many.delete()), total: (await queue.stats()).total };
    },
    ({ total, ...errors }) => {
      for (const [how, error] of Object.entries(errors)) assert.deepEqual([error?.code, error?.status], ['forbidden', 403], how);
      assert.equal(total, 1);
    },
  );

  // ─────────────────────────────────────────────────────────────────────── subscriptions

  test('a webhook subscription is created, listed, got, updated and deleted, and the server really calls', async () => {
    const result = await own.page.evaluate(async receiver => {
      const queue = client.queue(t.fresh('hooked'));
      const none = await queue.subscriptions.list().toArray();
      const id = await queue.subscriptions.create({ subscriber: `${receiver}/one`, ttl: 600, options: { mine: 'yes' } });
      const others = [];
      for (const path of ['two', 'three']) others.push(await queue.subscriptions.create({ subscriber: `${receiver}/${path}` }));
      const listed = await queue.subscriptions.list({ limit: 2 }).toArray();
      const got = await queue.subscriptions.get(id);
      await queue.subscriptions.update(id, { ttl: 900 });
      const updated = await queue.subscriptions.get(id);
      for (const other of others) await queue.subscriptions.delete(other);
      await queue.post({ body: { hook: 1 } });
      return { none, id, listed: listed.map(one => one.id).sort(), ids: [id, ...others].sort(), got, updated, name: queue.name };
    }, own.receiver.url);
    assert.deepEqual(result.none, []);
    assert.deepEqual(result.listed, result.ids);
    const { age, confirmed, ...got } = result.got;
    assert.ok(age >= 0 && age < 10);
    assert.deepEqual(got, { id: result.id, source: result.name, subscriber: `${own.receiver.url}/one`, ttl: 600, options: { mine: 'yes' } });
    assert.equal(result.updated.ttl, 900);
    keep('subscription', { ...result.updated, source: 'source', subscriber: 'subscriber' });

    const call = await until(() => own.receiver.received.find(({ path }) => path === '/one'), { what: 'the server calls' });
    assert.deepEqual([call.method, call.body.body, call.body.queue_name], ['POST', { hook: 1 }, result.name]);

    const gone = await own.page.evaluate(async ({ name, id }) => {
      const { subscriptions } = client.queue(name);
      await subscriptions.delete(id);
      await subscriptions.delete(id);
      return { get: await t.failure(subscriptions.get(id)), left: await subscriptions.list().toArray(), update: await t.failure(subscriptions.update(id, { ttl: 100 })) };
    }, result);
    keep('subscriptionGone', gone);
    assert.deepEqual(gone.left, []);
    assert.equal(gone.get?.code, 'not-found');
    assert.equal(gone.update?.code, 'not-found');
  });

  // ─────────────────────────────────────────────────────────────────────── the client

  test('a ping takes some time, and metrics count what happened', async () => {
    const { ping, before, later } = await own.page.evaluate(async () => {
      const before = client.metrics();
      return { before, ping: await client.ping(), later: client.metrics() };
    });
    assert.ok(ping > 0 && ping < 1_000, `${ping} ms`);
    assert.equal(later.requests, before.requests + 1);
    assert.equal(later.replies, before.replies + 1);
    assert.ok(later.bytesSent > 0 && later.bytesReceived > 0, JSON.stringify(later));
    assert.ok(later.rttMs > 0 && later.rttMs < 1_000);
    assert.ok(later.replies <= later.requests, JSON.stringify(later));
    assert.deepEqual([later.pending, later.reconnects, later.fallbacks], [0, 0, 0]);
    assert.equal(later.connects, transport === 'websocket' ? 1 : later.connects);
    for (const [name, value] of Object.entries(later)) assert.ok(Number.isFinite(value) && value >= 0, `${name}: ${value}`);
  });

  check(
    'health needs the admin role',
    async () => {
      try {
        return { health: typeof (await client.health()) };
      } catch (error) {
        return { error: t.tell(error) };
      }
    },
    ({ health, error }) => {
      if (error === undefined) assert.equal(health, 'object');
      else assert.deepEqual([error.code, error.status], ['forbidden', 403]);
    },
  );

  check(
    'pools and flavors of a server without them are not found',
    async () => ({
      pools: await t.failure(client.pools.list().toArray()),
      pool: await t.failure(client.pools.get('one')),
      create: await t.failure(client.pools.create('one', { uri: 'redis://127.0.0.1:1', weight: 1 })),
      update: await t.failure(client.pools.update('one', { weight: 2 })),
      delete: await t.failure(client.pools.delete('one')),
      flavors: await t.failure(client.flavors.list().toArray()),
      flavor: await t.failure(client.flavors.get('one')),
      createFlavor: await t.failure(client.flavors.create('one', { pool_list: ['one'] })),
      deleteFlavor: await t.failure(client.flavors.delete('one')),
    }),
    errors => {
      for (const [call, error] of Object.entries(errors)) {
        assert.equal(error?.name, 'ZaqarError', `${call}: ${JSON.stringify(error)}`);
        assert.ok(['not-found', 'forbidden', 'unsupported'].includes(error.code), `${call}: ${JSON.stringify(error)}`);
      }
    },
  );

  check(
    'a queue is shared by a signed URL that says what it allows',
    async queue => {
      await queue.create();
      const expires = new Date(Date.now() + 3_600_000);
      const shared = await queue.share({ methods: ['GET', 'POST'], paths: ['messages'], expires });
      const plain = await queue.share({});
      const { signature, ...rest } = shared;
      return {
        ...rest,
        paths: shared.paths.map(path => path.replace(queue.name, 'NAME')),
        expires: Math.abs(Date.parse(`${shared.expires}Z`) - expires) < 2_000,
        signature: /^[0-9a-f]{64}$/.test(signature),
        plain: { methods: plain.methods, paths: plain.paths.map(path => path.replace(queue.name, 'NAME')) },
        past: await t.failure(queue.share({ expires: new Date(Date.now() - 60_000) })),
      };
    },
    ({ past, ...result }) => {
      assert.deepEqual({ ...result, methods: [...result.methods].sort() }, {
        project: 'e2e', methods: ['GET', 'POST'], paths: ['/v2/queues/NAME/messages'], expires: true, signature: true,
        plain: { methods: ['GET'], paths: ['/v2/queues/NAME/messages'] },
      });
      assert.equal(past?.code, 'invalid-argument');
    },
  );

  // On the socket of a server without Keystone a signature is not even looked at.
  if (transport === 'polling') {
    test('a client with a signed URL does what that allows and nothing else', async () => {
      const result = await own.page.evaluate(async () => {
        const queue = client.queue(t.fresh('shared'));
        await queue.post([{ body: 1 }, { body: 2 }]);
        const signedUrl = await queue.share({ methods: ['GET'], paths: ['messages'] });
        const guest = await t.connect({ transport: 'polling', signedUrl, projectId: undefined });
        const forged = { ...signedUrl, methods: ['DELETE', 'GET', 'POST'] };
        return {
          project: guest.projectId,
          read: t.bodies(await guest.queue(queue.name).messages().toArray()),
          post: await t.failure(guest.queue(queue.name).post({ body: 3 })),
          elsewhere: await t.failure(guest.queue(t.fresh()).messages().toArray()),
          forged: await t.failure(async () => {
            const forger = await t.connect({ transport: 'polling', signedUrl: forged, projectId: undefined });
            await forger.queue(queue.name).post({ body: 4 });
          }),
          total: (await queue.stats()).total,
        };
      });
      assert.equal(result.project, 'e2e');
      assert.deepEqual(result.read, [1, 2]);
      for (const which of ['post', 'elsewhere', 'forged']) {
        assert.ok(['forbidden', 'unauthorized', 'not-found'].includes(result[which]?.code), `${which}: ${JSON.stringify(result[which])}`);
      }
      assert.equal(result.total, 2);
    });
  }
});
