// What an application does with a client, in the parts that are timed: a call, up to its frame on the socket; the frame that
// comes, up to what the application awaits. Each contender imports a copy of its own, as of touch.js.

import { requests } from '../lib/frames.mjs';

/** Calls that are under way at once. */
export const BATCH = 16;

export const IDENTITY = { projectId: 'bench', clientId: '56e572b2-b919-4cef-91d4-f0172200694e' };

/** Opens a client of the package and makes ready what an application calls, all through the public API. */
export async function openClient({ connect, network, frames, touch, websocket = 'ws://bench' }) {
  const { Socket, frame } = network;
  const client = await connect({ websocket, ...IDENTITY, WebSocket: Socket, keepAliveMs: 1e9, timeoutMs: 1e9 });
  const queue = client.queue('metrics');
  const notifications = client.queue(frames.notification.queue_name).subscribe();
  await notifications.ready;
  // Posts go one after the other until the queue has taken one that is as large.
  await queue.post(requests(frames).text.body.messages);
  return {
    socket: network.socket(),
    close: () => client.close({ timeoutMs: 0 }),
    calls: callsOf(frames, frame, touch, {
      create: () => queue.create(),
      startPage() {
        const pages = queue.messages({ limit: 20 }).pages();
        return { pages, first: pages.next() };
      },
      async finishPage({ pages, first }) {
        const { value } = await first;
        // It ends as a loop that is left does.
        await pages.return();
        return value.items;
      },
      post: messages => queue.post(messages),
      next: () => notifications.next(),
    }),
  };
}

/**
 * The calls by phase and by the name of their frame: `start` makes the call, which sends `sends` frames; `reply` is what the
 * socket brings then; `finish` awaits the result and reads it.
 */
export function callsOf(frames, frame, touch, { create, startPage, finishPage, post, next }) {
  const creating = { start: create, sends: 1, reply: frame(frames.ack), finish: async created => Number(await created) };
  const listing = name => ({
    start: startPage,
    sends: 1,
    reply: frame(frames[name]),
    finish: async page => touch.page({ messages: await finishPage(page) }),
  });
  const posting = ({ body: { messages } }) => ({
    start: () => post(messages),
    sends: 1,
    reply: frame(frames.posted20),
    finish: async ids => touch.posted20({ message_ids: await ids }),
  });
  const waiting = { start: next, sends: 0, reply: frame(frames.notification), finish: async item => touch.notification((await item).value) };
  const { post20, text, unicode } = requests(frames);
  return {
    receive: { ack: creating, page: listing('page'), text: listing('text'), unicode: listing('unicode'), post: posting(post20), notification: waiting },
    send: { ack: creating, page: listing('page'), post: posting(post20), text: posting(text), unicode: posting(unicode) },
  };
}

/** Makes calls and delivers their replies, batch by batch; returns the ms that one of the two phases takes. */
export async function inBatches(batches, phase, socket, { start, sends, reply, finish }) {
  let sendMs = 0;
  let receiveMs = 0;
  const running = [];
  for (; batches > 0; batches--) {
    const count = socket.sent + sends * BATCH;
    const begun = performance.now();
    for (let call = 0; call < BATCH; call++) running.push(start());
    if (socket.sent < count) await socket.hasSent(count);
    const sent = performance.now();
    for (let call = 0; call < BATCH; call++) {
      socket.deliver(reply);
      // What a frame sets off runs before the next one comes, as it does in a browser.
      await finish(running[call]);
    }
    receiveMs += performance.now() - sent;
    sendMs += sent - begun;
    running.length = 0;
  }
  return phase === 'send' ? sendMs : receiveMs;
}

/** Makes one call after the other; returns the ms from the first call to the last result. */
export async function oneByOne(times, socket, { start, sends, reply, finish }) {
  const begun = performance.now();
  for (; times > 0; times--) {
    const count = socket.sent + sends;
    const running = start();
    if (socket.sent < count) await socket.hasSent(count);
    socket.deliver(reply);
    await finish(running);
  }
  return performance.now() - begun;
}
