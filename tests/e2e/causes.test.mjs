// Why nothing works is told as far as it is known: in changes of transport, to the logger, in `report()` and in the error of `connect`.
// Node knows why a certificate is refused; a browser withholds it, and then the error says what it may be.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import * as zaqar from '../../pkg/node.js';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './lib/stage.mjs';

const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*, X-Project-ID, Client-ID, Content-Type' };
const WITHIN_MS = 2_000;

const stage = useStage({ expected: [FAILED_SOCKET, FAILED_FETCH, /blocked by CORS policy/] });

describe('what keeps a client from connecting', { timeout: 120_000 }, () => {
  const servers = [];
  const places = {};
  let page;
  before(async () => {
    const answer = (request, response) => response.writeHead(204, CORS).end();
    places.untrusted = await listening(servers, https.createServer(await selfSigned(), answer));
    places.redirecting = await listening(servers, redirecting());
    places.nobody = await listening(servers, http.createServer(answer));
    await servers.pop().stop();
    page = await stage.openPage();
  });
  after(() => Promise.all(servers.map(server => server.stop())));

  const endpoints = (place, secure = '') => ({ websocket: `ws${secure}://127.0.0.1:${places[place]}`, rest: `http${secure}://127.0.0.1:${places[place]}` });

  /** In the page: what `connect` rejects with, and what was logged meanwhile. */
  const inChromium = options =>
    page.evaluate(
      async options => {
        const said = [];
        const logger = entry => said.push(JSON.stringify(entry, (key, value) => (value instanceof Error ? value.message : value)));
        const error = await t.failure(() => t.connect({ logger, ...options }));
        return { ...error, said: said.join('\n') };
      },
      { connectTimeoutMs: WITHIN_MS, ...options },
    );
  const inNode = async options => zaqar.connect({ projectId: 'e2e', connectTimeoutMs: WITHIN_MS, WebSocket, ...options }).then(assert.fail, error => error);

  test('in Chromium a certificate that is not trusted is named as what it may be, for either transport', async () => {
    const { code, message } = await inChromium(endpoints('untrusted', 's'));
    assert.equal(code, 'timeout');
    assert.match(message, /WebSocket could not be opened \(browsers do not say why: .*certificate/);
    assert.match(message, /REST: TypeError: Failed to fetch \(browsers do not say why: .*certificate/);
  });

  test('in Node it is named', async () => {
    const { code, message } = await inNode(endpoints('untrusted', 's'));
    assert.equal(code, 'timeout');
    assert.match(message, /WebSocket could not be opened; code 1006: self-signed certificate/);
    assert.match(message, /REST: TypeError: fetch failed \(self-signed certificate\)/);
  });

  test('in Node a port on which nothing listens is named', async () => {
    const { message } = await inNode(endpoints('nobody'));
    assert.match(message, /WebSocket could not be opened; code 1006: connect ECONNREFUSED/);
    assert.match(message, /REST: TypeError: fetch failed \(connect ECONNREFUSED/);
  });

  test('a handshake that is redirected fails in Chromium, which may be the reason, and in Node, which names it', async () => {
    const { websocket } = endpoints('redirecting');
    assert.match((await inChromium({ websocket, rest: undefined, transport: 'websocket' })).message, /browsers do not say why: .*redirects/);
    assert.match((await inNode({ websocket })).message, /Unexpected server response: 301/);
  });

  test('a redirect that makes a GET of a POST is refused, and no message is lost in it', async () => {
    const { rest } = endpoints('redirecting');
    const error = await inChromium({ rest, websocket: undefined, transport: 'polling' });
    assert.equal(error.code, 'protocol');
    assert.match(error.message, /the REST endpoint redirects/);
    assert.match((await inNode({ rest })).message, /the REST endpoint redirects to http:\/\/127\.0\.0\.1:\d+/);
  });

  test('why the socket does not open stands in `transportchange`, `logger` and `report()` while REST carries', async () => {
    const { websocket } = endpoints('nobody');
    const { reason, said, report } = await page.evaluate(async websocket => {
      const said = [];
      const client = await t.connect({ websocket, lazy: true, logger: entry => said.push(JSON.stringify(entry)) });
      const { reason } = await t.event(client, 'transportchange');
      const told = { reason, said: said.join('\n'), report: client.report() };
      await t.disconnect();
      return told;
    }, websocket);
    for (const text of [reason, said, report]) assert.match(text, /the WebSocket could not be opened \(browsers do not say why/);
  });

  test('why REST fails stands in the reason of the change, and in the error of a post', async () => {
    await page.evaluate(async () => {
      window.client = await t.connect({ transport: 'polling' });
      window.change = t.event(client, 'transportchange', ({ transport }) => transport === null);
    });
    stage.rest.set({ mode: 'refuse' });
    stage.rest.cut();
    const { reason, error, report } = await page.evaluate(async () => {
      const error = await t.failure(() => client.queue(t.fresh('causes')).post({ body: 1 }));
      const { reason } = await change;
      await t.disconnect();
      return { reason, error, report: client.report() };
    });
    stage.rest.set({ mode: 'pass' });
    assert.match(reason, /REST does not answer: REST: TypeError: Failed to fetch/);
    assert.match(error.message, /the HTTP request failed, and the server may have seen it: REST: TypeError: Failed to fetch/);
    assert.match(report, /Failed to fetch/);
  });
});

/** A server that sends everything elsewhere. */
function redirecting() {
  const server = http.createServer((request, response) => {
    if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
    response.writeHead(301, { ...CORS, Location: `http://${request.headers.host}/elsewhere` }).end();
  });
  return server.on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`HTTP/1.1 301 Moved\r\nLocation: http://${request.headers.host}/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
}

async function listening(servers, server) {
  const open = new Set();
  server.on('connection', socket => open.add(socket.on('close', () => open.delete(socket))));
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    stop() {
      for (const socket of open) socket.destroy();
      return new Promise(resolve => server.close(resolve));
    },
  });
  return server.address().port;
}

/** A key and a certificate that nobody has signed. */
async function selfSigned() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-causes-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert,
  ]);
  const pair = { key: await readFile(key), cert: await readFile(cert) };
  await rm(folder, { recursive: true });
  return pair;
}
