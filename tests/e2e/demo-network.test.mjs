// The demo page on a network that is broken by its own buttons, with a server that goes away, and at its end.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { DEMO, startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { EXPECTED, NO_SERVER, begin, browser, demo, end, logged, looksRight, number, page, part, press, reads, show, startDemo, visit } from './lib/demo.mjs';

/** A server of the visitor's own, which takes its time to start: it does so while the first tests wait. */
let ownZaqar;

before(async () => {
  await begin();
  ownZaqar = startZaqar({ processes: 2 });
  ownZaqar.catch(() => {}); // told where it is waited for
  await show();
  await reads('received-count', /^[1-9]/);
});
after(async () => {
  await end();
  await (await ownZaqar)?.stop();
});

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

test('each press is answered in the log within a second, also when nothing changes', async () => {
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  const pressed = async (name, answer) => {
    await page.locator('#log').evaluate(log => log.replaceChildren());
    const at = performance.now();
    await press(`network-${name}`);
    await page.waitForFunction(source => [...document.querySelectorAll('#log p span')].some(({ textContent }) => new RegExp(source).test(textContent)), answer.source, { timeout: 1_400, polling: 20 });
    assert.ok(performance.now() - at < 1_400);
  };
  await pressed('normal', /^Still on the WebSocket: nothing had to change\.$/);
  await pressed('403', /Reading over REST/);
  await pressed('refuse', /^Still on REST: (the new socket was refused|a new socket waits for its first answer|the next socket is tried after a pause)\.$/);
  await pressed('403', /^Still on REST: (the new socket got 403|a new socket waits for its first answer|the next socket is tried after a pause)\.$/);
  await pressed('cut', /^Still on REST: /);
  await pressed('offline', /REST does not answer any more/);
  await pressed('normal', /^(Still without a connection: |Connected again|Back on the WebSocket)/);
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  assert.deepEqual(page.problems.filter(problem => !NO_SERVER.test(problem)), []);
  page.problems.length = 0;
});

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
  await fetch(new URL('fault', demo.url), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(die) });
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await shows('Die every 2 s');
  await press('network-normal');
  await reads('transport', /^websocket$/, { timeout: 15_000 });
  page.assertNoProblems();
});

test('a page of another site neither reads where Zaqar is nor breaks the network', async () => {
  const other = await startSite({ roots: DEMO });
  try {
    const visitor = await browser.openPage({ site: other, expected: [/blocked by CORS policy/, /Failed to load resource/] });
    const refused = await visitor.evaluate(async url => {
      const body = JSON.stringify({ websocket: { mode: 'refuse' } });
      const attempts = [
        ['config.json', {}], ['fault', {}],
        ['fault', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }],
        ['fault', { method: 'POST', body }], ['fault', { method: 'POST', body, mode: 'no-cors' }],
      ];
      return Promise.all(attempts.map(([path, options]) => fetch(new URL(path, url), options).then(({ type }) => type, () => 'refused')));
    }, demo.url);
    assert.deepEqual(refused, ['refused', 'refused', 'refused', 'refused', 'opaque']);
    const { websocket } = await (await fetch(new URL('fault', demo.url))).json();
    assert.equal(websocket.settings.upgrade.mode, 'pass');
    visitor.assertNoProblems();
    await visitor.close();
  } finally {
    await other.stop();
  }
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
