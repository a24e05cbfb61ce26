// A real Horizon with the panel, for the tests and the demo: on a port of 127.0.0.1, ended with the node process that started
// it, however that one ends.
//
//   const horizon = await startHorizon({ keystone });
//   … horizon.url, horizon.queues, horizon.pools … await horizon.stop();
//
// Installing it and making its static files takes a minute, once. `buildHorizon` (build-horizon.mjs) comes first.
//
// By hand: `npm run demo:horizon`.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { at, cache } from './lib/paths.mjs';
import { freePorts } from './lib/ports.mjs';
import { Problem, read, run } from './lib/run.mjs';
import { Service, answers } from './lib/service.mjs';
import { ensurePython } from './lib/venv.mjs';
import { requirementsOf } from './lib/versions.mjs';

const source = (...parts) => at('scripts', 'horizon', ...parts);

/**
 * Starts Horizon and resolves when it answers.
 *
 * - `keystone`: what `startKeystone` gave.
 * - `port`: where, if somebody has to know it before; default a free one.
 * - `settings`: replaces settings of Horizon, such as `{ ZAQAR_WEB_HORIZON: { token_seconds: 5 } }`.
 * - `plugin`: the folder in which the Python package is; default the repository's.
 */
export async function startHorizon({ keystone, port, settings = {}, plugin = at('horizon') }) {
  const python = await ensurePython('horizon');
  const statics = await ensureStatics(python);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-horizon-'));
  port ??= (await freePorts(1))[0];
  const environment = { ...variables(folder, statics, plugin), KEYSTONE: keystone.url, HORIZON_SETTINGS: JSON.stringify(settings) };
  const service = new Service('Horizon', python, [source('serve.py'), process.pid, port, path.join(plugin, 'zaqar_web_horizon', 'static')], environment);
  const stop = async () => {
    await service.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await service.start(() => answers(port, '/auth/login/'));
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  return { url, queues: `${url}/project/message_queues/`, pools: `${url}/admin/message_pools/`, log: () => service.log(), stop };
}

/** Installs Horizon and makes its static files, so that a later start is quick. */
export async function ensureHorizon() {
  await ensureStatics(await ensurePython('horizon'));
}

/** Horizon's own static files, made anew when its version or settings change; the plugin's are served from where they are. */
async function ensureStatics(python) {
  const hash = createHash('sha256');
  for (const file of [requirementsOf('horizon'), source('local', 'local_settings.py')]) hash.update(await readFile(file));
  const folder = path.join(cache, `horizon-static-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  console.error(`Preparing Horizon's static files in ${path.relative(at(), folder)} (about 20 s, once) …`);
  await mkdir(cache, { recursive: true });
  // Made aside and moved: nothing half done is ever taken for the whole.
  const work = await mkdtemp(`${folder}.`);
  try {
    const env = { ...process.env, ...variables(work, path.join(work, 'static'), at('horizon')) };
    for (const command of [['collectstatic', '--noinput', '--ignore', 'zaqar_web_horizon'], ['compress', '--force']]) {
      const { code, stderr } = await read(python, ['-m', 'django', ...command], { env });
      if (code !== 0) throw new Problem(`Horizon's static files could not be made (${command[0]}):\n${stderr.slice(-4_000)}`);
    }
    await rename(path.join(work, 'static'), folder).catch(error => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** Flake8 and the unit tests of the plugin; resolves to how many passed and failed. */
export async function testPlugin() {
  const python = await ensurePython('horizon');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-horizon-'));
  try {
    const env = { ...process.env, ...variables(folder, path.join(folder, 'static'), at('horizon')) };
    await run(python, ['-m', 'flake8', '--config', at('horizon', '.flake8'), at('horizon'), source()], { env });
    const discover = ['--top-level-directory', at('horizon'), '--start-directory', at('horizon', 'tests')];
    const { code, stderr } = await read(python, ['-W', 'ignore', '-m', 'unittest', 'discover', '--verbose', ...discover], { env });
    console.log(stderr);
    const all = Number(/^Ran (\d+) tests?/m.exec(stderr)?.[1] ?? 0);
    const wrong = [...stderr.matchAll(/(?:failures|errors)=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    const failed = wrong || (code === 0 && all > 0 ? 0 : 1);
    return { passed: Math.max(0, all - failed) + 1, failed }; // flake8 counts as one
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function variables(folder, statics, plugin) {
  return {
    DJANGO_SETTINGS_MODULE: 'openstack_dashboard.settings',
    HORIZON_FOLDER: folder,
    HORIZON_STATIC: statics,
    PYTHONPATH: [source(), plugin].join(path.delimiter),
    // The plugin is in the repository, which is no place for compiled files.
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  };
}
