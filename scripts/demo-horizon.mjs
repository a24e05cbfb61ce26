// `npm run demo:horizon`: from a fresh clone to a Horizon whose panel shows the queues of a real Zaqar. The pages' addresses
// and the logins are printed on stdout; everything else goes to stderr. Ctrl-C ends all of it.
//
//   --port N   Horizon's port (8000)
//
// The panel's modules are copied again whenever they change: reload the page.

import { parseArgs } from 'node:util';
import { buildHorizon, keepBuilding } from './build-horizon.mjs';
import { ensureHorizon, startHorizon } from './horizon.mjs';
import { startSamples } from './horizon/samples.mjs';
import { ensureKeystone, startKeystone } from './keystone.mjs';
import { at } from './lib/paths.mjs';
import { Problem, main, run } from './lib/run.mjs';
import { ensureNodeModules } from './lib/toolchain.mjs';
import { ensurePython } from './lib/venv.mjs';
import { startZaqar } from './zaqar.mjs';

const toStderr = { stdio: ['ignore', process.stderr, 'inherit'] };

/** What to stop, latest first. */
const running = [];

await main(async () => {
  const port = readPort();
  try {
    await serve(port);
  } catch (error) {
    await stopAll();
    throw error;
  }
}, end);

async function serve(port) {
  // The compiler and pip do not wait for each other.
  const servers = Promise.all([ensurePython('zaqar'), ensureKeystone(), ensureHorizon()]);
  servers.catch(() => {}); // told below, once the build is done
  await ensureNodeModules();
  await run(process.execPath, [at('scripts', 'build.mjs'), '--no-types', '--quiet'], toStderr);
  await buildHorizon();
  await servers;

  const keystone = await started(startKeystone());
  const zaqar = await started(startZaqar({ keystone, pooling: true, origin: `http://127.0.0.1:${port},http://localhost:${port}` }));
  const horizon = await started(startHorizon({ keystone, port }));
  await started(startSamples({ rest: zaqar.rest, login: () => keystone.login(keystone.users.demo, keystone.projects.demo) }));
  keepBuilding();
  const { demo, admin } = keystone.users;
  console.log(`Demo: ${horizon.queues}\n  log in as ${demo.name}, ${demo.password}`);
  console.log(`Pools and flavors: ${horizon.pools}\n  log in as ${admin.name}, ${admin.password}`);
}

/** Waits for something that can be stopped, and remembers to stop it. */
async function started(promise) {
  const service = await promise;
  running.unshift(service);
  return service;
}

async function stopAll() {
  for (const service of running.splice(0)) await service.stop();
}

async function end() {
  await stopAll();
  process.exit();
}

function readPort() {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '8000' } } });
    const port = Number(values.port);
    if (!(Number.isInteger(port) && port > 0 && port < 65536)) throw new Error(`--port ${values.port} is not a port`);
    return port;
  } catch (error) {
    throw new Problem(`${error.message}\nusage: npm run demo:horizon -- [--port N]`);
  }
}
