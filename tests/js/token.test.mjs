// What a token function of the built package may give: expiries of other kinds are read, told of, and never mean never.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { pkg } from '../../scripts/lib/paths.mjs';

const { connect, init } = await import(pathToFileURL(path.join(pkg, 'node.js')));
await init();

const MINUTE = 60_000;

/** The start of every test. */
const NOW = Date.UTC(2026, 0, 1);
const inSeconds = NOW / 1_000;

const answering = async () => new Response(null, { status: 204 });

/** Turns the clock to its next step, and lets all happen that comes of it. */
function step(t, span) {
  t.mock.timers.tick(span);
  return new Promise(resolve => setImmediate(resolve));
}

/** Turns the clock until this has come. */
async function arrived(t, promise) {
  let isSettled = false;
  const settle = () => (isSettled = true);
  promise.then(settle, settle);
  while (!isSettled) await step(t, 1);
  return promise;
}

/** A client whose token function gives `extra` beside each token, with a clock that the test turns. */
async function clientWith(t, extra) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  t.mock.method(performance, 'now', () => Date.now() - NOW);
  const asked = [];
  const entries = [];
  const connecting = connect({
    rest: 'http://zaqar.test',
    projectId: 'p',
    fetch: answering,
    logger: entry => entries.push(entry),
    token: () => {
      asked.push(Date.now() - NOW);
      return { token: `secret-${asked.length}`, ...extra };
    },
  });
  const client = await arrived(t, connecting);
  const errors = [];
  client.addEventListener('error', ({ detail }) => errors.push(detail));
  t.after(() => arrived(t, client.close()));
  return {
    asked,
    errors,
    warnings: () => entries.filter(({ level }) => level === 'warn').map(({ message }) => message),
    async pass(span) {
      for (const end = Date.now() + span; Date.now() < end; ) await step(t, 1_000);
    },
  };
}

for (const [what, extra, named] of [
  ['in seconds since the epoch', { expiresAt: inSeconds + 3_600 }, /`expiresAt`.* 1767229200,.*seconds/],
  ['in seconds since the epoch in a Date', { expiresAt: new Date(inSeconds + 3_600) }, /`expiresAt`.* 1767229200,.*seconds/],
  ['in seconds since the epoch in a text', { expiresAt: String(inSeconds + 3_600) }, /`expiresAt`.* 1767229200,.*seconds/],
  ['by the name `expires_in` in a text', { expires_in: '3600' }, /`expires_in`.* 3600,.*seconds/],
  ['by the name `expires_in`', { expires_in: 3_600 }, /`expires_in`.* 3600,.*seconds/],
  ['by the name `expiresIn`', { expiresAt: undefined, expiresIn: 3_600 }, /`expiresIn`.* 3600,.*seconds/],
  ['by the name `expires_at`', { expires_at: '2026-01-01T01:00:00.000000Z' }, /`expires_at`/],
  ['by the name `expires`', { expires: inSeconds + 3_600 }, /`expires`.* 1767229200,.*seconds/],
]) {
  test(`an expiry ${what} is told of, and the token is renewed ahead of it`, async t => {
    const { asked, errors, warnings, pass } = await clientWith(t, extra);
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0], named);
    assert.match(warnings()[0], /give `expiresAt` as ms since the epoch, a `Date`, or a text as Keystone writes it$/);
    assert.doesNotMatch(warnings()[0], /secret/);
    await pass(59 * MINUTE);
    assert.equal(asked.length, 1);
    await pass(MINUTE);
    assert.ok(asked[1] >= 59 * MINUTE && asked[1] < 60 * MINUTE, `renewed after ${asked[1]} ms`);
    assert.equal(errors[0].code, 'invalid-argument');
    assert.match(errors[0].message, named);
  });
}

for (const extra of [{ expiresAt: 3_600 }, { expiresAt: '3600' }, { expiresAt: '2030' }, { expiresAt: 0 }, { expiresAt: -1 }, { expires_in: 'an hour' }, { expires_in: -5 }, { expires_at: {} }]) {
  test(`after ${JSON.stringify(extra)}, which tells no time, a token is asked for within five minutes`, async t => {
    const { asked, warnings, pass } = await clientWith(t, extra);
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0], new RegExp(`\`${Object.keys(extra)}\`.*5 minutes`));
    await pass(5 * MINUTE);
    assert.equal(asked.length, 2);
  });
}

for (const [what, extra] of [
  ['is past by this clock', { expiresAt: NOW - 60 * MINUTE }],
  ['is not given', {}],
  ['comes with another’s', { expiresAt: NOW + 24 * 60 * MINUTE, expires_in: 1, expires_at: 1 }],
]) {
  test(`an expiry that ${what} is nothing to tell of`, async t => {
    const { asked, warnings, errors, pass } = await clientWith(t, extra);
    await pass(10 * MINUTE);
    assert.deepEqual([warnings(), errors, asked.length], [[], [], 1]);
  });
}
