// Live counts of many queues of which few change: how soon those are seen, and what it costs the server, counted in the frames
// and requests that leave the page. Nothing is shown before all have been counted, which takes most of the time here.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { ask, until, useStage } from './lib/stage.mjs';

const SCALES = {
  websocket: { queues: 1_000, changing: 10, perSecond: 20, soonMs: 2_000 },
  polling: { queues: 100, changing: 2, perSecond: 4, soonMs: 3_000 },
};
/** The pause between two questions for a queue that changes: what is left until `soonMs` is for the question itself. */
const PAUSE_MS = 1_500;
/** A queue that changes gets a message so often. */
const POST_EVERY_MS = 700;
/** Changes of each queue of which the time is taken. */
const TIMED = 5;
const MADE_AT_ONCE = 20;
/** Requests are told to this process some time after they were made. */
const JITTER = 1.05;

const stage = useStage();

describe('a watch of many queues', { concurrency: true, timeout: 200_000 }, () => {
  for (const [transport, { queues, changing, perSecond, soonMs }] of Object.entries(SCALES)) {
    test(`of ${queues} over ${transport}, of which ${changing} change, shows each change within ${soonMs / 1_000} s at ${perSecond} requests a second`, async () => {
      const projectId = `many-${randomUUID()}`;
      const { request, post } = ask(stage.zaqar, { projectId });
      const names = Array.from({ length: queues }, (_, i) => `q-${String(i).padStart(4, '0')}`);
      await inParallel(names, name => request('PUT', `/v2/queues/${name}`));

      const page = await stage.openPage({ projectId });
      const asked = requestsOf(page);
      await page.evaluate(watchAll, { transport, min: PAUSE_MS });
      const posters = names.slice(0, changing).map(name => new Poster(name, post));
      try {
        await until(() => page.evaluate(() => seen.rows > 0), { within: 160_000, every: 200, what: 'all have been counted' });
        assert.equal(await page.evaluate(() => seen.rows), queues);
        // That a queue changes is found when its turn comes; from then on it is among those that go first.
        for (const poster of posters) poster.startTiming();
        await until(() => posters.every(({ times }) => times.length >= TIMED), { within: 30_000 });
      } finally {
        await Promise.all(posters.map(poster => poster.stop()));
      }
      const totals = Object.fromEntries(posters.map(({ name, posted }) => [name, posted]));
      await until(() => page.evaluate(totals => Object.entries(totals).every(([name, total]) => seen.totals[name].at(-1).total === total), totals), { what: 'the last change is seen' });
      const seen = await page.evaluate(() => seen.totals);
      await page.evaluate(() => client.close());

      const took = posters.flatMap(({ name, times }) => times.map(({ total, at }) => seen[name].find(view => view.total >= total).at - at));
      assert.ok(Math.max(...took) <= soonMs, `${took.sort((a, b) => b - a)} ms`);
      assert.ok(asked.length > queues, `${asked.length} requests`);
      const within = most(asked, 10_000);
      assert.ok(within <= perSecond * 10 * JITTER, `${within} requests within ten seconds`);
    });
  }
});

/** Posts to a queue again and again, and notes from when on which total was there. */
class Poster {
  posted = 0;
  times = [];
  #isTiming = false;
  #timer;
  #work = Promise.resolve();

  constructor(name, post) {
    this.name = name;
    this.#timer = setInterval(() => (this.#work = this.#work.then(async () => {
      await post(name, this.posted);
      this.posted += 1;
      if (this.#isTiming) this.times.push({ total: this.posted, at: Date.now() });
    })), POST_EVERY_MS);
  }

  startTiming() {
    this.#isTiming = true;
  }

  stop() {
    clearInterval(this.#timer);
    return this.#work;
  }
}

/** In the page: which totals each queue was shown with, and since when. */
async function watchAll({ transport, min }) {
  globalThis.client = await t.connect({ transport });
  globalThis.seen = { rows: 0, totals: {} };
  const read = async () => {
    for await (const views of client.watch({ intervalMs: { min } })) {
      for (const { name, stats } of views) {
        const shown = (seen.totals[name] ??= []);
        if (shown.at(-1)?.total !== stats?.total) shown.push({ total: stats?.total, at: Date.now() });
      }
      seen.rows = views.length;
    }
  };
  read();
}

/** When the page asked for counts or for the list. */
function requestsOf(page) {
  const asked = [];
  page.on('websocket', socket => socket.on('framesent', ({ payload }) => {
    if (/queue_(get_stats|list)/.test(Buffer.from(payload).toString('latin1'))) asked.push(performance.now());
  }));
  page.on('request', sent => {
    if (/\/v2\/queues(\?|\/[^/]+\/stats)/.test(sent.url()) && sent.method() === 'GET') asked.push(performance.now());
  });
  return asked;
}

/** The largest number of `times` within so many milliseconds. */
function most(times, ms) {
  return Math.max(...times.map((start, i) => times.slice(i).filter(time => time - start <= ms).length));
}

async function inParallel(items, work) {
  const waiting = [...items];
  await Promise.all(Array.from({ length: MADE_AT_ONCE }, async () => {
    for (let item; (item = waiting.pop()) !== undefined;) await work(item);
  }));
}
