// Pools and flavors by the client itself, on a Zaqar with Keystone that keeps its messages in pools: as the administrator, and as
// one who is none.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

const stage = useStage({ withKeystone: true, zaqar: { pooling: true }, expected: [FAILED_SOCKET, FAILED_FETCH] });

/** A page whose `client` has a token of that user in the project demo. */
async function openAs(name) {
  const projectId = stage.keystone.projects.demo;
  const { token } = await stage.keystone.login(stage.keystone.users[name], projectId);
  const page = await stage.openPage({ projectId });
  await page.evaluate(async ({ websocket, rest, projectId, token }) => {
    window.client = await zaqar.connect({ websocket, rest, projectId, token, connectTimeoutMs: 30_000 });
  }, { ...stage.endpoints, projectId, token });
  return page;
}

const store = number => `redis://127.0.0.1:${stage.zaqar.redisPort}?dbid=${number}`;

describe('the administrator', () => {
  let page;
  before(async () => {
    page = await openAs('admin');
  });

  test('creates, reads, updates and deletes pools', async () => {
    const seen = await page.evaluate(async uri => {
      const seen = [];
      await client.pools.create('fast', { uri, weight: 10, options: { max_reconnect_attempts: 5 } });
      seen.push(await client.pools.get('fast'), await client.pools.get('fast', { detailed: true }));
      await client.pools.update('fast', { weight: 20 });
      seen.push((await client.pools.list({ detailed: true }).toArray()).map(({ name, weight, options }) => ({ name, weight, options })));
      await client.pools.delete('fast');
      seen.push((await client.pools.list().toArray()).map(({ name }) => name));
      return seen;
    }, store(2));
    const pool = { name: 'fast', uri: store(2), weight: 10 };
    assert.deepEqual(seen, [
      pool,
      { ...pool, options: { max_reconnect_attempts: 5 } },
      [{ name: 'fast', weight: 20, options: { max_reconnect_attempts: 5 } }, { name: 'redis', weight: 100, options: {} }],
      ['redis'],
    ]);
  });

  test('creates, reads, updates and deletes flavors', async () => {
    const seen = await page.evaluate(async uris => {
      const seen = [];
      for (const [i, uri] of uris.entries()) await client.pools.create(`p${i}`, { uri, weight: 1 });
      await client.flavors.create('gold', { pool_list: ['p0'] });
      seen.push(await client.flavors.get('gold'));
      await client.flavors.update('gold', { pool_list: ['p0', 'p1'] });
      seen.push((await client.flavors.list({ detailed: true }).toArray()).map(({ name, pool_list }) => ({ name, pool_list: [...pool_list].sort() })));
      await client.queue('golden').create({ _flavor: 'gold' });
      await client.flavors.delete('gold');
      seen.push(await client.flavors.list().toArray());
      for (const i of uris.keys()) await client.pools.delete(`p${i}`);
      return seen.map(one => (one.capabilities ? { ...one, capabilities: [...one.capabilities].sort() } : one));
    }, [store(3), store(4)]);
    assert.deepEqual(seen, [
      { name: 'gold', pool_list: ['p0'], capabilities: ['AOD', 'CLAIMS', 'FIFO', 'HIGH_THROUGHPUT'] },
      [{ name: 'gold', pool_list: ['p0', 'p1'] }],
      [],
    ]);
  });

  test('gets every pool of many pages once', async () => {
    const [all, pages] = await page.evaluate(async base => {
      for (let n = 0; n < 23; n += 1) await client.pools.create(`many-${String(n).padStart(2, '0')}`, { uri: `${base}&n=${n}`, weight: 1 });
      const all = (await client.pools.list({ limit: 5 }).toArray()).map(({ name }) => name);
      const pages = [];
      for await (const { items } of client.pools.list({ limit: 10 }).pages()) pages.push(items.length);
      for (const name of all.filter(name => name !== 'redis')) await client.pools.delete(name);
      return [all, pages];
    }, store(5));
    assert.deepEqual(all, [...Array.from({ length: 23 }, (_, n) => `many-${String(n).padStart(2, '0')}`), 'redis']);
    assert.deepEqual(pages, [10, 10, 4]);
  });

  test('is told what is not there and what Zaqar cannot work with', async () => {
    const codes = await page.evaluate(async () => {
      const code = promise => promise.then(() => 'none', error => error.code);
      return [
        await code(client.pools.get('nope')),
        await code(client.pools.update('nope', { weight: 1 })),
        await code(client.flavors.get('nope')),
        await code(client.pools.create('bad', { uri: 'redis://127.0.0.1:1', weight: 1 })),
        await code(client.flavors.create('bad', { pool_list: ['nope'] })),
      ];
    });
    assert.deepEqual(codes, ['not-found', 'not-found', 'not-found', 'invalid-argument', 'invalid-argument']);
  });
});

for (const name of ['demo', 'reader']) {
  test(`${name}, who is no administrator, may read flavors, and all else is forbidden`, async () => {
    const page = await openAs(name);
    const codes = await page.evaluate(async uri => {
      const code = promise => promise.then(() => 'none', error => error.code);
      return {
        'pools.list': await code(client.pools.list().toArray()),
        'pools.get': await code(client.pools.get('redis')),
        'pools.create': await code(client.pools.create('mine', { uri, weight: 1 })),
        'pools.update': await code(client.pools.update('redis', { weight: 1 })),
        'pools.delete': await code(client.pools.delete('redis')),
        'flavors.list': await code(client.flavors.list().toArray()),
        'flavors.create': await code(client.flavors.create('mine', { pool_list: ['redis'] })),
        'flavors.update': await code(client.flavors.update('mine', { pool_list: ['redis'] })),
        'flavors.delete': await code(client.flavors.delete('mine')),
        health: await code(client.health()),
        // The client has lost nothing by it.
        ping: await code(client.ping()),
      };
    }, store(6));
    const { 'flavors.list': flavors, ping, ...others } = codes;
    assert.deepEqual({ flavors, ping }, { flavors: 'none', ping: 'none' });
    assert.deepEqual(others, Object.fromEntries(Object.keys(others).map(call => [call, 'forbidden'])));
  });
}
