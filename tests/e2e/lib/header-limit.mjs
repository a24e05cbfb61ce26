// A proxy before Zaqar's REST API that takes no answer whose headers are longer than a limit, as nginx has it
// (`proxy_buffer_size`): it answers 502 in its place.

import http from 'node:http';

/** nginx's default. */
const LIMIT = 4_096;

/** Resolves to `{ url, largest(), stop() }`, where `largest` is the length of the longest headers that came. */
export async function startHeaderLimit({ port, limit = LIMIT }) {
  let largest = 0;
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request;
    const upstream = http.request({ host: '127.0.0.1', port, method, path: url, headers }, answer => {
      const length = lengthOf(answer);
      largest = Math.max(largest, length);
      if (length <= limit) {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        answer.pipe(response);
      } else {
        answer.resume();
        response.writeHead(502, { 'Access-Control-Allow-Origin': '*' }).end();
      }
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    largest: () => largest,
    async stop() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Bytes of the status line and of the headers, with the empty line behind them. */
function lengthOf({ httpVersion, statusCode, statusMessage, rawHeaders }) {
  const headers = rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  return `HTTP/${httpVersion} ${statusCode} ${statusMessage}\r\n`.length + headers + 2;
}
