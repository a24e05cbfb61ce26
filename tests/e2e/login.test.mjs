// A login proxy before Zaqar, on the page's own origin: its refusals end no client, name the option `credentials`, and are over when
// the page has logged in again.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { REFUSALS, startLoginProxy } from './lib/login-proxy.mjs';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH] });

describe('behind a login proxy', { timeout: 120_000 }, () => {
  let proxy, page;
  before(async () => {
    proxy = await startLoginProxy({ site: stage.site.url, rest: stage.zaqar.rest, websocketPort: stage.zaqar.websocketPort });
    // the page of the stage, by its path, through the proxy
    const direct = await stage.openPage();
    page = await stage.browser.context.newPage();
    await page.goto(`${proxy.url}${new URL(direct.url()).pathname}`);
    await page.waitForFunction(() => window.zaqar);
    await page.evaluate(async () => (window.t = await import('/t.mjs')));
  });
  beforeEach(async () => {
    proxy.holdSockets(false);
    await page.evaluate(async () => {
      await t.disconnect();
      await fetch('/login');
    });
  });
  after(async () => {
    await page?.close();
    await proxy?.stop();
  });

  /** A client on the proxy's origin that notes what it is told. */
  const connect = options =>
    page.evaluate(
      async options => {
        const said = (window.said = []);
        const logger = entry => said.push(JSON.stringify(entry, (key, value) => (value instanceof Error ? value.message : value)));
        window.client = await t.connect({ rest: location.origin, projectId: 'e2e', logger, ...options });
        window.errors = [];
        client.addEventListener('error', ({ detail }) => errors.push(t.tell(detail)));
        window.queue = client.queue(t.fresh('login'));
      },
      options,
    );
  const websocket = () => proxy.url.replace('http', 'ws');
  const state = () => page.evaluate(() => client.state);

  test('a client whose REST requests carry no cookies outlives an outage of its socket, and is told of the option', async () => {
    await connect({ websocket: websocket() });
    proxy.refuseAs('a 401 with a page');
    proxy.holdSockets(true);
    proxy.cutSockets();
    await page.evaluate(() => t.until(() => errors.length > 0, { what: 'an `error` event' }));
    const [error] = await page.evaluate(() => errors);
    assert.equal(error.code, 'unauthorized');
    assert.match(error.message, /`credentials`/);
    await page.evaluate(() => t.pause(1_500));
    assert.equal(await state(), 'reconnecting');
    proxy.holdSockets(false);
    await page.evaluate(() => t.until(() => client.transport === 'websocket', { what: 'the socket is back' }));
    assert.equal(await page.evaluate(() => queue.create()), true);
    assert.match(await page.evaluate(() => client.report()), /`credentials`/);
  });

  test('with `credentials` REST carries requests while there is no socket', async () => {
    await connect({ websocket: websocket(), credentials: 'same-origin' });
    proxy.holdSockets(true);
    proxy.cutSockets();
    await page.evaluate(async () => {
      await queue.post({ body: 'by REST' });
      await t.until(() => client.transport === 'polling');
    });
    assert.deepEqual(await page.evaluate(() => errors), []);
  });

  for (const refusal of Object.keys(REFUSALS)) {
    test(`${refusal} ends no client, and after the login all goes on`, async () => {
      await connect({ transport: 'polling', credentials: 'same-origin' });
      await page.evaluate(() => queue.create());
      proxy.refuseAs(refusal);
      proxy.logOut();
      const error = await page.evaluate(() => t.failure(() => queue.stats()));
      assert.equal(error?.code, /40[13]/.test(refusal) ? 'unauthorized' : 'protocol', error?.message);
      await page.evaluate(() => t.until(() => errors.some(({ message }) => message.includes('`credentials`')), { what: 'the option is named' }));
      assert.equal(await state(), 'reconnecting');
      await page.evaluate(() => fetch('/login'));
      await page.evaluate(() => t.until(() => client.state === 'connected', { what: 'REST answers again' }));
      assert.equal(await page.evaluate(() => queue.stats().then(({ total }) => total)), 0);
    });

    // of a page that comes with 200 `connect` tells no more than that
    if (refusal === 'its login page') continue;
    test(`${refusal} is named by \`connect\` that gives up`, async () => {
      proxy.refuseAs(refusal);
      proxy.logOut();
      const error = await page.evaluate(() => t.failure(() => t.connect({ rest: location.origin, projectId: 'e2e', credentials: 'same-origin', connectTimeoutMs: 1_500 })));
      assert.match(error.message, /`credentials`/);
    });
  }
});
