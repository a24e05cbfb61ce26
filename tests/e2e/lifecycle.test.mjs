// The page's life around a client: left and come back to, seen and unseen, with and without a network.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BROWSER } from '../support/browser.mjs';
import { FAILED_FETCH, FAILED_SOCKET, ask, until, useStage } from './lib/stage.mjs';

/** What only Chromium's own protocol can do to a page. */
const skip = BROWSER === 'chromium' ? false : `${BROWSER} cannot be told to`;

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

/** A page with a client and a tail, whose messages' bodies are in `got`. */
async function withTail(options = {}) {
  const page = await stage.openPage();
  const queue = await page.evaluate(async options => {
    window.client = await t.connect(options);
    window.got = [];
    const name = t.fresh('life');
    const tail = client.queue(name).tail();
    void (async () => {
      for await (const message of tail) got.push(message.body);
    })();
    await tail.ready;
    return name;
  }, options);
  return { page, queue, got: () => page.evaluate(() => got) };
}

const post = (queue, body) => ask(stage.zaqar).post(queue, body);

describe('a page that is left and come back to', { skip: BROWSER === 'firefox' && 'Firefox does not come back to a page while it is led', timeout: 60_000 }, () => {
  test('is kept in the back/forward cache, and live within a second, with what came meanwhile', async () => {
    const { page, queue, got } = await withTail();
    await post(queue, 'before');
    await until(async () => (await got()).length === 1);
    stage.site.route('/elsewhere.html', (request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>'),
    );
    await page.evaluate(() => {
      window.addEventListener('pageshow', event => (window.shown = { persisted: event.persisted, at: performance.now() }));
    });
    await page.goto(new URL('/elsewhere.html', stage.site.url).href);
    await until(() => stage.websocket.stats().open.upgrade === 0, { what: 'the socket is closed with the page' });
    await post(queue, 'away');
    await page.goBack({ waitUntil: 'commit' });
    const shown = await page.evaluate(() => t.until(() => window.shown));
    const reasons = await page.evaluate(() => performance.getEntriesByType('navigation')[0].notRestoredReasons ?? null);
    assert.equal(shown?.persisted, true, `the page was not kept: ${JSON.stringify(reasons)}`);
    const lived = await page.evaluate(async () => {
      await t.until(() => got.length === 2, { within: 5_000 });
      return performance.now() - shown.at;
    });
    assert.ok(lived < 1_000, `live after ${lived} ms`);
    await post(queue, 'after');
    await until(async () => (await got()).length === 3);
    assert.deepEqual(await got(), ['before', 'away', 'after']);
    await page.evaluate(() => t.disconnect());
  });
});

describe('a network that goes and comes', { skip, timeout: 60_000 }, () => {
  for (const transport of ['websocket', 'polling', 'auto']) {
    test(`nothing is lost over it, and what waits is sent when it is back (${transport})`, async () => {
      const { page, queue, got } = await withTail({ transport, backoffMs: { min: 250, max: 30_000 } });
      const network = await page.context().newCDPSession(page);
      const offline = isOffline =>
        network.send('Network.emulateNetworkConditions', { offline: isOffline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
      await network.send('Network.enable');
      // Chromium's emulation leaves open sockets alone, so the proxy cuts them.
      await offline(true);
      stage.websocket.set({ mode: 'refuse' });
      stage.rest.set({ mode: 'refuse' });
      stage.websocket.cut();
      await page.evaluate(() => t.until(() => client.state === 'reconnecting' || client.transport === 'polling', { within: 20_000 }));
      const reading = page.evaluate(queue => client.queue(queue).stats().then(({ total }) => total), queue);
      await post(queue, 'offline');
      stage.websocket.set({ mode: 'pass' });
      stage.rest.set({ mode: 'pass' });
      await offline(false);
      assert.equal(await reading, 1);
      await until(async () => (await got()).length === 1, { within: 5_000 });
      assert.deepEqual(await got(), ['offline']);
      await page.evaluate(() => t.disconnect());
    });
  }
});

describe('a page that nobody sees', { skip, timeout: 60_000 }, () => {
  test('a frozen page comes back with its socket, or with a new one, and nothing is lost', async () => {
    const { page, queue, got } = await withTail({ keepAliveMs: 500 });
    const life = await page.context().newCDPSession(page);
    await life.send('Page.setWebLifecycleState', { state: 'frozen' });
    await post(queue, 'frozen');
    await life.send('Page.setWebLifecycleState', { state: 'active' });
    await until(async () => (await got()).length === 1, { within: 5_000 });
    await page.evaluate(() => t.disconnect());
  });
});
