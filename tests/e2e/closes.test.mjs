// What the end of a socket says is done: behind a proxy that takes no large frames everything is read and posted, each once, and
// a socket that the browser forbids is not tried again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startFrameLimit } from './lib/frame-limit.mjs';
import { FAILED_SOCKET, ask, useStage } from './lib/stage.mjs';

const LIMIT = 16_384;

const stage = useStage({ expected: [FAILED_SOCKET] });

describe('a proxy that takes no large frames', { timeout: 60_000 }, () => {
  let proxy, page;
  before(async () => {
    proxy = await startFrameLimit({ port: stage.zaqar.websocketPort, limit: LIMIT });
    page = await stage.openPage();
  });
  after(async () => {
    await page.evaluate(() => t.disconnect());
    await proxy.stop();
  });

  /** A client behind the proxy, with or without REST, and the reasons of its changes of transport. */
  const connect = options =>
    page.evaluate(async options => {
      await t.disconnect();
      window.client = await t.connect(options);
      window.reasons = [];
      client.addEventListener('transportchange', ({ detail }) => reasons.push(detail.reason));
      window.queue = client.queue(t.fresh('large'));
      return queue.name;
    }, options);
  const withRest = () => connect({ websocket: proxy.url });
  const withoutRest = () => connect({ websocket: proxy.url, rest: undefined, transport: 'websocket' });

  test('a large post goes over REST, is stored once, and the next ends no socket', async () => {
    const queue = await withRest();
    const large = 'x'.repeat(2 * LIMIT);
    await page.evaluate(body => queue.post({ body }), large);
    await page.evaluate(() => t.until(() => client.transport === 'websocket', { what: 'the socket is back' }));
    const sockets = proxy.opened();
    await page.evaluate(body => queue.post({ body }), large);
    assert.equal(proxy.opened(), sockets);
    assert.equal((await ask(stage.zaqar).bodies(queue)).length, 2);
    const reasons = await page.evaluate(() => reasons);
    assert.match(reasons[0], /code 1009: frames of more than 16384 bytes are refused/);
  });

  test('a large post is too large where there is no REST, and was not sent', async () => {
    const queue = await withoutRest();
    const error = await page.evaluate(body => t.failure(() => queue.post({ body })), 'x'.repeat(2 * LIMIT));
    assert.deepEqual([error.code, error.delivery, error.retryable], ['too-large', 'not-sent', false]);
    assert.deepEqual(await ask(stage.zaqar).bodies(queue), []);
  });

  test('pages get smaller until they pass, without REST', async () => {
    const queue = await withoutRest();
    for (let number = 0; number < 40; number += 1) await ask(stage.zaqar).post(queue, { number, filling: 'x'.repeat(3_000) });
    const before = proxy.opened();
    const numbers = await page.evaluate(async () => {
      const tail = t.collect(queue.tail({ from: 'start' }), ({ body }) => body.number);
      await t.until(() => tail.items.length === 40, { within: 20_000, what: 'all that is there' });
      return tail.items;
    });
    assert.deepEqual(numbers, Array.from({ length: 40 }, (_, number) => number));
    assert.ok(proxy.opened() - before <= 3, `${proxy.opened() - before} sockets were needed to find out`);
    assert.deepEqual(await page.evaluate(() => queue.messages().toArray().then(found => found.length)), 40);
  });

  test('messages that no page passes with are read over REST', async () => {
    const queue = await withRest();
    for (let number = 0; number < 3; number += 1) await ask(stage.zaqar).post(queue, { number, filling: 'x'.repeat(LIMIT) });
    const numbers = await page.evaluate(() => queue.messages().toArray().then(found => found.map(({ body }) => body.number)));
    assert.deepEqual(numbers, [0, 1, 2]);
  });

  test('their reader is told where there is no REST', async () => {
    const queue = await withoutRest();
    for (let number = 0; number < 3; number += 1) await ask(stage.zaqar).post(queue, { number, filling: 'x'.repeat(LIMIT) });
    const [walk, tail] = await page.evaluate(async () => {
      const walk = await t.failure(() => queue.messages().toArray());
      return [walk, await t.collect(queue.tail({ from: 'start' })).over];
    });
    for (const error of [walk, tail]) assert.equal(error?.code, 'protocol');
  });
});

describe('ws:// from a page over HTTPS, which the browser forbids', { timeout: 60_000 }, () => {
  const websocket = 'ws://zaqar.example:9000';
  const site = 'https://app.example';
  let page;
  before(async () => {
    page = await stage.browser.context.newPage();
    await page.route(`${site}/**`, serve);
    await page.goto(`${site}/`);
    await page.waitForFunction(() => window.zaqar);
  });
  after(() => page.close());

  /** The page, the package, and Zaqar's REST API, all on one origin that there is only in the browser. */
  async function serve(route) {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const script = "<script type=module>import * as zaqar from '/pkg/index.js'; window.zaqar = zaqar;</script>";
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: `<!doctype html>${script}` });
    const to = pathname.startsWith('/pkg/') ? stage.site.url : stage.zaqar.rest;
    const body = request.postDataBuffer() ?? undefined;
    const answer = await fetch(new URL(pathname + search, to), { method: request.method(), headers: request.headers(), body });
    const headers = Object.fromEntries(answer.headers);
    return route.fulfill({ status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) });
  }

  test('is told with the browser’s words, and REST carries everything', async () => {
    const { said, transport } = await page.evaluate(
      async ({ websocket, site }) => {
        const said = [];
        const logger = entry => said.push(JSON.stringify(entry, (key, value) => (value instanceof Error ? value.message : value)));
        const client = await zaqar.connect({ websocket, rest: site, projectId: 'e2e', logger });
        const { transport } = client;
        await client.queue('forbidden').create();
        await client.close();
        return { said: said.join('\n'), transport };
      },
      { websocket, site },
    );
    assert.equal(transport, 'polling');
    assert.match(said, /the browser does not allow this WebSocket: .*insecure/i);
  });

  test('ends at once a client that has nothing else, which says why', async () => {
    const { code, message, ms } = await page.evaluate(async websocket => {
      const start = performance.now();
      const { code, message } = await zaqar.connect({ websocket, projectId: 'e2e' }).catch(error => error);
      return { code, message, ms: performance.now() - start };
    }, websocket);
    assert.equal(code, 'unsupported', message);
    assert.match(message, /the browser does not allow this WebSocket: .*insecure/i);
    assert.ok(ms < 5_000, `it took ${ms} ms`);
  });
});
