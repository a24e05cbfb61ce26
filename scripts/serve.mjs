// A static file server for the demo page and the tests, with the headers of a careful site: nothing may run but the files
// served here and WebAssembly. What works on it works on any site that has a strict policy. It answers to the names of this
// machine only, so that no other site can have its own name lead here and read what is served.
//
//   const site = await startSite({ roots: DEMO, routes: { '/config.json': handler } });
//   … site.url … await site.stop();
//
// By hand: `node scripts/serve.mjs [PORT]` serves the demo page.

import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { root } from './lib/paths.mjs';
import { Problem, isMain, main } from './lib/run.mjs';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** No inline code, no eval, no HTML from strings. WebSocket and REST servers may be anywhere. */
export const CSP = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  'connect-src * ws: wss:',
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The demo page; ui/ is what it shares with the panel for Horizon. */
export const DEMO = { '/pkg/': 'pkg', '/ui/': 'ui', '/': 'www' };

/**
 * Serves the folders of `roots` (by path prefix, the longest that fits wins; relative ones are in the repository) and the
 * handlers of `routes` (by exact path) on `port` of 127.0.0.1, a free one if that is 0. `csp` is the site's policy.
 */
export async function startSite({ roots = {}, routes = {}, port = 0, csp = CSP }) {
  const folders = Object.entries(roots)
    .map(([prefix, folder]) => ({ prefix, folder: path.resolve(root, folder) }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const handlers = new Map(Object.entries(routes));
  const hosts = new Set();
  const server = http.createServer((request, response) => {
    response.setHeader('Content-Security-Policy', csp);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (!hosts.has(request.headers.host?.toLowerCase())) return fail(response, 421);
    const pathname = decoded(request.url);
    const handler = handlers.get(pathname);
    Promise.resolve(handler ? handler(request, response) : sendFile(folders, pathname, request, response)).catch(error => {
      console.error(error);
      fail(response, 500);
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', error => reject(error.code === 'EADDRINUSE' ? new Problem(`Port ${port} is taken; choose another with --port N.`) : error));
    server.listen(port, '127.0.0.1', resolve);
  });
  const actual = server.address().port;
  for (const name of ['localhost', '127.0.0.1', '[::1]']) hosts.add(actual === 80 ? name : `${name}:${actual}`);
  return {
    url: `http://127.0.0.1:${actual}/`,
    port: actual,
    /** Answers requests for this `host:port` as well: that of a proxy on this machine. */
    answerTo: host => void hosts.add(host),
    /** Adds or replaces the handler of one path. */
    route: (pathname, handler) => void handlers.set(pathname, handler),
    stop: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** A handler that answers pages of the site with what `value` returns, as JSON. */
export function json(value) {
  return (request, response) => {
    if (!isOwn(request)) return fail(response, 403);
    response.writeHead(200, { 'Content-Type': TYPES['.json'] }).end(JSON.stringify(value()));
  };
}

/**
 * Whether a request comes from a page of the site itself, or from no page at all. Browsers name the origin of every POST from
 * another site, and those of today tell of any request whether it is from one; what is no browser, such as curl, names none.
 */
export function isOwn({ headers }) {
  const { host, origin, 'sec-fetch-site': site = 'none' } = headers;
  return (origin === undefined || origin === `http://${host}`) && (site === 'same-origin' || site === 'none');
}

/** The request's path, or undefined if it is not one. */
function decoded(url) {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/, ''));
  } catch {
    return undefined;
  }
}

async function sendFile(folders, pathname, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return fail(response, 405);
  const file = await locate(folders, pathname);
  const type = file && TYPES[path.extname(file.path).toLowerCase()];
  if (!type) return fail(response, 404);
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': file.size });
  if (request.method === 'HEAD') return void response.end();
  pipeline(createReadStream(file.path), response, () => {}); // a reader that goes away is none of our business
}

/** The file that a path names, if it lies in the folder of its prefix when all links and dots are resolved. */
async function locate(folders, pathname) {
  if (!pathname?.startsWith('/') || /[\0\\]/.test(pathname) || pathname.split('/').some(part => part.startsWith('.'))) return undefined;
  const match = folders.find(({ prefix }) => pathname.startsWith(prefix));
  if (!match) return undefined;
  const relative = pathname.slice(match.prefix.length) + (pathname.endsWith('/') ? 'index.html' : '');
  try {
    const folder = await realpath(match.folder);
    const file = await realpath(path.join(folder, relative));
    if (!file.startsWith(folder + path.sep)) return undefined;
    const { size } = await stat(file).then(stats => (stats.isFile() ? stats : Promise.reject(new Error('not a file'))));
    return { path: file, size };
  } catch {
    return undefined;
  }
}

function fail(response, status) {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'Content-Type': TYPES['.txt'] }).end(`${status} ${http.STATUS_CODES[status]}\n`);
}

if (isMain(import.meta)) {
  await main(async () => {
    const site = await startSite({ roots: DEMO, port: Number(process.argv[2] ?? 8080) });
    console.log(site.url);
  });
}
