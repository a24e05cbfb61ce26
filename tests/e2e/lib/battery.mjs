// One battery of tests for both transports: whichever carries a call, it does the same, gives the same and fails the same.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startReceiver } from './receiver.mjs';
import { FAILED_FETCH, useStage } from './stage.mjs';

const TRANSPORTS = ['websocket', 'polling'];

/**
 * Has `define` declare its tests for each transport. It is given
 *
 * - `stage`, `transport`; as long as the tests run also `page`, in which `client` uses that transport, and `receiver`.
 * - `check(title, body, expect)`: a test whose `body` runs in the page with a queue of its own; what it gives must be alike on
 *   both transports, and is handed to `expect`.
 * - `keep(title, result)`: the same for what a test has found in another way.
 */
export function useBattery(define) {
  const stage = useStage({ expected: [FAILED_FETCH] });
  /** What each test saw, by transport, without what differs from run to run. */
  const seen = { websocket: {}, polling: {} };
  const titles = new Set();

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, { timeout: 60_000 }, () => {
      const keep = (title, result) => (seen[transport][title] = alike(result));
      const own = { stage, transport, keep, check, page: undefined, receiver: undefined };
      before(async () => {
        own.page = await stage.openPage();
        own.receiver = await startReceiver();
        await own.page.evaluate(async transport => {
          window.client = await t.connect({ transport });
        }, transport);
      });
      after(async () => {
        await own.page.evaluate(() => t.disconnect());
        await own.receiver.stop();
      });

      function check(title, body, expect) {
        titles.add(title);
        test(title, async () => {
          const result = await own.page.evaluate(`(${body})(client.queue(t.fresh()))`);
          keep(title, result);
          expect(result);
        });
      }

      define(own);
    });
  }

  describe('the two transports', () => {
    test('gave the same results and the same errors', () => {
      const missing = transport => [...titles].filter(title => !(title in seen[transport]));
      assert.deepEqual(TRANSPORTS.flatMap(missing), [], 'all of them have run');
      const differing = Object.keys({ ...seen.websocket, ...seen.polling }).filter(title => {
        try {
          assert.deepEqual(seen.websocket[title], seen.polling[title]);
          return false;
        } catch {
          return true;
        }
      });
      const pick = transport => Object.fromEntries(differing.map(title => [title, seen[transport][title]]));
      assert.deepEqual(pick('websocket'), pick('polling'));
    });
  });
}

/** A result without what differs from run to run: ids become numbers in the order of their coming, ages and sentences go. */
function alike(value, ids = new Map()) {
  if (Array.isArray(value)) return value.map(item => alike(item, ids));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([key]) => !['age', 'created', 'message', 'marker'].includes(key));
    return Object.fromEntries(entries.map(([key, item]) => [key, key === 'status' && item !== undefined ? Math.floor(item / 100) : alike(item, ids)]));
  }
  if (typeof value !== 'string') return value;
  return value.replace(/[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?/g, id => {
    if (!ids.has(id)) ids.set(id, `#${ids.size}`);
    return ids.get(id);
  });
}
