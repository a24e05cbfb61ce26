// What a benchmark page talks to: the page itself, a Zaqar that does nothing but answer, and a sink.

import { WebSocketServer } from 'ws';
import { Decoder, Encoder } from '@msgpack/msgpack';
import * as esbuild from 'esbuild';
import { json, startSite } from '../../scripts/serve.mjs';
import { wasmParts } from '../../scripts/lib/entries.mjs';
import { at } from '../../scripts/lib/paths.mjs';
import { buildRoutes } from './builds.mjs';
import { zaqar } from './zaqar.mjs';

// Isolation gives the page a clock of 5 µs. Unlike the site of the tests it lets code be made of strings: msgpackr would.
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy': "default-src 'self'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'; connect-src 'self' ws:",
};

/**
 * Starts it. `scripts` are files of benches/page, each with a page that runs it; `url` is the page of the first. `builds` are the
 * `pkg/` folders of builds of the package, by the name of the folder where pages find them. `config` is what the first page is to
 * do; `collect` gives the bytes of its heap after a garbage collection, or undefined. `done` settles when the page is.
 */
export async function startBenchServer({ scripts, builds, frames, config, collect, onResult }) {
  const server = await startZaqar(frames);
  let settle;
  const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
  const site = await startSite({
    routes: {
      ...(await pageRoutes(scripts)),
      ...(await buildRoutes(builds)),
      '/config.json': json(() => ({ ...config, frames, server: server.url, sink: `${server.url}sink` })),
      '/notify': (request, response) => {
        const { searchParams } = new URL(request.url, site.url);
        server.notify(Number(searchParams.get('count')), searchParams.get('json') === '1');
        response.end();
      },
      '/collect': async (_, response) => void response.end(JSON.stringify({ heap: await collect() })),
      '/result': received(({ section, result }) => onResult(section, result)),
      '/done': received(({ error }) => (error === undefined ? settle.resolve() : settle.reject(new Error(error)))),
    },
  });
  return {
    url: `${site.url}${scripts[0]}.html`,
    done,
    async stop() {
      await site.stop();
      await server.stop();
    },
  };
}

/** `/NAME.js`, bundled, and `/NAME.html`, which loads it. */
async function pageRoutes(scripts) {
  const { outputFiles } = await esbuild.build({
    entryPoints: scripts.map(name => at('benches', 'page', `${name}.js`)),
    outdir: at('benches'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['/pkg/*'],
    write: false,
    logLevel: 'warning',
    ...(await wasmParts()),
  });
  const routes = outputFiles.map(({ path, text }) => {
    const name = path.split('/').at(-1).replace(/\.js$/, '');
    return { [`/${name}.js`]: script(text), [`/${name}.html`]: page(name) };
  });
  return Object.assign({}, ...routes);
}

/** A Zaqar on `/`, the same in JSON on `/json`, and on `/sink` one that only answers blanks. */
async function startZaqar(frames) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await new Promise(resolve => server.once('listening', resolve));
  const answer = zaqar(frames);
  const subscribers = { json: new Set(), msgpack: new Set() };
  const codecs = {
    json: { read: data => JSON.parse(data), write: value => JSON.stringify(value) },
    msgpack: { read: data => decoder.decode(data), write: value => encoder.encode(value) },
  };
  server.on('connection', (socket, { url }) => {
    if (url === '/sink') return void socket.on('message', data => data.length === 1 && socket.send(' '));
    const format = url === '/json' ? 'json' : 'msgpack';
    const { read, write } = codecs[format];
    socket.on('message', data => {
      const request = read(data);
      socket.send(write(answer(request)));
      if (request.action === 'subscription_create') subscribers[format].add(socket);
    });
    socket.on('close', () => subscribers[format].delete(socket));
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    notify(count, isJson) {
      const format = isJson ? 'json' : 'msgpack';
      const frame = codecs[format].write(frames.notification);
      for (let left = count; left > 0; left--) for (const socket of subscribers[format]) socket.send(frame);
    },
    stop() {
      for (const socket of server.clients) socket.terminate();
      return new Promise(resolve => server.close(resolve));
    },
  };
}

const encoder = new Encoder();
const decoder = new Decoder();

function page(name) {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">
<body><script type="module" src="/${name}.js"></script>`;
  return (_, response) => void response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/html; charset=utf-8' }).end(html);
}

function script(text) {
  return (_, response) => void response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/javascript; charset=utf-8' }).end(text);
}

/** A route that takes JSON. */
function received(take) {
  return async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    await take(JSON.parse(text));
    response.writeHead(204).end();
  };
}
