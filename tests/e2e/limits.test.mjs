// Servers whose operators have raised or lowered their limits, over either transport: what they allow can be used, and what they
// refuse is refused with the same error on both. What the client chooses itself follows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startHeaderLimit } from './lib/header-limit.mjs';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

const HIGH = {
  max_message_ttl: 2_592_000, max_claim_ttl: 86_400, max_claim_grace: 86_400, max_message_delay: 3_600, max_messages_per_page: 100,
  max_messages_per_claim_or_pop: 100, max_queues_per_page: 100, max_messages_post_size: 1_048_576, max_queue_metadata: 262_144,
};
const LOW = {
  max_message_ttl: 3_600, max_claim_ttl: 600, max_claim_grace: 600, max_message_delay: 60, max_messages_per_page: 5,
  max_messages_per_claim_or_pop: 5, max_queues_per_page: 5, max_messages_post_size: 10_240, max_queue_metadata: 1_024,
};
/** `LOW`, as the option has it. */
const SAID = {
  messageTtl: 3_600, claimTtl: 600, claimGrace: 600, messageDelay: 60, messagesPerPage: 5, messagesPerClaim: 5, queuesPerPage: 5,
  postSize: 10_240, metadataSize: 1_024,
};

let low;
let usual;
let page;
const stage = useStage({
  zaqar: { limits: HIGH },
  expected: [FAILED_SOCKET, FAILED_FETCH],
  async prepare({ openPage }) {
    [low, usual, page] = await Promise.all([startZaqar({ limits: LOW }), startZaqar(), openPage()]);
  },
});
after(() => Promise.all([low?.stop(), usual?.stop()]));

const addresses = ({ websocket, rest }) => ({ websocket, rest });
const SERVERS = { high: () => addresses(stage.zaqar), low: () => addresses(low), usual: () => addresses(usual) };

/** Runs a function in the page, which has a client of that server, a queue and whatever else it is given. */
const run = (server, transport, what, given = {}, options = {}) =>
  page.evaluate(
    `(async () => {
      const client = await t.connect(${JSON.stringify({ ...SERVERS[server](), transport, ...options })});
      try {
        return await (${what})({ client, queue: client.queue(t.fresh()), ...${JSON.stringify(given)} });
      } finally {
        await client.close({ timeoutMs: 0 });
      }
    })()`,
  );

const facts = ({ code, delivery }) => [code, delivery];
/** Of the server, or of the client by what is known. */
const REFUSED = { server: ['invalid-argument', undefined], client: ['invalid-argument', 'not-sent'] };

for (const transport of ['websocket', 'polling']) {
  describe(`over ${transport}`, { timeout: 60_000 }, () => {
    test('what a server with higher limits allows can be used, unsaid', async () => {
      const found = await run('high', transport, async ({ client, queue }) => {
        await queue.create({ _default_message_ttl: 2_592_000, text: 'x'.repeat(100_000) });
        await queue.post(t.range(0, 150).map(body => ({ body, ttl: 2_592_000 })));
        const [first] = await t.take(queue.messages({ limit: 100 }).pages(), 1);
        const claim = await queue.claim({ limit: 100, ttl: 86_400, grace: 86_400 });
        const large = client.queue(t.fresh());
        await large.post({ body: 'x'.repeat(1_000_000) });
        const [{ body }] = await large.messages().toArray();
        return { ttl: first.items[0].ttl, page: first.items.length, claimed: claim.messages.length, lease: claim.ttl, large: body.length };
      });
      assert.deepEqual(found, { ttl: 2_592_000, page: 100, claimed: 100, lease: 86_400, large: 1_000_000 });
    });

    test('what was said beforehand is used from the first request on', async () => {
      const limits = { messagesPerPage: 100, messagesPerClaim: 100, postSize: 1_048_576 };
      const requests = await run('high', transport, async ({ client, queue }) => {
        const count = async what => {
          const before = client.metrics().requests;
          await what();
          return client.metrics().requests - before;
        };
        const ids = await queue.post(t.range(0, 100).map(body => ({ body })));
        const post = await count(() => client.queue(t.fresh()).post(t.range(0, 3).map(() => ({ body: 'x'.repeat(300_000) }))));
        return [post, await count(() => queue.getMany(ids)), await count(() => queue.pop(100))];
      }, {}, { limits });
      assert.deepEqual(requests, [1, 1, 1]);
    });

    test('what a server refuses is refused with its sentence, and before it is sent the next time', async () => {
      const attempts = [
        ['ttl', 3_600, 'queue.post({ body: 1, ttl: 3_601 })'],
        ['ttl', 600, 'queue.claim({ ttl: 601 })'],
        ['grace', 600, 'queue.claim({ grace: 601 })'],
        ['limit', 5, 'queue.claim({ limit: 6 })'],
        ['limit', 5, 'queue.messages({ limit: 6 }).toArray()'],
        ['limit', 5, 'client.queues({ limit: 6 }).toArray()'],
      ];
      for (const [key, limit, attempt] of attempts) {
        const [first, second] = await run('low', transport, `async ({ client, queue }) => {
          await queue.post({ body: 1 });
          const failed = () => t.failure(() => ${attempt});
          return [await failed(), await failed()];
        }`);
        assert.deepEqual(facts(first), REFUSED.server, `${attempt}: ${JSON.stringify(first)}`);
        assert.match(first.message, new RegExp(`(exceed|greater than) ${limit}\\b`));
        assert.deepEqual(facts(second), REFUSED.client, `${attempt}: ${JSON.stringify(second)}`);
        assert.match(second.message, new RegExp(`^${key} must be .* to ${limit}$`));
      }
    });

    test('what is too large is so with the same error, and before it is sent the next time', async () => {
      const attempts = { post: "queue.post({ body: 'x'.repeat(20_000) })", metadata: "queue.create({ text: 'x'.repeat(2_000) })" };
      for (const [what, attempt] of Object.entries(attempts)) {
        const [first, second] = await run('low', transport, `async ({ queue }) => [await t.failure(() => ${attempt}), await t.failure(() => ${attempt})]`);
        assert.deepEqual(facts(first), ['too-large', undefined], `${what}: ${JSON.stringify(first)}`);
        assert.match(first.message, /too large\. Max size:? \d+/);
        assert.deepEqual(facts(second), ['too-large', 'not-sent'], `${what}: ${JSON.stringify(second)}`);
      }
    });

    for (const [what, limits] of Object.entries({ 'that are unsaid': undefined, 'that are said': SAID })) {
      test(`what the client chooses itself follows lower limits ${what}`, async () => {
        const found = await run('low', transport, async ({ queue }) => {
          const ids = await queue.post(t.range(0, 60).map(n => ({ body: { n, text: 'x'.repeat(300) } })));
          const numbers = messages => messages.map(({ body }) => body.n);
          const listed = numbers(await queue.messages().toArray());
          const tailed = numbers(await t.take(queue.tail({ from: 'start' }), 60));
          const got = numbers(await queue.getMany(ids.slice(0, 12)));
          await queue.deleteMessages(ids.slice(0, 12));
          const popped = numbers(await queue.pop(30));
          const { total } = await queue.stats();
          return { posted: ids.length, listed, tailed, got, popped, total };
        }, {}, { limits });
        const range = (from, to) => Array.from({ length: to - from }, (_, n) => n + from);
        assert.deepEqual(found, { posted: 60, listed: range(0, 60), tailed: range(0, 60), got: range(0, 12), popped: range(12, 42), total: 18 });
      });
    }

    test("a queue's own limit on posts splits them, and one message beyond it is too large", async () => {
      const found = await run('usual', transport, async ({ client, queue }) => {
        await queue.create({ _max_messages_post_size: 2_000 });
        const posts = [t.range(0, 30), [30], t.range(31, 50)].map(numbers => queue.post(numbers.map(n => ({ body: { n, text: 'x'.repeat(200) } }))));
        const ids = (await Promise.all(posts)).flat();
        const stored = await queue.messages({ limit: 20 }).toArray();
        const error = await t.failure(() => queue.post([{ body: 1 }, { body: 'x'.repeat(3_000) }]));
        const { total } = await queue.stats();
        await queue.updateMetadata({ _max_messages_post_size: 100_000 });
        const after = await queue.post([{ body: 1 }, { body: 'x'.repeat(3_000) }]);
        return { ids: ids.join() === stored.map(({ id }) => id).join(), numbers: stored.map(({ body }) => body.n), error, total, after: after.length };
      });
      const { error, ...rest } = found;
      assert.deepEqual(rest, { ids: true, numbers: Array.from({ length: 50 }, (_, n) => n), total: 50, after: 2 });
      assert.deepEqual([...facts(error), error.status], ['too-large', undefined, 400]);
      assert.match(error.message, /The max size for current queue is 2000/);
    });

    test('what is beyond the limits of a usual server is refused by it', async () => {
      const attempts = {
        ttl: 'queue.post({ body: 1, ttl: 1_209_601 })',
        'ttl of a claim': 'queue.claim({ ttl: 43_201 })',
        grace: 'queue.claim({ grace: 43_201 })',
        messages: 'queue.messages({ limit: 21 }).toArray()',
        queues: 'client.queues({ limit: 21 }).toArray()',
        subscriptions: 'queue.subscriptions.list({ limit: 21 }).toArray()',
        claim: 'queue.claim({ limit: 21 })',
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        const result = await run('usual', transport, `async ({ client, queue }) => {
          await queue.post({ body: 'there' });
          const error = await t.failure(() => ${attempt});
          return { error, alive: (await client.ping()) > 0, reconnects: client.metrics().reconnects, total: (await queue.stats()).total };
        }`);
        const { error, ...rest } = result;
        assert.deepEqual([error?.code, error?.delivery, error?.status], ['invalid-argument', undefined, 400], `${what}: ${JSON.stringify(error)}`);
        assert.deepEqual(rest, { alive: true, reconnects: 0, total: 1 }, what);
      }
    });
  });
}

test('a delay beyond the limit is refused by the server', async () => {
  const [first, second] = await run('usual', 'auto', async ({ queue }) => {
    const failed = () => t.failure(() => queue.post({ body: 1, delay: 901 }));
    await queue.create({ _default_message_delay: 1 });
    return [await failed(), await failed()];
  });
  assert.deepEqual([facts(first), facts(second)], [REFUSED.server, REFUSED.client], first.message);
});

describe('behind a proxy that limits the headers of answers', { timeout: 30_000 }, () => {
  let proxy;
  before(async () => {
    proxy = await startHeaderLimit({ port: usual.restPort });
  });
  after(() => proxy?.stop());

  test('a post of many messages goes over REST in parts whose answers pass', async () => {
    const found = await run('usual', 'polling', async ({ client }) => {
      const queue = client.queue(t.fresh().padEnd(64, 'q'));
      const ids = await queue.post(t.range(0, 250).map(body => ({ body })));
      return { posted: ids.length, stored: t.bodies(await queue.messages({ limit: 20 }).toArray()) };
    }, {}, { rest: proxy.url });
    assert.deepEqual(found, { posted: 250, stored: Array.from({ length: 250 }, (_, n) => n) });
    assert.ok(proxy.largest() > 1_000 && proxy.largest() < 2_500, `${proxy.largest()} bytes of headers`);
  });
});
