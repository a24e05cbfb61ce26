// The demo page as a visitor meets it: started by its own command, read and pressed in Chromium, with a network that is
// broken by its own buttons, and with a server that goes away.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { startBrowser } from '../support/browser.mjs';
import { at } from '../../scripts/lib/paths.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { cutOff, overlaps, tabbable, weakContrast } from './lib/look.mjs';
import { until } from './lib/stage.mjs';

/**
 * Chromium logs each socket that fails, and each answer that says no: over REST a tail asks by id whether what it knows is
 * still there, and `mail` is emptied all the time; Zaqar answers 503 to statistics of a message that leaves while it counts, and now and then
 * to the purge of thousands.
 * Nothing else may go wrong.
 */
const EXPECTED = [
  /WebSocket connection to '[^']+' failed/,
  /a status of 404 \(Not Found\) \(\S+\/queues\/mail\/messages\?ids=/,
  /a status of 503 \(Service Unavailable\) \(\S+\/(queues\/mail\/stats|purge)\)/,
];
const NO_SERVER = /Failed to load resource: net::ERR_\w+/;
const QUEUE = `visit-${Date.now().toString(36)}`;
const BIG = '9007199254740993';

let demo, browser, page;
/** A server of the visitor's own, which takes its time to start: it does so while the network tests wait. */
let ownZaqar;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(demo.url).origin });
});
after(async () => {
  await Promise.all([browser?.stop(), demo?.stop()]);
  await (await ownZaqar)?.stop();
});

/** A dialog that a failed test has left would stand in the way of all that follow. */
afterEach(async () => {
  if (page?.isClosed() === false) await page.keyboard.press('Escape');
});

/** The demo's own command, up to the line it prints. */
async function startDemo(...options) {
  const child = spawn(process.execPath, [at('scripts', 'demo.mjs'), '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  let words = '';
  child.stderr.on('data', chunk => (words += chunk));
  const ended = new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal })));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    return ended;
  };
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      lines.push(line);
      const [, address] = /^Demo: (http:\S+)$/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
    ended.then(() => reject(new Error(`the demo ended before it began: ${words}`)));
  });
  return { pid: child.pid, url, lines, words: () => words, ended, stop };
}

/** A page of the demo; what is on it is found by test id. */
async function visit(url = demo.url, expected = EXPECTED) {
  const visitor = await browser.openPage({ site: { url }, path: '/', expected });
  visitor.setDefaultTimeout(10_000);
  await visitor.setViewportSize({ width: 1600, height: 1000 });
  return visitor;
}

const part = (name, of = page) => of.locator(`[data-testid="${name}"]`);
const press = (name, of = page) => part(name, of).click();
const number = async (name, of = page) => Number((await part(name, of).textContent()).replaceAll(',', ''));
const row = (name, of = page) => of.locator(`[data-queue="${name}"]`);
const notice = () => part('live-region').textContent();

/** Waits until the part's text fits. */
async function reads(name, expression, { of = page, timeout = 10_000 } = {}) {
  const locator = typeof name === 'string' ? part(name, of) : name;
  const end = performance.now() + timeout;
  let text;
  do {
    text = await locator.textContent({ timeout });
    if (expression.test(text)) return text;
    await of.waitForTimeout(25);
  } while (performance.now() < end);
  return assert.match(text, expression);
}

/** Waits until a number of the queue's row, `total`, `free` or `claimed`, is this one. */
const counts = (queue, cell, n) => reads(row(queue).locator(`.${cell} span`).first(), new RegExp(`^${n}$`));

const logged = (of = page) => of.locator('#log p span').allTextContents();

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
  page = await visit();
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
  ownZaqar = startZaqar({ processes: 2 });
  ownZaqar.catch(() => {}); // told where it is waited for
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

/** Looks at the page in each width, and leaves it wide. */
async function looksRight(colorScheme) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  for (const [width, height] of [[390, 844], [760, 900], [1280, 800], [1440, 900], [1600, 1000]]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(50);
    const where = `${colorScheme}, ${width} px`;
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: scrolls sideways`);
    assert.deepEqual(await page.evaluate(overlaps), [], `${where}: overlap`);
    assert.deepEqual(await page.evaluate(cutOff), [], `${where}: cut off`);
    assert.deepEqual(await page.evaluate(weakContrast), [], `${where}: too faint`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Each button of the network row: what the badge turns to, and how long that may take. */
const FAULTS = [
  { name: 'cut', once: true, badge: /polling|none/ },
  { name: 'refuse', badge: /^polling$/ },
  { name: '403', badge: /^polling$/ },
  { name: 'blackhole', badge: /^polling$/ },
  { name: 'die', badge: /^polling$/ },
  { name: 'offline', badge: /^none$/, stops: true },
];

for (const { name, once = false, badge, stops = false } of FAULTS) {
  test(`network trouble, ${name}: the stream goes on, nothing is lost or doubled, and the socket comes back`, async () => {
    await reads('transport', /^websocket$/, { timeout: 15_000 });
    const lines = (await logged()).length;
    const badges = await page.evaluateHandle(() => {
      const chip = document.querySelector('[data-testid="transport"]');
      const seen = [];
      new MutationObserver(() => seen.push(chip.textContent)).observe(chip, { childList: true, characterData: true, subtree: true });
      return seen;
    });
    await press(`network-${name}`);
    await page.waitForFunction(([seen, source]) => seen.some(text => new RegExp(source).test(text)), [badges, badge.source], { timeout: 8_000, polling: 20 });
    if (!once) assert.equal(await part(`network-${name}`).getAttribute('aria-pressed'), 'true');
    if (stops) {
      await reads('state', /^reconnecting$/);
      await reads(page.locator('#banner'), /Zaqar cannot be reached\./);
      await page.locator('#banner').waitFor({ state: 'visible' });
      assert.match(await page.title(), /^○ reconnecting/);
      await looksRight('dark');
    } else {
      await grows();
    }
    if (!once) {
      await press('network-normal');
      if (stops) {
        await reads('state', /^connected$/, { timeout: 15_000 });
        await page.locator('#banner').waitFor({ state: 'hidden' });
      }
      await grows();
    }
    await reads('transport', /^websocket$/, { timeout: 15_000 });
    assert.equal(await number('lost-count'), 0);
    assert.equal(await number('twice-count'), 0);
    // What was still under way when the network was mended is told when it has come.
    if (!once) await page.waitForFunction(n => [...document.querySelectorAll('#log p span')].slice(0, -n).some(({ textContent }) => /nothing lost\.$/.test(textContent)), lines, { timeout: 10_000 });
    const said = (await logged()).slice(0, -lines).reverse();
    if (!once) assert.match(said.join('\n'), /^You mended the network after [\d.]+ m?s: .*(nothing lost|still under way)\.$/m);
    assert.match(said.join('\n'), /The socket is gone( [\d.]+ m?s after you pressed)?: .*\.\n?/);
    assert.match(said.join('\n'), /Back on the WebSocket after|A new one is there|Connected again/);
    for (const line of said) assert.match(line, /^[A-Z][^()]*[.]$/, 'a sentence');
    if (stops) {
      assert.deepEqual(page.problems.filter(problem => !NO_SERVER.test(problem)), []);
      page.problems.length = 0;
    }
    page.assertNoProblems();
  });
}

test('two pages show one network: what one does to it the other shows and tells, after a reload as well', async () => {
  const other = await visit();
  await reads('transport', /^websocket$/, { of: other });
  const shows = (label, of = page) => reads(of.locator('#faults [aria-pressed="true"]'), new RegExp(`^${label}$`), { of });
  await shows('Normal', other);
  await press('network-refuse');
  await shows('Refuse');
  await shows('Refuse', other);
  await reads('transport', /^polling$/, { of: other });
  await reads(other.locator('#log'), /Another page let the socket be refused\./, { of: other });

  await other.reload();
  await reads(other.locator('#log'), /The network is set to “Refuse” since before this page was opened/, { of: other });
  await shows('Refuse', other);
  await shows('Refuse');
  await reads('transport', /^polling$/, { of: other });
  await reads('transport', /^polling$/);

  await press('network-normal', other);
  await shows('Normal');
  await reads(page.locator('#log'), /Another page mended the network after /);
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  await other.close();

  // A command line is no page: it is seen when the page is looked at again.
  const die = { websocket: { lifeMs: 2_000 }, rest: { mode: 'pass' } };
  await fetch(new URL('fault', demo.url), { method: 'POST', body: JSON.stringify(die) });
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await shows('Die every 2 s');
  await press('network-normal');
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  page.assertNoProblems();
});

/** The stream goes on: a few more messages are received. */
async function grows() {
  const before = await number('received-count');
  await page.waitForFunction(
    n => Number(document.querySelector('[data-testid="received-count"]').textContent.replaceAll(',', '')) >= n,
    before + 3,
    { timeout: 10_000, polling: 50 },
  );
}

test('300 messages a second are all received, none twice', async () => {
  await press('sample-300');
  const before = await number('received-count');
  await page.waitForFunction(
    n => Number(document.querySelector('[data-testid="received-count"]').textContent.replaceAll(',', '')) >= n,
    before + 600,
    { timeout: 10_000, polling: 50 },
  );
  await press('sample-0');
  await reads(page.locator('#counters'), /received/);
  await page.waitForFunction(() => / and 0 are under way/.test(document.getElementById('counters').title), null, { timeout: 10_000 });
  assert.equal(await number('lost-count'), 0);
  assert.equal(await number('twice-count'), 0);
  assert.ok((await page.locator('#message-list [role="option"]').count()) <= 500);
  await press('sample-3');
  page.assertNoProblems();
  await page.close();
});

test('a page that cannot start says so and offers to try again', async () => {
  const visitor = await browser.context.newPage();
  await visitor.route('**/config.json', route => route.fulfill({ status: 503, body: '' }));
  await visitor.goto(demo.url);
  await reads(visitor.locator('#banner'), /The page could not start\..*\/config\.json answered 503\./s, { of: visitor });
  await visitor.unroute('**/config.json');
  await visitor.locator('#banner-retry').click();
  await reads('state', /^connected$/, { of: visitor });
  await visitor.close();
});

test('with a server of one’s own that goes away, the page says so and recovers', async () => {
  const zaqar = await ownZaqar;
  let own;
  try {
    own = await startDemo('--websocket', zaqar.websocket, '--rest', zaqar.rest, '--project', 'mine');
    const visitor = await visit(own.url, [...EXPECTED, NO_SERVER]);
    await reads('state', /^connected$/, { of: visitor });
    await reads('received-count', /^[1-9]/, { of: visitor });
    assert.ok(await visitor.locator('#faults').isHidden(), 'no network of ours to break');
    assert.match(await visitor.locator('#code').textContent(), /projectId: 'mine'/);

    await Promise.all([zaqar.killWebsocket(), zaqar.killRest()]);
    await reads('state', /^reconnecting$/, { of: visitor });
    await visitor.locator('#banner').waitFor({ state: 'visible' });
    await reads(visitor.locator('#banner'), /Zaqar cannot be reached\. .*The page goes on trying/s, { of: visitor });
    await reads(visitor.locator('#messages-how'), /^waiting for the server$/, { of: visitor });
    await reads('rtt', /ago$/, { of: visitor });
    const before = await number('received-count', visitor);

    await Promise.all([zaqar.startWebsocket(), zaqar.startRest()]);
    await reads('state', /^connected$/, { of: visitor, timeout: 15_000 });
    await reads(visitor.locator('#messages-how'), /^live · gap-free$/, { of: visitor });
    await visitor.waitForFunction(n => Number(document.querySelector('[data-testid="received-count"]').textContent) > n + 2, before, { timeout: 15_000 });
    await visitor.locator('#banner').waitFor({ state: 'hidden' });
    assert.equal(await number('lost-count', visitor), 0);
    assert.equal(await number('twice-count', visitor), 0);
    assert.match((await logged(visitor)).join('\n'), /Connected again, over (REST|the WebSocket), after/);
    visitor.assertNoProblems();
    await visitor.close();
  } finally {
    await own?.stop();
  }
});

test('when the demo was started again with other addresses, an open page says so, and a reload helps', async () => {
  const zaqar = await ownZaqar;
  let own = await startDemo('--websocket', zaqar.websocket, '--rest', zaqar.rest);
  try {
    const visitor = await visit(own.url, [...EXPECTED, NO_SERVER]);
    await reads('state', /^connected$/, { of: visitor });
    await own.stop();
    await Promise.all([zaqar.killWebsocket(), zaqar.killRest()]);
    await reads(visitor.locator('#banner'), /Zaqar cannot be reached\./, { of: visitor });
    const { websocket, rest } = await (await fetch(new URL('config.json', demo.url))).json();
    own = await startDemo('--port', new URL(own.url).port, '--websocket', websocket, '--rest', rest);
    await reads(visitor.locator('#banner'), /The demo was started again\. .*reload the page/s, { of: visitor });
    await visitor.getByRole('button', { name: 'Reload' }).click();
    await reads('state', /^connected$/, { of: visitor });
    await visitor.locator('#banner').waitFor({ state: 'hidden' });
    visitor.assertNoProblems();
    await visitor.close();
  } finally {
    await own.stop();
  }
});

test('Ctrl-C ends all of it: no process is left, and the ports are free', async () => {
  const { websocket, rest } = await (await fetch(new URL('config.json', demo.url))).json();
  const family = descendants(demo.pid);
  assert.ok(family.length >= 2, 'Redis and Zaqar run below the demo');
  const { code, signal } = await demo.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.deepEqual(family.filter(isAlive), []);
  for (const url of [demo.url, websocket, rest]) assert.equal(await listens(Number(new URL(url).port)), false, url);
});

/** The processes below this one, children's children included. */
function descendants(pid) {
  const parents = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map(line => line.trim().split(/\s+/).map(Number));
  const below = parent => parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function listens(port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
