// Messages whose shape makes them many times larger on a page than they are on the wire: nothing keeps a page busy for 100 ms,
// and what is not opened has no elements.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO, startSite } from '../../scripts/serve.mjs';
import { begin, browser, demo, end, part, press, reads, row, visit } from './lib/demo.mjs';
import { SHAPES } from './lib/shapes.mjs';
import { ask, until } from './lib/stage.mjs';
import { longestTask } from './lib/tasks.mjs';

const LONGEST_MS = 100;
/** What a tree may have before somebody opens more of it. */
const MOST_ELEMENTS = 2_000;

before(begin);
after(end);

describe('what pages are made of', { timeout: 120_000 }, () => {
  let site, page;
  before(async () => {
    site = await startSite({ roots: DEMO });
    page = await browser.openPage({ site });
    await page.evaluate(async () => {
      Object.assign(window, await import('/ui/json.js'), await import('/ui/tree.js'));
      window.painted = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
    });
  });
  after(() => site?.stop());

  for (const [name, make] of Object.entries(SHAPES)) {
    test(`a body that is ${name}: its tree, its preview and its text`, async () => {
      await page.evaluate(body => (window.body = body), make());
      const took = {};
      const trace = async (what, work) => (took[what] = await longestTask(page, work));
      await trace('tree', () => page.evaluate(() => document.body.replaceChildren(tree(body)) ?? painted()));
      const elements = await page.locator('.tree *').count();
      assert.ok(elements > 0 && elements < MOST_ELEMENTS, `${elements} elements`);
      await trace('preview', () => page.evaluate(() => void preview(body)));
      await trace('text', () => page.evaluate(async () => void (window.text = await jsonText(body))));
      assert.ok(await page.evaluate(() => JSON.stringify(JSON.parse(text)) === JSON.stringify(body)));
      for (const [what, ms] of Object.entries(took)) assert.ok(ms < LONGEST_MS, `${what} took ${ms} ms`);
      page.assertNoProblems();
    });
  }

  test('a part of a tree has elements when it is opened, a hundred items at a time, and all can be seen', async () => {
    await page.evaluate(() => document.body.replaceChildren(tree([[[[[[1, 2, 3]]]]], Array.from({ length: 250 }, (_, i) => `item ${i}`)])));
    const tree = page.locator('.tree');
    const text = () => tree.textContent();
    assert.doesNotMatch(await text(), /2,|item 100"/);
    const folded = tree.locator('details:not([open]) > summary');
    while (await folded.count()) {
      await folded.first().click();
      await page.evaluate(() => painted());
    }
    assert.match(await text(), /1,2,3/);
    const more = tree.getByRole('button');
    assert.equal(await more.textContent(), '… and 150 more');
    await more.focus();
    await page.keyboard.press('Enter');
    assert.equal(await more.textContent(), '… and 50 more');
    assert.ok(await more.evaluate(button => button === document.activeElement));
    await page.keyboard.press('Enter');
    assert.equal(await more.count(), 0);
    assert.match(await text(), /"item 249"\]/);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), '"item 200",', 'the place is kept');
  });

  test('a long text is shown piece by piece, and in the end as it is', async () => {
    await page.evaluate(() => document.body.replaceChildren(tree({ long: (window.long = '😀"x'.repeat(12_000)) })));
    const more = page.locator('.tree button');
    for (let pressed = 0; await more.count(); pressed += 1) {
      assert.ok(pressed < 4);
      await more.click();
    }
    assert.ok(await page.evaluate(() => document.querySelector('.tree .string').textContent === JSON.stringify(long)));
  });
});

test('the demo stays usable with messages of each shape, while they come, are chosen, looked through and copied', { timeout: 180_000 }, async () => {
  const { rest } = await (await fetch(new URL('config.json', demo.url))).json();
  const { request } = ask({ rest }, { projectId: 'demo' });
  const page = await visit();
  await press('sample-0', page);
  const rows = page.locator('#message-list [role="option"]');
  for (const [name, make] of Object.entries(SHAPES)) {
    const queue = name.replaceAll(' ', '-');
    await request('PUT', `/v2/queues/${queue}`);
    await row(queue, page).locator('button').first().click({ timeout: 15_000 });
    await reads(page.locator('#messages-title'), new RegExp(`^${queue}$`), { of: page });
    await reads(page.locator('#messages-how'), /^live/, { of: page });
    const took = await longestTask(page, async () => {
      for (let n = 1; n <= 3; n += 1) {
        await request('POST', `/v2/queues/${queue}/messages`, { messages: [{ body: make(), ttl: 600 }] });
        await until(async () => (await rows.count()) === n);
      }
      for (const [key, chosen] of [['Home', 'first'], ['End', 'last']]) {
        await page.locator('#message-list').press(key);
        const id = await rows[chosen]().getAttribute('data-id');
        await until(async () => (await part('inspected-id', page).textContent()) === id);
      }
      await page.locator('#message-filter').fill('e');
      await page.locator('#message-filter').fill('');
      await until(async () => (await rows.count()) === 3);
      await rows.first().click();
      await press('copy-message', page);
      await reads('live-region', /^The body of .* is copied\.$/, { of: page });
    });
    assert.ok(took < LONGEST_MS, `${name}: ${took} ms`);
    const elements = await page.locator('*').count();
    assert.ok(elements < MOST_ELEMENTS * 2, `${name}: ${elements} elements`);
  }
  page.assertNoProblems();
  await page.close();
});
