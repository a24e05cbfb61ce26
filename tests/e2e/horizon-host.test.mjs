// The panel's place in a real Horizon: who sees it, and what the hand-over gives to whom.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startHorizon } from '../../scripts/horizon.mjs';
import { startKeystone } from '../../scripts/keystone.mjs';
import { startHorizonWorld } from '../support/horizon.mjs';
import { FAILED_FETCH, FAILED_SOCKET, until } from './lib/stage.mjs';

/** What the tests take for all of Zaqar and Keystone that a page has no business with. */
const FORBIDDEN_AT_ZAQAR = ['GET /v2/', 'GET /v2/health', 'GET /v2/pools', 'PUT /v2/pools/p', 'GET /v2/flavors', 'DELETE /v2/flavors/f', 'GET /v2/topics'];
/** What makes something that outlives the token and the logout. */
const LASTING = ['POST /v2/queues/narrow/share', 'POST /v2/queues/narrow/subscriptions', 'PATCH /v2/queues/narrow/subscriptions/s'];
const FORBIDDEN_AT_KEYSTONE = ['/auth/projects', '/auth/catalog', '/users', '/projects'];

/** Addresses that are not in the catalog, and so long a life that the session ends sooner. */
const GENEROUS = { user_token: true, token_seconds: 100_000, rest: 'https://zaqar.example/v2/', websocket: 'wss://zaqar.example' };

let world;
/** Logged in as demo, at the panel. */
let page;
/** How long a hand-over takes here, in ms. */
let pace;

before(async () => {
  world = await startHorizonWorld();
  page = await world.openHorizon({ expected: [FAILED_FETCH] });
  const start = performance.now();
  for (let n = 0; n < 3; n += 1) await handOver(page);
  pace = (performance.now() - start) / 3;
});
after(async () => {
  try {
    page?.assertNoProblems();
  } finally {
    await world?.stop();
  }
});

/** Asks for a hand-over as a page does; a header that is undefined is left out. */
function handOver(page, { path = '/api/zaqar-web/queues/', method = 'POST', headers = {}, body } = {}) {
  return page.evaluate(
    async ({ path, method, headers, body }) => {
      const csrf = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1];
      const all = Object.entries({ 'X-Requested-With': 'XMLHttpRequest', 'X-CSRFToken': csrf, ...headers });
      const response = await fetch(path, { method, headers: Object.fromEntries(all.filter(([, value]) => value !== null)), body });
      const text = await response.text();
      return { status: response.status, cache: response.headers.get('Cache-Control'), body: /^["{]/.test(text) ? JSON.parse(text) : text };
    },
    { path, method, headers, body },
  );
}

/** What the panel asks for when it makes something that lasts so long. */
const lend = (page, right, seconds) => handOver(page, { path: `/api/zaqar-web/queues/${right}/`, body: JSON.stringify({ seconds }) });

const logOut = page => page.evaluate(() => fetch('/auth/logout/', { method: 'POST', redirect: 'manual', headers: { 'X-CSRFToken': document.cookie.match(/csrftoken=([^;]*)/)[1] } }));

async function statusAtZaqar(token, request, body) {
  const [method, path] = request.split(' ');
  const headers = { 'Client-ID': crypto.randomUUID(), 'X-Auth-Token': token, Accept: 'application/json', 'Content-Type': 'application/json' };
  return (await fetch(world.zaqar.rest + path, { method, headers, body: JSON.stringify(body) })).status;
}

/** Whether Zaqar's WebSocket server takes the token. */
async function authenticates(token) {
  const socket = new WebSocket(world.endpoints.websocket);
  try {
    await once(socket, 'open');
    const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': world.keystone.projects.demo, 'X-Auth-Token': token };
    socket.send(JSON.stringify({ action: 'authenticate', headers, body: {} }));
    const [answer] = await once(socket, 'message');
    return JSON.parse(answer).headers.status === 200;
  } finally {
    socket.terminate();
  }
}

const statusAtKeystone = async (token, path) => (await fetch(world.keystone.url + path, { headers: { 'X-Auth-Token': token } })).status;

/** Keystone's `/users/ID/…` of a user, as the user asks for it in the project demo. */
async function own(name, keystone = world.keystone) {
  const { token, userId } = await keystone.login(keystone.users[name], keystone.projects.demo);
  return async (method, path, body) => (await keystone.api.request(method, `/users/${userId}/${path}`, { token, body })).body;
}

/** The names of a user's application credentials. */
async function credentials(name) {
  const { application_credentials } = await (await own(name))('GET', 'application_credentials');
  return application_credentials.map(credential => credential.name);
}

/** Those that were not there before; of the others some may have ended, and been removed. */
const newCredentials = async (name, before) => (await credentials(name)).filter(each => !before.includes(each));

/** A user's access rules, whether a credential has them or not. */
async function accessRules(name) {
  const { access_rules } = await (await own(name))('GET', 'access_rules');
  return access_rules.map(({ method, path }) => `${method} ${path}`);
}

/** A Horizon for the tests of a suite, with these settings of the plugin. */
function useHorizon(settings) {
  const use = {};
  before(async () => {
    use.horizon = await world.startHorizon({ ZAQAR_WEB_HORIZON: typeof settings === 'function' ? settings() : settings });
  });
  after(() => use.horizon?.stop());
  return use;
}

/** A page of Horizon without the panel, for the test `t` only. */
async function openElsewhere(t, options) {
  const elsewhere = await world.openHorizon({ path: '/identity/', ...options });
  t.after(() => elsewhere.context().close());
  return elsewhere;
}

describe('the hand-over', () => {
  test('gives a page the addresses of Zaqar, its project, and a token of ten minutes that no cache keeps', async () => {
    const { status, cache, body } = await handOver(page);
    assert.equal(status, 200);
    assert.equal(cache, 'no-store');
    const { token, expiresIn, expiresAt, ...rest } = body;
    assert.deepEqual(rest, {
      ...world.endpoints, projectId: world.keystone.projects.demo, projectName: 'demo', narrow: true,
      signedUrlSeconds: 86_400, subscriptionSeconds: 30 * 86_400,
    });
    assert.ok(expiresIn > 540 && expiresIn <= 600, String(expiresIn));
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - expiresIn * 1_000) < 5_000);
    assert.equal(await statusAtZaqar(token, 'GET /v2/queues'), 200);
  });

  test('does not need the token that Horizon gives to scripts', async () => {
    const session = await page.evaluate(async () => (await fetch('/api/keystone/user-session/', { headers: { 'X-Requested-With': 'XMLHttpRequest' } })).json());
    assert.equal(session.token, undefined);
  });

  test('is refused without the CSRF token, to what is no script of a page, and by GET', async () => {
    assert.equal((await handOver(page, { headers: { 'X-CSRFToken': null } })).status, 401);
    assert.equal((await handOver(page, { headers: { 'X-CSRFToken': 'x'.repeat(64) } })).status, 401);
    assert.deepEqual(await handOver(page, { headers: { 'X-Requested-With': null } }), { status: 400, cache: null, body: 'request must be AJAX' });
    assert.equal((await handOver(page, { method: 'GET' })).status, 405);
  });

  test('gives a token that opens nothing but what the panel asks of Zaqar', async () => {
    const { token } = (await handOver(page)).body;
    for (const request of FORBIDDEN_AT_ZAQAR) assert.equal(await statusAtZaqar(token, request), 401, request);
    for (const path of FORBIDDEN_AT_KEYSTONE) assert.equal(await statusAtKeystone(token, path), 401, path);
    for (const request of ['GET /v2/ping', 'PUT /v2/queues/narrow', 'GET /v2/queues/narrow/stats']) assert.ok((await statusAtZaqar(token, request)) < 300, request);
  });

  test('gives no right to make what outlives the token, but for the moment in which the panel makes it', async () => {
    const standing = (await handOver(page)).body.token;
    assert.ok((await statusAtZaqar(standing, 'PUT /v2/queues/narrow')) < 300);
    for (const request of LASTING) assert.equal(await statusAtZaqar(standing, request), 401, request);

    const share = await lend(page, 'share', 3_600);
    assert.deepEqual([share.status, share.cache, share.body.narrow], [200, 'no-store', true]);
    assert.ok(share.body.expiresIn > 0 && share.body.expiresIn <= 60, String(share.body.expiresIn));
    assert.equal(await statusAtZaqar(share.body.token, LASTING[0], { methods: ['GET'] }), 200);
    for (const request of [...LASTING.slice(1), 'GET /v2/queues', 'GET /v2/queues/narrow/messages', ...FORBIDDEN_AT_ZAQAR]) {
      assert.equal(await statusAtZaqar(share.body.token, request), 401, request);
    }

    const subscribe = (await lend(page, 'subscribe', 3_600)).body;
    assert.ok(subscribe.expiresIn > 0 && subscribe.expiresIn <= 60, String(subscribe.expiresIn));
    assert.equal(await statusAtZaqar(subscribe.token, LASTING[1], { subscriber: 'https://example.org/hook', ttl: 3_600 }), 201);
    assert.equal(await statusAtZaqar(subscribe.token, LASTING[2], { ttl: 600 }), 404);
    for (const request of [LASTING[0], 'GET /v2/queues/narrow/subscriptions', ...FORBIDDEN_AT_ZAQAR]) assert.equal(await statusAtZaqar(subscribe.token, request), 401, request);
  });

  test('lends no right for what shall last longer than the settings allow', async () => {
    for (const [right, most] of [['share', 86_400], ['subscribe', 30 * 86_400]]) {
      assert.equal((await lend(page, right, most)).status, 200);
      for (const seconds of [most + 1, 0, -1, 1.5, '60', true, null]) {
        assert.deepEqual(await lend(page, right, seconds), { status: 400, cache: null, body: `The settings of Horizon allow at most ${most} seconds.` }, `${right} for ${seconds}`);
      }
    }
  });

  test('keeps pools and flavors from who is no administrator', async () => {
    assert.deepEqual(await handOver(page, { path: '/api/zaqar-web/pools/' }), { status: 403, cache: null, body: 'Pools and flavors are for administrators.' });
  });

  test('gives administrators one token for queues and another for pools and flavors', async t => {
    const admin = await openElsewhere(t, { user: 'admin' });
    const queues = (await handOver(admin)).body;
    const pools = (await handOver(admin, { path: '/api/zaqar-web/pools/' })).body;
    assert.equal(await statusAtZaqar(queues.token, 'GET /v2/pools'), 401);
    assert.equal(await statusAtZaqar(pools.token, 'GET /v2/queues'), 401);
    assert.equal(pools.websocket, undefined);
  });

  test('ends its tokens when their user logs out', async t => {
    const reader = await openElsewhere(t, { user: 'reader' });
    const { token } = (await handOver(reader)).body;
    assert.equal(await statusAtZaqar(token, 'GET /v2/queues'), 200);
    await logOut(reader);
    // Zaqar believes for two seconds what Keystone has told it.
    await until(async () => (await statusAtZaqar(token, 'GET /v2/queues')) === 401);
    assert.deepEqual(await credentials('reader'), []);
    assert.deepEqual(await handOver(reader), { status: 401, cache: null, body: 'not logged in' });
  });

  test('makes one application credential for all pages of a session, however many ask at once', async t => {
    const before = await credentials('reader');
    const [first, second] = await Promise.all([openElsewhere(t, { user: 'reader' }), openElsewhere(t, { user: 'reader' })]);
    const all = await Promise.all(Array.from({ length: 20 }, (_, n) => handOver(n % 2 ? first : second)));
    for (const { status, body } of all) assert.deepEqual([status, await statusAtZaqar(body.token, 'GET /v2/queues')], [200, 200]);
    for (let n = 0; n < 3; n += 1) {
      await first.goto(world.horizon.queues);
      await first.getByTestId('queue-table').waitFor();
    }
    assert.equal((await newCredentials('reader', before)).length, 2, 'one for each of the two sessions');

    await logOut(first);
    assert.equal((await newCredentials('reader', before)).length, 1);
    assert.equal((await handOver(second)).status, 200);
    await logOut(second);
    assert.deepEqual(await newCredentials('reader', before), []);
  });

  test('is not kept from its work by application credentials of the user that look like its own, and leaves them alone', async t => {
    const ask = await own('reader');
    const later = new Date(Date.now() + 3_600_000).toISOString().slice(0, -1);
    const alien = [
      { name: 'zaqar-web-horizon-of-mine' },
      { name: 'zaqar-web-horizon-queues-0123456789abcdef-1', expires_at: later },
      { name: 'zaqar-web-horizon-described', description: 'For a page of Horizon that works with Zaqar.' },
      // Of a panel, but of another session.
      { name: 'zaqar-web-horizon-queues-fedcba9876543210-1', description: 'For a page of Horizon that works with Zaqar.', expires_at: later },
    ];
    for (const application_credential of alien) await ask('POST', 'application_credentials', { application_credential });
    t.after(async () => {
      const { application_credentials } = await ask('GET', 'application_credentials');
      for (const { id } of application_credentials) await ask('DELETE', `application_credentials/${id}`);
    });
    const reader = await openElsewhere(t, { user: 'reader' });
    assert.equal((await handOver(reader)).status, 200);
    await logOut(reader);
    assert.deepEqual((await credentials('reader')).sort(), alien.map(({ name }) => name).sort());
  });

  test('leaves no access rules behind but those that the user needs, or has made otherwise', async t => {
    const ask = await own('reader');
    const rule = (method, path) => ({ service: 'messaging', method, path });
    const make = (name, ...access_rules) => ask('POST', 'application_credentials', { application_credential: { name, access_rules } });
    const remove = async ({ application_credential: { id } }) => ask('DELETE', `application_credentials/${id}`);
    const needed = await make('needed', rule('GET', '/v2/ping'), rule('GET', '/v2/queues'));
    t.after(() => remove(needed));
    await remove(await make('gone', rule('GET', '/v2/pools'), rule('PUT', '/v2/queues/mine')));

    const reader = await openElsewhere(t, { user: 'reader' });
    await lend(reader, 'share', 60);
    await handOver(reader);
    assert.ok(!(await accessRules('reader')).includes('GET /v2/pools'), 'what nothing uses goes at the next hand-over');
    assert.ok((await accessRules('reader')).includes('POST /v2/queues/*/share'));
    await logOut(reader);
    assert.deepEqual((await accessRules('reader')).sort(), ['GET /v2/ping', 'GET /v2/queues', 'PUT /v2/queues/mine']);
  });

  test('says why where Keystone allows no application credentials', async t => {
    const { status, body } = await handOver(await openElsewhere(t, { user: 'confined' }));
    assert.equal(status, 403);
    assert.match(body, /^Keystone does not let you make application credentials/);
  });
});

describe('the hand-over by the settings', () => {
  const generous = useHorizon(GENEROUS);

  test("gives the user's own token where Keystone allows no application credentials", async t => {
    const given = (await handOver(await openElsewhere(t, { ...generous, user: 'confined' }))).body;
    assert.equal(given.narrow, false);
    assert.equal(await statusAtZaqar(given.token, 'GET /v2/queues'), 200);
    assert.equal(await statusAtKeystone(given.token, '/auth/projects'), 200);
    assert.match(generous.horizon.log(), /By user_token a page gets the own token of user \w+, .*identity:list_application_credentials/);
  });

  test('gives a narrow token to who can have one, and none that outlives the session', async t => {
    const { expiresIn, narrow } = (await handOver(await openElsewhere(t, generous))).body;
    // Keystone's tokens live an hour.
    assert.ok(narrow && expiresIn <= 3_600, String(expiresIn));
  });

  test("does not give the user's own token where it is a limit that stops Keystone", async t => {
    const keystone = await startKeystone({ userLimit: 1 });
    t.after(() => keystone.stop());
    const horizon = await startHorizon({ keystone, settings: { ZAQAR_WEB_HORIZON: GENEROUS } });
    t.after(() => horizon.stop());
    await (await own('demo', keystone))('POST', 'application_credentials', { application_credential: { name: 'the only one' } });
    const { status, body } = await handOver(await openElsewhere(t, { horizon }));
    assert.equal(status, 403);
    assert.match(body, /^Keystone has made no application credential, .*maximum of 1 already exceeded/);
    assert.match(horizon.log(), /Keystone has made no application credential for user \w+: .*maximum of 1/);
  });

  test('tells the addresses that are set before those of the catalog', async t => {
    const { rest, websocket } = (await handOver(await openElsewhere(t, generous))).body;
    assert.deepEqual({ rest, websocket }, { rest: 'https://zaqar.example', websocket: 'wss://zaqar.example' });
  });
});

describe('without a socket, by the settings', () => {
  const polling = useHorizon({ websocket: false });

  test('the token opens none: its rights could not be divided', async t => {
    const { rest, websocket, token } = (await handOver(await openElsewhere(t, polling))).body;
    assert.deepEqual({ rest, websocket }, { rest: world.endpoints.rest, websocket: undefined });
    assert.equal(await statusAtZaqar(token, 'GET /v2/queues'), 200);
    assert.equal(await authenticates(token), false);
    assert.equal(await authenticates((await handOver(page)).body.token), true);
  });

  test('the panel works by polling', async t => {
    const panel = await world.openHorizon({ ...polling, expected: [FAILED_FETCH] });
    t.after(() => panel.context().close());
    await panel.getByTestId('queue-table').waitFor();
    panel.assertNoProblems();
  });
});

describe('a logout that leads to the identity provider', () => {
  test('removes what a usual one does', async t => {
    const horizon = await world.startHorizon({ WEBSSO_ENABLED: true, WEBSSO_DEFAULT_REDIRECT: true, WEBSSO_DEFAULT_REDIRECT_LOGOUT: 'http://idp.invalid/logout' });
    t.after(() => horizon.stop());
    const { users, projects } = world.keystone;
    const before = await credentials('reader');
    const context = await world.browser.context.browser().newContext();
    t.after(() => context.close());
    // What Keystone has the browser send when the identity provider knows who it is.
    const { token } = await world.keystone.login(users.reader, projects.demo);
    assert.ok((await context.request.post(`${horizon.url}/auth/websso/`, { form: { token } })).ok());
    const reader = await context.newPage();
    await reader.goto(`${horizon.url}/identity/`);
    const { token: given } = (await handOver(reader)).body;
    assert.equal(await statusAtZaqar(given, 'GET /v2/queues'), 200);
    assert.equal((await newCredentials('reader', before)).length, 1);
    await logOut(reader);
    assert.deepEqual(await handOver(reader), { status: 401, cache: null, body: 'not logged in' });
    assert.deepEqual(await newCredentials('reader', before), []);
    await until(async () => (await statusAtZaqar(given, 'GET /v2/queues')) === 401);
  });
});

describe('tokens of few seconds', () => {
  // On a machine that has much else to do Keystone takes its time.
  const brief = useHorizon(() => ({ token_seconds: Math.max(6, Math.ceil(pace / 100)) }));

  test('are renewed on the one socket of the panel, whatever it is doing', async () => {
    const sockets = [];
    let given = 0;
    const panel = await world.openHorizon({
      ...brief,
      prepare(page) {
        page.on('websocket', socket => sockets.push(socket));
        page.on('response', response => (given += response.url().includes('/api/zaqar-web/queues/') && response.ok()));
      },
    });
    await until(() => given >= 4, { within: 120_000 });
    assert.equal(sockets.length, 1);
    assert.equal(sockets[0].isClosed(), false);
    panel.assertNoProblems();
    await panel.context().close();
  });

  test('leave no credentials behind but the last, and those that are not theirs', async t => {
    const reader = await openElsewhere(t, { ...brief, user: 'reader' });
    await world.keystone.api.shortToken(await world.keystone.login(world.keystone.users.reader, world.keystone.projects.demo), 5);
    const [own] = await credentials('reader');
    const { expiresAt } = (await handOver(reader)).body;
    const [first] = (await credentials('reader')).filter(name => name !== own);
    // The credential may end within the second that Keystone rounds the token's end down to.
    await sleep(Date.parse(expiresAt) - Date.now() + 1_050);
    await handOver(reader);
    const left = await credentials('reader');
    assert.equal(left.length, 2);
    assert.ok(left.includes(own) && !left.includes(first));
  });
});

describe('tokens of two pages of a session', () => {
  // The page that comes last has half of it, and renews it when a fifth is left.
  const short = useHorizon(() => ({ token_seconds: Math.max(20, Math.ceil(pace / 30)) }));

  test('come from one credential at a time, whose end disturbs none of them', async t => {
    const before = await credentials('reader');
    const sockets = [];
    const first = await world.openHorizon({ ...short, user: 'reader', prepare: opened => opened.on('websocket', socket => sockets.push(socket)) });
    t.after(() => first.context().close());
    const second = await first.context().newPage();
    second.on('websocket', socket => sockets.push(socket));
    const renewed = [first, second].map(opened => {
      const given = [];
      opened.on('response', response => { if (response.url().includes('/api/zaqar-web/queues/') && response.ok()) given.push(response); });
      return given;
    });
    await second.goto(short.horizon.queues);
    await until(() => renewed.every(given => given.length >= 3), { within: 200_000 });
    await until(async () => (await newCredentials('reader', before)).length === 1);
    assert.deepEqual(sockets.map(socket => socket.isClosed()), [false, false]);
    first.assertNoProblems();
  });
});

describe('a page without a session', () => {
  const brief = useHorizon({ token_seconds: 8 });
  after(() => world.websocket.set({ mode: 'pass' }));

  test('who may not have a token is told why', async () => {
    const confined = await world.openHorizon({ user: 'confined', expected: [FAILED_FETCH] });
    await confined.getByTestId('forbidden').waitFor();
    assert.match(await confined.locator('#zaqar-web').innerText(), /You may not use this\.[^]*Keystone does not let you make application credentials/);
    assert.ok(await confined.getByTestId('again').isVisible());
    confined.assertNoProblems();
    await confined.context().close();
  });

  test('a project that is changed in another tab is told, and nothing of the new one is asked for under the name of the old', async () => {
    // Over REST Zaqar goes by the token's project, whatever the page calls it.
    world.websocket.set({ mode: 'status', status: 403 });
    const foreign = new Set();
    const asked = [];
    const there = await world.openHorizon({
      ...brief, user: 'admin', project: 'demo', expected: [FAILED_FETCH, FAILED_SOCKET],
      prepare(opened) {
        opened.on('request', request => asked.push(request.headers()['x-auth-token']));
        opened.on('response', async response => {
          if (!response.url().includes('/api/zaqar-web/queues/')) return;
          const { projectId, token } = await response.json();
          if (projectId !== world.keystone.projects.demo) foreign.add(token);
        });
      },
    });
    await there.getByTestId('queue-table').waitFor();
    assert.ok((await there.context().request.get(`${brief.horizon.url}/auth/switch/${world.keystone.projects.admin}/`)).ok());
    await there.getByTestId('other-project').getByText('in the project admin, this page is not').waitFor({ timeout: 60_000 });
    assert.equal(foreign.size, 1);
    assert.ok(asked.some(Boolean) && !asked.some(token => foreign.has(token)));
    await there.getByTestId('reload').click();
    await there.getByText('Project admin', { exact: true }).waitFor();
    there.assertNoProblems();
    await there.context().close();
  });

  test('who is logged out meanwhile is told so, and led to the login and back', async () => {
    const panel = await world.openHorizon({ ...brief, expected: [FAILED_FETCH, FAILED_SOCKET] });
    await panel.getByTestId('queue-table').waitFor();
    await panel.evaluate(() => { location.hash = '#!/orders'; });
    await panel.context().clearCookies({ name: 'sessionid' });
    await panel.getByTestId('logged-out').waitFor({ timeout: 60_000 });
    await panel.getByTestId('login').click();
    await panel.fill('#id_username', world.keystone.users.demo.name);
    await panel.fill('#id_password', world.keystone.users.demo.password);
    await panel.click('#loginBtn');
    await panel.getByRole('heading', { name: 'orders', exact: true }).waitFor({ timeout: 30_000 });
    panel.assertNoProblems();
    await panel.context().close();
  });
});

describe('the panels', () => {
  test('get their CSRF token from the page where scripts may not read the cookie', async t => {
    const horizon = await world.startHorizon({ CSRF_COOKIE_HTTPONLY: true });
    t.after(() => horizon.stop());
    const panel = await world.openHorizon({ horizon });
    t.after(() => panel.context().close());
    assert.equal(await panel.evaluate(() => document.cookie.includes('csrftoken')), false);
    await panel.getByTestId('queue-table').waitFor();
  });

  test('are where one lands who logs in with the form', async t => {
    const context = await world.browser.context.browser().newContext();
    t.after(() => context.close());
    const visit = await context.newPage();
    await visit.goto(`${world.horizon.url}/`);
    await visit.getByLabel('User Name').fill('demo');
    await visit.getByLabel('Password').fill('demo-password');
    await visit.getByRole('button', { name: 'Sign In' }).click();
    await visit.getByRole('heading', { name: 'Queues', level: 1 }).waitFor();
    await visit.locator('#zaqar-web > *').first().waitFor();
  });

  test('of queues stands under Project and Messaging', async () => {
    assert.deepEqual((await page.locator('.page-breadcrumb li').allInnerTexts()).map(text => text.trim()), ['Project', 'Messaging', 'Queues']);
  });

  test('of pools and flavors is not there for who is no administrator', async () => {
    assert.equal(await page.locator('a[href="/admin/message_pools/"]').count(), 0);
    const { url, status } = await page.evaluate(async () => (({ url, status }) => ({ url, status }))(await fetch('/admin/message_pools/')));
    assert.ok(status === 403 || url.includes('/auth/login/'), `${status} ${url}`);
  });

  test('of pools and flavors is there for an administrator', async t => {
    const admin = await openElsewhere(t, { user: 'admin' });
    await admin.goto(world.horizon.pools);
    await admin.getByRole('heading', { name: 'Pools and flavors', level: 1 }).waitFor();
    assert.equal(await admin.locator('a[href="/admin/message_pools/"]').count(), 1);
  });

  test('send who is not logged in to the login, and back', async t => {
    const context = await world.browser.context.browser().newContext();
    t.after(() => context.close());
    const visit = await context.newPage();
    await visit.goto(world.horizon.queues);
    assert.equal(new URL(visit.url()).pathname + new URL(visit.url()).search, '/auth/login/?next=/project/message_queues/');
  });
});
