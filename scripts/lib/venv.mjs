// The Python environments that Zaqar, Keystone and Horizon run in: each made once per set of requirements, under .cache/.
// pip installs nothing whose hash is not in the requirements.txt of the set; docs/hacking.md tells how that file is made.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache } from './paths.mjs';
import { Problem, read, run } from './run.mjs';
import { requirementsOf } from './versions.mjs';

const CONTENTS = { zaqar: 'Zaqar and Redis', keystone: 'Keystone', horizon: 'Horizon' };

const BUILD_BACKEND = at('scripts', 'build-backend', 'requirements.txt');

/**
 * Returns the python of the environment `name`, of that version of it or of the chosen one, after installing what is missing; pip's
 * words go to stderr. versions.mjs says where its requirements are.
 */
export async function ensurePython(name = 'zaqar', version) {
  const requirements = requirementsOf(name, version);
  const system = process.env.PYTHON ?? 'python3';
  const hash = createHash('sha256').update(await pythonVersion(system));
  for (const file of [BUILD_BACKEND, requirements]) hash.update(await readFile(file));
  const folder = path.join(cache, `${name}-venv-${hash.digest('hex').slice(0, 12)}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) return python;

  // Made aside and moved: an interrupted install leaves nothing that looks complete, and two at once do not mix. Only the
  // console scripts know the old name, and nothing here calls those.
  const work = `${folder}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  try {
    console.error(`Installing ${CONTENTS[name]} into ${path.relative(at(), folder)} (about 20 s, once) …`);
    await makeVenv(system, work);
    for (const file of [BUILD_BACKEND, requirements]) await installLocked(path.join(work, 'bin', 'python'), file);
    await writeFile(path.join(work, 'complete'), '');
    await rename(work, folder).catch(error => {
      if (!existsSync(path.join(folder, 'complete'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return python;
}

/**
 * Installs what a requirements file names, each by its hash. pip does not check the hashes of what it fetches to build a package
 * that has no wheel, so nothing is fetched for that: the environment has to have it.
 */
export async function installLocked(python, requirements) {
  const options = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--no-build-isolation', '--prefer-binary'];
  await run(python, ['-m', 'pip', 'install', ...options, '-r', requirements], { stdio: ['ignore', process.stderr, process.stderr] });
}

async function pythonVersion(python) {
  const { code, stdout } = await read(python, ['-c', 'import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))']);
  if (code === null) throw new Problem('Python 3.11 or newer is needed for the servers: install python3 and python3-venv.');
  if (code !== 0) throw new Problem(`Python 3.11 or newer is needed for the servers; ${python} is ${stdout.trim()}. Name another with PYTHON=…`);
  return stdout;
}

export async function makeVenv(python, folder) {
  const { code, stdout, stderr } = await read(python, ['-m', 'venv', folder]);
  if (code === 0) return;
  const said = `${stdout}${stderr}`.trim();
  // Debian and Ubuntu ship Python without ensurepip and say so only here.
  if (/ensurepip|No module named venv/.test(said)) throw new Problem('Python cannot make virtual environments here: install python3-venv (Debian, Ubuntu: apt install python3-venv).');
  throw new Problem(`python -m venv failed:\n${said}`);
}
