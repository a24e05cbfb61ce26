// Tokens of a real Keystone for the tests of authentication: by what is the matter with them, and pages that are given them and
// whose traffic is watched.

import { before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { spyOn } from './spy.mjs';
import { FAILED_FETCH, FAILED_SOCKET, useStage } from './stage.mjs';

/** So long a refused client is watched for further attempts. */
export const QUIET_MS = 400;

/**
 * Starts a world with a Keystone before the file's tests. Besides what is below it gives
 *
 * - `stage`: the world, see stage.mjs.
 * - `demo`: a token of demo's in its project, good for an hour.
 * - `life`: how long a short-lived token lives, in seconds: as little as Keystone's whole seconds allow, on a machine with time
 *   for it.
 */
export function useAuth() {
  let turn = Promise.resolve();
  const auth = { demo: undefined, life: 4, login, kinds: kinds(), give, rest, post, openSpied, ownPage };
  const stage = (auth.stage = useStage({
    withKeystone: true,
    expected: [FAILED_SOCKET, FAILED_FETCH],
    async prepare({ keystone }) {
      auth.demo = await keystone.login(keystone.users.demo, keystone.projects.demo);
      const took = [];
      for (let n = 0; n < 6; n += 1) {
        const start = performance.now();
        await keystone.api.shortToken(auth.demo, 60);
        took.push(performance.now() - start);
      }
      // the first ones wake it up
      auth.life = Math.min(12, Math.max(4, Math.ceil(Math.max(...took.slice(2)) / 50)));
      if (auth.life > 4) console.log(`Keystone is slow here: short-lived tokens live ${auth.life} s`);
    },
  }));
  return auth;

  function login(name, project) {
    return stage.keystone.login(stage.keystone.users[name], stage.keystone.projects[project]);
  }

  /** Tokens by what is the matter with them; a test may add its own. */
  function kinds() {
    const short = seconds => stage.keystone.api.shortToken(auth.demo, seconds);
    let expired;
    return {
      good: () => login('demo', 'demo'),
      garbage: () => ({ token: 'garbage' }),
      unscoped: () => login('demo'),
      foreign: () => login('stranger', 'other'),
      reader: () => login('reader', 'demo'),
      admin: () => login('admin', 'demo'),
      short: () => short(auth.life),
      twice: () => short(2 * auth.life),
      medium: () => short(3 * auth.life),
      expired: () => (expired ??= short(2).then(ended)),
      async revoked() {
        const { token } = await login('demo', 'demo');
        await stage.keystone.api.revoke(token, auth.demo.token);
        return { token };
      },
    };
  }

  /** A token of that kind, as `{ token, expiresAt }`; one at a time, for sqlite has one writer. */
  function give(kind) {
    const given = turn.then(auth.kinds[kind]).then(({ token, expiresAt }) => ({ token, expiresAt }));
    turn = given.catch(() => {});
    return given;
  }

  /** Zaqar itself, past the proxies and past the package. */
  function rest(token, path, options = {}) {
    const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': auth.demo.projectId, 'X-Auth-Token': token, 'Content-Type': 'application/json', ...options.headers };
    return fetch(stage.zaqar.rest + path, { ...options, headers });
  }

  function post(queue, body) {
    return rest(auth.demo.token, `/v2/queues/${queue}/messages`, { method: 'POST', body: JSON.stringify({ messages: [{ body, ttl: 300 }] }) });
  }

  /**
   * A page whose `t.connect` connects to demo's project, and what it says on the network; `freshToken(kind)` gives it tokens.
   * `pastProxies` is for what goes on while another suite has the proxies misbehave.
   */
  async function openSpied({ pastProxies = false } = {}) {
    const { projectId } = auth.demo;
    const endpoints = pastProxies ? { websocket: stage.zaqar.websocket, rest: stage.zaqar.rest } : stage.endpoints;
    const page = await stage.openPage({ projectId, endpoints });
    await page.exposeFunction('freshToken', give);
    // a server that checks tokens on a machine with much else to do
    await page.evaluate(options => t.setUp(options), { ...endpoints, projectId, connectTimeoutMs: 30_000 });
    return [page, spyOn(page)];
  }

  /** Such a page for the tests of a suite; `clear` closes what the test before has left open, and forgets it. */
  function ownPage(options) {
    const own = {};
    before(async () => {
      const [page, spy] = await openSpied(options);
      Object.assign(own, {
        page,
        spy,
        async clear() {
          await page.evaluate(() => t.disconnect());
          spy.forget();
        },
      });
    });
    return own;
  }
}

async function ended({ token, expiresAt }) {
  await sleep(Date.parse(expiresAt) - Date.now() + 50);
  return { token };
}
