// What Zaqar would refuse by the limits that are known of it, or worse, is refused before anything is sent, in a sentence that names the parameter. The rules are
// src/protocol/limits.rs', whose own tests know each of them; here JavaScript's values meet them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as zaqar from '../../pkg/node.js';
import { fakeFetch, socketClass } from './lib/fake.mjs';

/** What Zaqar allows unless it is configured otherwise. */
const USUAL = {
  messageTtl: 1_209_600, messageDelay: 900, claimTtl: 43_200, claimGrace: 43_200, messagesPerPage: 20, messagesPerClaim: 20, queuesPerPage: 20,
};

let sent;
let client;
let queue;
before(async () => {
  sent = [];
  const WebSocket = socketClass();
  class Watched extends WebSocket {
    send(frame) {
      sent.push(frame);
      super.send(frame);
    }
  }
  const endpoints = { websocket: 'ws://zaqar.test', rest: 'http://zaqar.test', projectId: 'p', WebSocket: Watched, fetch: fakeFetch() };
  client = await zaqar.connect({ ...endpoints, limits: USUAL });
  queue = client.queue('q');
});
after(() => client?.close());

const seconds = (least, most) => `a whole number of seconds from ${least} to ${most}`;
const whole = (least, most) => `a whole number from ${least} to ${most}`;

/** Calls with one parameter, by what the sentence says of it, with the least and the most that it may be. */
const RANGES = [
  ['ttl', seconds(60, 1_209_600), ttl => queue.post({ body: 1, ttl })],
  ['delay', seconds(0, 900), delay => queue.post([{ body: 1 }, { body: 1, delay }])],
  ['ttl', seconds(60, 43_200), ttl => queue.claim({ ttl })],
  ['grace', seconds(60, 43_200), grace => queue.claim({ grace })],
  ['limit', whole(1, 20), limit => queue.claim({ limit })],
  ['weight', whole(0, 4_294_967_295), weight => client.pools.create('p', { uri: 'redis://h', weight })],
];
const WRONG = [-1, 60.5, '60', true, [60], {}, 2 ** 53];

for (const [name, be, call] of RANGES) {
  test(`${name} that is not ${be} is refused, and nothing is sent`, async () => {
    const before = sent.length;
    for (const value of WRONG) {
      await assert.rejects(call(value), { name: 'ZaqarError', code: 'invalid-argument', delivery: 'not-sent', retryable: false, message: `${name} must be ${be}` }, String(value));
    }
    for (const value of [NaN, Infinity, () => 60, Symbol('60')]) {
      await assert.rejects(call(value), { name: 'ZaqarError', code: 'invalid-argument', delivery: 'not-sent' }, String(value));
    }
    assert.equal(sent.length, before);
  });
}

test('a page of more than the server gives is refused', async () => {
  await assert.rejects(queue.messages({ limit: 21 }).toArray(), { code: 'invalid-argument', message: `limit must be ${whole(1, 20)}` });
  await assert.rejects(client.queues({ limit: 21 }).toArray(), { code: 'invalid-argument', message: `limit must be ${whole(1, 20)}` });
});

test('limits that are no limits are refused by the name of the option', async () => {
  const connect = limits => zaqar.connect({ rest: 'http://zaqar.test', projectId: 'p', fetch: fakeFetch(), limits });
  const refused = message => ({ name: 'ZaqarError', code: 'invalid-argument', message });
  for (const value of [0, -1, 1.5, '20', null, NaN, 2 ** 32]) {
    await assert.rejects(connect({ messagesPerPage: value }), refused(`\`limits.messagesPerPage\` must be ${whole(1, 4_294_967_295)}`), String(value));
  }
  await assert.rejects(connect({ claimTtl: 59 }), refused(`\`limits.claimTtl\` must be ${whole(60, 4_294_967_295)}`));
  await assert.rejects(connect({ max_message_ttl: 100 }), refused('`limits.max_message_ttl` is no option'));
  for (const value of [20, 'none', [], null]) await assert.rejects(connect(value), refused('`limits` must be an object'));
});
