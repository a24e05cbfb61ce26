// `client.report()`: what it tells, how much of it, and what it never tells.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { connected, facade } from './facade.mjs';

test('a report tells version, state, transports, metrics, and what has changed and why', async () => {
  const { client, wire } = await connected();
  wire.events.state('reconnecting', new facade.ZaqarError('connection-lost', 'the socket was cut'));
  wire.events.transport('polling', 'no socket');
  wire.events.trouble(new facade.ZaqarError('unauthorized', 'the token function failed'));
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const lines = client.report().split('\n');
  assert.ok(lines[0].startsWith(`zaqar-web ${version}, `));
  assert.match(lines[1], /^\d{4}-\d\d-\d\dT[\d:.]+Z connected, transport websocket$/);
  assert.equal(lines[2], 'auto ws http msgpack, no token');
  assert.deepEqual(JSON.parse(lines[3]), { requests: 0 });
  assert.deepEqual(lines.slice(4).map(line => line.replace(/^\S+Z /, '')), [
    'connecting → connected',
    'connected → reconnecting connection-lost the socket was cut',
    'transport polling no socket',
    'the token function failed unauthorized',
  ]);
});

test('a report keeps the last 50 transitions, however many there were', async () => {
  const { client, wire } = await connected();
  for (let turn = 0; turn < 1_000; turn += 1) wire.events.transport('polling', `turn ${turn}`);
  const kept = client.report().split('\n').slice(4);
  assert.equal(kept.length, 50);
  assert.match(kept[0], /turn 950$/);
  assert.match(kept.at(-1), /turn 999$/);
});

test('no token, signature, address, project or client id is in a report', async () => {
  const signedUrl = { project: 'SECRET-project', paths: ['/v2/queues/SECRET/messages'], methods: ['GET'], expires: '2030-01-01T00:00:00', signature: 'SECRET-signature' };
  const secret = { websocket: 'wss://secret.example:9000/ws?key=SECRET', rest: 'https://secret.example/SECRET', clientId: '5ec5e7e7-5ec5-4ec5-8ec5-5ec5e75ec5e7' };
  for (const options of [{ ...secret, token: 'SECRET-token', projectId: 'SECRET-project' }, { ...secret, projectId: undefined, signedUrl }]) {
    const { client } = await connected(options);
    assert.doesNotMatch(client.report(), /SECRET|secret|5ec5/);
    assert.match(client.report(), options.signedUrl ? /signed URL/ : /, token$/m);
  }
});
