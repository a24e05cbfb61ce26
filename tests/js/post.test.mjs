// Posts of the built package, as a server of HTTP gets them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { pkg } from '../../scripts/lib/paths.mjs';

const { connect } = await import(pathToFileURL(path.join(pkg, 'node.js')));

/** A connected client's queue, and the bodies that have come; all is closed after the test. */
async function queue(t) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(204).end();
    const { messages } = await json(request);
    bodies.push(...messages.map(({ body }) => body));
    response.writeHead(201, { 'Content-Type': 'application/json' }).end(JSON.stringify({ resources: messages.map(() => '/v2/queues/q/messages/1') }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = await connect({ rest: `http://127.0.0.1:${server.address().port}`, projectId: 'p' });
  t.after(async () => {
    await client.close();
    server.close();
    server.closeAllConnections();
  });
  return { queue: client.queue('q'), bodies };
}

test('a post in parts asks for each value once, as one that needs no parts', async t => {
  const { queue: q, bodies } = await queue(t);
  let asked = 0;
  const counting = { toJSON: () => asked++ };
  assert.equal((await q.post(Array(250).fill({ body: counting }))).length, 250);
  assert.deepEqual(bodies, Array.from({ length: 250 }, (_, n) => n));
});

test('what toJSON gives is not asked for its toJSON, in however many parts it goes', async t => {
  const { queue: q, bodies } = await queue(t);
  class Money {
    euros = 5;
    toJSON() {
      return new Money();
    }
  }
  await q.post(Array(150).fill({ body: new Money() }));
  assert.deepEqual(bodies, Array(150).fill({ euros: 5 }));
});

test('no timer is set into the past, which Node warns of', async t => {
  const { queue: q } = await queue(t);
  const { fetch } = globalThis;
  t.mock.method(globalThis, 'fetch', (...given) => {
    for (const end = performance.now() + 5; performance.now() < end; );
    return fetch(...given);
  });
  const timers = t.mock.method(globalThis, 'setTimeout');
  await assert.rejects(q.post({ body: 1 }, { timeoutMs: 1 }), { code: 'timeout' });
  assert.ok(timers.mock.callCount() > 0);
  assert.deepEqual(timers.mock.calls.map(({ arguments: [, delay] }) => delay).filter(delay => delay < 0), []);
});
