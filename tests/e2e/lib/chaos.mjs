// What other people do to a queue while a tail reads it: they post by REST, delete, claim, give back, and let expire.

import { expire } from './redis.mjs';
import { ask } from './stage.mjs';

/** Numbers from 0 to 1, the same for the same seed. */
export function randomly(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Posts `count` messages in batches from several posters at once, and between the batches deletes, claims, releases and
 * lets expire what was posted, most of it just now. `beat` is called with the number posted so far after each batch.
 * Resolves to how many were deleted, expired, claimed and released.
 */
export async function upset(zaqar, queue, { count, random, posters = 3, most = 20, beat = () => {} }) {
  const server = ask(zaqar);
  const path = `/v2/queues/${queue}`;
  const ids = [];
  const claims = [];
  const done = { posted: 0, deleted: 0, expired: 0, claimed: 0, released: 0 };
  const whole = below => Math.floor(random() * below);
  // The last ones are those whose loss hurts: a tail's markers are among them.
  const some = () => Array.from({ length: 1 + whole(4) }, () => ids[whole(2) === 0 ? ids.length - 1 - whole(Math.min(ids.length, 12)) : whole(ids.length)]);
  const ATTACKS = [
    async () => {
      const chosen = some();
      await server.request('DELETE', `${path}/messages?ids=${chosen.join()}`);
      done.deleted += chosen.length;
    },
    async () => {
      const chosen = some();
      await expire(zaqar.redisPort, chosen);
      done.expired += chosen.length;
    },
    async () => {
      const claim = await server.request('POST', `${path}/claims?limit=${1 + whole(20)}`, { ttl: 60, grace: 60 });
      if (claim?.messages.length > 0) claims.push(claim.messages[0].href.split('claim_id=')[1]);
      done.claimed += claim?.messages.length ?? 0;
    },
    async () => {
      if (claims.length === 0) return;
      await server.request('DELETE', `${path}/claims/${claims.splice(whole(claims.length), 1)[0]}`);
      done.released += 1;
    },
  ];
  const poster = async () => {
    while (done.posted < count) {
      const size = Math.min(count - done.posted, 1 + whole(most));
      const first = done.posted;
      done.posted += size;
      const { resources } = await server.post(queue, ...Array.from({ length: size }, (_, place) => first + place));
      ids.push(...resources.map(resource => resource.split('/').at(-1)));
      // Two who work on the same messages get in each other's way, which is the point.
      await ATTACKS[whole(ATTACKS.length)]().catch(() => {});
      await beat(done.posted);
    }
  };
  await Promise.all(Array.from({ length: posters }, poster));
  return done;
}
