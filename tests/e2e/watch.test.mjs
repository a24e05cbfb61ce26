// Live counts of queues against the real Zaqar, over either transport: what they tell, how soon, and what they cost.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { useStage } from './lib/stage.mjs';

let page;
const stage = useStage({
  async prepare({ openPage }) {
    page = await openPage();
  },
});

for (const transport of ['websocket', 'polling']) {
  describe(`watch over ${transport}`, { timeout: 60_000 }, () => {
    before(() => page.evaluate(async transport => (globalThis.client = await t.connect({ transport })), transport));

    test('starts with all queues that were named, each counted', async () => {
      const first = await page.evaluate(async () => {
        const [full, empty] = [t.fresh(), t.fresh()];
        await client.queue(full).post([{ body: 1 }, { body: 2 }, { body: 3 }]);
        await client.queue(full).claim({ limit: 1 });
        await client.queue(empty).create();
        const live = client.watch({ queues: [full, empty] });
        await live.ready;
        const { value } = await live.next();
        await live.return();
        return { names: value.map(({ name }) => name), wanted: [full, empty], views: value.map(({ stats, at, rate, error }) => ({ stats, isNow: Math.abs(Date.now() - at) < 5_000, rate, error })) };
      });
      assert.deepEqual(first.names, first.wanted);
      const [full, empty] = first.views;
      assert.deepEqual([full.stats.free, full.stats.claimed, full.stats.total, full.isNow, full.rate, full.error], [2, 1, 3, true, undefined, undefined]);
      assert.ok(full.stats.oldest.id && full.stats.newest.created);
      assert.deepEqual(empty.stats, { free: 0, claimed: 0, total: 0 });
    });

    test('tells what this client does at once, and what came and went', async () => {
      const told = await page.evaluate(async () => {
        const queue = client.queue(t.fresh());
        await queue.create();
        const live = client.watch({ queues: [queue.name], intervalMs: { min: 10_000, max: 60_000 } });
        const until = async wanted => {
          for await (const [view] of { [Symbol.asyncIterator]: () => ({ next: () => live.next() }) }) {
            if (view.stats?.total === wanted) return view;
          }
        };
        await until(0);
        const start = performance.now();
        const ids = await queue.post([{ body: 1 }, { body: 2 }]);
        const posted = await until(2);
        await queue.deleteMessages(ids);
        const deleted = await until(0);
        const took = performance.now() - start;
        await live.return();
        return { took, posted: posted.rate, deleted: deleted.rate };
      });
      assert.ok(told.took < 5_000, `${told.took} ms, though nothing is asked by itself before ten seconds`);
      assert.ok(told.posted.in > 0 && told.posted.out === 0);
      assert.ok(told.deleted.out > 0 && told.deleted.in === 0);
    });

    test('sees what others do within the longest pause, and queues come and go', async () => {
      const seen = await page.evaluate(async () => {
        const other = await t.connect();
        const prefix = t.fresh();
        await other.queue(`${prefix}-a`).post({ body: 1 });
        const live = client.watch({ name: prefix, intervalMs: { min: 300, max: 1_000 } });
        const names = [];
        const until = async fits => {
          for (;;) {
            const { value } = await live.next();
            names.push(value.map(({ name }) => name.slice(prefix.length)).join());
            if (fits(value)) return value;
          }
        };
        await until(views => views[0]?.stats.total === 1);
        await other.queue(`${prefix}-a`).post({ body: 2 });
        await until(views => views[0]?.stats.total === 2);
        await other.queue(`${prefix}-b`).create();
        await until(views => views.length === 2 && views[1].stats);
        await other.queue(`${prefix}-a`).delete();
        await until(views => views.length === 1);
        await live.return();
        await other.close();
        return [...new Set(names)];
      });
      assert.deepEqual(seen, ['-a', '-a,-b', '-b']);
    });

    test('keeps the view of a queue that has not changed, and shows a slow reader the latest alone', async () => {
      const result = await page.evaluate(async () => {
        const queues = [t.fresh(), t.fresh()];
        for (const name of queues) await client.queue(name).create();
        const live = client.watch({ queues, intervalMs: { min: 60_000 } });
        const { value: first } = await live.next();
        for (let n = 0; n < 3; n += 1) await client.queue(queues[1]).post({ body: n });
        const total = async () => (await client.queue(queues[1]).stats()).total;
        await t.until(async () => (await total()) === 3, { within: 5_000, what: 'three messages' });
        // the answer that the watch waits for has come, and nobody has read it
        let latest;
        do ({ value: latest } = await live.next()); while (latest[1].stats.total < 3);
        await live.return();
        return { kept: first[0] === latest[0], frozen: Object.isFrozen(latest) && Object.isFrozen(latest[1]), changed: first[1] !== latest[1] };
      });
      assert.deepEqual(result, { kept: true, frozen: true, changed: true });
    });

    test('refuses what is wrong, and ends with its signal and its client', async () => {
      const ends = await page.evaluate(async () => {
        const wrong = [{ queues: 'q' }, { queues: ['no/name'] }, { name: 1 }, { intervalMs: { min: 2, max: 1 } }, { interval: 1 }, { signal: 1 }];
        const codes = await Promise.all(wrong.map(options => t.failure(client.watch(options).next())));
        const controller = new AbortController();
        const aborted = client.watch({ queues: [t.fresh()], signal: controller.signal });
        controller.abort('enough');
        const reason = await aborted.ready.catch(error => error);
        const mayfly = await t.connect();
        const live = mayfly.watch({ queues: [t.fresh()] });
        await live.ready;
        await mayfly.close();
        let last = await live.next();
        while (!last.done) last = await live.next();
        return { codes: codes.map(error => error?.code), reason, done: last.done, empty: (await client.watch({ queues: [] }).next()).value };
      });
      assert.deepEqual(ends, { codes: Array(6).fill('invalid-argument'), reason: 'enough', done: true, empty: [] });
    });
  });
}
