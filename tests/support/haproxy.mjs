// HAProxy with the configuration of docs/server.md, as it stands there but for the addresses, the number of servers and the
// certificate: page, WebSocket and REST on one origin over TLS.
//
//   const front = await startHaproxy({ site: 8080, websockets: [9000, 9010], rests: [8888] });
//   … `https://127.0.0.1:${front.port}` …
//   await front.reload();                        // as `systemctl reload haproxy`
//   await front.drain('zaqar_ws', 1);            // the second takes no more connections, and its own are shut
//   await front.restore('zaqar_ws', 1);
//   await front.stop();

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findHaproxy } from '../../scripts/lib/haproxy.mjs';
import { at } from '../../scripts/lib/paths.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { Service, listens } from '../../scripts/lib/service.mjs';
import { until } from '../e2e/lib/stage.mjs';

/** `tunnel` replaces the time that an upgraded connection may be silent. */
export async function startHaproxy({ site, websockets, rests, tunnel = '1h' }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-haproxy-'));
  const [port] = await freePorts(1);
  const file = path.join(folder, 'haproxy.cfg');
  const cli = path.join(folder, 'cli');
  await writeFile(file, await configuration({ port, certificate: await makeCertificate(folder), site, websockets, rests, tunnel }));
  // A master and its worker, as the packages of the distributions run it: only so can it be reloaded.
  const service = new Service('HAProxy', findHaproxy(), ['-W', '-S', `${cli},level,admin`, '-f', file]);
  await service.start(() => listens(port));
  // It warns of nothing: every timeout is there, every section in its place.
  assert.doesNotMatch(service.log(), /\[(WARNING|ALERT)\]/i);
  await until(() => isThere(port), { what: 'HAProxy has found the WebSocket server alive' });
  const toWorker = command => ask(cli, `@1 ${command}`);
  return {
    port,
    async reload() {
      const reloads = async () => Number(/master\s+(\d+)/.exec(await ask(cli, 'show proc').catch(() => ''))?.[1]);
      const before = await reloads();
      service.signal('SIGUSR2');
      await until(async () => (await reloads()) > before, { what: 'HAProxy has been reloaded' });
      await until(() => isThere(port), { what: 'HAProxy has found the WebSocket server alive again' });
    },
    async drain(backend, number) {
      const name = await nameOf(toWorker, backend, number);
      await toWorker(`set server ${name} state drain`);
      await toWorker(`shutdown sessions server ${name}`);
    },
    async restore(backend, number) {
      await toWorker(`set server ${await nameOf(toWorker, backend, number)} state ready`);
    },
    log: () => service.log(),
    async stop() {
      await service.end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function configuration({ port, certificate, site, websockets, rests, tunnel }) {
  const document = await readFile(at('docs', 'server.md'), 'utf8');
  const [, documented] = /```\n(frontend zaqar\n[^]*?)```/.exec(document);
  const servers = (name, ports) => ports.map((port, number) => `    server ${name}${number + 1} 127.0.0.1:${port}\n`).join('');
  const replacements = [
    ['bind :443 ssl crt /etc/haproxy/zaqar.pem', `bind 127.0.0.1:${port} ssl crt ${certificate}`],
    ['https://zaqar.example', `https://127.0.0.1:${port}`],
    ['timeout tunnel 1h', `timeout tunnel ${tunnel}`],
    ...Object.entries({ w: websockets, r: rests, d: [site] }).map(([name, ports]) => [new RegExp(`(^ {4}server ${name}\\d .*\\n)+`, 'gm'), servers(name, ports)]),
  ];
  return replacements.reduce((text, [from, to]) => {
    const found = typeof from === 'string' ? text.split(from).length - 1 : text.match(from)?.length;
    assert.equal(found, 1, `docs/server.md has ${from} once`);
    return text.replace(from, to);
  }, documented);
}

async function makeCertificate(folder) {
  const [key, cert, both] = ['key.pem', 'cert.pem', 'zaqar.pem'].map(name => path.join(folder, name));
  await promisify(execFile)('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert,
  ]);
  await writeFile(both, (await readFile(cert, 'utf8')) + (await readFile(key, 'utf8')), { mode: 0o600 });
  return both;
}

/** What the documented configuration calls that server of a backend. */
async function nameOf(toWorker, backend, number) {
  const lines = (await toWorker(`show servers state ${backend}`)).split('\n').filter(line => /^\d+ \w/.test(line));
  return `${backend}/${lines[number].split(' ')[3]}`;
}

/** The answer to a command of HAProxy's management. */
function ask(socket, command) {
  return new Promise((resolve, reject) => {
    let text = '';
    const connection = net.connect(socket, () => connection.end(`${command}\n`));
    connection.on('data', chunk => (text += chunk)).once('close', () => resolve(text)).once('error', reject);
  });
}

/** Whether the WebSocket server answers a handshake, which this is none; HAProxy's own answer would be 503. */
function isThere(port) {
  return new Promise(resolve => {
    const request = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false, timeout: 2_000, headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
    request.once('response', response => resolve(response.statusCode < 500) || request.destroy());
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false)).once('upgrade', () => resolve(true));
  });
}
