// A real Zaqar for the demo and the tests: Redis, the WebSocket server and the REST server on free ports of 127.0.0.1,
// nothing kept on disk, ended with the node process that started it, however that one ends.
//
//   const zaqar = await startZaqar({ processes: 2, gcSeconds: 1 });
//   … zaqar.websocket, zaqar.rest … await zaqar.killWebsocket(); await zaqar.startWebsocket(); …
//   await zaqar.stop();
//
// By hand: `node scripts/zaqar.mjs` prints both addresses and runs until Ctrl-C.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { at } from './lib/paths.mjs';
import { freePorts } from './lib/ports.mjs';
import { Problem, isMain, main } from './lib/run.mjs';
import { ensurePython } from './lib/venv.mjs';

/**
 * Starts Zaqar and resolves when both servers answer.
 *
 * - `processes`: 1 (WebSocket and REST together, half the memory) or 2 (each can be killed and started alone). Default 1.
 * - `gcSeconds`: seconds between garbage collections, which remove expired messages and claims; 0 for none. Default 5.
 * - `origin`: the origin of pages that may use REST, several with commas, `*` for all. Default `*`.
 */
export async function startZaqar({ processes = 1, gcSeconds = 5, origin = '*' } = {}) {
  const python = await ensurePython();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-'));
  const [websocketPort, restPort, redisPort] = await freePorts(3);
  const config = path.join(folder, 'zaqar.conf');
  await writeFile(config, await fillIn({ WEBSOCKET_PORT: websocketPort, REST_PORT: restPort, REDIS_PORT: redisPort, ORIGIN: origin, SECRET: randomUUID() }), { mode: 0o600 });

  const program = name => at('scripts', 'zaqar', name);
  const server = (gc, ...parts) => new Service(parts.join(' and '), python, [program('server.py'), process.pid, config, gc, ...parts]);
  const redis = new Service('redis', python, [program('run_redis.py'), process.pid, redisPort]);
  const websocketAnswers = () => answers(websocketPort, '/');
  const restAnswers = () => answers(restPort, '/v2/ping', { 'Client-ID': randomUUID(), 'X-Project-ID': 'readiness' });

  // Garbage is collected by one process only, the one that tests have no cause to freeze.
  const together = processes === 1 ? server(gcSeconds, 'websocket', 'rest') : undefined;
  const websocket = together ?? server(0, 'websocket');
  const rest = together ?? server(gcSeconds, 'rest');
  const separate = (service, ready) => ({
    async kill() {
      if (together) throw new Error('startZaqar({ processes: 2 }) is needed to end one server alone');
      await service.end('SIGKILL');
    },
    start: () => service.start(ready),
  });
  const parts = { websocket: separate(websocket, websocketAnswers), rest: separate(rest, restAnswers) };

  const stop = async () => {
    await Promise.all([...new Set([websocket, rest, redis])].map(service => service.end('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    // Redis answers long before Python has imported Zaqar.
    await Promise.all([redis.start(() => listens(redisPort)), websocket.start(websocketAnswers)]);
    await rest.start(restAnswers);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    websocket: `ws://127.0.0.1:${websocketPort}`,
    rest: `http://127.0.0.1:${restPort}`,
    websocketPort,
    restPort,
    redisPort,
    /** SIGKILL: sockets are cut by the kernel, Zaqar says nothing. */
    killWebsocket: parts.websocket.kill,
    startWebsocket: parts.websocket.start,
    killRest: parts.rest.kill,
    startRest: parts.rest.start,
    /** What the servers have written, for a look after something went wrong. */
    log: () => [...new Set([redis, websocket, rest])].map(service => service.log()).join('\n'),
    stop,
  };
}

/** One process of the server, that can be ended and started again. */
class Service {
  #name;
  #command;
  #child;
  #ended;
  #output = [];

  constructor(name, command, args) {
    this.#name = name;
    this.#command = [command, args.map(String)];
  }

  /** Starts it unless it runs, and resolves when `ready` does to true. */
  async start(ready) {
    if (!this.#child) this.#spawn();
    const child = this.#child;
    for (let waited = 0; !(await ready()); waited += 20) {
      if (this.#child !== child) throw new Problem(`Zaqar (${this.#name}) ended while it started:\n${this.log()}`);
      if (waited > 60_000) throw new Problem(`Zaqar (${this.#name}) does not answer:\n${this.log()}`);
      await sleep(20);
    }
  }

  async end(signal) {
    this.#child?.kill(signal);
    await this.#ended;
  }

  log() {
    return this.#output.join('');
  }

  #spawn() {
    const child = spawn(...this.#command, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = chunk => {
      this.#output.push(chunk.toString());
      if (this.#output.length > 400) this.#output.splice(0, 200);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
    this.#ended = new Promise(resolve => {
      const over = () => {
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('error', over).once('exit', over);
    });
  }
}

async function fillIn(values) {
  const template = await readFile(at('scripts', 'zaqar', 'zaqar.conf.in'), 'utf8');
  return template.replace(/@([A-Z_]{2,})@/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether an HTTP server answers there without a server error. Zaqar's WebSocket server has a status page, too. */
function answers(port, path, headers) {
  return new Promise(resolve => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 2000 }, response => {
      response.resume();
      resolve(response.statusCode < 500);
    });
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false));
  });
}

function listens(port) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true) || socket.destroy()).once('error', () => resolve(false));
  });
}

if (isMain(import.meta)) {
  let zaqar;
  const end = async () => {
    await zaqar?.stop();
    process.exit();
  };
  await main(async () => {
    zaqar = await startZaqar();
    console.log(`websocket ${zaqar.websocket}\nrest      ${zaqar.rest}`);
  }, end);
}
