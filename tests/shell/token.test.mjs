// The option `token` on the built package: when the function is asked, and what comes of what it gives.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as zaqar from '../../pkg/node.js';
import { answerTo, fakeFetch, socketClass } from './lib/fake.mjs';

const rest = 'http://zaqar.test:8888';
const websocket = 'ws://zaqar.test:9000';
/** A token that lives so long is renewed when two fifths of that are left. */
const LIFE = 3_000;
const RENEWED = { from: 1_300, to: 2_600 };

const unauthorized = (error, cause) => {
  assert.ok(error instanceof zaqar.ZaqarError, String(error));
  assert.equal(error.code, 'unauthorized');
  assert.equal(error.cause, cause);
  return true;
};
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const iso = time => new Date(time).toISOString();

/** How an expiry may be written. */
const FORMS = {
  'with microseconds in UTC, as Keystone has it': time => iso(time).replace('Z', '901Z'),
  'with microseconds and no zone': time => iso(time).replace('Z', '901'),
  'without a zone': time => iso(time).replace('Z', ''),
  // a second less at most
  'without fractions': time => iso(time + 500).replace(/\.\d+Z/, 'Z'),
  'without fractions and zone': time => iso(time + 500).replace(/\.\d+Z/, ''),
  'with an offset': time => iso(time + 3_600_000).replace('Z', '+01:00'),
  'with a negative offset and microseconds': time => iso(time - 5.5 * 3_600_000).replace('Z', '123-05:30'),
  'as a Date': time => new Date(time),
  'as a number': time => time,
};

/** A client over REST whose token function notes when it is asked. */
async function asking(give, options) {
  const asked = [];
  const client = await zaqar.connect({
    rest, projectId: 'p', fetch: fakeFetch(), ...options,
    token: async () => {
      asked.push(performance.now());
      return give(asked.length);
    },
  });
  return { client, asked };
}

describe('an expiry', { concurrency: 20, timeout: 20_000 }, () => {
  for (const [form, write] of Object.entries(FORMS)) {
    test(`${form} lets the token be renewed in time`, async () => {
      const { client, asked } = await asking(n => ({ token: `t${n}`, expiresAt: write(Date.now() + LIFE) }));
      while (asked.length < 2) {
        assert.ok(performance.now() - asked[0] < RENEWED.to + 2_000, 'it was not asked again');
        await pause(20);
      }
      await client.close();
      const after = asked[1] - asked[0];
      assert.ok(after > RENEWED.from && after < RENEWED.to, `asked again after ${after} ms`);
    });
  }

  for (const [what, expiresAt] of Object.entries({ 'that is not given': undefined, 'that is null': null, 'that has passed': new Date(5), 'years away': Date.now() + 1e12 })) {
    test(`${what} lets nothing be asked again`, async () => {
      const { client, asked } = await asking(() => ({ token: 't', expiresAt }));
      await pause(RENEWED.to);
      assert.equal((await client.queue('q').stats()).total, 0);
      assert.equal(asked.length, 1);
      await client.close();
    });
  }

  for (const expiresAt of ['soon', '', NaN, {}, [], true, new Date(NaN), '2030-13-45T99:00:00Z', Symbol('s')]) {
    test(`like ${String(typeof expiresAt === 'object' ? Object.prototype.toString.call(expiresAt) : String(expiresAt))} is refused`, async () => {
      await assert.rejects(asking(() => ({ token: 't', expiresAt })), error => unauthorized(error) && /expiry/.test(error.message));
      await assert.rejects(zaqar.connect({ rest, projectId: 'p', token: { token: 't', expiresAt } }), { code: 'invalid-argument', message: /token/ });
    });
  }
});

/** A server that takes one token at a time. */
function strict() {
  const server = { token: 't1' };
  server.answer = request => (request.init.headers.get('X-Auth-Token') === server.token ? answerTo(request) : { status: 401, body: { error: 'Authentication required' } });
  return server;
}

test('a token function is asked once at a time, however many calls wait for it', async () => {
  const server = strict();
  let release;
  const { client, asked } = await asking(n => (n === 1 ? 't1' : new Promise(resolve => (release = resolve))), { fetch: fakeFetch(server.answer) });
  server.token = 't2';
  const calls = Promise.all(Array.from({ length: 10 }, () => client.queue('q').stats()));
  while (!release) await pause(5);
  await pause(100);
  assert.equal(asked.length, 2);
  release('t2');
  assert.equal((await calls).length, 10);
  assert.equal(asked.length, 2);
  await client.close();
});

test('a token function is called as a plain function, without arguments', async () => {
  let given;
  const token = function (...args) {
    given = { self: this, args };
    return 't';
  };
  const client = await zaqar.connect({ rest, projectId: 'p', fetch: fakeFetch(), token });
  await client.close();
  assert.deepEqual(given, { self: undefined, args: [] });
});

for (const [over, options] of [['REST', { rest, fetch: fakeFetch() }], ['the socket', { websocket, WebSocket: socketClass() }]]) {
  test(`over ${over} a token function that fails is unauthorized, with its error as cause`, async () => {
    const cause = new Error('keystone');
    const opening = token => zaqar.connect({ ...options, projectId: 'p', token });
    await assert.rejects(opening(() => { throw cause; }), error => unauthorized(error, cause));
    await assert.rejects(opening(() => Promise.reject(cause)), error => unauthorized(error, cause));
    await assert.rejects(opening(() => Promise.reject(undefined)), error => unauthorized(error, undefined));
    for (const token of [1, null, undefined, '', {}, { token: 1 }, { token: '' }, 'line\nbreak', 'blank space', 'é', () => 't', Symbol('s')]) {
      await assert.rejects(opening(() => token), error => unauthorized(error, undefined), String(token));
    }
  });
}

test('a token that is no function cannot be renewed, and its expiry is of no use', async () => {
  const server = strict();
  const fetch = fakeFetch(server.answer);
  const client = await zaqar.connect({ rest, projectId: 'p', fetch, token: { token: 't1', expiresAt: new Date() } });
  assert.equal((await client.queue('q').stats()).total, 0);
  server.token = 't2';
  await assert.rejects(client.queue('q').stats(), { code: 'unauthorized' });
  assert.equal((await client.closed)?.code, 'unauthorized');
  await assert.rejects(zaqar.connect({ rest, projectId: 'p', fetch, token: 't1' }), { code: 'unauthorized' });
});

test('a renewal that fails is told, asked again, and ends nothing', async () => {
  const cause = new Error('keystone is away');
  const { client, asked } = await asking(n => {
    if (n === 2) throw cause;
    return { token: `t${n}`, expiresAt: Date.now() + 2_000 };
  });
  const { detail } = await new Promise(resolve => client.addEventListener('error', resolve));
  unauthorized(detail, cause);
  while (asked.length < 3) await pause(20);
  assert.equal(client.state, 'connected');
  await client.close();
});
