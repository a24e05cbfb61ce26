// The HAProxy configuration of docs/server.md, as it stands there but for addresses and the certificate: page, WebSocket and
// REST on one origin over TLS. Zaqar allows no page of another origin, and the page connects to nothing but its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findHaproxy } from '../../scripts/lib/haproxy.mjs';
import { at } from '../../scripts/lib/paths.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { Service, listens } from '../../scripts/lib/service.mjs';
import { CSP, startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startBrowser } from '../support/browser.mjs';
import { FAILED_FETCH, FAILED_SOCKET, until } from './lib/stage.mjs';

const haproxy = findHaproxy();

describe('behind HAProxy', { skip: haproxy ? false : 'no HAProxy, and apt may not be used here', timeout: 120_000 }, () => {
  const running = [];
  let zaqar, site, browser, page, port;

  before(async () => {
    const started = async promise => {
      const service = await promise;
      running.unshift(service);
      return service;
    };
    zaqar = await started(startZaqar({ processes: 2, origin: 'https://elsewhere.example' }));
    site = await started(startSite({ roots: { '/pkg/': 'pkg' } }));
    const front = await started(startHaproxy({ d1: site.port, w1: zaqar.websocketPort, r1: zaqar.restPort }));
    port = front.port;
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
    const strict = await startHaproxy({ d1: site.port, w1: zaqar.websocketPort, r1: zaqar.restPort, tunnel: '2s' });
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
});

/** Starts HAProxy with the configuration of the documents; of two WebSocket servers there is one, as on a bad day. */
async function startHaproxy({ d1, w1, r1, tunnel = '1h' }) {
  const document = await readFile(at('docs', 'server.md'), 'utf8');
  const [, documented] = /```\n(frontend zaqar\n[^]*?)```/.exec(document);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-haproxy-'));
  const certificate = path.join(folder, 'zaqar.pem');
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert,
  ]);
  await writeFile(certificate, (await readFile(cert, 'utf8')) + (await readFile(key, 'utf8')), { mode: 0o600 });
  const [port, nobody] = await freePorts(2);
  const replacements = {
    'bind :443 ssl crt /etc/haproxy/zaqar.pem': `bind 127.0.0.1:${port} ssl crt ${certificate}`,
    '10.0.0.11:9000': `127.0.0.1:${w1}`,
    '10.0.0.12:9000': `127.0.0.1:${nobody}`,
    '10.0.0.21:8888': `127.0.0.1:${r1}`,
    '10.0.0.31:80': `127.0.0.1:${d1}`,
    'timeout tunnel 1h': `timeout tunnel ${tunnel}`,
  };
  const configuration = Object.entries(replacements).reduce((text, [from, to]) => {
    assert.equal(text.split(from).length, 2, `docs/server.md has ${from} once`);
    return text.replace(from, to);
  }, documented);
  const file = path.join(folder, 'haproxy.cfg');
  await writeFile(file, configuration);
  const service = new Service('HAProxy', haproxy, ['-db', '-f', file]);
  await service.start(() => listens(port));
  // It warns of nothing: every timeout is there, every section in its place.
  assert.doesNotMatch(service.log(), /\[(WARNING|ALERT)\]/i);
  await until(() => isThere(port), { what: 'HAProxy has found the WebSocket server alive' });
  return {
    port,
    async stop() {
      await service.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether the WebSocket server answers a handshake, which this is none; HAProxy's own answer would be 503. */
function isThere(port) {
  return new Promise(resolve => {
    const request = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false, timeout: 2_000, headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
    request.once('response', response => resolve(response.statusCode < 500) || request.destroy());
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false)).once('upgrade', () => resolve(true));
  });
}
