// What only JavaScript can get wrong, refused by the facade. What Zaqar does not take, src/protocol/limits.rs refuses: tests/protocol
// and tests/shell/refusals.

import assert from 'node:assert/strict';
import test from 'node:test';
import { code, connected } from './facade.mjs';

test('a message has a body', async () => {
  const { client, wire } = await connected();
  const post = message => client.queue('q').post([{ body: 1 }, message]);
  for (const message of [{ body: null }, { body: {}, ttl: 60, delay: 0 }, { body: [], ttl: 1_209_600, delay: 900 }]) await post(message);
  const sent = wire.calls.length;
  for (const [message, sentence] of [
    [{ ttl: 60 }, 'a message to post must have a body; null is one'],
    ['text', 'a message to post must be an object'],
  ]) {
    await assert.rejects(post(message), { code: 'invalid-argument', delivery: 'not-sent', message: sentence });
  }
  await assert.rejects(client.queue('q').post([]), { code: 'invalid-argument', message: 'messages must be a list of messages, not an empty one' });
  assert.equal(wire.calls.length, sent);
});

test('of a message only body, ttl and delay are sent', async () => {
  const { client, wire } = await connected();
  await client.queue('q').post({ body: 1, id: 2, ttl: 60 });
  assert.deepEqual(wire.calls.at(-1).body.messages, [{ body: 1, ttl: 60, delay: undefined }]);
});

test('queue names are as the server wants them', async () => {
  const { client } = await connected();
  for (const name of ['q', 'A-z_09', 'q'.repeat(64), 'a.b']) assert.equal(client.queue(name).name, name);
  for (const name of ['', 'a b', 'ü', 'a/b', 'a?b', 'a\n', 'q'.repeat(65), 5, null, undefined, '.', '..']) {
    assert.throws(() => client.queue(name), code('invalid-argument'), String(name));
  }
});

test('dots in names are for reading and deleting unless allowed', async () => {
  const { client } = await connected();
  const dotted = client.queue('a.b');
  await assert.rejects(dotted.create(), code('invalid-argument'));
  await assert.rejects(dotted.post({ body: 1 }), code('invalid-argument'));
  await assert.rejects(dotted.subscriptions.create({ subscriber: 'http://h' }), code('invalid-argument'));
  await dotted.delete();
  const permissive = (await connected({ allowDottedNames: true })).client.queue('a.b');
  await permissive.create();
  await permissive.post({ body: 1 });
});

test('nothing replaces a socket’s notification, which is why every subscription has a subscriber', async () => {
  const { client } = await connected();
  await assert.rejects(client.queue('q').subscriptions.create({ options: { post_data: 'ding' } }), code('invalid-argument'));
});
