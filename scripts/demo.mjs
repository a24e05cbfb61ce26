// `npm run demo`: from a fresh clone to a page that talks to a real Zaqar. One line on stdout, the page's address;
// everything else goes to stderr, Zaqar's own addresses among it. Ctrl-C ends all of it.
//
//   --port N                        the page's port (8080)
//   --websocket URL --rest URL      a server of your own, either or both; then no Zaqar is started
//   --project ID                    the project to work in (demo)
//
// Between page and Zaqar stand two fault proxies; the page's network panel steers them at /fault.

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startFaultProxy } from '../tests/support/fault-proxy.mjs';
import { faultHandler } from '../tests/support/fault-control.mjs';
import { at } from './lib/paths.mjs';
import { Problem, main, run } from './lib/run.mjs';
import { ensureNodeModules } from './lib/toolchain.mjs';
import { ensurePython } from './lib/venv.mjs';
import { DEMO, json, startSite } from './serve.mjs';
import { startZaqar } from './zaqar.mjs';

const toStderr = { stdio: ['ignore', process.stderr, 'inherit'] };

/** What to stop, latest first. */
const running = [];

await main(async () => {
  const options = readOptions();
  try {
    await serve(options);
  } catch (error) {
    await stopAll();
    throw error;
  }
}, end);

async function serve({ port, websocket, rest, project }) {
  const own = websocket !== undefined || rest !== undefined;
  // The slowest two things of a first start, compiling and installing Zaqar, do not wait for each other.
  const python = own ? undefined : ensurePython();
  python?.catch(() => {}); // told below, once the build is done
  await ensureNodeModules();
  await run(process.execPath, [at('scripts', 'build.mjs'), '--no-types', '--quiet'], toStderr);
  await python;

  const backend = own ? { websocket, rest } : await started(startZaqar());
  const faults = own ? {} : await startProxies(backend);
  const config = {
    websocket: own ? websocket : `ws://127.0.0.1:${faults.websocket.port}`,
    rest: own ? rest : `http://127.0.0.1:${faults.rest.port}`,
    projectId: project,
    ...(own ? {} : { faultControl: '/fault' }),
  };
  const site = await started(
    startSite({
      port,
      roots: DEMO,
      routes: { '/config.json': json(() => config), ...(own ? {} : { '/fault': faultHandler(faults) }) },
    }),
  );
  if (!existsSync(at('www', 'index.html'))) console.error('There is no www/index.html.');
  console.log(`Demo: ${site.url}`);
  if (!own) console.error(`Zaqar: ${backend.websocket} and ${backend.rest}, project ${project}`);
}

async function startProxies({ websocketPort, restPort }) {
  return {
    websocket: await started(startFaultProxy({ port: websocketPort })),
    rest: await started(startFaultProxy({ port: restPort })),
  };
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

function readOptions() {
  const string = { type: 'string' };
  try {
    const { values } = parseArgs({ options: { port: { ...string, default: '8080' }, websocket: string, rest: string, project: { ...string, default: 'demo' } } });
    const port = Number(values.port);
    if (!(Number.isInteger(port) && port >= 0 && port < 65536)) throw new Error(`--port ${values.port} is not a port`);
    check(values.websocket, 'websocket', ['ws:', 'wss:']);
    check(values.rest, 'rest', ['http:', 'https:']);
    return { ...values, port };
  } catch (error) {
    throw new Problem(`${error.message}\nusage: npm run demo -- [--port N] [--websocket URL] [--rest URL] [--project ID]`);
  }
}

function check(url, option, protocols) {
  if (url === undefined || (URL.canParse(url) && protocols.includes(new URL(url).protocol))) return;
  throw new Error(`--${option} ${url} is not a URL that begins with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`);
}
