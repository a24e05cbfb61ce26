// Several WebSocket and REST servers of one Zaqar, each a process of its own, on one Redis or on one with replicas and
// Sentinels (redis-sentinel.mjs): what an operator runs behind a proxy.
//
//   const cluster = await startCluster({ websockets: 3, rests: 3 });
//   await cluster.websockets[0].kill();           // SIGKILL; also freeze(), thaw()
//   await cluster.websockets[0].start();          // resolves when it answers
//   await cluster.stop();

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { listens } from '../../scripts/lib/service.mjs';
import { ensurePython } from '../../scripts/lib/venv.mjs';
import { configure, isUp, redisService, zaqarService } from '../../scripts/zaqar.mjs';

/**
 * - `websockets`, `rests`: how many of each.
 * - `redis`: `{ hosts, query }` of a Redis that runs already; by default one is started.
 * - `gcSeconds`: as of `startZaqar`; the first REST server collects.
 */
export async function startCluster({ websockets, rests, redis, gcSeconds = 1 }) {
  const python = await ensurePython('zaqar');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-cluster-'));
  const [redisPort, ...ports] = await freePorts(1 + websockets + rests);
  const store = redis ? undefined : redisService(python, redisPort);
  const secret = randomUUID();
  const worker = async (part, number, port) => {
    const config = path.join(folder, `${part}-${number}.conf`);
    // Of the ports in a configuration only that of its part is opened.
    await configure(config, { websocketPort: port, restPort: port, redis: redis ?? { hosts: `127.0.0.1:${redisPort}` }, secret });
    const service = zaqarService(python, config, [part], part === 'rest' && number === 0 ? gcSeconds : 0);
    return {
      port,
      start: () => service.start(() => isUp[part](port)),
      kill: () => service.end('SIGKILL'),
      /** From here on it holds its connections and says nothing. */
      freeze: () => service.signal('SIGSTOP'),
      thaw: () => service.signal('SIGCONT'),
      log: () => service.log(),
    };
  };
  const workers = (part, count) => Promise.all(Array.from({ length: count }, (_, number) => worker(part, number, ports.shift())));
  const cluster = { websockets: await workers('websocket', websockets), rests: await workers('rest', rests) };
  const all = [...cluster.websockets, ...cluster.rests];
  const stop = async () => {
    await Promise.all([...all.map(worker => worker.kill()), store?.end('SIGKILL')]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await store?.start(() => listens(redisPort));
    await Promise.all(all.map(worker => worker.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...cluster, redisPort: redis ? undefined : redisPort, log: () => all.map(worker => worker.log()).join('\n'), stop };
}
