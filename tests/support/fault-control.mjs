// The fault proxies over HTTP, for a page that shows what the client does when the network misbehaves.
//
//   GET  /fault  -> { websocket: { settings, stats }, rest: { settings, stats } }
//   POST /fault  {"websocket": {"mode": "blackhole"}, "rest": {"mode": "pass"}, "cut": true}  -> the same
//
// `websocket` and `rest` are settings of fault-proxy.mjs; a proxy that is not named keeps its own. What is done to live
// connections, in both proxies or, as {"websocket": true}, in one: `cut` (true, "reset", "fin"), `freeze`, `stall` (ms).

import http from 'node:http';

const LIMIT = 64 * 1024;

/** A request handler for `proxies`, an object of fault proxies by name. */
export function faultHandler(proxies) {
  return async (request, response) => {
    // Only a simulation of a bad network hangs on it, and it listens on 127.0.0.1: any page may.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
    response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
    try {
      switch (request.method) {
        case 'OPTIONS':
          return void response.writeHead(204).end();
        case 'GET':
          return answer(response, 200, report(proxies));
        case 'POST':
          apply(proxies, await readJson(request));
          return answer(response, 200, report(proxies));
        default:
          return answer(response, 405, { error: 'GET or POST' });
      }
    } catch (error) {
      answer(response, 400, { error: error.message });
    }
  };
}

/** Serves the handler on a port of its own, for pages that are served by somebody else. */
export async function startFaultControl(proxies, { port = 0 } = {}) {
  const server = http.createServer(faultHandler(proxies));
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/fault`,
    stop: () => new Promise(resolve => server.close(resolve) && server.closeAllConnections()),
  };
}

function apply(proxies, command) {
  if (typeof command !== 'object' || command === null) throw new TypeError('a JSON object is expected');
  const { cut, freeze, stall, ...settings } = command;
  for (const name of Object.keys(settings)) if (!(name in proxies)) throw new TypeError(`there is no proxy ${name}`);
  for (const [name, proxy] of Object.entries(proxies)) {
    if (settings[name]) proxy.set(settings[name]);
    const chosen = action => (typeof action === 'object' && action !== null ? action[name] : action);
    if (chosen(cut)) proxy.cut(chosen(cut) === true ? 'reset' : chosen(cut));
    if (chosen(freeze)) proxy.freeze();
    if (chosen(stall)) proxy.stall(Number(chosen(stall)));
  }
}

function report(proxies) {
  return Object.fromEntries(Object.entries(proxies).map(([name, proxy]) => [name, { settings: proxy.settings(), stats: proxy.stats() }]));
}

async function readJson(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > LIMIT) throw new TypeError('too long');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

function answer(response, status, value) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(value));
}
