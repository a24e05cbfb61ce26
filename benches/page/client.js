// The whole client on the main thread, beside clients that are written by hand. The socket is replaced by recorded frames.

import { BATCH, IDENTITY, callsOf, inBatches, openClient } from './application.js';
import { fakeNetwork } from './fake-socket.js';
import { race } from './measure.js';
import { msgpack } from './msgpack.js';
import { rivals } from './rivals.js';
import { touch } from './touch.js?ours';

export async function client({ frames, rounds }) {
  const { connect } = await import('/pkg/index.js');
  const network = fakeNetwork(msgpack, frames);
  const { WebSocket } = globalThis;
  // A build may treat the page's own class in another way than one of the application's.
  globalThis.WebSocket = network.Socket;
  try {
    const clients = { 'zaqar-web': await openClient({ connect, network, frames, touch }) };
    for (const name of Object.keys(rivals)) clients[name] = await byHand(rivals[name], frames);
    return await raceAll(clients, rounds);
  } finally {
    globalThis.WebSocket = WebSocket;
  }
}

async function raceAll(clients, rounds) {
  const results = {};
  for (const [phase, calls] of Object.entries(clients['zaqar-web'].calls)) {
    for (const name of Object.keys(calls)) {
      const contenders = {};
      for (const [contender, { socket, calls }] of Object.entries(clients)) {
        contenders[contender] = times => inBatches(times, phase, socket, calls[phase][name]);
      }
      results[name] ??= {};
      results[name][phase] = await race(contenders, { ours: 'zaqar-web', rounds, per: BATCH });
    }
  }
  return results;
}

async function byHand(codec, frames) {
  const network = fakeNetwork(codec, frames);
  const client = await codec.Client.connect({ codec, WebSocket: network.Socket, url: 'ws://bench', ...IDENTITY });
  const notifications = await client.subscribe(frames.notification.queue_name);
  return {
    socket: network.socket(),
    calls: callsOf(frames, network.frame, codec.touch, {
      create: () => client.create('metrics'),
      startPage: () => client.messages('metrics', 20),
      finishPage: page => page,
      post: messages => client.post('metrics', messages),
      next: () => notifications.next(),
    }),
  };
}
