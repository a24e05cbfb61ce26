// A WebSocket server that takes every connection and never says a word: what a hung server, or a middlebox that answers
// for one, looks like.

import { WebSocketServer } from 'ws';

export async function startMuteServer() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise(resolve => server.once('listening', resolve));
  let accepted = 0;
  server.on('connection', socket => {
    accepted += 1;
    socket.on('error', () => {});
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    accepted: () => accepted,
    stop() {
      for (const socket of server.clients) socket.terminate();
      return new Promise(resolve => server.close(resolve));
    },
  };
}
