// Encoding by itself, and encoding with what follows it: `send` on a socket to a server that takes everything.

import { requests } from '../lib/frames.mjs';
import { race, repeated } from './measure.js';
import { encode as encodeOurs, load } from './ours.js';
import { rivals } from './rivals.js';

export async function encode({ frames, rounds, sink }) {
  await load();
  const socket = new WebSocket(sink);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const results = { alone: {}, sent: {} };
  for (const [name, request] of Object.entries(requests(frames))) {
    const writers = { 'zaqar-web': encodeOurs };
    for (const [rival, { write }] of Object.entries(rivals)) writers[rival] = write;

    const textEncoder = new TextEncoder();
    const alone = { 'JSON to bytes': value => textEncoder.encode(JSON.stringify(value)), ...writers };
    let length = 0;
    results.alone[name] = await race(
      map(alone, write => repeated(() => (length += write(request).length))),
      { ours: 'zaqar-web', rounds },
    );

    results.sent[name] = await race(
      map(writers, write => repeated(() => socket.send(write(request)))),
      { ours: 'zaqar-web', rounds, between: () => drained(socket) },
    );
  }
  socket.close();
  return results;
}

/** The sink answers a blank text when it has taken all that was sent before. */
function drained(socket) {
  return new Promise(resolve => {
    socket.onmessage = resolve;
    socket.send(' ');
  });
}

function map(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
