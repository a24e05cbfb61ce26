// The world of world.mjs with a Keystone and a Horizon that has the panel. The catalog tells the fault proxies' addresses, so
// a page of Horizon goes through them.
//
//   const world = await startHorizonWorld();
//   const page = await world.openHorizon({ user: 'demo' });      // logged in, at the panel of queues
//   const zaqar = await world.zaqarOf('demo');
//   await zaqar('POST', '/v2/queues/orders/messages', { messages: [{ body: 1 }] });  // from outside
//   world.websocket.set({ mode: 'status', status: 403 });                            // see fault-proxy.mjs
//   page.assertNoProblems();
//   await world.stop();

import assert from 'node:assert/strict';
import { buildHorizon } from '../../scripts/build-horizon.mjs';
import { startHorizon } from '../../scripts/horizon.mjs';
import { collectProblems } from './browser.mjs';
import { startWorld } from './world.mjs';

/** Horizon's own scripts write these to the console. */
const OF_HORIZON = [/JQMIGRATE/];

/**
 * - `settings`, `plugin`: see `startHorizon`.
 * - `zaqar`: options of `startZaqar`.
 */
export async function startHorizonWorld({ settings, plugin, zaqar } = {}) {
  await buildHorizon();
  const world = await startWorld({ withKeystone: true, zaqar, beside: keystone => startHorizon({ keystone, settings, plugin }) });
  const { keystone, beside: horizon } = world;
  return {
    ...world,
    horizon,
    openHorizon: options => openHorizon(world, { horizon, ...options }),
    /** Another Horizon on the same Keystone; it is the caller's to stop. */
    startHorizon: settings => startHorizon({ keystone, settings }),
    zaqarOf: (user, project = 'demo') => zaqarOf(world, user, project),
  };
}

/**
 * Opens a page of Horizon in a browser context of its own, logged in as `user` of the Keystone's `users`; `path` says where
 * (the panel of queues), `project` in which of its projects (Horizon's choice). `prepare` gets the page before it loads.
 * `language` is the reader's. Problems that match an expression of `expected` are none.
 */
async function openHorizon(world, { horizon, user = 'demo', project, path = '/project/message_queues/', prepare = () => {}, language = 'en', expected = [], viewport = { width: 1280, height: 900 } }) {
  const context = await world.browser.context.browser().newContext({ viewport, locale: language });
  await logIn(context, horizon, world.keystone.users[user]);
  if (project) assert.ok((await context.request.get(`${horizon.url}/auth/switch/${world.keystone.projects[project]}/`)).ok());
  const page = await context.newPage();
  page.problems = collectProblems(page, [...OF_HORIZON, ...expected]);
  page.assertNoProblems = () => assert.deepEqual(page.problems, []);
  await prepare(page);
  await page.goto(horizon.url + path);
  return page;
}

/** As the form does it, without the time that its page takes to load. */
async function logIn(context, horizon, { name, password }) {
  const address = `${horizon.url}/auth/login/`;
  const form = await (await context.request.get(address)).text();
  const csrfmiddlewaretoken = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(form)[1];
  const region = /name="region" value="([^"]+)"/.exec(form)?.[1] ?? 'default';
  const answer = await context.request.post(address, { form: { csrfmiddlewaretoken, region, username: name, password }, headers: { Referer: address }, maxRedirects: 0 });
  assert.equal(answer.status(), 302, `${name} is not let in: ${await answer.text()}`);
}

/** Zaqar's REST API past the proxies and past the package, as a user: `request(method, path, body)` gives what it answers. */
async function zaqarOf({ keystone, zaqar }, user, project) {
  const { token } = await keystone.login(keystone.users[user], keystone.projects[project]);
  const headers = { 'Client-ID': crypto.randomUUID(), 'Content-Type': 'application/json', 'X-Auth-Token': token };
  return async (method, path, body) => {
    const answer = await fetch(zaqar.rest + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}
