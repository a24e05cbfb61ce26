// A client that has ended is garbage, although the wasm and JavaScript have held each other. Needs `npm run build`.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pkg } from '../../scripts/lib/paths.mjs';
import { held } from '../support/memory.mjs';

const { connect } = await import(pathToFileURL(path.join(pkg, 'node.js')).href);

let server;
let rest;
before(async () => {
  server = http.createServer((request, response) => response.writeHead(request.url.endsWith('/ping') ? 204 : 200).end(request.url.endsWith('/ping') ? undefined : '{"messages":[]}'));
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  rest = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  return new Promise(resolve => server.close(resolve));
});

/** Uses a client that its own options name, ends it, and remembers it weakly. */
async function lived(options) {
  const named = {};
  const client = await connect({ rest, projectId: 'p', token: () => named.client && 'token', logger: () => named.client, lazy: true, ...options });
  named.client = client;
  const tail = client.queue('q').tail();
  await client.queue('q').messages().toArray().catch(() => {});
  await client.close({ timeoutMs: 0 });
  await tail.return();
  await assert.rejects(client.ping(), { code: 'closed' });
  assert.equal(client.metrics().notifications, 0);
  return new WeakRef(client);
}

async function collected(weak) {
  for (let round = 0; round < 50; round++) {
    held();
    if (weak.every(one => one.deref() === undefined)) return true;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return false;
}

test('clients that have ended are collected, whatever their options name', async () => {
  const weak = [];
  for (let made = 0; made < 10; made++) weak.push(await lived({}));
  for (let made = 0; made < 10; made++) weak.push(await lived({ rest: 'http://127.0.0.1:9', timeoutMs: 50 }));
  assert.ok(await collected(weak), `${weak.filter(one => one.deref()).length} of ${weak.length} are held`);
});
