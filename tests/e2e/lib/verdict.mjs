// Holds the account of workload.mjs against what the store has: what was promised, post by post and reader by reader.

import assert from 'node:assert/strict';

const key = ({ by, n }) => `${by} ${n}`;

/**
 * What is wrong with the posts to a queue of which nothing was taken, by what was said of them. `stored` is what it holds, in order,
 * as `{ id, by, n }`.
 *
 * - `missing`: acknowledged, and not stored under its id.
 * - `denied`: stored, although the error said that it was not.
 * - `twice`: stored more often than posted.
 * - `disordered`: acknowledged, and stored behind a later one of the same poster. One that failed as `unknown` may come late: it may
 *   still lie with a server when the connection to it is cut.
 * - `foreign`: stored, and never posted.
 */
export function judgePosts(posts, stored) {
  const said = new Map(posts.map(post => [key(post), post]));
  const ids = new Set(stored.map(({ id }) => id));
  const times = new Map();
  const last = new Map();
  const wrong = { missing: [], denied: [], twice: [], disordered: [], foreign: [] };
  for (const message of stored) {
    const post = said.get(key(message));
    if (!post) wrong.foreign.push(key(message));
    else if (post.error && post.error.delivery !== 'unknown') wrong.denied.push(`${key(message)}: ${post.error.code}`);
    if (post?.id && message.n < (last.get(message.by) ?? 0)) wrong.disordered.push(key(message));
    if (post?.id) last.set(message.by, message.n);
    times.set(key(message), (times.get(key(message)) ?? 0) + 1);
  }
  for (const [message, count] of times) if (count > 1) wrong.twice.push(message);
  for (const post of posts) if (post.id && !ids.has(post.id)) wrong.missing.push(key(post));
  return wrong;
}

/** What is wrong with what a tail gave. */
export function judgeTail({ got, gaps }, stored) {
  const ids = new Set(stored.map(({ id }) => id));
  const seen = new Set();
  const wrong = { missing: [], twice: [], disordered: [], gaps };
  for (const { id } of got) {
    if (seen.has(id)) wrong.twice.push(id);
    seen.add(id);
  }
  wrong.missing = stored.filter(({ id }) => !seen.has(id)).map(key);
  const common = got.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  wrong.disordered = common.filter((id, place) => id !== stored[place]?.id);
  return wrong;
}

/** How many messages were given twice or more. */
export function countTwice(bodies) {
  const times = new Map();
  for (const body of bodies) times.set(key(body), (times.get(key(body)) ?? 0) + 1);
  return [...times.values()].filter(count => count > 1).length;
}

/** Acknowledged posts that no reader got. */
export function neverGot(posts, bodies) {
  const got = new Set(bodies.map(key));
  return posts.filter(post => post.id && !got.has(key(post))).map(key);
}

export function assertNothingWrong(wrong, what) {
  assert.deepEqual(wrong, Object.fromEntries(Object.keys(wrong).map(kind => [kind, []])), what);
}
