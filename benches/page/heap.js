// What is left of messages that were read and let go.

import { fakeNetwork, messageOf } from './fake-socket.js';
import { msgpack } from './msgpack.js';

const PAGES = 5_000;

export async function heap({ frames, collect }) {
  const network = fakeNetwork(msgpack, frames);
  const { connect } = await import('/pkg/index.js');
  const client = await connect({ websocket: 'ws://bench', projectId: 'bench', WebSocket: network.Socket });
  const queue = client.queue('metrics');
  const socket = network.socket();
  const { data } = network.frame(frames.page);
  // The first pages teach shapes and texts, and grow buffers to their size.
  await readPages(queue, socket, data, 500);
  const before = await collect();
  if (before === undefined) return undefined;
  const messages = await readPages(queue, socket, data, PAGES);
  const after = await collect();
  await client.close({ timeoutMs: 0 });
  return { messages, before, after, grown: after - before };
}

/** Reads page after page; returns the number of messages. */
async function readPages(queue, socket, data, count) {
  let messages = 0;
  for (; count > 0; count--) {
    const pages = queue.messages({ limit: 20 }).pages();
    const first = pages.next();
    socket.deliver(messageOf(data.slice()));
    messages += (await first).value.items.length;
    await pages.return();
  }
  return messages;
}
