// A real Zaqar for the demo and the tests: Redis, the WebSocket server and the REST server on free ports of 127.0.0.1,
// nothing kept on disk, ended with the node process that started it, however that one ends.
//
//   const zaqar = await startZaqar({ processes: 2, gcSeconds: 1 });
//   … zaqar.websocket, zaqar.rest … await zaqar.killWebsocket(); await zaqar.startWebsocket(); …
//   await zaqar.stop();
//
// With a Keystone (scripts/keystone.mjs) both servers want tokens: `startZaqar({ keystone })`.
//
// By hand: `node scripts/zaqar.mjs` prints both addresses and runs until Ctrl-C; `--websocket-port N` and `--rest-port N` say
// which. `npm run zaqar` takes those that the documents use.

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { at } from './lib/paths.mjs';
import { freePorts } from './lib/ports.mjs';
import { Problem, isMain, main, read } from './lib/run.mjs';
import { Service, answers, listens } from './lib/service.mjs';
import { ensurePython } from './lib/venv.mjs';

/**
 * Starts Zaqar and resolves when both servers answer.
 *
 * - `processes`: 1 (WebSocket and REST together, half the memory) or 2 (each can be killed and started alone). Default 1.
 * - `gcSeconds`: seconds between garbage collections, which remove expired messages and claims; 0 for none. Default 5.
 * - `origin`: the origin of pages that may use REST, several with commas, `*` for all. Default `*`.
 * - `keystone`: what `startKeystone` gave. Then `auth_strategy` is `keystone`, and the catalog tells both addresses.
 * - `pooling`: messages are kept in pools, of which there is one, `redis`; pools and flavors can be made. Default false.
 * - `limits`: options of the group `transport`, by their names: `{ max_messages_per_page: 100 }`. Default: Zaqar's own.
 * - `ports`: `{ websocket, rest }`, by default free ones.
 * - `throughRedis`: given Redis's port, resolves to the one that Zaqar takes for it.
 */
export async function startZaqar({ processes = 1, gcSeconds = 5, origin = '*', keystone, pooling = false, limits = {}, ports: wanted = {}, throughRedis = port => port } = {}) {
  const python = await ensurePython('zaqar');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-'));
  const [redisPort, ...free] = await freePorts(3);
  const [websocketPort, restPort] = [wanted.websocket ?? free[0], wanted.rest ?? free[1]];
  const config = path.join(folder, 'zaqar.conf');
  const pools = `sqlite:///${path.join(folder, 'pools.db')}`;
  await configure(config, { websocketPort, restPort, redis: { hosts: `127.0.0.1:${await throughRedis(redisPort)}` }, pools: pooling ? pools : undefined, origin, keystone, limits });

  const server = (gc, ...parts) => zaqarService(python, config, parts, gc);
  const redis = redisService(python, redisPort);
  const websocketAnswers = () => isUp.websocket(websocketPort);
  const restAnswers = () => isUp.rest(restPort);

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
    if (pooling) await makePools(python, pools, `redis://127.0.0.1:${redisPort}`);
    // Redis answers long before Python has imported Zaqar.
    await Promise.all([redis.start(() => listens(redisPort)), websocket.start(websocketAnswers)]);
    await rest.start(restAnswers);
  } catch (error) {
    await stop();
    throw error;
  }
  const addresses = { websocket: `ws://127.0.0.1:${websocketPort}`, rest: `http://127.0.0.1:${restPort}` };
  await keystone?.announce(addresses);
  return {
    ...addresses,
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

/**
 * Writes a zaqar.conf.
 *
 * - `redis`: `{ hosts, query }` of its URI, such as `{ hosts: '127.0.0.1:26379', query: 'master=zaqar' }`.
 * - `pools`: the database of pools, if messages are kept in pools.
 * - `secret`: of signed URLs; all servers of one Zaqar need the same.
 * - the others: as of `startZaqar`.
 */
export async function configure(file, { websocketPort, restPort, redis, pools, secret = randomUUID(), origin = '*', keystone, limits = {} }) {
  const query = ['socket_timeout=5', ...(redis.query ? [redis.query] : [])];
  const values = {
    WEBSOCKET_PORT: websocketPort,
    REST_PORT: restPort,
    REDIS: `redis://${redis.hosts}?${query.join('&')}`,
    POOLING: pools !== undefined,
    MANAGEMENT_STORE: pools === undefined ? 'redis' : 'sqlalchemy',
    POOLS: pools ?? '',
    LIMITS: Object.entries(limits).map(([name, value]) => `${name} = ${value}`).join('\n'),
    ORIGIN: origin,
    SECRET: secret,
    ...authentication(keystone),
  };
  await writeFile(file, await fillIn(values), { mode: 0o600 });
}

/** One process of Zaqar; `parts` are `websocket`, `rest` or both. */
export function zaqarService(python, config, parts, gcSeconds = 0) {
  return new Service(`Zaqar (${parts.join(' and ')})`, python, [program('server.py'), process.pid, config, gcSeconds, ...parts]);
}

/** Redis, in memory only. `options` are added to its command line. */
export function redisService(python, port, options = []) {
  const inMemory = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  return new Service('Zaqar (redis)', python, [program('run_redis.py'), process.pid, ...inMemory, ...options]);
}

/** A Sentinel with that configuration file, which it rewrites. */
export function sentinelService(python, config) {
  return new Service('Redis Sentinel', python, [program('run_redis.py'), process.pid, config, '--sentinel']);
}

/** Whether a server of Zaqar answers at a port. */
export const isUp = {
  websocket: port => answers(port, '/'),
  rest: port => answers(port, '/v2/ping', { 'Client-ID': randomUUID(), 'X-Project-ID': 'readiness' }),
};

async function makePools(python, store, uri) {
  const { code, stderr } = await read(python, [program('make_pools.py'), store, 'redis', uri]);
  if (code !== 0) throw new Problem(`The store of pools could not be made:\n${stderr}`);
}

function authentication(keystone) {
  if (keystone === undefined) return { AUTH_STRATEGY: '', KEYSTONE: '', KEYSTONE_USER: '', KEYSTONE_PASSWORD: '' };
  const { name, password } = keystone.users.zaqar;
  return { AUTH_STRATEGY: 'keystone', KEYSTONE: keystone.url, KEYSTONE_USER: name, KEYSTONE_PASSWORD: password };
}

async function fillIn(values) {
  const template = await readFile(at('scripts', 'zaqar', 'zaqar.conf.in'), 'utf8');
  return template.replace(/@([A-Z_]{2,})@/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function program(name) {
  return at('scripts', 'zaqar', name);
}

/** The ports that the command line names. */
async function readPorts() {
  const ports = {};
  try {
    const { values } = parseArgs({ options: { 'websocket-port': { type: 'string' }, 'rest-port': { type: 'string' } } });
    for (const [option, value] of Object.entries(values)) {
      const port = Number(value);
      if (!(Number.isInteger(port) && port > 0 && port < 65536)) throw new Error(`--${option} ${value} is not a port`);
      if (await listens(port)) throw new Error(`Port ${port} is taken; choose another with --${option} N.`);
      ports[option.replace('-port', '')] = port;
    }
  } catch (error) {
    throw new Problem(`${error.message}\nusage: node scripts/zaqar.mjs [--websocket-port N] [--rest-port N]`);
  }
  return ports;
}

if (isMain(import.meta)) {
  let zaqar;
  const end = async () => {
    await zaqar?.stop();
    process.exit();
  };
  await main(async () => {
    zaqar = await startZaqar({ ports: await readPorts() });
    console.log(`websocket ${zaqar.websocket}\nrest      ${zaqar.rest}`);
  }, end);
}
