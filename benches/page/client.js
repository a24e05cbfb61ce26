// The whole client on the main thread: the application's call, the frame to the socket, and from the frame that comes to what
// the application awaits. The socket is replaced by recorded frames.

import { requests } from '../lib/frames.mjs';
import { zaqar } from '../lib/zaqar.mjs';
import { fakeSocket } from './fake-socket.js';
import { race } from './measure.js';
import { MSGPACK, rivals } from './rivals.js';
import { touch as touchOurs } from './touch.js?ours';

/** Calls that are under way at once. */
const BATCH = 16;
const projectId = 'bench';
const clientId = '56e572b2-b919-4cef-91d4-f0172200694e';

export async function client({ frames, rounds }) {
  const { connect } = await import('/pkg/index.js');
  const fake = faked(rivals[MSGPACK], frames);
  const { WebSocket } = globalThis;
  // The page's own class, to which frames go without a copy.
  globalThis.WebSocket = fake.Socket;
  try {
    const clients = { 'zaqar-web': await ours(connect, fake, frames) };
    for (const name of Object.keys(rivals)) clients[name] = await byHand(rivals[name], frames);
    return await raceAll(clients, rounds);
  } finally {
    globalThis.WebSocket = WebSocket;
  }
}

async function raceAll(clients, rounds) {
  const results = {};
  for (const name of Object.keys(clients['zaqar-web'].calls)) {
    for (const phase of ['send', 'receive']) {
      // A notification is not asked for, and texts are as any page is.
      if (phase === 'send' && (name === 'notification' || name === 'text')) continue;
      results[name] ??= {};
      const contenders = {};
      for (const [contender, { socket, calls }] of Object.entries(clients)) {
        contenders[contender] = times => inBatches(times, phase, socket, calls[name]);
      }
      results[name][phase] = await race(contenders, { ours: 'zaqar-web', rounds, per: BATCH });
    }
  }
  return results;
}

/** Makes calls and delivers their replies, batch by batch; the time that the one or the other takes. */
async function inBatches(batches, phase, socket, { start, frame, finish }) {
  let sendMs = 0;
  let receiveMs = 0;
  const running = [];
  for (; batches > 0; batches--) {
    const begun = performance.now();
    for (let call = 0; call < BATCH; call++) running.push(start());
    const sent = performance.now();
    for (let call = 0; call < BATCH; call++) socket.deliver(frame);
    for (let call = 0; call < BATCH; call++) await finish(running[call]);
    receiveMs += performance.now() - sent;
    sendMs += sent - begun;
    running.length = 0;
  }
  return phase === 'send' ? sendMs : receiveMs;
}

async function ours(connect, fake, frames) {
  const client = await connect({ websocket: 'ws://bench', projectId, clientId, keepAliveMs: 1e9, timeoutMs: 1e9 });
  const queue = client.queue('metrics');
  const notifications = client.queue(frames.notification.queue_name).subscribe();
  await notifications.ready;
  return {
    socket: fake.silenced(),
    calls: calls(frames, fake.frame, touchOurs, {
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

async function byHand(codec, frames) {
  const fake = faked(codec, frames);
  const client = await codec.Client.connect({ codec, WebSocket: fake.Socket, url: 'ws://bench', projectId, clientId });
  const notifications = await client.subscribe(frames.notification.queue_name);
  return {
    socket: fake.silenced(),
    calls: calls(frames, fake.frame, codec.touch, {
      create: () => client.create('metrics'),
      startPage: () => client.messages('metrics', 20),
      finishPage: page => page,
      post: messages => client.post('metrics', messages),
      next: () => notifications.next(),
    }),
  };
}

/** What is called: `start` does it, `frame` is what Zaqar sends then, `finish` awaits the result and reads it. */
function calls(frames, frame, touch, { create, startPage, finishPage, post, next }) {
  const { messages } = requests(frames).post20.body;
  const page = name => ({
    start: startPage,
    frame: frame(frames[name]),
    finish: async page => touch.page({ messages: await finishPage(page) }),
  });
  return {
    ack: { start: create, frame: frame(frames.ack), finish: async created => Number(await created) },
    page: page('page'),
    text: page('text'),
    post: { start: () => post(messages), frame: frame(frames.posted20), finish: async ids => touch.posted20({ message_ids: await ids }) },
    notification: { start: next, frame: frame(frames.notification), finish: async next => touch.notification((await next).value) },
  };
}

/** A fake socket that speaks as a codec does, and how frames come from such a socket. */
function faked({ read, write }, frames) {
  const frame = value => {
    const data = write(value);
    return typeof data === 'string' ? data : data.slice().buffer;
  };
  const Socket = fakeSocket({ read, write: frame }, zaqar(frames));
  return {
    frame,
    Socket,
    /** From here on only what the benchmark delivers comes. */
    silenced() {
      Socket.last.answers = false;
      return Socket.last;
    },
  };
}
