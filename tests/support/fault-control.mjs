// The fault proxies over HTTP, for a page that shows what the client does when the network misbehaves.
//
//   GET  /fault  -> { websocket: { settings, stats }, rest: { settings, stats } }
//   POST /fault  {"websocket": {"mode": "blackhole"}, "rest": {"mode": "pass"}, "cut": true}  -> the same
//
// `websocket` and `rest` are settings of fault-proxy.mjs; a proxy that is not named keeps its own. What is done to live
// connections, in both proxies or, as {"websocket": true}, in one: `cut` (true, "reset", "fin"), `freeze`, `stall` (ms).
//
// Pages of other sites are refused, and so is a body that is not called JSON, which any form on any site may send.

import { isOwn } from '../../scripts/serve.mjs';

const LIMIT = 64 * 1024;

/** A request handler for `proxies`, an object of fault proxies by name. */
export function faultHandler(proxies) {
  return async (request, response) => {
    if (!isOwn(request)) return answer(response, 403, { error: 'only for pages of this site' });
    try {
      switch (request.method) {
        case 'GET':
          return answer(response, 200, report(proxies));
        case 'POST':
          if (!isJson(request)) return answer(response, 415, { error: 'Content-Type: application/json is expected' });
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

function isJson({ headers }) {
  return /^application\/json *(;|$)/i.test(headers['content-type'] ?? '');
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
