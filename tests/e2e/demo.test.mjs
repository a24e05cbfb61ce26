// The demo page, read and pressed in Chromium. What a broken network does to it is in demo-network.test.mjs.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { begin, browser, demo, end, looksRight, notice, number, page, part, press, reads, row, show, visit } from './lib/demo.mjs';
import { tabbable } from './lib/look.mjs';
import { until } from './lib/stage.mjs';

const QUEUE = `visit-${Date.now().toString(36)}`;
const BIG = '9007199254740993';

before(begin);
after(end);

/** A dialog that a failed test has left would stand in the way of all that follow. */
afterEach(async () => {
  if (page?.isClosed() === false) await page.keyboard.press('Escape');
});

/** Waits until a number of the queue's row, `total`, `free` or `claimed`, is this one. */
const counts = (queue, cell, n) => reads(row(queue).locator(`.${cell} span`).first(), new RegExp(`^${n}$`));

async function post(text, { count = 1 } = {}) {
  await part('post-body').fill(text);
  await part('post-count').fill(String(count));
  await press('post-button');
  await reads('live-region', new RegExp(`^${count.toLocaleString('en')} messages? posted to ${QUEUE} in `));
}

/** The confirming dialog: its words, and a way to answer. */
async function asked() {
  await page.locator('dialog#confirm[open]').waitFor();
  return page.locator('#confirm').evaluate(({ textContent }) => textContent.replace(/\s+/g, ' '));
}
test('the page connects by itself and shows sample messages at once', async () => {
  const opened = performance.now();
  await show();
  await reads('state', /^connected$/);
  await page.locator('#message-list [role="option"]').first().waitFor();
  const took = performance.now() - opened;
  assert.ok(took < 3_000, `the first message came after ${took} ms`);
  await reads('transport', /^websocket$/);
  await reads('rtt', /^[\d.]+ m?s$/);
  await reads('received-count', /^([2-9]|\d\d+)$/);
  assert.match(await page.title(), /^● connected/);
  assert.deepEqual(await page.locator('#queue-list li').evaluateAll(rows => rows.map(({ dataset }) => dataset.queue)), ['audit', 'mail', 'orders']);
  assert.deepEqual(demo.lines, [`Demo: ${demo.url}`]);
});

test('the addresses of Zaqar itself are told beside the page, for other clients', async () => {
  const [, websocket, rest] = await until(() => /^Zaqar: (ws:\S+) and (http:\S+), project demo$/m.exec(demo.words()));
  const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': 'demo' };
  const { queues } = await (await fetch(`${rest}/v2/queues`, { headers })).json();
  assert.ok(queues.some(({ name }) => name === 'orders'));
  assert.equal((await fetch(websocket.replace('ws:', 'http:'))).status, 200);
});

test('what the build weighs, and what it leaves out, is not told to who starts a demo', () => {
  assert.match(demo.words(), /Finished/);
  assert.doesNotMatch(demo.words(), /budget|brotli|unused|integrity/);
});

test('the ten lines behind the page, pasted elsewhere, show what is there and what they post', async () => {
  const lines = (await page.locator('#code').textContent()).trim();
  assert.equal(lines.split('\n').length, 10);
  const elsewhere = await visit();
  await elsewhere.route('**/pasted.js', route => route.fulfill({ contentType: 'text/javascript', body: lines.replace("'zaqar-web'", "'/pkg/index.js'") }));
  const printed = [];
  elsewhere.on('console', async message => printed.push(await message.args()[1]?.jsonValue()));
  await elsewhere.evaluate(() => void import('/pasted.js'));
  await until(() => printed.some(body => body?.seq === undefined && body?.sku === 'KB-104' && body.qty === 2), { what: 'what is posted is shown' });
  assert.ok(printed.some(body => body?.seq !== undefined), 'sample messages are shown as well');
  elsewhere.assertNoProblems();
  await elsewhere.close();
});

test('a queue is created, and what would break its name is told while it is typed', async () => {
  await part('create-queue-name').fill('a.b');
  await reads(page.locator('#create-hint'), /No dots/);
  await part('create-queue-name').fill('orders');
  await reads(page.locator('#create-hint'), /orders exists already/);
  await part('create-queue-name').fill(QUEUE);
  await press('create-queue-button');
  await reads('live-region', new RegExp(`^Queue ${QUEUE} created\\.$`));
  await reads(page.locator('#messages-title'), new RegExp(`^${QUEUE}$`));
  await reads(page.locator('#message-empty'), new RegExp(`${QUEUE} is empty`));
  assert.equal(await row(QUEUE).locator('button').getAttribute('aria-current'), 'true');
});

test('JSON that is none is told with line and column, and not posted', async () => {
  await part('post-body').fill('{\n  "a": 1,\n  b: 2\n}');
  assert.match(await part('post-hint').textContent(), /^Line 3, column 3: /);
  assert.equal(await part('post-body').getAttribute('aria-invalid'), 'true');
  assert.ok(await part('post-button').isDisabled());
  await part('post-body').press('Control+Enter');
  assert.equal(await part('post-body').evaluate(area => area.value.slice(area.selectionStart, area.selectionEnd)), 'b');
  await counts(QUEUE, 'total', 0);
});

test('a posted message appears live and opens in the inspector, its integers exact', async () => {
  await reads(page.locator('#messages-how'), /^live · gap-free$/);
  await post(`{"hello": "zaqar", "big": ${BIG}, "__proto__": {"a": [true, null, -1.5]}}`);
  await page.locator('#message-list [role="option"]').waitFor({ timeout: 1_000 });
  await page.locator('#message-list [role="option"]').click();
  const shown = await page.locator('#inspected').textContent();
  assert.match(shown, new RegExp(`big: ${BIG},`));
  assert.match(shown, /__proto__: \{/);
  assert.match(await part('inspected-id').textContent(), /^[0-9a-f-]{36}$/);
  await press('copy-message');
  await reads('live-region', /is copied\.$/);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.replace(/\s/g, ''), `{"hello":"zaqar","big":${BIG},"__proto__":{"a":[true,null,-1.5]}}`);
});

test('deleting a message asks first', async () => {
  await press('delete-message');
  assert.match(await asked(), new RegExp(`Delete this message from ${QUEUE}\\? 1 message, [0-9a-f-]{36}, will be deleted`));
  await page.keyboard.press('Escape');
  await counts(QUEUE, 'total', 1);
  await press('delete-message');
  await asked();
  await press('confirm-yes');
  await reads('live-region', new RegExp(`^1 message deleted from ${QUEUE}\\.$`));
  await counts(QUEUE, 'total', 0);
  assert.equal(await page.locator('#message-list [data-gone]').count(), 1);
});

test('messages are claimed; the claim is renewed and released, its messages acknowledged', async () => {
  await post('{"work": 1}', { count: 3 });
  await part('claim-limit').fill('2');
  await press('claim-button');
  await reads('claim-row', new RegExp(`^2 of ${QUEUE}`));
  await counts(QUEUE, 'claimed', 2);
  await reads('claim-left', /^5[0-8] s$/);
  await press('renew');
  await reads('live-region', /lasts 1 m 0 s again\.$/);
  await reads('claim-left', /^(1 m 0 s|59 s)$/);
  await press('release');
  await reads('live-region', /^2 messages of .* released/);
  await counts(QUEUE, 'claimed', 0);
  assert.equal(await part('claim-row').count(), 0);

  await press('claim-button');
  await part('ack').first().click();
  await reads('live-region', /acknowledged: it is deleted\.$/);
  await counts(QUEUE, 'total', 2);
  await part('ack').click();
  await counts(QUEUE, 'total', 1);
  assert.equal(await part('claim-row').count(), 0);
});

test('a claim that the server would refuse is not asked for', async () => {
  await part('claim-ttl').fill('7');
  await press('claim-button');
  await reads(page.locator('#claim-hint'), /from 60 to 43,200\.$/);
  await part('claim-ttl').fill('6');
  assert.match(await page.locator('#claim-hint').textContent(), /from 60 to 43,200\.$/);
  await part('claim-ttl').fill('60');
  assert.equal(await page.locator('#claim-hint').textContent(), '', 'what is mended is not told any more');
  assert.equal(await part('claim-ttl').getAttribute('aria-invalid'), 'false');
});

test('a message that another page has claimed is not deleted, and told as claimed; that page may acknowledge it', async () => {
  const other = await visit();
  await row(QUEUE, other).locator('button').click();
  await press('claim-button', other);
  await reads('claim-row', new RegExp(`^1 of ${QUEUE}`), { of: other });
  await page.locator('#message-list [role="option"]:not([data-gone])').click();
  await press('delete-message');
  await press('confirm-yes');
  await reads('live-region', /^Deleting .* failed\. Message [0-9a-f-]{36} is claimed\. Who holds the claim deletes it/);
  await counts(QUEUE, 'total', 1);

  // Only who has the id of a claim can do something with it: a reload does not lose it.
  await other.reload();
  await reads('claim-row', new RegExp(`^1 of ${QUEUE}`), { of: other });
  await row(QUEUE, other).locator('button').click();
  await other.locator('#message-list [role="option"]').click();
  await reads('delete-message', /^Acknowledge…$/, { of: other });
  await press('delete-message', other);
  await press('confirm-yes', other);
  await reads('live-region', /acknowledged: it is deleted\.$/, { of: other });
  assert.equal(await part('claim-row', other).count(), 0);
  await counts(QUEUE, 'total', 0);
  other.assertNoProblems();
  await other.close();
});

test('the worker takes what is there and what comes', async () => {
  await press('tab-worker');
  await page.locator('#worker label', { hasText: 'each' }).locator('select').selectOption('0.1 s');
  await press('worker-button');
  await post('{"work": 2}', { count: 5 });
  await reads(page.locator('.worker-facts'), /5 handled/);
  await press('worker-button');
  await reads('live-region', new RegExp(`^The worker stopped after 5 messages of ${QUEUE} in `));
  await counts(QUEUE, 'total', 0);
  assert.equal(await page.locator('.worker-runs [data-done]').count(), 5);
  await page.getByRole('tab', { name: 'Claims' }).click();
});

test('purging and deleting a queue names the queue and how many messages go', async () => {
  await post('{"left": true}', { count: 3 });
  await counts(QUEUE, 'total', 3);
  await press('purge');
  assert.match(await asked(), new RegExp(`Purge ${QUEUE}\\? About 3 messages of ${QUEUE} will be deleted.*Delete 3 messages`));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'confirm-no');
  await page.keyboard.press('Enter');
  await counts(QUEUE, 'total', 3);
  await press('purge');
  await press('confirm-yes');
  await reads('live-region', new RegExp(`^${QUEUE} is purged`));
  await counts(QUEUE, 'total', 0);
  await reads(page.locator('#message-empty'), new RegExp(`${QUEUE} is empty`));

  await post('{"left": true}', { count: 2 });
  await counts(QUEUE, 'total', 2);
  await press('delete-queue');
  assert.match(await asked(), new RegExp(`Delete the queue ${QUEUE}\\? The queue and its 2 messages will be gone.*Delete ${QUEUE} and 2 messages`));
  await press('confirm-yes');
  await reads('live-region', new RegExp(`^Queue ${QUEUE} is deleted, with 2 messages\\.$`));
  await row(QUEUE).waitFor({ state: 'detached' });
  page.assertNoProblems();
});

test('after a purge nothing older is offered to be read', async () => {
  await part('create-queue-name').fill(QUEUE);
  await press('create-queue-button');
  await reads('live-region', new RegExp(`^Queue ${QUEUE} created\\.$`));
  await post('0', { count: 2_001 });
  // One that large is followed from the moment at which it is chosen.
  await row('orders').locator('button').click();
  await row(QUEUE).locator('button').click();
  await reads(page.locator('.older'), /^2,001 older messages not read/);
  // Zaqar fails now and then at purging that many; the page says so, and one presses again.
  for (let said, left = 3; !/is purged/.test(said); left -= 1) {
    assert.ok(left > 0, said);
    await page.evaluate(() => document.getElementById('notice').replaceChildren());
    await press('purge');
    await press('confirm-yes');
    said = await reads('live-region', new RegExp(`^${QUEUE} is purged|^Purging ${QUEUE} failed\\. The server answered 503`));
  }
  await page.locator('.older').waitFor({ state: 'hidden' });
  await reads(page.locator('#message-empty'), new RegExp(`${QUEUE} is empty`));
});

test('the list can be paused, and catches up', async () => {
  await row('orders').locator('button').click();
  await press('pause');
  const [before] = await page.locator('#message-list [role="option"]').evaluateAll(rows => [rows.length]);
  await reads('pause', /^Resume · \d+ waiting$/);
  assert.equal(await page.locator('#message-list [role="option"]').count(), before);
  await press('pause');
  await page.waitForFunction(n => document.querySelectorAll('#message-list [role="option"]').length > n, before);
});

test('every control is reached by Tab and shows the focus', async () => {
  const wanted = await page.evaluate(tabbable);
  assert.ok(wanted.length > 30, `${wanted.length} controls`);
  const missing = new Set(wanted);
  const faint = [];
  // Twice round at most: the first lap begins where the last click was.
  for (let i = 0; i < wanted.length * 3 && missing.size > 0; i += 1) {
    await page.keyboard.press('Tab');
    const { name, ring } = await page.evaluate(() => {
      const { activeElement: element } = document;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { name: element.dataset.tabTest, ring: element === document.body || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) };
    });
    missing.delete(name);
    if (!ring) faint.push(name);
  }
  assert.deepEqual([...missing], []);
  assert.deepEqual(faint, []);
});

test('the message list is worked with arrows, Enter, C and Delete', async () => {
  const list = page.locator('#message-list');
  const chosen = () => list.evaluate(element => {
    const option = element.querySelector('[aria-selected="true"]');
    return option && { id: option.dataset.id, active: element.getAttribute('aria-activedescendant') === option.id };
  });
  await press('sample-0');
  await list.focus();
  await page.keyboard.press('Home');
  const ids = await list.locator('[role="option"]').evaluateAll(rows => rows.map(({ dataset }) => dataset.id));
  assert.deepEqual(await chosen(), { id: ids[0], active: true });
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  assert.deepEqual(await chosen(), { id: ids[1], active: true });
  await page.keyboard.press('End');
  assert.equal((await chosen()).id, ids.at(-1));
  await page.keyboard.press('c');
  await reads('live-region', new RegExp(`${ids.at(-1)} is copied`));
  await page.keyboard.press('Delete');
  assert.match(await asked(), new RegExp(ids.at(-1)));
  await page.keyboard.press('Escape');
  await list.focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'inspected');

  // On a narrow screen the inspector is a sheet, which takes the focus and gives it back.
  await page.setViewportSize({ width: 390, height: 844 });
  await list.focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'inspector-close');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'message-list');
  await page.setViewportSize({ width: 1600, height: 1000 });
  await press('sample-3');
});

test('what is on the page has roles and names', async () => {
  const named = [
    ['navigation', 'Queues'], ['main', ''], ['listbox', 'Messages, newest first'], ['textbox', 'Body of the message, as JSON'],
    ['list', 'Queues'], ['tablist', 'Work on the queue'], ['tab', 'Claims'], ['tab', 'Worker'], ['tabpanel', 'Claims'], ['log', 'What the client did'],
    ['status', ''], ['group', 'Break the network between this page and Zaqar'], ['group', 'Connection'], ['complementary', 'Inspector'],
  ];
  for (const [role, name] of named) assert.equal(await page.getByRole(role, name === '' ? {} : { name, exact: true }).count(), 1, `${role} ${name}`);
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const NAMED = ['button', 'textbox', 'searchbox', 'combobox', 'listbox', 'option', 'tab', 'tabpanel', 'link', 'dialog', 'region', 'image'];
  const nameless = nodes.filter(({ ignored, role, name }) => !ignored && NAMED.includes(role?.value) && !name?.value?.trim());
  assert.deepEqual(nameless.map(({ role, properties }) => `${role.value} ${JSON.stringify(properties)}`), []);
  assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'off', 'the log would read every line aloud');
});

test('light and dark, on a phone and on a wide screen: nothing overlaps, scrolls sideways or is too faint', async () => {
  await press('claim-button');
  await part('claim-row').waitFor();
  for (const colorScheme of ['light', 'dark']) await looksRight(colorScheme);
  await press('release');
  page.assertNoProblems();
});

test('where there are no keys, as on a phone, none is named', async () => {
  const phone = await browser.context.newPage();
  const session = await phone.context().newCDPSession(phone);
  await session.send('Emulation.setDeviceMetricsOverride', { width: 390, height: 844, deviceScaleFactor: 2, mobile: true });
  await session.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  await phone.goto(demo.url);
  await part('post-button', phone).waitFor();
  assert.equal(await phone.evaluate(() => matchMedia('(pointer: fine)').matches), false);
  await part('post-body', phone).fill('1');
  assert.equal(await part('post-hint', phone).textContent(), '');
  await part('post-body', page).fill('1');
  assert.equal(await part('post-hint', page).textContent(), 'Ctrl+Enter posts');
  await phone.close();
});
