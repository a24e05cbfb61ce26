// The panel as somebody sees it who knows Horizon: what stands where, what is marked and explained, and what a screen reader gets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isClean } from './lib/axe.mjs';
import { begin, end, openQueue, post, world, zaqar } from './lib/horizon-queue.mjs';
import { until } from './lib/stage.mjs';

const QUEUE = 'seen';
let view;

before(async () => {
  await begin();
  await post(QUEUE, { seen: 1 }, { seen: 2 });
  await zaqar('POST', `/v2/queues/${QUEUE}/subscriptions`, { subscriber: 'https://example.org/hook', ttl: 600 });
  view = await openQueue(QUEUE);
  await view.counts(view.rows, 2);
});
after(async () => {
  await view?.close();
  await end();
});

const texts = async locator => (await locator.allInnerTexts()).map(text => text.trim());
const crumbs = () => texts(view.page.locator('.page-breadcrumb li'));
const heading = () => view.page.locator('.page-header h1').innerText();
const dialog = () => view.page.locator('dialog[open]');
const cancel = () => dialog().getByRole('button', { name: 'Cancel' }).click();

const clean = (where, include) => isClean(where, view.page, include);

test('heading, breadcrumb and title name the queue, and no longer when one goes back', async () => {
  const { page } = view;
  assert.deepEqual(await crumbs(), ['Project', 'Messaging', 'Queues', QUEUE]);
  assert.equal(await heading(), QUEUE);
  assert.match(await page.title(), new RegExp(`^${QUEUE} · `));
  await page.locator('.page-breadcrumb').getByRole('link', { name: 'Queues' }).click();
  await view.part('queue-table').waitFor();
  assert.deepEqual(await crumbs(), ['Project', 'Messaging', 'Queues']);
  assert.equal(await heading(), 'Queues');
  assert.doesNotMatch(await page.title(), /·/);
  await page.goBack();
  await view.counts(view.rows, 2);
  assert.equal(await heading(), QUEUE);
});

test('how many items there are stands above the table and below it', async () => {
  await view.press('back');
  await view.part('queue-link').filter({ hasText: QUEUE }).waitFor();
  for (const place of ['table-count-above', 'table-count']) await view.reads(place, /^Displaying \d+ items?$/);
  const table = await view.part('queue-table').boundingBox();
  assert.ok((await view.part('table-count-above').boundingBox()).y < table.y);
  assert.ok((await view.part('table-count').boundingBox()).y > table.y);
  await clean('queues');
  await view.part('queue-link').filter({ hasText: QUEUE }).click();
});

test('what must be filled in is marked, and each dialog says what it is for and has a Cancel', async () => {
  const { page } = view;
  const marked = () => texts(dialog().locator('label:has(.hz-icon-required)'));
  const described = async what => assert.match(await dialog().locator('.zw-described').innerText(), what);
  await view.press('back');
  await view.press('create-queue');
  assert.deepEqual(await marked(), ['Name']);
  assert.equal(await view.part('create-name').getAttribute('aria-required'), 'true');
  await described(/Description:\s+A queue keeps messages/);
  const { height } = page.viewportSize();
  assert.ok((await view.part('metadata-add').boundingBox()).y < height - 80, 'the metadata are seen without scrolling');
  assert.equal(await dialog().locator('.modal-body').evaluate(body => body.scrollHeight > body.clientHeight + 1), false);
  await clean('create queue', 'dialog');
  await cancel();
  await page.goBack();

  await view.press('post');
  assert.deepEqual(await marked(), ['Body, as JSON']);
  await clean('post', 'dialog');
  await cancel();
  await view.press('pop');
  await described(/To pop is to take and to delete/);
  await clean('pop', 'dialog');
  await cancel();
  await view.press('tab-claims');
  assert.deepEqual(await texts(page.locator('form label:has(.hz-icon-required)')), ['Messages', 'For', 'Grace']);
  await view.press('find-claim');
  assert.deepEqual(await marked(), ['ID of the claim']);
  await clean('find claim', 'dialog');
  await cancel();
  await view.press('tab-subscriptions');
  await view.press('create-subscription');
  assert.deepEqual(await marked(), ['Subscriber', 'Time to live']);
  await described(/Zaqar tells the subscriber/);
  await clean('subscribe', 'dialog');
  await cancel();
});

test('axe finds nothing in any view, but for colours of the theme', async () => {
  const { page } = view;
  await view.press('tab-messages');
  await view.rows.first().click();
  await view.part('message-detail').waitFor();
  await clean('messages');
  await view.press('copy-body');
  await view.page.locator('.zw-toast').waitFor();
  await clean('toast', '.zw-toasts');
  await view.press('tab-claims');
  await clean('no claims');
  await view.press('claim');
  await view.part('claim-card').waitFor();
  await clean('claims');
  await view.press('tab-subscriptions');
  await view.part('subscriptions').locator('tbody th').first().waitFor();
  await clean('subscriptions');
  await view.press('tab-signed-urls');
  await view.press('sign');
  await view.part('signature').waitFor();
  await clean('signed URLs');
  const levels = await page.locator('h1, h2, h3, h4, h5').evaluateAll(all => all.map(({ localName }) => Number(localName[1])));
  levels.forEach((level, i) => assert.ok(i === 0 || level <= levels[i - 1] + 1, `headings ${levels}`));
  await view.press('tab-claims');
  await view.part('claim-card').locator('button').first().click();
});

test('a phone keeps the time and the expiry of each message, and the numbers of each subscription', async () => {
  const { page } = view;
  await page.setViewportSize({ width: 390, height: 844 });
  await view.press('tab-messages');
  const row = view.rows.first();
  for (const part of ['time', '.zw-body', '.zw-left']) {
    const { x, width, height } = await row.locator(part).boundingBox();
    assert.ok(width > 20 && height > 10 && x >= 0 && x + width <= 390, `${part}: ${x} + ${width}`);
  }
  const [first, second] = [await view.rows.first().boundingBox(), await view.rows.nth(1).boundingBox()];
  assert.ok(second.y >= first.y + first.height - 1, 'rows do not lie on each other');
  await clean('messages on a phone');
  await view.press('tab-subscriptions');
  await view.part('subscriptions').locator('td[data-column="ttl"]').first().waitFor();
  await clean('subscriptions on a phone');
  await page.setViewportSize({ width: 1280, height: 900 });
  await view.press('tab-messages');
});

test('in forced colours what is chosen, selected and connected is seen without colour', async () => {
  const { page } = view;
  await page.emulateMedia({ forcedColors: 'active' });
  const background = locator => locator.evaluate(element => getComputedStyle(element).backgroundColor);
  await view.rows.first().click();
  const pairs = [
    [view.rows.first(), view.rows.nth(1)],
    [view.part('tab-messages'), view.part('tab-claims')],
  ];
  for (const [chosen, other] of pairs) assert.notEqual(await background(chosen), await background(other), `${chosen}`);
  assert.notEqual(await background(page.locator('.zw-dot')), await background(page.locator('.zw-connection')));
  await view.rows.first().press('Escape');
  await page.emulateMedia({ forcedColors: null });
});

test('the list says how many of its messages have gone, so that its number agrees with the queue’s', async () => {
  await post(QUEUE, { seen: 3 });
  await view.counts(view.rows, 3);
  const { messages } = await zaqar('GET', `/v2/queues/${QUEUE}/messages?limit=20&echo=true`);
  await zaqar('DELETE', `/v2/queues/${QUEUE}/messages/${messages.find(({ body }) => body.seen === 3).id}`);
  await view.reads('messages-count', /^3 messages in this list, of which 1 has gone$/);
  await until(async () => (await view.part('queue-total').innerText()) === '2', { within: 20_000, what: 'the total is 2' });
});

test('axe finds nothing in the panel of pools where pooling is off', async () => {
  const admin = await world.openHorizon({ user: 'admin', path: '/admin/message_pools/', expected: [/404/] });
  await admin.getByTestId('trouble').waitFor();
  await isClean('pools', admin);
  await admin.context().close();
});
