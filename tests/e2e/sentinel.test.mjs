// Zaqar on a Redis with a replica and three Sentinels. The master is killed, frozen and replaced by hand, while a page posts,
// tails, works, pops and listens (lib/workload.mjs). Replication is asynchronous, so a failover may take back what was acknowledged
// just before it, and does so where the replica was behind: that is counted, and nothing else may be lost.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSite } from '../../scripts/serve.mjs';
import { startBrowser } from '../support/browser.mjs';
import { startCluster } from '../support/cluster.mjs';
import { startSentinels } from '../support/sentinel.mjs';
import { beginLoad } from './lib/load.mjs';
import { FAILED_FETCH, FAILED_SOCKET } from './lib/stage.mjs';
import { assertNothingWrong, countTwice, judgePosts, judgeTail, neverGot } from './lib/verdict.mjs';

/** What was acknowledged so long before a failover, the replica has, unless it was made to stop. */
const LAG_MS = 1_000;
/** Two posters have four calls of at most three messages under way. */
const UNDER_WAY = 2 * 4 * 3;
/** So long must nothing be readable before a tail that has lost its place tells of a gap. */
const UNREADABLE_MS = 10_000;

const BEHIND = 'the master is killed while the replica is behind';
const CAREFUL = 'an operator asks for a failover of a master that wants a replica';

/** What happens to the store; each resolves when there is a master again. */
const TROUBLES = {
  'the master is killed': async store => {
    await store.master().kill();
    await store.hasFailedOver();
  },
  'an operator asks for a failover': async store => {
    await store.failOver();
    await store.hasFailedOver();
  },
  [CAREFUL]: async store => {
    await store.wantReplica(true);
    await store.failOver();
    await store.hasFailedOver();
    await store.rejoin();
    await store.wantReplica(false);
  },
  'the master hangs': async store => {
    store.master().freeze();
    await store.hasFailedOver();
  },
};

describe('Redis with Sentinel', { timeout: 240_000 }, () => {
  const running = [];
  /** For each failover when acknowledgements began that it may take back, and when the former master was none any more. */
  const doubts = [];
  let store, load, result;

  before(async () => {
    const started = async promise => {
      const service = await promise;
      running.unshift(service);
      return service;
    };
    const [site, browser] = await Promise.all([
      started(startSite({ roots: { '/pkg/': 'pkg' } })),
      started(startBrowser()),
      started(startSentinels()).then(sentinels => (store = sentinels)),
    ]);
    const { websockets, rests } = await started(startCluster({ websockets: 1, rests: 1, redis: store.uri }));
    const page = await browser.openPage({ site, expected: [FAILED_FETCH, FAILED_SOCKET] });
    const endpoints = { websocket: `ws://127.0.0.1:${websockets[0].port}`, rest: `http://127.0.0.1:${rests[0].port}` };
    load = await beginLoad({ page, site, endpoints });
    load.rest = endpoints.rest;
  });
  after(async () => {
    for (const service of running) await service.stop();
  });

  function begin(name) {
    const doubt = { name, from: Date.now() - LAG_MS, to: Infinity };
    doubts.push(doubt);
    return doubt;
  }

  for (const [name, befall] of Object.entries(TROUBLES)) {
    test(`${name}: posts, tails, consumers and pops go on with the replica`, async () => {
      await load.progresses();
      const doubt = begin(name);
      await befall(store);
      await load.progresses({ within: 60_000 });
      // One that hung takes itself for the master when it wakes, and acknowledges what has waited for it.
      await store.rejoin();
      doubt.to = Date.now();
      await load.progresses();
    });
  }

  test(`${BEHIND}: what both had goes on`, async () => {
    await load.progresses();
    await store.cutOff();
    const doubt = begin(BEHIND);
    // More than the twenty messages by which a tail knows its place.
    for (let n = 0; n < 3; n += 1) await load.progresses();
    await store.master().kill();
    await load.isUnreadable(UNREADABLE_MS);
    store.replica().thaw();
    await store.hasFailedOver();
    doubt.to = Date.now();
    await load.progresses({ within: 60_000 });
  });

  test('all posts and all readers come to an end', async context => {
    result = await load.finish({ rest: load.rest, redisPort: store.master().port });
    const { posts, problems } = result.account;
    const failed = posts.filter(({ error }) => error);
    context.diagnostic(`${posts.length} posts, ${failed.length} failed, ${failed.filter(({ error }) => error.delivery === 'unknown').length} of them unknown`);
    assert.deepEqual(problems, []);
  });

  const isInDoubt = ({ at }) => doubts.some(({ from, to }) => at >= from && at <= to);

  test('what was acknowledged is stored, but for what the replica did not have; what is said not to be stored is not', context => {
    const posts = result.account.posts.filter(({ queue }) => queue === 'stream');
    const { missing, twice, ...others } = judgePosts(posts, result.stored);
    const lost = new Set(missing);
    const certain = posts.filter(post => post.id && !isInDoubt(post));
    const isLost = ({ by, n }) => lost.has(`${by} ${n}`);
    context.diagnostic(`of ${posts.length} posts ${lost.size} were acknowledged and are lost, ${twice.length} are stored twice, ${posts.length - certain.length} were in doubt`);
    const lostBy = Object.fromEntries(doubts.map(({ name, from, to }) => [name, posts.filter(post => post.at >= from && post.at <= to && isLost(post)).length]));
    context.diagnostic(JSON.stringify(lostBy));
    assertNothingWrong(others);
    assert.deepEqual(certain.filter(isLost), []);
    assert.ok(lostBy[CAREFUL] <= UNDER_WAY, 'no more than what was on its way to the replica');
    assert.notEqual(lostBy[BEHIND], 0);
  });

  for (const [place, name] of ['a tail', 'a tail that polls'].entries()) {
    test(`${name} gave all that survived, once and in order, and told of the gap`, () => {
      const { gaps, ...others } = judgeTail(result.account.tails[place], result.stored);
      assertNothingWrong(others);
      for (const { reason } of gaps) assert.equal(reason, 'its place in the queue is gone');
      assert.ok(gaps.some(({ to }) => to > doubts.at(-1).from), 'the last failover took its place in the queue');
    });
  }

  test('every message that survived was worked, and every one popped', context => {
    const { posts, worked, popped, perhapsPopped } = result.account;
    const of = name => posts.filter(post => post.queue === name && !isInDoubt(post));
    assert.deepEqual(neverGot(of('work'), worked), []);
    const lost = neverGot(of('once'), popped);
    assert.ok(lost.length <= perhapsPopped, `${lost.length} are lost, and ${perhapsPopped} may be`);
    context.diagnostic(`${countTwice(worked)} of ${worked.length} were worked twice, ${countTwice(popped)} of ${popped.length} popped twice: a failover takes deletes back, too`);
  });
});
