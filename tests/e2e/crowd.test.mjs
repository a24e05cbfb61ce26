// Many tails over REST: they leave connections for calls, and each comes to its turn.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { useStage } from './lib/stage.mjs';

const TAILS = 150;
/** Exchanges of tails at the same time. */
const MOST = 3;

const stage = useStage();

describe('a crowd of tails over REST', { timeout: 120_000 }, () => {
  let page;
  before(async () => (page = await stage.openPage()));
  after(() => page.evaluate(() => t.disconnect()));

  test('a post waits behind no tail, and every tail becomes ready', async () => {
    const { most, before, ready } = await page.evaluate(async tails => {
      let open = 0;
      let most = 0;
      const started = [];
      const counting = async (url, init) => {
        const isLook = init.method === 'GET' && !String(url).endsWith('/ping');
        started.push(init.method);
        if (isLook) most = Math.max(most, (open += 1));
        try {
          return await fetch(url, init);
        } finally {
          if (isLook) open -= 1;
        }
      };
      const client = await t.connect({ transport: 'polling', fetch: counting });
      const crowd = t.range(0, tails).map(() => client.queue(t.fresh('crowd')).tail({ from: 'start' }));
      await Promise.resolve();
      started.length = 0;
      const posted = client.queue(t.fresh('post')).post({ body: 1 });
      await posted;
      const before = started.indexOf('POST');
      await Promise.all(crowd.map(tail => tail.ready));
      return { most, before, ready: crowd.length };
    }, TAILS);
    assert.equal(ready, TAILS);
    assert.ok(most <= MOST, `${most} looks at the same time`);
    assert.ok(before <= MOST, `${before} requests went before the post`);
  });
});
