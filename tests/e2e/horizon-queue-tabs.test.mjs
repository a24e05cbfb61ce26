// The other tabs of one queue in the panel of a real Horizon: its claims, its subscriptions and its signed URLs, over the WebSocket
// and with the socket refused.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { TRANSPORTS, begin, end, openQueue, post, stats, stored, subscriptions, world, zaqar } from './lib/horizon-queue.mjs';
import { until } from './lib/stage.mjs';

const run = promisify(execFile);

before(begin);
after(end);

for (const { how, prefix, transport, settings } of TRANSPORTS) {
  describe(how, () => {
    const queue = `${prefix}-queue`;
    let view;

    before(async () => {
      world.websocket.set(settings);
      await post(queue, ...Array.from({ length: 6 }, (_, n) => ({ sku: `first-${n}` })));
      view = await openQueue(queue);
      // On a busy machine the socket may need another attempt.
      await view.reads('messages-state', transport, 60_000);
    });
    after(async () => {
      await view?.close();
      world.websocket.set({ mode: 'pass' });
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
      await view.page.getByRole('menuitem', { name: 'Renew for a Time' }).click();
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
      await view.page.getByRole('menuitem', { name: 'Delete All Messages' }).click();
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
      await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
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
