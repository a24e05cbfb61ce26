// Two Redis, of which one replicates the other, and three Sentinels that have the replica take over when the master is gone.
//
//   const store = await startSentinels();
//   const cluster = await startCluster({ websockets: 1, rests: 1, redis: store.uri });
//   await store.master().kill();                 // also freeze(), thaw(), start()
//   await store.hasFailedOver();
//   await store.rejoin();                        // the former master is the replica now
//   await store.stop();

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { listens } from '../../scripts/lib/service.mjs';
import { ensurePython } from '../../scripts/lib/venv.mjs';
import { redisService, sentinelService } from '../../scripts/zaqar.mjs';
import { command } from '../e2e/lib/redis.mjs';
import { until } from '../e2e/lib/stage.mjs';

const NAME = 'zaqar';

/** So long a master says nothing before it is taken for dead, and so long until a failover that did not work is tried again. */
const [DOWN_AFTER_MS, FAILOVER_MS] = [500, 1_000];

export async function startSentinels() {
  const python = await ensurePython('zaqar');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-sentinel-'));
  const [first, second, ...sentinelPorts] = await freePorts(5);
  const redises = await Promise.all([redis(python, folder, first), redis(python, folder, second, first)]);
  const sentinels = await Promise.all(sentinelPorts.map(port => sentinel(python, folder, port, first)));
  const ask = (...words) => command(sentinelPorts[0], 'SENTINEL', ...words);
  const masterPort = async () => Number((await ask('GET-MASTER-ADDR-BY-NAME', NAME))[1]);
  let last = first;
  const at = port => redises.find(redis => redis.port === port);
  const other = port => redises.find(redis => redis.port !== port);
  const isReplicated = () => until(async () => (await command(other(last).port, 'ROLE'))[3] === 'connected', { within: 30_000, every: 50, what: 'the replica follows' });
  const store = {
    /** For `startCluster`. */
    uri: { hosts: sentinelPorts.map(port => `127.0.0.1:${port}`).join(), query: `master=${NAME}` },
    /** The master of the last failover that was waited for. */
    master: () => at(last),
    replica: () => other(last),
    /** Asks for a failover, as an operator does before work on the master. A Sentinel refuses until it has seen the replica for a while. */
    failOver: () => until(() => ask('FAILOVER', NAME).catch(() => false), { within: 30_000, every: 100, what: 'a Sentinel takes the replica for a good one' }),
    /** Resolves when the replica has taken over, which is the master from then on. */
    async hasFailedOver() {
      await until(async () => (await masterPort()) !== last, { within: 60_000, what: 'a failover' });
      last = await masterPort();
      await until(async () => (await command(last, 'ROLE'))[0] === 'master', { what: 'the new master takes writes' });
    },
    /** Has a master refuse writes while it has no replica, or not. */
    wantReplica: isWanted => Promise.all(redises.map(({ port }) => command(port, 'CONFIG', 'SET', 'min-replicas-to-write', isWanted ? '1' : '0'))),
    /** The replica hears no more of its master, until it is thawed. */
    async cutOff() {
      other(last).freeze();
      // What lies in the connection already it would still read.
      await command(last, 'CLIENT', 'KILL', 'TYPE', 'replica');
    },
    /** Brings the former master back as a replica, as the Sentinels do in their own time; resolves when it has all that the master has. */
    async rejoin() {
      const { port, start, thaw } = other(last);
      thaw();
      await start();
      await command(port, 'REPLICAOF', '127.0.0.1', String(last));
      await isReplicated();
    },
    async stop() {
      await Promise.all([...redises, ...sentinels].map(service => service.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(redises.map(redis => redis.start()));
    await isReplicated();
    await Promise.all(sentinels.map(sentinel => sentinel.start()));
    const knows = async port => {
      const [state] = await command(port, 'SENTINEL', 'MASTERS');
      const value = name => Number(state[state.indexOf(name) + 1]);
      return value('num-slaves') === 1 && value('num-other-sentinels') === 2;
    };
    for (const port of sentinelPorts) await until(() => knows(port), { within: 30_000, what: 'each Sentinel knows the others and the replica' });
  } catch (error) {
    await store.stop();
    throw error;
  }
  return store;
}

async function redis(python, folder, port, master) {
  // What a replica is given at first it keeps in a file, and reads again when it starts.
  const own = path.join(folder, `redis-${port}`);
  await mkdir(own);
  const replicates = master === undefined ? [] : ['--replicaof', '127.0.0.1', master];
  return controlled(redisService(python, port, ['--dir', own, '--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0', ...replicates]), port);
}

async function sentinel(python, folder, port, master) {
  const config = path.join(folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${NAME} 127.0.0.1 ${master} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} ${FAILOVER_MS}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  return controlled(sentinelService(python, config), port);
}

function controlled(service, port) {
  return {
    port,
    start: () => service.start(() => listens(port)),
    kill: () => service.end('SIGKILL'),
    freeze: () => service.signal('SIGSTOP'),
    thaw: () => service.signal('SIGCONT'),
    log: () => service.log(),
  };
}
