// The HAProxy configuration of docs/server.md before one Zaqar: page, WebSocket and REST on one origin over TLS. Zaqar allows no
// page of another origin, and the page connects to nothing but its own. With servers that fail: cluster.test.mjs.

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { findHaproxy } from '../../scripts/lib/haproxy.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { CSP, startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startBrowser } from '../support/browser.mjs';
import { startHaproxy } from '../support/haproxy.mjs';
import { FAILED_FETCH, FAILED_SOCKET } from './lib/stage.mjs';

const haproxy = findHaproxy();

describe('behind HAProxy', { skip: haproxy ? false : 'no HAProxy, and apt may not be used here', timeout: 120_000 }, () => {
  const running = [];
  let zaqar, site, browser, page, port, nobody;

  before(async () => {
    const started = async promise => {
      const service = await promise;
      running.unshift(service);
      return service;
    };
    zaqar = await started(startZaqar({ processes: 2, origin: 'https://elsewhere.example' }));
    site = await started(startSite({ roots: { '/pkg/': 'pkg' } }));
    // Of two servers of each kind there is one, as on a bad day.
    [nobody] = await freePorts(1);
    const front = await started(startHaproxy({ site: site.port, websockets: [zaqar.websocketPort, nobody], rests: [zaqar.restPort, nobody] }));
    port = front.port;
    site.answerTo(`127.0.0.1:${port}`);
    // The certificate is our own.
    browser = await started(startBrowser({ flags: ['--ignore-certificate-errors'] }));
    const csp = CSP.replace('connect-src * ws: wss:', "connect-src 'self'");
    page = await browser.openPage({ site: { url: `https://127.0.0.1:${port}/`, route: site.route }, csp, expected: [FAILED_FETCH, FAILED_SOCKET] });
    await page.evaluate(() => {
      window.open = options => zaqar.connect({ websocket: `wss://${location.host}`, rest: location.origin, projectId: 'haproxy', ...options });
      window.until = async condition => {
        while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10));
      };
    });
  });
  after(async () => {
    for (const service of running) await service.stop();
  });

  for (const transport of ['websocket', 'polling']) {
    test(`a queue is posted to, tailed and worked over ${transport}`, { timeout: 30_000 }, async () => {
      const result = await page.evaluate(async transport => {
        const client = await open({ transport, pollIntervalMs: { min: 100, max: 100 } });
        const queue = client.queue(`over-${transport}`);
        const tail = queue.tail();
        await tail.ready;
        await queue.post({ body: { through: 'HAProxy' } });
        const { value } = await tail.next();
        const claim = await queue.claim();
        await claim.messages[0].delete();
        await claim.release();
        const { total } = await queue.stats();
        const carrier = client.transport;
        await client.close();
        return { body: value.body, carrier, total };
      }, transport);
      assert.deepEqual(result, { body: { through: 'HAProxy' }, carrier: transport, total: 0 });
    });
  }

  test('a thousand messages are posted over REST, whose answer names each in a header', { timeout: 60_000 }, async () => {
    const result = await page.evaluate(async () => {
      const client = await open({ transport: 'polling' });
      const queue = client.queue('thousand');
      const ids = await queue.post(Array.from({ length: 1_000 }, (_, n) => ({ body: n })));
      const { total } = await queue.stats();
      const read = await queue.messages({ limit: 20 }).toArray();
      await client.close();
      return { ids: new Set(ids).size, total, inOrder: read.every(({ id, body }, n) => id === ids[n] && body === n) };
    });
    assert.deepEqual(result, { ids: 1_000, total: 1_000, inOrder: true });
  });

  test('with no WebSocket server left, calls go over REST, and back when one is there again', { timeout: 60_000 }, async () => {
    await page.evaluate(async () => {
      window.client = await open();
      await until(() => client.transport === 'websocket');
    });
    await zaqar.killWebsocket();
    await page.evaluate(async () => {
      await until(() => client.transport === 'polling');
      await client.queue('meanwhile').post({ body: 'over REST' });
    });
    await zaqar.startWebsocket();
    assert.deepEqual(
      await page.evaluate(async () => {
        await until(() => client.transport === 'websocket');
        const bodies = (await client.queue('meanwhile').messages().toArray()).map(({ body }) => body);
        await client.close();
        return bodies;
      }),
      ['over REST'],
    );
  });

  test('a client that speaks more often than the tunnel may be silent is not cut, one that does not is', { timeout: 60_000 }, async () => {
    const strict = await startHaproxy({ site: site.port, websockets: [zaqar.websocketPort, nobody], rests: [zaqar.restPort, nobody], tunnel: '2s' });
    site.answerTo(`127.0.0.1:${strict.port}`);
    const own = await browser.openPage({ site: { url: `https://127.0.0.1:${strict.port}/`, route: site.route }, expected: [FAILED_FETCH, FAILED_SOCKET] });
    try {
      const reconnects = await own.evaluate(async () => {
        const access = { websocket: `wss://${location.host}`, rest: location.origin, projectId: 'haproxy', transport: 'websocket' };
        const [talking, silent] = await Promise.all([zaqar.connect({ ...access, keepAliveMs: 700 }), zaqar.connect(access)]);
        while (silent.metrics().reconnects < 2) await new Promise(resolve => setTimeout(resolve, 20));
        const result = { talking: talking.metrics().reconnects, state: talking.state };
        await Promise.all([talking.close(), silent.close()]);
        return result;
      });
      assert.deepEqual(reconnects, { talking: 0, state: 'connected' });
    } finally {
      await own.close();
      await strict.stop();
    }
  });

  test('a page of another site opens no socket, and what is no page does', { timeout: 30_000 }, async () => {
    const url = `wss://127.0.0.1:${port}`;
    const other = await browser.openPage({ site, expected: [FAILED_SOCKET] });
    const opens = url => new Promise(resolve => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(true) || socket.close();
      socket.onerror = () => resolve(false);
    });
    assert.equal(await other.evaluate(opens, url), false);
    assert.equal(await page.evaluate(opens, url), true);
    await other.close();

    const refusals = { 'https://other.example': 403, null: 403, [`https://127.0.0.1:${port}.other.example`]: 403, [`https://127.0.0.1:${port}`]: 101, '': 101 };
    for (const [origin, status] of Object.entries(refusals)) assert.equal(await handshake(url, origin ? { Origin: origin } : {}), status, origin);
  });

  test('Zaqar sees no cookie of the site and sets none, on either transport', { timeout: 30_000 }, async () => {
    const seen = [];
    const server = http.createServer((request, response) => {
      seen.push(request.headers);
      response.writeHead(200, { 'Set-Cookie': ['of=server', 'second=1'] }).end();
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('headers', (headers, request) => seen.push(request.headers) && headers.push('Set-Cookie: of=server'));
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port: own } = server.address();
    const front = await startHaproxy({ site: own, websockets: [own], rests: [own] });
    try {
      const cookies = { Cookie: 'sessionid=secret; csrftoken=secret' };
      const ask = async path => {
        seen.length = 0;
        const { headers } = await get(`https://127.0.0.1:${front.port}${path}`, cookies);
        return { cookie: seen[0].cookie, set: headers['set-cookie'] };
      };
      assert.deepEqual(await ask('/v2/queues'), { cookie: undefined, set: undefined });
      assert.deepEqual(await ask('/project/'), { cookie: cookies.Cookie, set: ['of=server', 'second=1'] });
      let set;
      seen.length = 0;
      assert.equal(await handshake(`wss://127.0.0.1:${front.port}`, cookies, response => (set = response.headers['set-cookie'])), 101);
      // HAProxy itself asks now and then whether the server is alive.
      assert.deepEqual(seen.filter(({ upgrade }) => upgrade).map(({ cookie }) => cookie), [undefined]);
      assert.equal(set, undefined);
    } finally {
      await front.stop();
      sockets.close();
      server.closeAllConnections();
      server.close();
    }
  });
});

/** The status that answers a WebSocket handshake; `onUpgrade` sees an answer of 101. */
function handshake(url, headers, onUpgrade = () => {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers, rejectUnauthorized: false });
    socket.once('upgrade', onUpgrade);
    socket.once('unexpected-response', (request, response) => request.destroy() && resolve(response.statusCode));
    socket.once('open', () => socket.terminate() ?? resolve(101)).on('error', reject);
  });
}

function get(url, headers) {
  return new Promise((resolve, reject) => {
    https.get(url, { headers, rejectUnauthorized: false, agent: false }, response => resolve(response.resume())).once('error', reject);
  });
}
