// One queue in the panel of a real Horizon: everything that can be done with its messages, claims, subscriptions and signed
// URLs, by clicks and by keys, over the WebSocket and with the socket refused.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { begin, end, openQueue, post, stats, stored, subscriptions, world, zaqar } from './lib/horizon-queue.mjs';
import { until } from './lib/stage.mjs';

const run = promisify(execFile);
const BIG = '9007199254740993';

before(begin);
after(end);

for (const { how, prefix, transport, settings } of [
  { how: 'over the WebSocket', prefix: 'ws', transport: /^Live$/, settings: { mode: 'pass' } },
  { how: 'with the socket refused by a proxy', prefix: 'rest', transport: /^Live, by polling$/, settings: { mode: 'status', status: 403 } },
]) {
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
      await view.says(new RegExp(`^×?1 message was posted to ${queue} in `));

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
      await view.says(/^×?Copied: the body of message/);
      assert.match(await view.copied(), new RegExp(`"big": ${BIG}`));
    });

    test('what was done is said beside the page, once, and goes by itself', async () => {
      const { page } = view;
      const toasts = page.locator('.zw-toast');
      await view.press('copy-body');
      await toasts.evaluate(toast => (toast.id = 'the-first'));
      await view.press('copy-body');
      await page.locator('.zw-toast:not(#the-first)').waitFor();
      assert.equal(await toasts.count(), 1);
      const [{ x, width }, panel] = [await toasts.boundingBox(), await page.locator('.zw').boundingBox()];
      assert.ok(x + width <= panel.x, `it reaches to ${x + width}, and the panel begins at ${panel.x}`);
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
      await view.reads('delete-selected', /^Delete 3 messages…$/);
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

    test('a claim is made, its messages are marked, read and deleted within it; it is renewed and released', async () => {
      const { press, part, reads, says } = view;
      await press('tab-claims');
      assert.match(view.page.url(), new RegExp(`#!/${queue}/claims$`));
      await part('claims-empty').getByText('Zaqar has no list of claims').waitFor();
      await part('claim-limit').fill('0');
      await press('claim');
      await reads(view.page.locator('[role=tabpanel]:not([hidden]) .has-error .help-block'), /A whole number from 1 to 20\./);
      await part('claim-limit').fill('3');
      await part('claim-ttl').fill('60');
      await press('claim');
      await says(new RegExp(`3 messages of ${queue} are claimed for 1 m 0 s\\.`));
      await reads('claim-left', /^(1 m 0|\d+) s left$/);
      assert.equal((await stats(queue)).claimed, 3);

      await part('claim-card').locator('.zw-open').first().click();
      assert.match(await view.asked(), /Claim held by this page for (1 m 0|\d+) s/);
      await view.page.keyboard.press('Escape');
      await part('delete-claimed').first().click();
      assert.match(await view.asked(), new RegExp(`Delete 1 message of ${queue}\\? .* within its claim`));
      await view.answer();
      await reads('claim-what', /^2 messages$/);
      assert.equal(await part('claim-card').evaluate(card => card.contains(document.activeElement)), true, 'the focus is on the next');
      await says(/1 message of .* is deleted\./);
      assert.equal((await stored(queue)).length, 5);

      await press('tab-messages');
      await view.rows.locator('.zw-mark').filter({ hasText: 'claimed here' }).nth(1).waitFor();
      await press('tab-claims');

      await view.page.getByRole('button', { name: /^Renew: claim/ }).click();
      await says(/The claim on 2 messages of .* lasts 1 m 0 s from now\./);
      await view.page.getByRole('button', { name: /^More actions: claim/ }).click();
      await view.page.getByRole('menuitem', { name: 'Renew for…' }).click();
      await view.page.locator('dialog').getByLabel('For', { exact: true }).fill('600');
      await view.answer();
      await says(/The claim lasts 10 m 0 s from now\./);
      await reads('claim-left', /^(10|9) m \d+ s left$/);
      await view.page.getByRole('button', { name: /^More actions: claim/ }).click();
      await view.page.getByRole('menuitem', { name: 'Release' }).click();
      await part('claims-empty').waitFor();
      assert.equal(await part('claim-limit').evaluate(input => input === document.activeElement), true, 'the focus has not gone with the claim');
      await says(/2 messages of .* are released: others can claim them now\./);
      assert.equal((await stats(queue)).claimed, 0);
    });

    test('a claim made elsewhere is opened by its id, and one that has ended says so', async () => {
      await view.press('tab-claims');
      const { messages } = await zaqar('POST', `/v2/queues/${queue}/claims?limit=2`, { ttl: 60, grace: 60 });
      const [, id] = /claim_id=([\w-]+)/.exec(messages[0].href);
      await view.press('find-claim');
      await view.part('claim-id').fill('11111111-2222-3333-4444-555555555555');
      await view.answer();
      await view.reads(view.page.locator('dialog .alert-danger'), /It does not exist \(any more\)\./);
      await view.part('claim-id').fill(id);
      await view.answer();
      await view.reads('claim-what', /^2 messages$/);
      await zaqar('DELETE', `/v2/queues/${queue}/claims/${id}`);
      await view.says(new RegExp(`A claim on ${queue} has ended\\. It was released elsewhere`), 15_000);
      await view.reads('claim-card', /ended.*is free again: other workers may have them\./s);
      await view.press('dismiss');
      await view.part('claims-empty').waitFor();
    });

    test('a claim outlives a reload of the page, and one that has ended meanwhile is forgotten', async () => {
      const other = `${queue}-reloaded`;
      await post(other, 1, 2, 3);
      const view = await openQueue(other, { tab: 'claims' });
      for (const limit of ['1', '2']) {
        await view.part('claim-limit').fill(limit);
        await view.press('claim');
        await view.says(/claimed for/);
      }
      const ended = await view.part('claim-card').last().getAttribute('data-claim');
      await zaqar('DELETE', `/v2/queues/${other}/claims/${ended}`);
      await view.page.reload();
      await view.reads('claim-what', /^2 messages$/);
      await view.page.getByRole('button', { name: /^More actions: claim/ }).click();
      await view.page.getByRole('menuitem', { name: 'Release' }).click();
      await view.says(/2 messages of .* are released/);
      assert.equal((await stats(other)).claimed, 0);
      assert.deepEqual(await view.page.evaluate(() => Object.values(sessionStorage).filter(text => text.includes('grace'))), []);
      await view.close();
    });

    test('all messages of a claim are deleted at once', async () => {
      await view.part('claim-limit').fill('2');
      await view.press('claim');
      await view.says(/2 messages of .* are claimed/);
      await view.page.getByRole('button', { name: /^More actions: claim/ }).click();
      await view.page.getByRole('menuitem', { name: 'Delete all its messages…' }).click();
      assert.match(await view.asked(), new RegExp(`Delete 2 messages of ${queue}\\?`));
      await view.answer();
      await view.says(/2 messages of .* are deleted\./);
      assert.equal((await stored(queue)).length, 3);
      await view.counts(view.part('claim-card'), 0);
    });

    test('subscriptions are created, told apart, updated, filtered and deleted', async () => {
      const { press, part, reads, says, page } = view;
      await press('tab-subscriptions');
      const table = part('subscriptions');
      const row = text => table.locator('tbody tr').filter({ hasText: text });
      if (prefix === 'ws') {
        await row('WebSocket of this page').waitFor();
        assert.match(await row('WebSocket of this page').innerText(), /WebSocket of this page\s+–\s/);
      }
      await press('create-subscription');
      await view.answer();
      await reads(page.locator('dialog .has-error .help-block'), /An address is needed\./);
      await part('subscriber').fill('https://example.org/hook-1');
      assert.equal(await part('subscriber').inputValue(), 'example.org/hook-1');
      await part('subscription-options').fill('{"post_data": "no json"}');
      await view.answer();
      await reads(page.locator('dialog .has-error .help-block'), /Line 1, column 1/);
      await part('subscription-options').fill('{"post_data": "{\\"message\\": \\"$zaqar_message$\\"}"}');
      await view.answer();
      await says(new RegExp(`https://example.org/hook-1 is subscribed to ${queue} for 1 h 0 m\\.`));
      await row('hook-1').waitFor();
      assert.match(await row('hook-1').innerText(), /Web hook\s+No\s+1 h 0 m\s+\d+ s\s+\{"post_data"/);

      await press('create-subscription');
      await part('subscriber-scheme').selectOption('mailto');
      await part('subscriber').fill('nobody');
      await view.answer();
      await reads(page.locator('dialog .has-error .help-block'), /This is not a mail address\./);
      await part('subscriber').fill('ada@example.org');
      await part('subscription-ttl').fill('300');
      await part('subscription-options').fill('{"subject": "A message"}');
      await view.answer();
      await says(/mailto:ada@example\.org is subscribed/);
      await row('ada@').waitFor();
      assert.match(await row('ada@').innerText(), /Mail/);

      await row('ada@').getByRole('button', { name: /^Update/ }).click();
      await part('subscription-ttl').fill('2592001');
      await view.answer();
      await reads(page.locator('dialog .has-error .help-block'), /A whole number from 60 to 2,592,000\./);
      await part('subscription-ttl').fill('900');
      await part('subscriber').fill('grace@example.org');
      await view.answer();
      await says(/The subscription of mailto:grace@example\.org .* is updated; it ends in 15 m 0 s\./);
      await row('grace@').waitFor();
      const mail = (await subscriptions(queue)).find(({ subscriber }) => subscriber.startsWith('mailto'));
      assert.deepEqual({ subscriber: mail.subscriber, ttl: mail.ttl, options: mail.options }, { subscriber: 'mailto:grace@example.org', ttl: 900, options: { subject: 'A message' } });

      await zaqar('POST', `/v2/queues/${queue}/subscriptions`, { subscriber: 'http://example.org/from-outside', ttl: 600 });
      await row('from-outside').waitFor({ timeout: 15_000 });
      await part('subscription-filter').fill('hook');
      await view.counts(table.locator('tbody tr'), 1);
      await part('subscription-filter').fill('');

      await row('hook-1').getByRole('button', { name: /^More actions/ }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      assert.match(await view.asked(), new RegExp(`Delete 1 subscription to ${queue}\\? .*https://example.org/hook-1 will be told of no more messages`));
      await view.answer();
      await says(/1 subscription to .* is deleted\./);
      for (const text of ['grace@', 'from-outside']) await row(text).getByRole('checkbox').check();
      await press('delete-subscriptions');
      assert.match(await view.asked(), /Delete 2 subscriptions/);
      await view.answer();
      await says(/2 subscriptions to .* are deleted\./);
      await until(async () => (await subscriptions(queue)).every(({ subscriber }) => !/example\.org/.test(subscriber)));
      await view.counts(row('example.org'), 0);
    });

    test('a signed URL comes with a command and JavaScript that work as they are, and with a warning', async () => {
      const { press, part, reads, page } = view;
      await press('tab-signed-urls');
      await reads(page.locator('.zw-warning'), /Over its WebSocket a signature opens the same methods of messages on every queue of this project\./);
      await part('sign-GET').uncheck();
      await press('sign');
      await reads(page.locator('.zw-signed-urls .has-error .help-block'), /Choose at least one method\./);
      await part('sign-GET').check();
      await part('sign-POST').check();
      await part('sign-claims').check();
      await part('signed-amount').fill('25');
      await press('sign');
      await reads(page.locator('.zw-signed-urls .has-error .help-block'), /At most 1 d 0 h, by the settings of Horizon\./);
      await part('signed-unit').selectOption('minutes');
      await view.counts(page.locator('.zw-signed-urls .has-error'), 0);
      await part('signed-amount').fill('1');
      await part('signed-unit').selectOption('days');
      await press('sign');
      await view.says(new RegExp(`A signed URL for ${queue} is made; it is valid for 1 d 0 h\\.`));
      await reads('signed-left', /^in (1 d 0 h|23 h 59 m)$/);

      const command = await part('signed-curl').textContent();
      const { stdout } = await run('sh', ['-c', command.replace('curl', 'curl --silent --fail')]);
      assert.equal(JSON.parse(stdout).messages.length, (await stored(queue)).length);
      await part('signed-call').selectOption({ label: 'Post a message (POST)' });
      const { stdout: posted } = await run('sh', ['-c', (await part('signed-curl').textContent()).replace('curl', 'curl --silent --fail')]);
      assert.equal(JSON.parse(posted).resources.length, 1);
      assert.deepEqual(await part('signed-call').locator('option').allTextContents(), ['List messages (GET)', 'Post a message (POST)', 'Claim messages (POST)', 'Look at a claim (GET)']);

      const lines = await part('signed-headers').textContent();
      const headers = Object.fromEntries(lines.trim().split('\n').map(line => line.split(': ')));
      const answer = await fetch(`${world.zaqar.rest}/v2/queues/${queue}-other/messages?echo=true`, { headers });
      assert.equal(answer.status, 404, 'another queue is closed to it');

      const before = (await stored(queue)).length;
      const script = await part('signed-javascript').textContent();
      const guest = await world.openPage();
      guest.problems.length = 0;
      const printed = await runInPage(guest, script);
      assert.equal(printed.length, before + 1);
      assert.equal((await stats(queue)).claimed, Math.min(5, before + 1));
      await guest.close();
      assert.deepEqual(Object.keys(JSON.parse(await part('signed-json').textContent())).sort(), ['expires', 'methods', 'paths', 'project', 'signature']);
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

    test('everything has a name, and nothing sticks out of a phone', async () => {
      const { page } = view;
      const session = await page.context().newCDPSession(page);
      for (const tab of ['messages', 'claims', 'subscriptions', 'signed-urls']) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await view.press(`tab-${tab}`);
        const { nodes } = await session.send('Accessibility.getFullAXTree');
        const ours = new Set(await backendIds(session, '#zaqar-web'));
        const NAMED = ['button', 'textbox', 'searchbox', 'combobox', 'listbox', 'option', 'tab', 'tabpanel', 'link', 'checkbox', 'group', 'table', 'region'];
        const nameless = nodes.filter(({ ignored, role, name, backendDOMNodeId }) => !ignored && ours.has(backendDOMNodeId) && NAMED.includes(role?.value) && !name?.value?.trim());
        assert.deepEqual(nameless.map(({ role, backendDOMNodeId }) => `${role.value} ${backendDOMNodeId}`), [], tab);
        await page.setViewportSize({ width: 390, height: 844 });
        const wide = await page.evaluate(() => [...document.querySelectorAll('.zw-queue *')].filter(element => element.checkVisibility({ visibilityProperty: true }) && !element.closest('pre, .zw-list') && element.getBoundingClientRect().right > innerWidth + 1).map(element => `${element.localName}.${element.className}`));
        assert.deepEqual(wide, [], tab);
      }
      await view.press('tab-messages');
      await view.rows.first().locator('.zw-body').click();
      assert.match(await view.asked(), /^×? ?Message/);
      await page.keyboard.press('Escape');
      await page.setViewportSize({ width: 1280, height: 900 });
    });

    test('leaving the queue gives back what the view held', async () => {
      await view.press('back');
      await view.page.locator('.zw-queues').waitFor();
      await until(async () => (await subscriptions(queue)).length === 0, { what: 'no subscription is left' });
    });
  });
}

/** Runs a module's text in a page that has the package, and gives what it printed. */
async function runInPage(page, script) {
  const name = `/snippet-${crypto.randomUUID()}.js`;
  world.site.route(name, (request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(`${script.replace("'zaqar-web'", "'/pkg/index.js'")}\nawait guest.close();\nexport {};`));
  const printed = [];
  page.on('console', message => { if (message.type() === 'log') printed.push(message.text()); });
  await page.evaluate(path => import(path), name);
  return printed;
}

/** The ids of an element and all in it, as the accessibility tree names them. */
async function backendIds(session, selector) {
  const { root } = await session.send('DOM.getDocument', { depth: -1 });
  const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector });
  const { node } = await session.send('DOM.describeNode', { nodeId, depth: -1 });
  const ids = [];
  const walk = ({ backendNodeId, children = [] }) => { ids.push(backendNodeId); children.forEach(walk); };
  walk(node);
  return ids;
}

test('a right that Horizon does not lend any more is told where it was asked for, and the panel goes on', async () => {
  await post('unlent', { sku: 'first' });
  const view = await openQueue('unlent', { tab: 'signed-urls' });
  await view.part('sign').waitFor();
  const horizon = await world.startHorizon({ ZAQAR_WEB_HORIZON: { signed_url_seconds: 60 } });
  try {
    const strict = await openQueue('unlent', { tab: 'signed-urls', horizon });
    await strict.press('sign');
    await strict.reads(strict.page.locator('.zw-signed-urls .has-error .help-block'), /At most 1 m 0 s, by the settings of Horizon\./);
    await strict.close();
  } finally {
    await horizon.stop();
  }
  await view.page.context().clearCookies({ name: 'sessionid' });
  await view.press('sign');
  await view.page.locator('.zw-toast').filter({ hasText: 'Making a signed URL for unlent failed.' }).waitFor();
  await view.press('tab-messages');
  await view.row('first').waitFor();
  await view.close();
});

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
