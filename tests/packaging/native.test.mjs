// The core is a library: examples/native drives it by tokio, tokio-tungstenite and reqwest. It is built by cargo, from its own lock
// file, and run against a real Zaqar over each transport.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { read, run } from '../../scripts/lib/run.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';

const FOLDER = at('examples', 'native');
/** Of its own: its dependencies are built once, whatever else is built. */
const TARGET = at('target', 'native');

let zaqar;
before(async () => {
  const quiet = { stdio: ['ignore', process.stderr, 'inherit'] };
  const building = run('cargo', ['build', '--quiet', '--locked', '--manifest-path', `${FOLDER}/Cargo.toml`, '--target-dir', TARGET], quiet);
  zaqar = await startZaqar();
  await building;
});
after(() => zaqar?.stop());

test('a native program works a queue over the socket', async () => {
  assert.deepEqual(await told(zaqar.websocket), worked('websocket'));
});

test('a native program works a queue over REST', async () => {
  assert.deepEqual(await told(zaqar.rest), worked('polling'));
});

test('a native program uses the socket where it has both', async () => {
  assert.deepEqual(await told(zaqar.websocket, zaqar.rest), worked('websocket'));
});

test('a native program does without the socket where that does not open', async () => {
  const [nobody] = await freePorts(1);
  assert.deepEqual(await told(`ws://127.0.0.1:${nobody}`, zaqar.rest), worked('polling'));
});

test('a native program ends with the reason where it cannot work', async () => {
  const { code, lines, stderr } = await told();
  assert.deepEqual({ code, lines }, { code: 1, lines: ['closed'] });
  assert.match(stderr, /^Error: "only Zaqar's REST API can do this/);
});

test('no queue is left of any of them', async () => {
  const headers = { 'Client-ID': randomUUID(), 'X-Project-ID': 'example' };
  const { queues } = await (await fetch(`${zaqar.rest}/v2/queues`, { headers })).json();
  assert.deepEqual(queues, []);
});

async function told(...addresses) {
  const { code, stdout, stderr } = await read(`${TARGET}/debug/zaqar-web-native`, addresses);
  return { code, lines: stdout.trim().split('\n'), stderr };
}

function worked(transport) {
  return { code: 0, lines: [`connected by ${transport}`, 'worked tea', 'worked rice', 'worked salt', 'closed'], stderr: '' };
}
