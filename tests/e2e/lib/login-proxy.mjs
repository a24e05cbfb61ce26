// A login proxy before a page, Zaqar's REST API and its WebSocket, all on one origin: who has no cookie gets nothing but the page.
// It refuses in each of the ways that such proxies have.

import http from 'node:http';
import net from 'node:net';

const PAGE = '<!doctype html><title>Log in</title><form method=post action=/login></form>';
/** How it refuses. */
export const REFUSALS = {
  'a 401 with a page': response => response.writeHead(401, { 'Content-Type': 'text/html' }).end(PAGE),
  'a 403 with a page': response => response.writeHead(403, { 'Content-Type': 'text/html' }).end(PAGE),
  'a redirect to its login': response => response.writeHead(302, { Location: '/login' }).end(),
  'its login page': response => response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE),
};

/** Resolves to a proxy with `url`, `refuseAs(name)`, `logOut()`, `logIn()`, `cutSockets()`, `holdSockets(isHeld)` and `stop()`. */
export async function startLoginProxy({ site, rest, websocketPort }) {
  let refuse = REFUSALS['a 401 with a page'];
  let session = 'first';
  let isHeld = false;
  const sockets = new Set();
  const isIn = request => request.headers.cookie?.split('; ').includes(`session=${session}`) === true;

  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://proxy');
    if (pathname === '/login') return response.writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': `session=${session}; Path=/; HttpOnly` }).end(PAGE);
    if (!pathname.startsWith('/v2')) return pass(new URL(request.url, site), request, response);
    if (!isIn(request)) return refuse(response);
    return pass(new URL(request.url, rest), request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (isHeld || !isIn(request)) return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    const upstream = net.connect(websocketPort, '127.0.0.1');
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
    upstream.write(`${[`GET ${request.url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket) && upstream.destroy());
    sockets.add(socket.pipe(upstream).pipe(socket));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const cutSockets = () => sockets.forEach(socket => socket.destroy());
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    refuseAs: name => (refuse = REFUSALS[name]),
    logOut: () => (session = crypto.randomUUID()),
    cutSockets,
    holdSockets: held => (isHeld = held),
    stop() {
      cutSockets();
      server.closeAllConnections();
      return new Promise(resolve => server.close(resolve));
    },
  };
}

/** Passes a request on, and its answer back. */
function pass(to, request, response) {
  const { host: _, cookie: __, ...headers } = request.headers;
  const forwarded = http.request(to, { method: request.method, headers: { ...headers, host: to.host } }, answer => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  request.pipe(forwarded);
}
