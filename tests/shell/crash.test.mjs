// A crash in Node: the built package, on real sockets, with a wasm that traps when the test wants it to. Browsers are in
// tests/e2e/crash.test.mjs.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import * as zaqar from '../../pkg/node.js';
import { PLACES, crash } from './lib/crash.js';
import { TRAPS_OF_ALL_KINDS, assertContained } from './lib/crashes.mjs';
import { startStandIn } from './lib/stand-in.mjs';
import { trappingWasm } from './lib/traps.mjs';

// Node's global object has no events.
const places = Object.keys(PLACES).filter(place => place !== 'an event of the page');

let server;
let wasm;
before(async () => ([server, wasm] = await Promise.all([startStandIn(), trappingWasm()])));
after(() => server?.stop());

for (const trap of TRAPS_OF_ALL_KINDS) {
  describe(`a crash by ${trap}`, { timeout: 60_000 }, () => {
    for (const place of places) {
      test(`in ${place} ends all that is under way, and the next connect works`, async () => {
        const { websocket, rest } = server;
        assertContained(await crash(zaqar, { wasm, trap, place, server: { websocket, rest }, WebSocket }), trap);
      });
    }
  });
}

test('a process whose clients crashed waits for none of their timers', async () => {
  const script = fileURLToPath(new URL('lib/end.mjs', import.meta.url));
  // the timers are set to an hour and more
  const { stdout } = await promisify(execFile)(process.execPath, [script, server.websocket, server.rest], { timeout: 30_000 });
  assert.deepEqual(JSON.parse(stdout), Array(7).fill('crashed'));
});
