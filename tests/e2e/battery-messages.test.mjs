// What is done with queues and messages, over both transports.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBattery } from './lib/battery.mjs';

useBattery(own => {
  const { transport, check } = own;

  test('connects and tells what it is', async () => {
    const told = await own.page.evaluate(() => {
      const { state, transport, clientId, projectId } = client;
      return { state, transport, clientId, projectId, target: client instanceof EventTarget };
    });
    assert.match(told.clientId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    delete told.clientId;
    assert.deepEqual(told, { state: 'connected', transport, projectId: 'e2e', target: true });
  });

  // ─────────────────────────────────────────────────────────────────────── queues

  check(
    'creating a queue tells whether it was new, and keeps the metadata of one that was there',
    async queue => {
      const created = [await queue.create({ colour: 'red' }), await queue.create({ colour: 'blue' })];
      return { created, colour: (await queue.metadata()).colour, name: typeof queue.name };
    },
    result => assert.deepEqual(result, { created: [true, false], colour: 'red', name: 'string' }),
  );

  check(
    'queues are listed in pages, once each and in order',
    async () => {
      const lister = await t.connect({ transport: client.transport, projectId: t.fresh('lists') });
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (const name of names) await lister.queue(name).create({ of: name });
      const pages = [];
      for await (const { items, marker } of lister.queues({ limit: 2 }).pages()) pages.push({ names: items.map(item => item.name), marker: typeof marker });
      const iterated = [];
      for await (const queue of lister.queues({ limit: 3 })) iterated.push(queue.name);
      const again = lister.queues();
      return {
        pages: pages.filter(page => page.names.length > 0).map(page => page.names),
        iterated,
        twice: [(await again.toArray()).length, (await again.toArray()).length],
        plain: await lister.queues({ limit: 20 }).toArray(),
        detailed: await lister.queues({ limit: 2, detailed: true }).toArray(),
        after: await lister.queues({ marker: 'c' }).toArray(),
        none: await (await t.connect({ transport: client.transport, projectId: t.fresh('empty') })).queues().toArray(),
      };
    },
    result => {
      assert.deepEqual(result.pages, [['a', 'b'], ['c', 'd'], ['e']]);
      assert.deepEqual(result.iterated, ['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual(result.twice, [5, 5]);
      assert.deepEqual(result.plain, ['a', 'b', 'c', 'd', 'e'].map(name => ({ name })));
      assert.deepEqual(result.detailed.map(({ name, metadata }) => ({ name, of: metadata.of })), ['a', 'b', 'c', 'd', 'e'].map(name => ({ name, of: name })));
      assert.deepEqual(result.after, [{ name: 'd' }, { name: 'e' }]);
      assert.deepEqual(result.none, []);
    },
  );

  check(
    'queues are listed one by one where the page size is 1',
    async () => {
      const lister = await t.connect({ transport: client.transport, projectId: t.fresh('ones') });
      for (const name of ['a', 'b', 'c']) await lister.queue(name).create();
      return (await lister.queues({ limit: 1 }).toArray()).map(queue => queue.name);
    },
    result => assert.deepEqual(result, ['a', 'b', 'c']),
  );

  check(
    'metadata come back as given, with the reserved keys of the server',
    async queue => {
      const given = { colour: 'blau', nested: { list: [1, null, true, 'ü😀'] }, big: 2n ** 60n, zero: -0, half: 0.5, huge: 1e20, '': 'empty', constructor: 1, ['__proto__']: { a: 1 }, _default_message_ttl: 120 };
      await queue.create(given);
      const metadata = await queue.metadata();
      const custom = Object.fromEntries(Object.entries(metadata).filter(([key]) => Object.hasOwn(given, key)));
      return { difference: t.difference(custom, given), reserved: Object.keys(metadata).filter(key => key.startsWith('_')).sort(), missing: Object.keys(await client.queue(t.fresh()).metadata()).sort() };
    },
    result => {
      assert.equal(result.difference, null);
      assert.ok(result.reserved.includes('_max_messages_post_size'), `reserved keys: ${result.reserved}`);
      assert.deepEqual(result.missing.filter(key => !key.startsWith('_')), []);
    },
  );

  check(
    'updating metadata sets, replaces and removes keys, and leaves the others',
    async queue => {
      await queue.create({ keep: 1, change: 'old', drop: true });
      const custom = metadata => Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('_')));
      const updated = await queue.updateMetadata({ change: 'new', add: [1, { deep: 2n ** 60n }], drop: undefined });
      const read = await queue.metadata();
      const reserved = await queue.updateMetadata({ _default_message_ttl: 300 });
      const nothing = await queue.updateMetadata({});
      return { updated: custom(updated), read: custom(read), ttl: reserved._default_message_ttl, nothing: custom(nothing) };
    },
    result => {
      const whole = { keep: 1, change: 'new', add: [1, { deep: 2n ** 60n }] };
      assert.deepEqual(result, { updated: whole, read: whole, ttl: 300, nothing: whole });
    },
  );

  check(
    'updating metadata removes what is not there without complaint, and refuses a queue that does not exist',
    async queue => {
      await queue.create({ keep: 1 });
      const updated = await queue.updateMetadata({ ghost: undefined });
      return { keep: updated.keep, ghost: 'ghost' in updated, missing: await t.failure(client.queue(t.fresh()).updateMetadata({ a: 1 })) };
    },
    result => {
      assert.deepEqual({ keep: result.keep, ghost: result.ghost }, { keep: 1, ghost: false });
      assert.equal(result.missing?.code, 'not-found');
    },
  );

  check(
    'stats count free and claimed messages, and name the oldest and the newest',
    async queue => {
      const missing = await queue.stats();
      await queue.create();
      const empty = await queue.stats();
      const ids = await queue.post(t.range(0, 5).map(body => ({ body })));
      await queue.claim({ limit: 2 });
      const stats = await queue.stats();
      return { missing, empty, stats, ends: [stats.oldest.id === ids[0], stats.newest.id === ids[4]], age: stats.oldest.age, created: Math.abs(Date.parse(stats.newest.created) - Date.now()) < 5_000 };
    },
    ({ missing, empty, stats, ends, age, created }) => {
      assert.deepEqual(missing, { free: 0, claimed: 0, total: 0 });
      assert.deepEqual(empty, { free: 0, claimed: 0, total: 0 });
      assert.deepEqual([stats.free, stats.claimed, stats.total], [3, 2, 5]);
      assert.deepEqual(Object.keys(stats.oldest).sort(), ['age', 'created', 'id']);
      assert.deepEqual(ends, [true, true]);
      assert.ok(age >= 0 && age < 10);
      assert.ok(created, 'created is now');
    },
  );

  check(
    'a deleted queue is gone with its messages, and deleting it again does no harm',
    async queue => {
      await queue.create({ mine: 1 });
      await queue.post({ body: 1 });
      await queue.delete();
      await queue.delete();
      return { stats: await queue.stats(), messages: await queue.messages().toArray(), mine: (await queue.metadata()).mine };
    },
    result => assert.deepEqual(result, { stats: { free: 0, claimed: 0, total: 0 }, messages: [], mine: undefined }),
  );

  test('purging takes the messages, the subscriptions, or both', async () => {
    const result = await own.page.evaluate(async receiver => {
      const counts = async queue => [(await queue.stats()).total, (await queue.subscriptions.list().toArray()).length];
      const filled = async () => {
        const queue = client.queue(t.fresh());
        await queue.post([{ body: 1 }, { body: 2 }]);
        await queue.subscriptions.create({ subscriber: receiver, ttl: 60 });
        return queue;
      };
      const [messages, subscriptions, both] = [await filled(), await filled(), await filled()];
      await messages.purge({ messages: true });
      await subscriptions.purge({ subscriptions: true });
      await both.purge();
      const counted = { messages: await counts(messages), subscriptions: await counts(subscriptions), both: await counts(both) };
      await messages.purge();
      await client.queue(t.fresh()).purge();
      return counted;
    }, own.receiver.url);
    assert.deepEqual(result, { messages: [0, 1], subscriptions: [2, 0], both: [0, 0] });
  });

  // ─────────────────────────────────────────────────────────────────────── messages

  check(
    'posting one message or many gives their ids in order',
    async queue => {
      const one = await queue.post({ body: 'one', ttl: 90 });
      const many = await queue.post([{ body: 'two' }, { body: 'three', ttl: 3_000 }, { body: 'four' }]);
      const messages = await queue.messages().toArray();
      return {
        order: JSON.stringify(t.ids(messages)) === JSON.stringify([...one, ...many]),
        messages: messages.map(t.plain).map(({ position, claimId, ...message }) => ({ ...message, position: typeof position })),
      };
    },
    result => {
      assert.ok(result.order);
      assert.deepEqual(result.messages.map(message => [message.body, message.ttl]), [['one', 90], ['two', 3_600], ['three', 3_000], ['four', 3_600]]);
      for (const message of result.messages) {
        assert.equal(message.position, 'string');
        assert.ok(message.age >= 0 && message.age < 10);
      }
    },
  );

  check(
    'bodies of all portable types come back identical, by list, get, claim and pop',
    async queue => {
      const prototype = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null,"hasOwnProperty":0}');
      const values = [
        null, true, false, 0, -0, 1, -1, 127, 128, 255, 256, -128, -129, 65_535, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 32,
        Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n),
        2 ** 53, -(2 ** 60), 2 ** 64, 1e20, 0.1, 1.5, 5e-324, 1e300, -1e300, 1.7976931348623157e308, Math.PI,
        '', 'ascii', 'äöü ß', '中文', '😀👩‍👩‍👧‍👦', 'NUL \0 in it', '\u2028\u2029', '\ufeffBOM', '\ufffd', '\x01\x1f\x7f\x9f', '"quotes" \\ / \n\r\t', '$zaqar_message$', 'NaN', '1e400',
        [], {}, [[]], [{}], { '': '' }, { '': {} }, { 'a.b': 1, $x: 2, '😀': 3, '\0': 4, ' ': 5 }, prototype,
        t.nested(99), [1, [2, [3, { four: [5n ** 24n, null] }]]], Object.fromEntries(t.range(0, 300).map(n => [`key-${n}`, n])), t.range(0, 2_000),
        'x'.repeat(80 * 1024), 'ü😀'.repeat(5_000), 'a'.repeat(31), 'a'.repeat(32), 'a'.repeat(255), 'a'.repeat(256), 'a'.repeat(65_535), 'a'.repeat(65_536),
      ];
      const ids = await queue.post(values.map(body => ({ body })));
      const wrong = [];
      const compare = (how, messages) => {
        if (messages.length !== values.length) wrong.push(`${how}: ${messages.length} messages`);
        for (const [at, { body }] of messages.entries()) {
          const difference = t.difference(body, values[at]);
          if (difference !== null) wrong.push(`${how} ${at}: ${difference}`);
        }
      };
      compare('list', await queue.messages().toArray());
      compare('get', await Promise.all(ids.map(id => queue.get(id))));
      compare('getMany', await queue.getMany(ids));
      const claimed = [];
      for (let claim; (claim = await queue.claim({ limit: 20 })); ) claimed.push(...claim.messages);
      compare('claim', claimed);
      const again = client.queue(t.fresh());
      await again.post(values.map(body => ({ body })));
      compare('pop', await again.pop(values.length));
      return { wrong, polluted: {}.polluted };
    },
    result => assert.deepEqual(result, { wrong: [], polluted: undefined }),
  );

  check(
    'a body may be nested a hundred deep',
    async queue => {
      const body = t.nested(100);
      await queue.post({ body });
      return t.difference((await queue.messages().toArray())[0].body, body);
    },
    result => assert.equal(result, null),
  );

  check(
    'what others have posted is read, though it could not be posted here',
    async queue => {
      const bodies = ['NaN', '-Infinity', '1e400', '18446744073709551615', '[9223372036854775808]', '['.repeat(300) + ']'.repeat(300), '"last"'];
      const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': client.projectId };
      const messages = bodies.map(body => `{"body": ${body}}`);
      const answer = await t.sendText(`{"action": "message_post", "headers": ${JSON.stringify(headers)}, "body": {"queue_name": "${queue.name}", "messages": [${messages}]}}`);
      const read = await queue.messages().toArray();
      const depth = body => (Array.isArray(body) ? 1 + depth(body[0]) : 0);
      const tell = body => (depth(body) > 1 ? 'deep' : `${body} ${typeof (depth(body) === 1 ? body[0] : body)}`);
      const tail = t.collect(queue.tail({ from: 'start' }));
      await t.until(() => tail.items.length === bodies.length);
      await tail.live.return();
      return { isStored: /"status": ?201/.test(answer), read: t.bodies(read).map(tell), got: t.bodies(await queue.getMany(t.ids(read))).map(tell), tailed: t.bodies(tail.items).map(tell) };
    },
    ({ isStored, ...ways }) => {
      assert.ok(isStored);
      for (const [way, told] of Object.entries(ways)) {
        assert.deepEqual(told, ['NaN number', '-Infinity number', 'Infinity number', '18446744073709551615 bigint', '9223372036854775808 bigint', 'deep', 'last string'], way);
      }
    },
  );

  check(
    'what is posted as a whole number comes back as one, a float as a float',
    async queue => {
      await queue.post([{ body: 1.0 }, { body: 1.25 }, { body: 10n }]);
      return t.bodies(await queue.messages().toArray());
    },
    result => assert.deepEqual(result, [1, 1.25, 10]),
  );

  check(
    'more than the server takes at once is posted in parts, in order',
    async queue => {
      const messages = t.range(0, 60).map(n => ({ body: { n, fill: 'x'.repeat(10_000) } }));
      const ids = await queue.post(messages);
      const stored = await queue.messages().toArray();
      return { ids: new Set(ids).size, order: t.ids(stored).join() === ids.join(), numbers: stored.every(({ body }, n) => body.n === n) };
    },
    result => assert.deepEqual(result, { ids: 60, order: true, numbers: true }),
  );

  check(
    'more messages than the server takes at once are posted in parts, however small they are',
    async queue => {
      const ids = await queue.post(t.range(0, 4_000).map(() => ({ body: 1 })));
      return { ids: new Set(ids).size, total: (await queue.stats()).total };
    },
    result => assert.deepEqual(result, { ids: 4_000, total: 4_000 }),
  );

  check(
    'a single body that is too large is refused, and the next post works',
    async queue => {
      const error = await t.failure(queue.post({ body: 'x'.repeat(300_000) }));
      await queue.post({ body: 'small' });
      return { error, bodies: t.bodies(await queue.messages().toArray()) };
    },
    ({ error, bodies }) => {
      assert.equal(error?.code, 'too-large');
      assert.equal(error.status, 400);
      assert.deepEqual(bodies, ['small']);
    },
  );

  check(
    '137 messages are listed in order by pages of 10, and from a marker on',
    async queue => {
      await queue.post(t.range(0, 137).map(body => ({ body })));
      const pages = [];
      for await (const { items, marker } of queue.messages({ limit: 10 }).pages()) pages.push({ bodies: t.bodies(items), marker });
      const { marker } = pages[4];
      const listing = queue.messages({ limit: 10 });
      return {
        sizes: pages.map(page => page.bodies.length).filter(size => size > 0),
        all: pages.flatMap(page => page.bodies),
        rest: t.bodies(await queue.messages({ marker }).toArray()),
        twice: [(await listing.toArray()).length, (await listing.toArray()).length],
        default: (await queue.messages().toArray()).length,
      };
    },
    result => {
      const all = Array.from({ length: 137 }, (_, n) => n);
      assert.deepEqual(result.all, all);
      assert.deepEqual(result.sizes, [...Array(13).fill(10), 7]);
      assert.deepEqual(result.rest, all.slice(50));
      assert.deepEqual(result.twice, [137, 137]);
      assert.equal(result.default, 137);
    },
  );

  check(
    'small pages repeat nothing and end',
    async queue => {
      await queue.post(t.range(0, 5).map(body => ({ body })));
      const lists = [];
      for (const limit of [1, 2, 3, 4, 5, 6]) lists.push(t.bodies(await queue.messages({ limit, includeClaimed: limit % 2 === 0 }).toArray()));
      return lists;
    },
    result => assert.deepEqual(result, Array(6).fill([0, 1, 2, 3, 4])),
  );

  check(
    'leaving an iteration early asks for no more pages',
    async queue => {
      await queue.post(t.range(0, 60).map(body => ({ body })));
      const before = client.metrics().requests;
      const some = [];
      for await (const message of queue.messages({ limit: 10 })) if (some.push(message.body) === 5) break;
      return { some, requests: client.metrics().requests - before };
    },
    result => {
      assert.deepEqual(result.some, [0, 1, 2, 3, 4]);
      assert.ok(result.requests <= 2, `${result.requests} requests`);
    },
  );

  check(
    'claimed messages are left out of a list unless they are asked for',
    async queue => {
      await queue.post(t.range(0, 30).map(body => ({ body })));
      await queue.claim({ limit: 5 });
      return { without: t.bodies(await queue.messages().toArray()), with: t.bodies(await queue.messages({ includeClaimed: true, limit: 7 }).toArray()) };
    },
    result => {
      const all = Array.from({ length: 30 }, (_, n) => n);
      assert.deepEqual(result, { without: all.slice(5), with: all });
    },
  );

  check(
    'a list goes on over pages that hold nothing but claimed messages',
    async queue => {
      await queue.post(t.range(0, 50).map(body => ({ body })));
      await queue.claim({ limit: 20 });
      await queue.claim({ limit: 20 });
      await queue.post({ body: 'last' });
      return t.bodies(await queue.messages({ limit: 5 }).toArray());
    },
    result => assert.deepEqual(result, [...Array.from({ length: 10 }, (_, n) => n + 40), 'last']),
  );

  check(
    'delayed messages are hidden until their time unless they are asked for',
    async queue => {
      await queue.create({ _default_message_delay: 1 });
      const [late] = await queue.post({ body: 'late', delay: 600 });
      await queue.post([{ body: 'soon', delay: 1 }, { body: 'now', delay: 0 }]);
      const first = t.bodies(await queue.messages().toArray());
      const all = t.bodies(await queue.messages({ includeDelayed: true }).toArray());
      const got = (await queue.get(late)).body;
      const then = await t.until(async () => {
        const bodies = t.bodies(await queue.messages().toArray());
        return bodies.includes('soon') && bodies;
      });
      return { first: first.filter(body => body !== 'soon'), all, got, then };
    },
    result => assert.deepEqual(result, { first: ['now'], all: ['late', 'soon', 'now'], got: 'late', then: ['soon', 'now'] }),
  );

  check(
    "a client's own messages are left out where it asks for that, others' never",
    async queue => {
      const other = await t.connect({ transport: client.transport });
      await queue.post(t.range(0, 25).map(body => ({ body })));
      await other.queue(queue.name).post({ body: 'foreign' });
      return {
        all: (await queue.messages().toArray()).length,
        echo: (await queue.messages({ echo: true }).toArray()).length,
        others: t.bodies(await queue.messages({ echo: false }).toArray()),
        theirs: t.bodies(await other.queue(queue.name).messages({ echo: false }).toArray()).length,
      };
    },
    result => assert.deepEqual(result, { all: 26, echo: 26, others: ['foreign'], theirs: 25 }),
  );

  check(
    'deleting while iterating loses none and repeats none',
    async queue => {
      await queue.post(t.range(0, 55).map(body => ({ body })));
      const met = [];
      for await (const message of queue.messages({ limit: 10 })) {
        met.push(message.body);
        await message.delete();
      }
      return { met, left: (await queue.stats()).total };
    },
    result => assert.deepEqual(result, { met: Array.from({ length: 55 }, (_, n) => n), left: 0 }),
  );

  check(
    'a list whose marker is deleted on the way repeats none',
    async queue => {
      const ids = await queue.post(t.range(0, 40).map(body => ({ body })));
      const met = [];
      for await (const message of queue.messages({ limit: 10 })) {
        met.push(message.body);
        if (message.body === 9) await queue.deleteMessages(ids.slice(5, 10));
        if (message.body === 29) await queue.deleteMessages(ids.slice(10, 30));
      }
      return met;
    },
    result => assert.deepEqual(result, Array.from({ length: 40 }, (_, n) => n)),
  );

  check(
    'one message is got by its id, and one that is gone is not found',
    async queue => {
      const [id] = await queue.post({ body: { deep: [1] }, ttl: 77 });
      const message = await queue.get(id);
      await message.delete();
      await message.delete();
      return { id: message.id === id, body: message.body, ttl: message.ttl, gone: await t.failure(queue.get(id)), never: await t.failure(queue.get(crypto.randomUUID())) };
    },
    ({ gone, never, ...result }) => {
      assert.deepEqual(result, { id: true, body: { deep: [1] }, ttl: 77 });
      for (const error of [gone, never]) assert.deepEqual([error?.name, error?.code, error?.status, error?.action], ['ZaqarError', 'not-found', 404, 'message_get']);
    },
  );

  check(
    'many messages are got by their ids in the order asked, without those that are missing',
    async queue => {
      const ids = await queue.post(t.range(0, 22).map(body => ({ body })));
      const asked = [...ids].reverse();
      for (const place of [0, 7, 24]) asked.splice(place, 0, crypto.randomUUID());
      return {
        asked: asked.length,
        got: t.bodies(await queue.getMany(asked)),
        one: t.bodies(await queue.getMany([ids[3]])),
        none: await queue.getMany([]),
        missing: await queue.getMany([crypto.randomUUID()]),
        elsewhere: await client.queue(t.fresh()).getMany([crypto.randomUUID(), crypto.randomUUID()]),
      };
    },
    result => assert.deepEqual(result, { asked: 25, got: Array.from({ length: 22 }, (_, n) => 21 - n), one: [3], none: [], missing: [], elsewhere: [] }),
  );

  check(
    'one message is deleted, or twenty-five',
    async queue => {
      const ids = await queue.post(t.range(0, 30).map(body => ({ body })));
      await queue.deleteMessages(ids[0]);
      const one = (await queue.stats()).total;
      await queue.deleteMessages(ids.slice(1, 26));
      await queue.deleteMessages([]);
      await queue.deleteMessages([ids[0], crypto.randomUUID()]);
      return { one, left: t.bodies(await queue.messages().toArray()) };
    },
    result => assert.deepEqual(result, { one: 29, left: [26, 27, 28, 29] }),
  );

  check(
    'popping takes messages away, one or more than a page of them',
    async queue => {
      const none = await queue.pop();
      await queue.post(t.range(0, 31).map(body => ({ body })));
      const one = await queue.pop();
      const many = await queue.pop(25);
      const left = t.bodies(await queue.messages().toArray());
      const rest = await queue.pop(20);
      return { none, one: t.bodies(one), ttl: one[0].ttl, id: typeof one[0].id, many: t.bodies(many), left, rest: t.bodies(rest), empty: await queue.pop(3) };
    },
    result => {
      const all = Array.from({ length: 31 }, (_, n) => n);
      assert.deepEqual(result, { none: [], one: [0], ttl: 3_600, id: 'string', many: all.slice(1, 26), left: all.slice(26), rest: all.slice(26), empty: [] });
    },
  );
});
