// The messages of one queue in the panel of a real Horizon: everything that can be done with them, by clicks and by keys, over the
// WebSocket and with the socket refused.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TRANSPORTS, begin, end, openQueue, post, stored, world, zaqar } from './lib/horizon-queue.mjs';
import { until } from './lib/stage.mjs';

const BIG = '9007199254740993';

before(begin);
after(end);

for (const { how, prefix, transport, settings } of TRANSPORTS) {
  describe(how, () => {
    const queue = `${prefix}-queue`;
    let view;

    before(async () => {
      world.websocket.set(settings);
      await post(queue, { n: 1, big: 0, sku: 'first' });
      view = await openQueue(queue);
    });
    after(async () => {
      await view?.close();
      world.websocket.set({ mode: 'pass' });
    });

    test('a message that is posted elsewhere appears without a reload, the newest on top', async () => {
      // On a busy machine the socket may need another attempt.
      await view.reads('messages-state', transport, 60_000);
      await view.row('first').waitFor();
      await view.page.evaluate(() => (window.notReloaded = true));
      await post(queue, { n: 2, sku: 'second' });
      await view.row('second').waitFor();
      assert.deepEqual(await view.rows.evaluateAll(rows => rows.toSorted((a, b) => a.ariaPosInSet - b.ariaPosInSet).map(row => /first|second/.exec(row.textContent)[0])), ['second', 'first']);
      assert.equal(await view.page.evaluate(() => window.notReloaded), true);
    });

    test('what is posted by hand is checked while it is written, and goes as one message, one for each item, or as Zaqar takes them', async () => {
      const { press, part, reads } = view;
      const write = text => part('post-body').fill(text);
      await press('post');
      assert.match(await view.asked(), new RegExp(`Post messages to ${queue}`));
      await write('{"n": 3,}');
      await reads('post-hint', /Line 1, column \d+: a comma before \} is one too many\./);
      await view.answer();
      assert.equal(await part('post-body').evaluate(area => area === document.activeElement && area.selectionStart), 8);
      await write(`{"n": 3, "big": ${BIG}, "sku": "third"}`);
      await part('post-ttl').fill('5');
      await view.answer();
      await reads(view.page.locator('dialog .has-error .help-block'), /A whole number from 60 to 1,209,600\./);
      await part('post-ttl').fill('120');
      await part('post-again').check();
      await view.answer();
      await view.says(new RegExp(`^Success: 1 message was posted to ${queue} in `));

      await write('[{"sku": "list-a"}, {"sku": "list-b"}]');
      assert.equal(await part('post-as-each').isChecked(), true);
      await view.answer();
      await view.says(/2 messages were posted/);
      await part('post-as-one').check();
      await view.answer();
      await view.says(/1 message was posted/);
      await part('post-again').uncheck();
      await write('[{"body": {"sku": "own"}, "ttl": 77}, {"body": "text"}]');
      await part('post-as-zaqar').check();
      await part('post-body').press('Control+Enter');
      await view.says(/2 messages were posted/);

      const all = await stored(queue);
      assert.deepEqual(all.slice(2).map(({ body }) => body), [
        { n: 3, big: Number(BIG), sku: 'third' }, { sku: 'list-a' }, { sku: 'list-b' }, [{ sku: 'list-a' }, { sku: 'list-b' }], { sku: 'own' }, 'text',
      ]);
      assert.deepEqual(all.slice(2).map(({ ttl }) => ttl), [120, 120, 120, 120, 77, 120]);
      await view.row('"text"').waitFor();
    });

    test('a file is taken as text, and one of lines as a list', async () => {
      await view.press('post');
      await view.part('post-file').setInputFiles({ name: 'broken.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from('{"sku": "file-1"}\n\n{"sku": }\n') });
      await view.reads('post-hint', /^Line 3 of broken\.jsonl: a value is expected, but “}” stands there\.$/);
      await view.part('post-file').setInputFiles({ name: 'orders.jsonl', mimeType: 'application/x-ndjson', buffer: Buffer.from('{"sku": "file-1"}\n{"sku": "file-2"}\n') });
      await until(() => view.part('post-as-each').isChecked());
      await view.answer();
      await view.says(/2 messages were posted/);
      await view.row('file-2').waitFor();
    });

    test('a message opens as a tree with exact numbers, and its body is copied', async () => {
      await view.row('third').locator('.zw-body').click();
      await view.reads('message-detail', new RegExp(`big: ${BIG}`));
      await view.reads('message-detail', /Time to live2 m 0 s; (1 m )?\d+ s are left/);
      await view.press('copy-body');
      await view.says(/^Success: Copied: the body of message/);
      assert.match(await view.copied(), new RegExp(`"big": ${BIG}`));
    });

    test('what was done is said at the top right, once, and goes by itself', async () => {
      const { page } = view;
      const toasts = page.locator('.zw-toast');
      await view.press('copy-body');
      await toasts.evaluate(toast => (toast.id = 'the-first'));
      await view.press('copy-body');
      await page.locator('.zw-toast:not(#the-first)').waitFor();
      assert.equal(await toasts.count(), 1);
      const [{ x, y, width }, window] = [await toasts.boundingBox(), page.viewportSize()];
      assert.ok(window.width - x - width < 24 && y < 80, `it reaches to ${x + width} of ${window.width}, and begins at ${y}`);
      assert.match(await toasts.innerText(), /^Success: Copied/);
      await page.mouse.move(0, 0);
      await toasts.waitFor({ state: 'detached', timeout: 7_000 });
    });

    test('the list is filtered by the text of bodies and by ids', async () => {
      const { part, reads, rows } = view;
      await part('message-filter').fill('"SKU":"list');
      await reads('messages-count', /^3 of 10 messages in this list$/);
      await view.counts(rows, 3);
      const { id } = (await stored(queue))[0];
      await part('message-filter').fill(id.slice(0, 13));
      await reads('messages-count', /^1 of /);
      await part('message-filter').fill('nowhere');
      await reads('messages-empty', /No message contains this text/);
      await view.page.getByRole('button', { name: 'Show all' }).click();
      await reads('messages-count', /^10 messages in this list$/);
    });

    test('the list can be paused, and catches up', async () => {
      await view.press('pause');
      await post(queue, { sku: 'waiting-1' }, { sku: 'waiting-2' });
      await view.reads('pause', /^Resume · 2 waiting$/);
      await view.reads('messages-state', /^Paused$/);
      assert.equal(await view.row('waiting').count(), 0);
      await view.press('pause');
      await view.row('waiting-2').waitFor();
      await view.counts(view.row('waiting'), 2);
    });

    test('many messages are selected and deleted, after saying how many and where', async () => {
      for (const text of ['"list-b"}]', 'file-1', 'file-2']) await view.row(text).first().locator('.zw-tick').click();
      await view.reads('delete-selected', /^Delete 3 Messages$/);
      await view.press('delete-selected');
      assert.match(await view.asked(), new RegExp(`Delete 3 messages of ${queue}\\? .*3 messages will be deleted from ${queue}\\. This cannot be undone`));
      await view.page.keyboard.press('Enter');
      await view.page.locator('dialog').waitFor({ state: 'detached' });
      assert.equal((await stored(queue)).length, 12, 'Enter keeps them');
      await view.press('delete-selected');
      await view.answer();
      await view.says(new RegExp(`3 messages of ${queue} are deleted\\.`));
      await view.counts(view.row(/file-/), 0);
      assert.equal((await stored(queue)).length, 9);
    });

    test('popped messages are shown, copied, and gone from the queue', async () => {
      await view.press('pop');
      await view.page.getByLabel('How many').fill('2');
      assert.match(await view.asked(), new RegExp(`The 2 oldest free messages of ${queue} will be deleted from it`));
      await view.answer();
      await view.says(new RegExp(`2 messages were popped from ${queue}\\.`));
      assert.match(await view.asked(), /2 messages popped from .* sku: "first".* sku: "second"/);
      await view.press('copy-popped');
      assert.deepEqual(JSON.parse(await view.copied()).map(({ body }) => body.sku), ['first', 'second']);
      await view.page.keyboard.press('Escape');
      assert.equal((await stored(queue)).length, 7);
      await view.counts(view.row(/first|second/), 0);
    });

    test('what others claim and delete is marked in the list', async () => {
      const { messages: [{ href }] } = await zaqar('POST', `/v2/queues/${queue}/claims?limit=1`, { ttl: 60, grace: 60 });
      const claimed = view.row('third');
      await view.reads(claimed.locator('.zw-mark'), /^claimed$/);
      assert.equal(await view.rows.locator('.zw-mark').filter({ hasText: 'claimed' }).count(), 1);
      const [, id] = /claim_id=([\w-]+)/.exec(href);
      await zaqar('DELETE', `/v2/queues/${queue}/claims/${id}`);
      await view.reads(claimed.locator('.zw-mark'), /^$/);
      const { id: doomed } = (await stored(queue)).find(({ body }) => body.sku === 'list-b');
      await zaqar('DELETE', `/v2/queues/${queue}/messages/${doomed}`);
      await view.reads(view.row('{"sku":"list-b"}').last().locator('.zw-mark'), /^gone$/);
    });

    test('deleting what others have claimed says so before, at once and of many', async () => {
      const other = `${queue}-claimed`;
      await post(other, ...Array.from({ length: 4 }, (_, n) => ({ sku: `held-${n}` })));
      const view = await openQueue(other);
      await view.reads('messages-state', transport, 60_000);
      await view.counts(view.rows, 4);
      await view.row('held-3').locator('.zw-tick').click();
      await view.press('delete-selected');
      await view.asked();
      await view.counts(view.part('claim-warning'), 0);
      await view.page.keyboard.press('Escape');

      await zaqar('POST', `/v2/queues/${other}/claims?limit=2`, { ttl: 60, grace: 60 });
      for (const text of ['held-0', 'held-1']) await view.row(text).locator('.zw-tick').click();
      await view.press('delete-selected');
      await view.reads('claim-warning', /^2 of them are claimed: workers may be at work on them\. They are deleted all the same\.$/);
      await view.page.keyboard.press('Escape');

      // Of too many to be looked at one by one it says how many of the queue are.
      for (let i = 0; i < 4; i += 1) await post(other, ...Array.from({ length: 20 }, (_, n) => n));
      await view.reads('messages-count', /^84 messages/);
      await view.part('select-all').check();
      await view.press('delete-selected');
      await view.reads('claim-warning', new RegExp(`^2 messages of ${other} are claimed and may be among them`));
      await view.answer();
      await view.says(new RegExp(`84 messages of ${other} are deleted\\.`));
      assert.deepEqual(await stored(other), []);
      await view.close();
    });

    test('tabs, list and dialogs are worked by keys', async () => {
      const { page, part } = view;
      await view.press('tab-messages');
      await part('tab-messages').focus();
      await page.keyboard.press('ArrowRight');
      assert.equal(await part('tab-claims').getAttribute('aria-selected'), 'true');
      assert.equal(await part('tab-claims').evaluate(tab => tab === document.activeElement), true);
      await page.keyboard.press('Home');
      const list = part('message-list');
      const active = () => list.evaluate(element => document.getElementById(element.getAttribute('aria-activedescendant'))?.ariaPosInSet);
      await list.focus();
      await page.keyboard.press('Home');
      assert.equal(await active(), '1');
      await page.keyboard.press('ArrowDown');
      assert.equal(await active(), '2');
      await page.keyboard.press('End');
      assert.equal(await active(), String(await view.rows.count()));
      await page.keyboard.press('Home');
      await page.keyboard.press('Shift+ArrowDown');
      await view.counts(view.rows.and(page.locator('[aria-selected=true]')), 2);
      await page.keyboard.press('Space');
      await view.counts(view.rows.and(page.locator('[aria-selected=true]')), 1);
      await page.keyboard.press('c');
      await view.says(/Copied: the body of message/);
      await list.focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.closest('.zw-aside') !== null), true);
      await list.focus();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.zw-aside').isVisible(), false);
      await page.keyboard.press('Delete');
      assert.match(await view.asked(), /Delete 1 message/);
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
      assert.equal(await list.evaluate(element => element === document.activeElement), true, 'the focus is where it was');
      await page.keyboard.press('Enter');
      await view.press('delete-one');
      await view.answer();
      await page.locator('dialog').waitFor({ state: 'detached' });
      await until(() => list.evaluate(element => element === document.activeElement), { what: 'the list has the focus of the message that has gone' });
      await view.says(/1 message of .* is deleted\./);
    });
  });
}
