// The calls of an application on two builds of the package, in one document.

import * as applicationOfOther from './application.js?other';
import * as applicationOfThis from './application.js?this';
import { realNetwork } from './counting.js';
import { fakeNetwork } from './fake-socket.js';
import { work } from './frame.js';
import { sample } from './measure.js';
import { msgpack } from './msgpack.js';
import { touch as touchOther } from './touch.js?other';
import { touch as touchThis } from './touch.js?this';

/** Short turns, for other programs on the machine disturb few of them. */
const TURN_MS = 2;

const APPLICATIONS = {
  this: { ...applicationOfThis, touch: touchThis },
  other: { ...applicationOfOther, touch: touchOther },
};

work(async ({ builds, frames, rounds, server }) => {
  const network = server === undefined ? fakeNetwork(msgpack, frames) : realNetwork();
  // A build may treat the page's own class in another way than one of the application's: for both this class is the page's own.
  globalThis.WebSocket = network.Socket;
  const clients = {};
  for (const build of builds) clients[build] = await open(build, { network, frames, websocket: server });
  const taken = server === undefined ? await takeAll(clients, rounds) : await takeSending(clients, rounds);
  for (const { close } of Object.values(clients)) await close();
  return taken;
});

async function open(build, options) {
  const { connect } = await import(`/${build}/index.js`);
  const { openClient, touch, inBatches, oneByOne } = APPLICATIONS[build];
  return { ...(await openClient({ connect, touch, ...options })), inBatches, oneByOne };
}

async function takeAll(clients, rounds) {
  const { receive, send } = clients.this.calls;
  const taken = { receive: {}, send: {}, roundTrip: {} };
  for (const name of Object.keys(receive)) taken.receive[name] = await inBatches(clients, 'receive', name, rounds);
  for (const name of Object.keys(send)) {
    taken.send[name] = await inBatches(clients, 'send', name, rounds);
    taken.roundTrip[name] = await raced(clients, rounds, ({ oneByOne, socket, calls }) => times => oneByOne(times, socket, calls.send[name]));
  }
  return taken;
}

/** Large frames are left out: they wait for the server. */
async function takeSending(clients, rounds) {
  const send = {};
  for (const name of ['ack', 'page', 'post']) send[name] = await inBatches(clients, 'send', name, rounds);
  return { send };
}

function inBatches(clients, phase, name, rounds) {
  return raced(clients, rounds, ({ inBatches, socket, calls }) => times => inBatches(times, phase, socket, calls[phase][name]));
}

function raced(clients, rounds, contender) {
  const contenders = Object.fromEntries(Object.entries(clients).map(([build, client]) => [build, contender(client)]));
  return sample(contenders, { rounds, turnMs: TURN_MS });
}
