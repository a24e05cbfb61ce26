// The panel of a real Horizon with messages whose shape makes them many times larger on a page: it stays usable, and what was popped,
// which exists nowhere else, is there as text and can be kept.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { begin, end, openQueue, post, stored } from './lib/horizon-queue.mjs';
import { SHAPES } from './lib/shapes.mjs';
import { until } from './lib/stage.mjs';
import { longestTask } from './lib/tasks.mjs';

const QUEUE = 'shapes';
const LONGEST_MS = 100;
/** What the panel and Horizon's page around it may have. */
const MOST_ELEMENTS = 4_000;

let view;
before(async () => {
  await begin();
  await post(QUEUE, 'the first');
  view = await openQueue(QUEUE);
  await view.reads('messages-state', /^Live/, 60_000);
});
after(async () => {
  await view?.close();
  await end();
});

/** In the order in which they are posted. */
const bodies = Object.values(SHAPES).map(make => make());

test('messages of each shape come and are opened', { timeout: 120_000 }, async () => {
  for (const [i, [name, make]] of Object.entries(SHAPES).entries()) {
    const took = await longestTask(view.page, async () => {
      await post(QUEUE, make());
      await view.counts(view.rows, i + 2);
      await view.page.locator('.zw-row[aria-posinset="1"] .zw-body').click();
      await view.page.locator('[data-testid="message-detail"] .tree > *').waitFor();
    });
    assert.ok(took < LONGEST_MS, `${name}: ${took} ms`);
    const elements = await view.page.locator('*').count();
    assert.ok(elements < MOST_ELEMENTS, `${name}: ${elements} elements`);
  }
});

test('the filter looks through all of them', { timeout: 60_000 }, async () => {
  const { part, reads, page } = view;
  const took = await longestTask(page, async () => {
    await part('message-filter').fill('key-d3');
    await reads('messages-count', /^1 of 9 messages in this list$/);
    await part('message-filter').fill('nothing has this');
    await reads('messages-empty', /No message contains this text/);
    await part('message-filter').fill('');
    await reads('messages-count', /^9 messages in this list$/);
  });
  assert.ok(took < LONGEST_MS, `${took} ms`);
});

test('messages that are popped are shown as text, with a tree for what is opened, and can be saved', { timeout: 120_000 }, async () => {
  const { page, part, press } = view;
  await press('pop');
  await page.getByLabel('How many').fill('20');
  await view.answer();
  await part('popped-text').waitFor();
  assert.match(await part('popped-text').textContent(), /^\[\s*\{\s*"id": "[\w-]+",\s*"body": "the first",/);
  assert.match(await part('popped-text').textContent(), /… and more, in the copy and in the file\.$/);
  assert.equal((await stored(QUEUE)).length, 0);
  assert.equal(await part('popped').locator('.tree').count(), 0);
  const summaries = part('popped').locator(':scope > details > summary');
  await until(async () => (await summaries.allTextContents()).every(text => /^\d+\. ./.test(text)));
  const took = await longestTask(page, async () => {
    for (let i = 0; i <= bodies.length; i += 1) {
      await summaries.nth(i).click();
      await until(async () => (await part('popped').locator('.tree').count()) === i + 1);
    }
    await press('copy-popped');
    await view.says(/^Success: Copied: 9 popped messages/);
  });
  assert.ok(took < LONGEST_MS, `${took} ms`);
  const elements = await part('popped').locator('*').count();
  assert.ok(elements < 2_000 * bodies.length, `${elements} elements`);

  const [download] = await Promise.all([page.waitForEvent('download'), press('save-popped')]);
  assert.equal(download.suggestedFilename(), `${QUEUE}-popped-9.json`);
  const saved = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.deepEqual(saved.map(({ body }) => body), ['the first', ...bodies]);
  assert.deepEqual(JSON.parse(await view.copied()).map(({ body }) => body), ['the first', ...bodies]);
  await page.keyboard.press('Escape');
});

test('thousands of messages come and are looked through', { timeout: 180_000 }, async () => {
  const { page, part, reads } = view;
  const took = await longestTask(page, async () => {
    for (let n = 0; n < 3_000; n += 100) await post(QUEUE, ...Array.from({ length: 100 }, (_, i) => ({ n: n + i, sku: `sku-${(n + i).toString(36)}` })));
    await reads('messages-count', /^3,000 messages in this list$/, 90_000);
    await part('message-filter').fill('sku-1z');
    await reads('messages-count', /^37 of 3,000 messages in this list$/);
    await part('message-filter').fill('');
    await reads('messages-count', /^3,000 messages in this list$/);
  });
  assert.ok(took < LONGEST_MS, `${took} ms`);
  const elements = await page.locator('*').count();
  assert.ok(elements < MOST_ELEMENTS, `${elements} elements`);
});
