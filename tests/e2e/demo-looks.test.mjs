// What the demo page looks like to those who see it in another way: in forced colours, on a phone, enlarged, by a screen reader.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { axe } from './lib/axe.mjs';
import { begin, browser, demo, end, page, part, press, reads, row, show } from './lib/demo.mjs';
import { cutOff, overlaps } from './lib/look.mjs';

/** As long as a name may be. */
const LONG = 'a-queue-whose-name-has-all-the-64-characters-that-a-name_may-hav';
const PHONE = { width: 390, height: 844 };

before(async () => {
  await begin();
  await show();
  await reads('received-count', /^[1-9]/);
});
after(end);
afterEach(async () => {
  if (page.isClosed()) return;
  await page.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null });
  await page.setViewportSize({ width: 1600, height: 1000 });
});

/** The colours and the shape that tell whether an element is the chosen one. */
const looks = locator => locator.evaluate(element => {
  const { backgroundColor, color, borderStyle, borderRadius } = getComputedStyle(element);
  return { backgroundColor, color, borderStyle, borderRadius };
});

test('the name of a queue is whole at every width, and so is what is told of its claim', async () => {
  await part('create-queue-name').fill(LONG);
  await press('create-queue-button');
  await row(LONG).waitFor();
  await reads(page.locator('#messages-title'), new RegExp(`^${LONG}$`));
  for (const width of [760, 1280, 1440, 1600]) {
    await page.setViewportSize({ width, height: 900 });
    const { hidden, lines } = await row(LONG).locator('.name > span').evaluate(name => {
      const { left, right, height } = name.getBoundingClientRect();
      const pane = name.closest('.pane').getBoundingClientRect();
      return { hidden: left < pane.left || right > pane.right || name.scrollWidth > name.clientWidth + 1, lines: Math.round(height / 20) };
    });
    assert.deepEqual({ hidden, width }, { hidden: false, width });
    assert.ok(lines <= 2, `${lines} lines at ${width} px`);
  }
  await page.setViewportSize(PHONE);
  assert.equal(await page.locator('#messages-title').evaluate(title => title.scrollWidth > title.clientWidth), false);
  await page.setViewportSize({ width: 1440, height: 900 });

  await part('post-body').fill('1');
  await press('post-button');
  await press('claim-button');
  const what = part('claim-row').locator('.line > span').first();
  await reads(what, new RegExp(`^1 of ${LONG}$`));
  assert.equal(await what.evaluate(span => span.scrollWidth > span.clientWidth), false);
  await press('release');
  await row('orders').locator('button').click();
});

test('on a phone the numbers of the chosen queue are there', async () => {
  await page.setViewportSize(PHONE);
  await part('queue-picker').selectOption('audit');
  for (const key of ['total', 'free', 'claimed', 'oldest']) await reads(`chosen-${key}`, key === 'oldest' ? /^[\d mhs]+$/ : /^[\d,]+$/);
  assert.ok(await part('chosen-oldest').isVisible());
  await part('queue-picker').selectOption('orders');
});

test('state and banner stay in view while the network buttons are pressed', async () => {
  for (const viewport of [PHONE, { width: 1440, height: 900 }]) {
    await page.setViewportSize(viewport);
    await press('network-offline');
    await page.locator('#banner').waitFor();
    for (const shown of [part('network-offline'), part('state'), part('transport'), page.locator('#banner-title')]) {
      const { top, bottom } = await shown.evaluate(element => element.getBoundingClientRect());
      assert.ok(top >= 0 && bottom <= viewport.height, `${shown}: ${top} to ${bottom} of ${viewport.height}`);
    }
    await press('network-normal');
    await page.locator('#banner').waitFor({ state: 'hidden' });
  }
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  page.problems.length = 0;
});

test('in forced colours what is chosen, pressed and connected is seen without colour', async () => {
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  const pairs = [
    [row('orders').locator('button'), row('audit').locator('button')],
    [page.locator('#message-list [aria-selected="true"]'), page.locator('#message-list [aria-selected="false"]').first()],
    [part('sample-3'), part('sample-30')],
    [part('network-normal'), part('network-refuse')],
    [page.getByRole('tab', { name: 'Claims' }), page.getByRole('tab', { name: 'Worker' })],
  ];
  for (const [chosen, other] of pairs) assert.notEqual((await looks(chosen)).backgroundColor, (await looks(other)).backgroundColor, `${chosen}`);
  const dot = page.locator('.link .dot');
  const connected = await looks(dot);
  await press('network-offline');
  await reads('state', /^reconnecting$/);
  assert.notDeepEqual(await looks(dot), connected);
  await press('network-normal');
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  page.problems.length = 0;
});

test('a key that is there twice is pointed out before the message is posted', async () => {
  await part('post-body').fill('{\n  "a": 1,\n  "a": 2\n}');
  assert.equal(await part('post-hint').textContent(), 'Line 3, column 3: the key “a” is there twice, and only its last value counts.');
  assert.equal(await part('post-hint').getAttribute('data-tone'), 'warning');
  assert.ok(await part('post-button').isEnabled());
  await part('post-body').fill('1');
});

test('axe finds nothing, with all its rules, in whatever state the page is', async () => {
  const clean = async where => assert.deepEqual(await axe(page), [], where);
  await press('claim-button');
  await part('claim-row').first().waitFor();
  const all = [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }];
  for (const media of all) {
    await page.emulateMedia({ reducedMotion: 'reduce', ...media });
    // 640 px are 1280 at 200 %.
    for (const [width, height] of [[390, 844], [640, 450], [1440, 900], [1600, 1000]]) {
      await page.setViewportSize({ width, height });
      await clean(`${JSON.stringify(media)}, ${width} px`);
    }
    await press('network-offline');
    await page.locator('#banner').waitFor();
    await clean(`${JSON.stringify(media)}, offline`);
    await press('network-normal');
    await reads('state', /^connected$/, { timeout: 15_000 });
    await press('delete-message');
    await page.locator('dialog[open]').waitFor();
    await clean(`${JSON.stringify(media)}, dialog`);
    await page.keyboard.press('Escape');
    await press('tab-worker');
    await clean(`${JSON.stringify(media)}, worker`);
    await page.getByRole('tab', { name: 'Claims' }).click();
  }
  await page.setViewportSize(PHONE);
  await page.locator('#message-list [role="option"]').first().click();
  await page.locator('#inspector[data-open]').waitFor();
  await clean('sheet');
  await page.keyboard.press('Escape');
  await press('release');
});

test('every text of the page goes through the table of its language', async () => {
  // A language in which every word is the English one in brackets, and a proxy that has all words.
  const visitor = await browser.context.newPage();
  await visitor.setViewportSize({ width: 1600, height: 1000 });
  await visitor.addInitScript(() => {
    const bracketed = new Proxy({}, { get: (table, text) => (typeof text === 'string' && text !== 'then' ? (/%\(n\)s/.test(text) ? { other: `⟦${text}⟧` } : `⟦${text}⟧`) : undefined) });
    const { json } = Response.prototype;
    Response.prototype.json = function () { return this.url.endsWith('/words/xx.json') ? Promise.resolve(bracketed) : json.call(this); };
  });
  await visitor.route('**/words/xx.json', route => route.fulfill({ json: {} }));
  await visitor.goto(`${demo.url}?language=xx`);
  await reads('received-count', /^[1-9]/, { of: visitor });
  await press('claim-button', visitor);
  await part('claim-row', visitor).first().waitFor();
  await press('network-403', visitor);
  await reads(visitor.locator('#log'), /⟦You let a proxy/, { of: visitor });
  await press('network-normal', visitor);
  await press('purge', visitor);
  const untold = await visitor.evaluate(() => {
    const DATA = '#code, .tree, .message-list .body, .open, time, dd, .num, .spark, option, .worker-runs, textarea, h1, [data-testid="inspected-id"], #messages-title, .name, .left, #queues-count, [data-testid="rtt"], #network-403, [data-testid="network-403"], noscript, script, .facts';
    const wrong = new Set();
    const look = (text, where) => { if (/\p{L}{2}/u.test(text) && !text.includes('⟦')) wrong.add(`${where}: ${text}`); };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(DATA)) look(walker.currentNode.data.trim(), 'text');
    for (const name of ['title', 'placeholder', 'aria-label']) {
      for (const element of document.querySelectorAll(`[${name}]`)) if (!element.closest('.tree, time, dd, h2#messages-title, .num')) look(element.getAttribute(name), name);
    }
    return [...wrong];
  });
  assert.deepEqual(untold, []);
  assert.equal(await visitor.evaluate(() => document.documentElement.lang), 'xx');
  await visitor.close();
});

test('the page speaks German, and has room for it', async () => {
  const visitor = await browser.context.newPage();
  await visitor.goto(`${demo.url}?language=de`);
  await reads('state', /^verbunden$/, { of: visitor });
  await visitor.getByRole('button', { name: 'Schwarzes Loch' }).waitFor();
  assert.equal(await part('claim-limit', visitor).evaluate(input => input.labels[0].textContent.trim()), 'nimm');
  for (const width of [390, 760, 1280, 1440, 1600]) {
    await visitor.setViewportSize({ width, height: 900 });
    for (const look of [overlaps, cutOff]) assert.deepEqual(await visitor.evaluate(look), [], `${width} px`);
  }
  await visitor.close();
});
