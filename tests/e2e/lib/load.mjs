// The page of workload.mjs, led from a test: begun, waited for, and brought to its end.

import { readFile } from 'node:fs/promises';
import { command, endClaim, stored } from './redis.mjs';
import { ask, until } from './stage.mjs';

const PROJECT = 'load';

/** How each kind of reader is told from its progress, and how far it must come: as far as what was stored before, or on at all. */
const READERS = {
  tailed: (now, before) => now.tailed >= before.stored,
  polled: (now, before) => now.polled >= before.stored,
  worked: (now, before) => now.worked > before.worked,
  popped: (now, before) => now.popped > before.popped,
};

/** Begins the workload in a page of `site`; `endpoints` are those of `connect`. */
export async function beginLoad({ page, site, endpoints }) {
  const script = await readFile(new URL('workload.mjs', import.meta.url));
  site.route('/workload.mjs', (request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(script));
  await page.evaluate(
    async options => {
      window.workload = await import('/workload.mjs');
      await workload.start(options);
    },
    { ...endpoints, projectId: PROJECT },
  );
  const progress = () => page.evaluate(() => workload.progress());

  return {
    page,
    /** Resolves when posters and readers have come on since the call; `without` names readers that cannot. */
    async progresses({ without = [], within = 20_000 } = {}) {
      const before = await progress();
      const ahead = { ...before, stored: before.stored + 10 };
      let now;
      const waiting = () => [...(now.stored < ahead.stored ? ['stored'] : []), ...Object.keys(READERS).filter(name => !without.includes(name) && !READERS[name](now, ahead))];
      await until(async () => (now = await progress()) && waiting().length === 0, { within, every: 50 }).catch(error => {
        throw new Error(`${waiting().join(', ')}: no progress: ${JSON.stringify(before)} ${JSON.stringify(now)}`, { cause: error });
      });
    },
    /** Resolves when nothing could be read for so long. */
    async isUnreadable(ms) {
      const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': PROJECT };
      const list = () => fetch(`${endpoints.rest}/v2/queues/stream/messages?limit=1`, { headers, signal: AbortSignal.timeout(1_000) });
      const readable = () => list().then(({ ok }) => ok, () => false);
      let since = Date.now();
      await until(async () => {
        if (await readable()) since = Date.now();
        return Date.now() - since > ms;
      }, { within: ms + 20_000, every: 200, what: 'nothing can be read' });
    },
    /**
     * Posts no more, and waits until every reader has all that is stored. Claims whose answers were lost, which would hold their
     * messages for a minute, are ended at once; resolves to how many there were, to the account, and to what `stream` holds.
     */
    async finish({ rest, redisPort }) {
      const server = ask({ rest }, { projectId: PROJECT });
      await page.evaluate(() => workload.stopPosting());
      // Zaqar's own listing fails now and then while others delete what it lists.
      const left = async queue => (await stored(redisPort, queue, PROJECT)).ids;
      await until(async () => (await left('once')).length === 0, { within: 20_000, what: 'all is popped' });
      await page.evaluate(() => workload.stopPopping());
      let orphans = 0;
      for (let n = 0; ; n += 1) {
        const held = await until(async () => {
          const claims = await Promise.all((await left('work')).map(async id => ({ id, claim: await command(redisPort, 'HGET', id, 'c') })));
          return (await progress()).running === 0 && claims.every(({ claim }) => claim) && claims;
        }, { within: 20_000, every: 100, what: 'nothing is left to work but what nobody knows to have claimed' });
        if (held.length === 0) break;
        for (const { id, claim } of held) {
          // One that was lost a minute ago has ended by itself.
          if ((await command(redisPort, 'EXISTS', claim)) === 0) continue;
          await endClaim(redisPort, { id: claim, queue: 'work', project: PROJECT, messages: [id] });
          orphans += 1;
        }
        await server.post('work', { by: 'waker', n });
      }
      const kept = await listAll(server, 'stream');
      await until(async () => {
        const now = await progress();
        return now.tailed >= kept.length && now.polled >= kept.length;
      }, { what: 'the tails have all that is stored' });
      return { stored: kept, orphans, account: await page.evaluate(() => workload.account) };
    },
  };
}

/** All messages of a queue in the store's order. */
async function listAll(server, queue) {
  const found = [];
  for (let path = `/v2/queues/${queue}/messages?limit=20&echo=true`; path !== undefined; ) {
    const { messages, links } = await server.request('GET', path);
    found.push(...messages.map(({ href, body }) => ({ id: /messages\/([^?]+)/.exec(href)[1], ...body })));
    path = messages.length > 0 ? links[0]?.href : undefined;
  }
  return found;
}
