// A queue in the panel of a real Horizon for long: many messages, and a token that is renewed under the open view.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, end, openQueue, post, world } from './lib/horizon-queue.mjs';
import { until } from './lib/stage.mjs';

before(begin);
after(end);

test('10,000 messages are read, scrolled, filtered and counted, and more than those make room', async () => {
  const queue = 'many';
  for (let i = 0; i < 50; i += 1) await post(queue, ...Array.from({ length: 200 }, (_, k) => ({ n: i * 200 + k, text: 'x'.repeat(60) })));
  const view = await openQueue(queue);
  await view.reads('messages-count', /^10,000 messages in this list$/, 60_000);
  assert.ok((await view.rows.count()) < 80, 'only those in sight are elements');
  await view.row('"n":9999').waitFor();
  const slowest = await view.part('message-list').evaluate(async list => {
    const gaps = [];
    let last = performance.now();
    for (let i = 0; i < 60; i += 1) {
      list.scrollTop += 5_000;
      await new Promise(resolve => requestAnimationFrame(resolve));
      gaps.push(performance.now() - last);
      last = performance.now();
    }
    return gaps.sort((a, b) => a - b)[54];
  });
  assert.ok(slowest < 150, `nine frames of ten take ${slowest} ms or less`);
  await view.row('"n":0,').waitFor();
  await view.press('newest');
  await view.row('"n":9999').waitFor();
  await view.part('message-filter').fill('"n":77');
  await view.reads('messages-count', /^111 of 10,000 messages in this list$/);
  await view.part('select-all').check();
  await view.press('delete-selected');
  assert.match(await view.asked(), /Delete 111 messages of many\?/);
  await view.answer();
  await view.says(/111 messages of many are deleted\./);
  await view.part('message-filter').fill('');
  await view.reads('messages-count', /^9,889 messages in this list$/);

  await post(queue, ...Array.from({ length: 200 }, (_, k) => ({ n: 10_000 + k })));
  await view.row('"n":10199').waitFor();
  const [, read] = /^([\d,]+) messages/.exec(await view.part('messages-count').textContent());
  assert.ok(Number(read.replace(',', '')) <= 10_000);
  await view.reads('messages-bar', /There are older messages that are not in this list\./);

  await view.press('read-oldest');
  await view.reads('messages-state', /^Reading has stopped$/, 60_000);
  await view.reads('messages-bar', /This list holds no more than 10,000 messages; there are newer ones behind these\./);
  await view.press('read-next');
  await view.reads('messages-state', /^Live/);
  await view.row('"n":10199').waitFor();
  await view.reads('messages-count', /^89 messages in this list$/);
  await view.close();
});

test('a queue of more than 10,000 messages opens at its end, at once', async () => {
  const view = await openQueue('many');
  await view.reads('messages-state', /^Live/);
  await view.reads('messages-empty', /Waiting for the next message/);
  await post('many', { sku: 'the-next' });
  await view.row('the-next').waitFor();
  await view.close();
});

test('a token that lives some seconds is renewed under the open view: one socket, nothing missed', async () => {
  const horizon = await world.startHorizon({ ZAQAR_WEB_HORIZON: { token_seconds: 12 } });
  try {
    const handovers = [];
    const sockets = [];
    const view = await openQueue('renewed', { horizon });
    view.page.on('request', request => { if (request.url().includes('/api/zaqar-web/')) handovers.push(request.url()); });
    view.page.on('websocket', socket => sockets.push(socket.url()));
    await view.page.reload();
    await view.reads('messages-state', /^Live$/, 60_000);
    const start = performance.now();
    let n = 0;
    await until(async () => {
      await post('renewed', { n: (n += 1) });
      await view.row(`{"n":${n}}`).waitFor();
      return handovers.length >= 4 && performance.now() - start > 30_000;
    }, { within: 120_000, every: 500 });
    assert.equal(sockets.length, 1);
    await view.reads('messages-count', new RegExp(`^${n} messages in this list$`));
    await view.close();
  } finally {
    await horizon.stop();
  }
});
