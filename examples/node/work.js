// Works the queue `orders`, four messages at a time, until it is told to stop: `npm start`, Ctrl-C.

import { WebSocket } from 'ws';
import { connect } from 'zaqar-web';

const client = await connect({
  websocket: process.env.ZAQAR_WEBSOCKET ?? 'ws://localhost:9000',
  rest: process.env.ZAQAR_REST ?? 'http://localhost:8888',
  projectId: process.env.ZAQAR_PROJECT ?? 'demo',
  // Node has a WebSocket of its own from version 22 on.
  WebSocket: globalThis.WebSocket ?? WebSocket,
});

const consumer = client.queue('orders').consume(
  async ({ body }, { signal }) => {
    signal.throwIfAborted(); // the lease is lost: another worker may have the message
    console.log('worked', body?.sku);
  },
  { concurrency: 4, onError: (error, { id }) => console.error(id, error) },
);
console.log(`waiting for orders, over ${client.transport}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await consumer.stop(); // takes no more, and waits for what runs
    await client.close();
    console.log(`${consumer.handled} worked, ${consumer.failed} failed`);
  });
}
