// Every frame that is handed to `send` is the socket's own: a class may pass it on when it likes, after calls that have used the
// wasm's memory anew, or have grown it. The bytes of a frame are compared with what arrives at a server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import * as zaqar from '../../pkg/node.js';
import { startStandIn } from './lib/stand-in.mjs';

/** Ways to pass on late what `send` was given. */
const LATER = {
  'in a microtask': pass => queueMicrotask(pass),
  'after a timer': pass => setTimeout(pass, 20),
  'after the memory has grown': pass => setTimeout(pass, 200),
};

let server;
before(async () => (server = await startStandIn()));
after(() => server?.stop());

/** A class that passes frames on later, in their order; `kept` are those that it was handed. */
function lateClass(later) {
  const kept = [];
  const Late = class extends WebSocket {
    send(frame) {
      kept.push({ frame, bytes: typeof frame === 'string' ? frame : frame.slice() });
      later(() => super.send(frame));
    }
  };
  return Object.assign(Late, { kept });
}

for (const [when, later] of Object.entries(LATER)) {
  describe(`a class that passes frames on ${when}`, { timeout: 30_000 }, () => {
    for (const way of ['option', 'global']) {
      test(`as the ${way} class loses none of 20 posts at once`, async t => {
        const Late = lateClass(later);
        if (way === 'global') replaceGlobal(t, Late);
        const client = await zaqar.connect({ websocket: server.websocket, projectId: 'p', ...(way === 'option' ? { WebSocket: Late } : {}) });
        const queue = client.queue(`late-${crypto.randomUUID()}`);
        const bodies = Array.from({ length: 20 }, (_, n) => ({ n, text: String(n).repeat(500 + 97 * n) }));
        const posts = bodies.map(body => queue.post({ body }));
        // what comes in meanwhile grows the memory
        if (when === 'after the memory has grown') await growMemory();
        const ids = (await Promise.all(posts)).flat();
        assert.equal(new Set(ids).size, 20);
        assert.deepEqual(server.bodies(queue.name), bodies);
        for (const { frame, bytes } of Late.kept) assert.deepEqual(frame, bytes);
        await client.close();
      });
    }
  });
}

test('a frame is a Uint8Array with a buffer of its own that is exactly as long', async () => {
  const Late = lateClass(pass => pass());
  const client = await zaqar.connect({ websocket: server.websocket, projectId: 'p', WebSocket: Late });
  await client.queue('own').post([{ body: 1 }, { body: 'x'.repeat(100_000) }]);
  await client.close();
  assert.ok(Late.kept.length >= 2);
  for (const { frame } of Late.kept) {
    assert.equal(Object.getPrototypeOf(frame), Uint8Array.prototype);
    assert.equal(frame.byteOffset, 0);
    assert.equal(frame.buffer.byteLength, frame.length);
    assert.doesNotThrow(() => structuredClone(frame.buffer, { transfer: [frame.buffer] }), 'it may be transferred');
  }
  assert.equal(new Set(Late.kept.map(({ frame }) => frame.buffer)).size, Late.kept.length);
});

test('a JSON frame is a string', async () => {
  const Late = lateClass(() => undefined);
  const client = await zaqar.connect({ websocket: server.websocket, projectId: 'p', WebSocket: Late, format: 'json', lazy: true });
  await assert.rejects(client.queue('q').stats({ timeoutMs: 300 }), { code: 'timeout' });
  assert.ok(Late.kept.length > 0);
  for (const { frame } of Late.kept) assert.equal(typeof JSON.parse(frame).action, 'string');
  await client.close({ timeoutMs: 0 });
});

/** Another client is sent more than the memory holds. */
async function growMemory() {
  const client = await zaqar.connect({ websocket: server.websocket, projectId: 'p', WebSocket });
  const id = server.store('huge', 'x'.repeat(6_000_000));
  assert.equal((await client.queue('huge').get(id)).body.length, 6_000_000);
  await client.close();
}

function replaceGlobal(t, Class) {
  const before = globalThis.WebSocket;
  globalThis.WebSocket = Class;
  t.after(() => {
    if (before === undefined) delete globalThis.WebSocket;
    else globalThis.WebSocket = before;
  });
}
