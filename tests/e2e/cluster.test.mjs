// Three WebSocket and three REST servers behind HAProxy with the configuration of docs/server.md. They are killed, frozen and
// drained and HAProxy is reloaded, while a page posts, tails, works, pops and listens (lib/workload.mjs). What is stored at the
// end is the judge.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findHaproxy } from '../../scripts/lib/haproxy.mjs';
import { startSite } from '../../scripts/serve.mjs';
import { startBrowser } from '../support/browser.mjs';
import { startCluster } from '../support/cluster.mjs';
import { startHaproxy } from '../support/haproxy.mjs';
import { beginLoad } from './lib/load.mjs';
import { FAILED_FETCH, FAILED_SOCKET } from './lib/stage.mjs';
import { assertNothingWrong, countTwice, judgePosts, judgeTail, neverGot } from './lib/verdict.mjs';

const restart = async workers => {
  await Promise.all(workers.map(worker => worker.kill()));
  return () => Promise.all(workers.map(worker => worker.start()));
};

/** What happens to the servers, one after the other; each resolves to what makes it good again. */
const TROUBLES = {
  'a WebSocket server is killed': ({ websockets }) => restart([websockets[0]]),
  'HAProxy is reloaded': ({ front }) => front.reload(),
  'a REST server is killed': ({ rests }) => restart([rests[1]]),
  'a WebSocket server is drained': async ({ front }) => {
    await front.drain('zaqar_ws', 1);
    return () => front.restore('zaqar_ws', 1);
  },
  'two WebSocket servers and two REST servers are killed': ({ websockets, rests }) => restart([websockets[1], websockets[2], rests[0], rests[2]]),
  'all WebSocket servers are killed': ({ websockets }) => restart(websockets),
  'a WebSocket server hangs': async ({ websockets }) => {
    websockets[2].freeze();
    return () => websockets[2].thaw();
  },
  'all REST servers are killed': ({ rests }) => restart(rests),
  'HAProxy is reloaded while servers are dead': async ({ front, websockets, rests }) => {
    const start = await restart([websockets[0], rests[0]]);
    await front.reload();
    return start;
  },
  'a REST server is drained': async ({ front }) => {
    await front.drain('zaqar_rest', 0);
    return () => front.restore('zaqar_rest', 0);
  },
};

/** Readers that cannot go on while a trouble lasts. */
const STOPPED = { 'all REST servers are killed': ['polled'] };

describe('a cluster behind HAProxy', { skip: findHaproxy() ? false : 'no HAProxy, and apt may not be used here', timeout: 180_000 }, () => {
  const running = [];
  let cluster, front, load, result;

  before(async () => {
    const started = async promise => {
      const service = await promise;
      running.unshift(service);
      return service;
    };
    let site, browser;
    [cluster, site, browser] = await Promise.all([
      started(startCluster({ websockets: 3, rests: 3 })),
      started(startSite({ roots: { '/pkg/': 'pkg' } })),
      started(startBrowser({ flags: ['--ignore-certificate-errors'] })),
    ]);
    const ports = workers => workers.map(({ port }) => port);
    front = await started(startHaproxy({ site: site.port, websockets: ports(cluster.websockets), rests: ports(cluster.rests) }));
    site.answerTo(`127.0.0.1:${front.port}`);
    const url = `https://127.0.0.1:${front.port}`;
    const page = await browser.openPage({ site: { url: `${url}/`, route: site.route }, expected: [FAILED_FETCH, FAILED_SOCKET] });
    load = await beginLoad({ page, site, endpoints: { websocket: url.replace('https', 'wss'), rest: url } });
  });
  after(async () => {
    for (const service of running) await service.stop();
  });

  for (const [name, befall] of Object.entries(TROUBLES)) {
    test(`${name}: posts, tails, consumers and pops go on, while it lasts and after it`, async () => {
      const mend = await befall({ ...cluster, front });
      await load.progresses({ without: STOPPED[name] });
      await mend?.();
      await load.progresses();
    });
  }

  test('all posts and all readers come to an end', async context => {
    result = await load.finish({ rest: `http://127.0.0.1:${cluster.rests[0].port}`, redisPort: cluster.redisPort });
    const { account, orphans } = result;
    const failed = account.posts.filter(({ error }) => error);
    const unknown = failed.filter(({ error }) => error.delivery === 'unknown').length;
    context.diagnostic(`${account.posts.length} posts, ${failed.length} failed, ${unknown} of them unknown; ${orphans} claims whose answer was lost`);
    assert.deepEqual(account.problems, []);
  });

  test('what was acknowledged is stored once and in order, and what is said not to be stored is not', () => {
    const posts = result.account.posts.filter(({ queue }) => queue === 'stream');
    assertNothingWrong(judgePosts(posts, result.stored));
  });

  for (const [place, name] of ['a tail', 'a tail that polls'].entries()) {
    test(`${name} gave all that is stored, once and in order`, () => {
      assertNothingWrong(judgeTail(result.account.tails[place], result.stored));
    });
  }

  test('every message was worked, more than once only where a claim or a delete was lost', context => {
    const { posts, worked } = result.account;
    assert.deepEqual(neverGot(posts.filter(({ queue }) => queue === 'work'), worked), []);
    context.diagnostic(`${countTwice(worked)} of ${worked.length} were worked twice`);
  });

  test('every message was popped once, but for those of pops that failed as unknown', () => {
    const { posts, popped, perhapsPopped } = result.account;
    assert.equal(countTwice(popped), 0);
    const lost = neverGot(posts.filter(({ queue }) => queue === 'once'), popped);
    assert.ok(lost.length <= perhapsPopped, `${lost.length} are lost, and ${perhapsPopped} may be`);
  });

  test('subscribe() gave nothing that was not posted, and gives each post again, once', async context => {
    const { notified } = result.account;
    const stored = new Set(result.stored.map(({ by, n }) => `${by} ${n}`));
    assert.deepEqual(notified.filter(({ by, n }) => !stored.has(`${by} ${n}`)), []);
    const given = new Set(notified.map(({ by, n }) => `${by} ${n}`));
    context.diagnostic(`${stored.size - given.size} of ${stored.size} were not notified, ${countTwice(notified)} twice: listed while the client polled, and pushed late`);
    const again = await load.page.evaluate(async () => {
      const of = by => workload.account.notified.filter(body => body.by === by).map(({ n }) => n);
      await workload.postAs('last', 20);
      while (of('last').length < 20) await new Promise(resolve => setTimeout(resolve, 20));
      return of('last').sort((a, b) => a - b);
    });
    assert.deepEqual(again, Array.from({ length: 20 }, (_, n) => n));
  });
});
