// The ground that the other end-to-end tests stand on: page, policy, package and server work together.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { Service, answers, listens } from '../../scripts/lib/service.mjs';
import { startWorld } from '../support/world.mjs';

let world;

before(async () => (world = await startWorld()));
after(() => world?.stop());

/** Asks Zaqar for the list of queues by a bare WebSocket of the page; resolves to the status in the answer. */
const listQueues = (page, clientId) =>
  page.evaluate(
    ({ url, clientId }) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        const headers = { 'Client-ID': clientId, 'X-Project-ID': 'support' };
        socket.onopen = () => socket.send(JSON.stringify({ action: 'queue_list', headers, body: {} }));
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).headers.status) || socket.close();
        socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
      }),
    { url: world.endpoints.websocket, clientId },
  );

test('the built package loads as a module under the strict policy', async () => {
  const page = await world.openPage();
  assert.ok((await page.evaluate(() => Object.keys(window.zaqar))).length > 0);
  page.assertNoProblems();
  await page.close();
});

test('the policy stops eval and HTML from strings, and the page helper notices', async () => {
  const page = await world.openPage();
  world.site.route('/forbidden.js', (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(`
      window.outcome = [() => eval('1'), () => new Function('return 1')(), () => (document.body.innerHTML = '<b>')].map(attempt => {
        try { attempt(); return 'allowed'; } catch (error) { return error.name; }
      });`);
  });
  await page.evaluate(() => import('/forbidden.js'));
  assert.deepEqual(await page.evaluate(() => window.outcome), ['EvalError', 'EvalError', 'TypeError']);
  assert.ok(page.problems.length > 0);
  await page.close();
});

test('a page reaches both servers of Zaqar through the fault proxies', async () => {
  const page = await world.openPage();
  const clientId = randomUUID();
  assert.equal(await listQueues(page, clientId), 200);
  const rest = await page.evaluate(
    async ({ url, clientId }) => {
      const answer = await fetch(`${url}/v2/queues`, { headers: { 'Client-ID': clientId, 'X-Project-ID': 'support' } });
      return { status: answer.status, requestId: answer.headers.get('X-OpenStack-Request-ID') };
    },
    { url: world.endpoints.rest, clientId },
  );
  assert.equal(rest.status, 200);
  assert.match(rest.requestId, /^req-/);
  page.assertNoProblems();
  assert.equal(world.websocket.stats().upgrades, 1);
  await page.close();
});

test('the WebSocket server can be killed and started while REST goes on', async () => {
  const page = await world.openPage({ expected: [/WebSocket connection/] });
  await world.zaqar.killWebsocket();
  await assert.rejects(listQueues(page, randomUUID()), /closed with 1006/);
  assert.equal((await fetch(`${world.endpoints.rest}/v2/ping`, { headers: { 'Client-ID': randomUUID(), 'X-Project-ID': 'support' } })).status, 204);
  await world.zaqar.startWebsocket();
  assert.equal(await listQueues(page, randomUUID()), 200);
  page.assertNoProblems();
  await page.close();
});

test('a Zaqar by hand runs on the ports that are asked for, until it is ended, and says so when one is taken', async () => {
  const [websocketPort, restPort] = await freePorts(2);
  const command = [at('scripts', 'zaqar.mjs'), '--websocket-port', websocketPort, '--rest-port', restPort];
  const zaqar = new Service('Zaqar by hand', process.execPath, command);
  try {
    await zaqar.start(() => zaqar.log().includes('rest '));
    assert.equal(zaqar.log(), `websocket ws://127.0.0.1:${websocketPort}\nrest      http://127.0.0.1:${restPort}\n`);
    assert.ok((await answers(websocketPort, '/')) && (await answers(restPort, '/v2/ping', { 'Client-ID': randomUUID(), 'X-Project-ID': 'support' })));
    const { code, stderr } = await read(process.execPath, command);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^\nPort ${websocketPort} is taken; choose another with --websocket-port N\\.$`, 'm'));
  } finally {
    await zaqar.end('SIGTERM');
  }
  assert.deepEqual(await Promise.all([listens(websocketPort), listens(restPort)]), [false, false]);
});
