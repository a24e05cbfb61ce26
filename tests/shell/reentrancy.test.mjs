// Every callback of the application may use the client, all of it, and may close it: the wasm calls nobody while it is busy.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as zaqar from '../../pkg/node.js';
import { FakeSocket, fakeFetch, socketClass } from './lib/fake.mjs';

const short = { timeoutMs: 100 };

/** All that can be done with a client. What lasts is ended. */
const EVERYTHING = {
  calls: ({ queue }) => [queue.stats(short), queue.create({}, short), queue.post({ body: 1 }, short), queue.metadata(short), queue.claim(short), queue.pop(1, short)],
  lists: ({ client, queue }) => [queue.messages(short).toArray(), client.queues(short).toArray(), queue.subscriptions.list(short).toArray()],
  'a tail': ({ queue }) => [endAfter(queue.tail())],
  'a subscription': ({ queue }) => [endAfter(queue.subscribe())],
  'a consumer': ({ queue }) => [queue.consume(() => undefined).stop()],
  'what is known': ({ client }) => [client.metrics(), client.report(), client.state, client.transport, client.closed.constructor],
  'an abort': ({ queue }) => {
    const controller = new AbortController();
    const call = queue.stats({ signal: controller.signal });
    controller.abort(new zaqar.ZaqarError('timeout', 'aborted'));
    return [call];
  },
  'an end': ({ client }) => [client.close({ timeoutMs: 0 })],
};

async function endAfter(live) {
  await live.ready.catch(() => undefined);
  await live.return();
}

/** Where the application is called, by what leads there: `call` is the callback. */
const PLACES = {
  logger: call => ({ logger: call }),
  'the token function': call => ({ token: async () => (call(), 't') }),
  'the constructor of a WebSocket': call => ({ WebSocket: changed({ constructed: call }) }),
  'send of a WebSocket': call => ({ WebSocket: changed({ send: call }) }),
  'close of a WebSocket': call => ({ WebSocket: changed({ close: call }) }),
  'a setter of a WebSocket': call => ({ WebSocket: changed({ set: call }) }),
  fetch: call => ({ websocket: undefined, fetch: (...given) => (call(), fakeFetch()(...given)) }),
  'the text of an answer': call => ({ websocket: undefined, fetch: async (...given) => reading(call, await fakeFetch()(...given)) }),
  'an abort of a fetch': call => ({ websocket: undefined, fetch: (url, init) => (init.signal.addEventListener('abort', call), fakeFetch()(url, init)) }),
  'statechange': undefined,
  'transportchange': undefined,
  'error': undefined,
};

function changed({ constructed, send, close, set }) {
  return class extends socketClass() {
    constructor(url) {
      super(url);
      constructed?.();
    }

    set binaryType(type) {
      set?.(type);
    }

    send(frame) {
      send?.();
      super.send(frame);
    }

    close(code) {
      close?.();
      FakeSocket.prototype.close.call(this, code);
    }
  };
}

const reading = (call, response) => ({ status: response.status, headers: response.headers, text: () => (call(), response.text()) });

for (const [place, options] of Object.entries(PLACES)) {
  describe(`within ${place}`, { concurrency: 8, timeout: 30_000 }, () => {
    for (const [what, use] of Object.entries(EVERYTHING)) {
      test(`${what} can be had`, async () => {
        let client;
        let times = 0;
        const results = [];
        const call = () => {
          // the first few, or it would never end
          if (client === undefined || times++ >= 3) return;
          results.push(...use({ client, queue: client.queue('q') }));
        };
        client = await zaqar.connect({
          websocket: 'ws://zaqar.test', rest: 'http://zaqar.test', projectId: 'p', lazy: true, WebSocket: socketClass(), fetch: fakeFetch(),
          backoffMs: { min: 5, max: 5 }, pollIntervalMs: { min: 10, max: 10 }, fallbackDelayMs: 20, ...options?.(call),
        });
        if (!options) client.addEventListener(place, call);
        await client.queue('q').stats(short).catch(assertOurs);
        await client.queue('q').post({ body: 2 }, short).catch(assertOurs);
        await client.close();
        for (const { status, reason } of await Promise.allSettled(results)) if (status === 'rejected') assertOurs(reason);
        assert.equal(await client.closed, undefined);
        assert.equal(client.state, 'closed');
      });
    }
  });
}

function assertOurs(error) {
  assert.ok(error instanceof zaqar.ZaqarError, String(error?.stack));
  assert.notEqual(error.code, 'crashed', error.message);
}
