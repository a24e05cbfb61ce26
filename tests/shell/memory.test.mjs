// What happens when the wasm gets no more memory: a page may be at the browser's limit. The wasm may have little here, and what
// comes or goes is larger.

import assert from 'node:assert/strict';
import { after, before, mock, test } from 'node:test';
import WebSocket from 'ws';
import * as zaqar from '../../pkg/node.js';
import { startStandIn } from './lib/stand-in.mjs';
import { narrowWasm } from './lib/traps.mjs';

const PAGES = 40;
/** More than 40 pages hold. */
const HUGE = 'x'.repeat(8_000_000);

let server;
let endpoints;
before(async () => {
  server = await startStandIn();
  endpoints = { websocket: { websocket: server.websocket }, polling: { rest: server.rest } };
  await zaqar.init(await narrowWasm(PAGES));
});
after(() => server?.stop());

const connect = (transport, options) => zaqar.connect({ ...endpoints[transport], projectId: 'p', WebSocket, ...options });

for (const transport of ['websocket', 'polling']) {
  const isTooMuch = {
    'that is larger comes in': client => client.queue('huge').get(server.store('huge', HUGE)),
    'that is larger goes out': client => client.queue('huge').subscriptions.create({ subscriber: 'http://other', options: { huge: HUGE } }),
  };
  for (const [what, call] of Object.entries(isTooMuch)) {
    test(`over ${transport}, what ${what} ends all clients as a crash does, and the next connect works`, async () => {
      const said = mock.method(console, 'error', () => undefined);
      const client = await connect(transport);
      const other = await connect(transport);
      await assert.rejects(call(client), { name: 'ZaqarError', code: 'crashed' });
      said.mock.restore();
      for (const one of [client, other]) {
        assert.equal((await one.closed)?.code, 'crashed');
        await one.close();
      }
      assert.equal(said.mock.callCount(), 1);
      const next = await connect(transport);
      const [id] = await next.queue('small').post({ body: 'small' });
      assert.equal((await next.queue('small').get(id)).body, 'small');
      await next.close();
    });
  }
}
