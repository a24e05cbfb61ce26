// What a page says on the network, as Chromium's own tools tell it: every frame of every WebSocket and every HTTP request.

import { decode } from '@msgpack/msgpack';

export function spyOn(page) {
  const sockets = [];
  const requests = [];
  page.on('websocket', socket => {
    const seen = { url: socket.url(), sent: [], received: [], isOpen: true };
    sockets.push(seen);
    socket.on('framesent', ({ payload }) => seen.sent.push(payload));
    socket.on('framereceived', ({ payload }) => seen.received.push(payload));
    socket.on('close', () => (seen.isOpen = false));
  });
  page.on('request', request => {
    const { pathname } = new URL(request.url());
    // Preflights are not told.
    if (pathname.startsWith('/v2')) requests.push({ url: request.url(), method: request.method(), headers: request.headers(), body: request.postData() ?? '' });
  });
  const frames = () => sockets.flatMap(socket => socket.sent).map(frame => ({ raw: frame, ...read(frame) }));
  return {
    sockets,
    requests,
    frames,
    received: () => sockets.flatMap(socket => socket.received),
    count: action => frames().filter(frame => frame.action === action).length,
    /** HTTP requests that carried a token. */
    authorised: () => requests.filter(request => 'x-auth-token' in request.headers),
    forget() {
      sockets.length = 0;
      requests.length = 0;
    },
  };
}

function read(frame) {
  const { action, headers } = typeof frame === 'string' ? JSON.parse(frame) : decode(frame, { useBigInt64: true });
  return { action, headers };
}
