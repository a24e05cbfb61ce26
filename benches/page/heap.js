// What is left of messages that were read and let go.

import { MSGPACK, rivals } from './rivals.js';
import { zaqar } from '../lib/zaqar.mjs';
import { fakeSocket } from './fake-socket.js';

const PAGES = 5_000;

export async function heap({ frames, collect }) {
  const { read, write } = rivals[MSGPACK];
  const frame = value => write(value).slice().buffer;
  const FakeSocket = fakeSocket({ read, write: frame }, zaqar(frames));
  const { connect } = await import('/pkg/index.js');
  const client = await connect({ websocket: 'ws://bench', projectId: 'bench', WebSocket: FakeSocket });
  const queue = client.queue('metrics');
  FakeSocket.last.answers = false;
  // The first pages teach shapes and texts, and grow buffers to their size.
  await readPages(queue, FakeSocket.last, frame(frames.page), 500);
  const before = await collect();
  if (before === undefined) return undefined;
  const read100000 = await readPages(queue, FakeSocket.last, frame(frames.page), PAGES);
  const after = await collect();
  await client.close({ timeoutMs: 0 });
  return { messages: read100000, before, after, grown: after - before };
}

/** Reads page after page; gives the number of messages. */
async function readPages(queue, socket, frame, count) {
  let messages = 0;
  for (; count > 0; count--) {
    const pages = queue.messages({ limit: 20 }).pages();
    const first = pages.next();
    socket.deliver(frame.slice());
    messages += (await first).value.items.length;
    await pages.return();
  }
  return messages;
}
