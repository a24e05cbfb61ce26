// A real Keystone for the tests and the demo with Horizon: on a free port of 127.0.0.1, with its own sqlite database, ended
// with the node process that started it, however that one ends.
//
//   const keystone = await startKeystone();
//   const zaqar = await startZaqar({ keystone });
//   const { token, expiresAt, catalog } = await keystone.login(keystone.users.demo, keystone.projects.demo);
//   … await zaqar.stop(); await keystone.stop();
//
// Its projects and users are those of keystone/seed.mjs. Installing it and making the database take half a minute, once;
// each start works on a copy.
//
// By hand: `node scripts/keystone.mjs` prints the address and the users, and runs until Ctrl-C.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { KeystoneApi } from './keystone/api.mjs';
import { ADMIN, announce, seed, users } from './keystone/seed.mjs';
import { at, cache } from './lib/paths.mjs';
import { freePorts } from './lib/ports.mjs';
import { Problem, isMain, main, read } from './lib/run.mjs';
import { Service, answers } from './lib/service.mjs';
import { ensurePython } from './lib/venv.mjs';

const source = (...parts) => at('scripts', 'keystone', ...parts);

/** Starts Keystone and resolves when it answers. `userLimit`: how many application credentials a user may have; default no limit. */
export async function startKeystone({ userLimit } = {}) {
  const python = await ensurePython('keystone');
  const prepared = await ensureDatabase(python);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-keystone-'));
  await cp(prepared, folder, { recursive: true });
  return serve(python, folder, { userLimit });
}

/** Installs Keystone and makes its database, so that a later start is quick. */
export async function ensureKeystone() {
  await ensureDatabase(await ensurePython('keystone'));
}

async function serve(python, folder, options) {
  const [port] = await freePorts(1);
  const config = path.join(folder, 'keystone.conf');
  await writeFile(config, await configuration(folder, options));
  const service = new Service('Keystone', python, [source('serve.py'), process.pid, config, path.join(folder, 'keystone.db'), port]);
  const ready = () => answers(port, '/v3');
  const api = new KeystoneApi(`http://127.0.0.1:${port}/v3`);
  const stop = async () => {
    await service.end('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await service.start(ready);
    const projects = JSON.parse(await readFile(path.join(folder, 'projects.json'), 'utf8').catch(() => '{}'));
    return {
      url: `http://127.0.0.1:${port}/v3`,
      api,
      /** `{ name, password }` by name, and the projects' ids by name. */
      users,
      projects,
      login: (user, projectId) => api.login(user, projectId),
      /** Has the catalog tell where Zaqar is. */
      announce: addresses => announce(api, addresses),
      kill: () => service.end('SIGKILL'),
      start: () => service.start(ready),
      log: () => service.log(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The folder of a database with everything of keystone/seed.mjs in it, made anew when anything that it comes from changes. */
async function ensureDatabase(python) {
  const hash = createHash('sha256').update(await readFile(at('scripts', 'keystone.mjs')));
  for (const file of (await readdir(source())).filter(name => /\.\w+$/.test(name)).sort()) hash.update(await readFile(source(file)));
  const folder = path.join(cache, `keystone-database-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;

  console.error(`Preparing Keystone's database in ${path.relative(at(), folder)} (about 6 s, once) …`);
  await mkdir(cache, { recursive: true });
  // Made aside and moved: nothing half done is ever taken for a database.
  const work = await mkdtemp(`${folder}.`);
  try {
    const config = path.join(work, 'keystone.conf');
    await writeFile(config, await configuration(work));
    for (const keys of ['fernet-keys', 'credential-keys']) await mkdir(path.join(work, keys), { mode: 0o700 });
    const { code, stderr } = await read(python, [source('prepare.py'), config, ADMIN.password, 'http://not-announced.invalid/v3']);
    if (code !== 0) throw new Problem(`Keystone's database could not be made:\n${stderr.slice(-4_000)}`);
    const copy = `${work}.seeded`;
    await cp(work, copy, { recursive: true });
    const keystone = await serve(python, copy);
    try {
      const projects = await seed(keystone.api);
      await keystone.kill();
      await cp(path.join(copy, 'keystone.db'), path.join(work, 'keystone.db'));
      await writeFile(path.join(work, 'projects.json'), JSON.stringify(projects));
    } finally {
      await keystone.stop();
    }
    await rename(work, folder).catch(error => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

async function configuration(folder, { userLimit = -1 } = {}) {
  const template = await readFile(source('keystone.conf.in'), 'utf8');
  return template.replaceAll('@FOLDER@', folder).replaceAll('@SOURCE@', source()).replaceAll('@USER_LIMIT@', userLimit);
}

if (isMain(import.meta)) {
  let keystone;
  const end = async () => {
    await keystone?.stop();
    process.exit();
  };
  await main(async () => {
    keystone = await startKeystone();
    console.log(`keystone  ${keystone.url}`);
    for (const { name, password } of Object.values(users)) console.log(`user      ${name}  ${password}`);
  }, end);
}
