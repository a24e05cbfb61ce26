// What a client tells of itself while a real network fails under it: the report, and the entries in the page's timeline.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

describe('a report', { timeout: 30_000 }, () => {
  test('tells how the socket was lost and found again', async () => {
    const page = await stage.openPage();
    await page.evaluate(async () => {
      window.client = await t.connect();
      await t.until(() => client.transport === 'websocket');
    });
    stage.websocket.set({ mode: 'refuse' });
    stage.websocket.cut();
    await page.evaluate(() => t.until(() => client.transport === 'polling'));
    stage.websocket.set({ mode: 'pass' });
    await page.evaluate(() => t.until(() => client.transport === 'websocket'));
    const lines = (await page.evaluate(() => client.report())).split('\n');
    assert.match(lines[0], /^zaqar-web \d+\.\d+\.\d+, .*Chrome\//);
    assert.match(lines[1], /connected, transport websocket$/);
    assert.equal(JSON.parse(lines[3]).reconnects, 1);
    const told = lines.slice(4).join('\n');
    assert.match(told, /^\S+Z transport none .*it had been open for [\d.]+ m?s/m);
    assert.match(lines.at(-1), /^\S+Z transport websocket /, told);
    await page.close();
  });
});

describe('user timing', { timeout: 30_000 }, () => {
  test('has a measure for each request and a mark for each transition, by option alone', async () => {
    const page = await stage.openPage();
    const { silent, measures, marks, failed } = await page.evaluate(async () => {
      const plain = await t.connect();
      await plain.queue(t.fresh()).stats();
      const silent = performance.getEntries().filter(({ name }) => name.startsWith('zaqar')).length;
      const client = await t.connect({ userTiming: true });
      const queue = client.queue(t.fresh());
      await queue.post({ body: 'SECRET' });
      await queue.messages().toArray();
      const failed = await t.failure(() => queue.get(crypto.randomUUID()));
      await client.close();
      const entries = type => performance.getEntriesByType(type).filter(({ name }) => name.startsWith('zaqar'));
      const seen = type => entries(type).map(({ name, duration, detail }) => ({ name, duration, detail }));
      return { silent, measures: seen('measure'), marks: seen('mark'), failed };
    });
    assert.equal(silent, 0);
    assert.equal(failed.code, 'not-found');
    assert.deepEqual(measures.map(({ name }) => name), ['zaqar message_post', 'zaqar message_list', 'zaqar message_list', 'zaqar message_get']);
    assert.ok(measures.every(({ duration, detail }) => duration > 0 && duration < 10_000 && detail === null), JSON.stringify(measures));
    assert.ok(marks.some(({ name }) => name === 'zaqar connecting → connected'), JSON.stringify(marks));
    assert.ok(marks.some(({ name }) => name.endsWith('→ closed')), JSON.stringify(marks));
    await page.close();
  });
});
