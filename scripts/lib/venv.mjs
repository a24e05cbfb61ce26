// The Python environments that Zaqar, Keystone and Horizon run in: each made once per set of requirements, under .cache/.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache } from './paths.mjs';
import { Problem, read, run } from './run.mjs';

const CONTENTS = { zaqar: 'Zaqar and Redis', keystone: 'Keystone', horizon: 'Horizon' };

/**
 * Returns the python of the environment `name`, of which scripts/`name`/ holds the requirements, after installing what is
 * missing; pip's words go to stderr.
 */
export async function ensurePython(name = 'zaqar') {
  const requirements = at('scripts', name, 'requirements.txt');
  const constraints = at('scripts', name, 'constraints.txt');
  const system = process.env.PYTHON ?? 'python3';
  const version = await pythonVersion(system);
  const hash = createHash('sha256').update(version);
  for (const file of [requirements, constraints]) hash.update(await readFile(file));
  const folder = path.join(cache, `${name}-venv-${hash.digest('hex').slice(0, 12)}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'complete'))) return python;

  // Made aside and moved: an interrupted install leaves nothing that looks complete, and two at once do not mix. Only the
  // console scripts know the old name, and nothing here calls those.
  const work = `${folder}.${process.pid}`;
  const toStderr = { stdio: ['ignore', process.stderr, process.stderr] };
  await mkdir(cache, { recursive: true });
  try {
    console.error(`Installing ${CONTENTS[name]} into ${path.relative(at(), folder)} (about 20 s, once) …`);
    await makeVenv(system, work);
    await run(path.join(work, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements, '-c', constraints], toStderr);
    await writeFile(path.join(work, 'complete'), '');
    await rename(work, folder).catch(error => {
      if (!existsSync(path.join(folder, 'complete'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return python;
}

async function pythonVersion(python) {
  const { code, stdout } = await read(python, ['-c', 'import sys; print(sys.version); sys.exit(sys.version_info < (3, 10))']);
  if (code === null) throw new Problem('Python 3.10 or newer is needed for the servers: install python3 and python3-venv.');
  if (code !== 0) throw new Problem(`Python 3.10 or newer is needed for the servers; ${python} is ${stdout.trim()}. Name another with PYTHON=…`);
  return stdout;
}

async function makeVenv(python, folder) {
  const { code, stdout, stderr } = await read(python, ['-m', 'venv', folder]);
  if (code === 0) return;
  const said = `${stdout}${stderr}`.trim();
  // Debian and Ubuntu ship Python without ensurepip and say so only here.
  if (/ensurepip|No module named venv/.test(said)) throw new Problem('Python cannot make virtual environments here: install python3-venv (Debian, Ubuntu: apt install python3-venv).');
  throw new Problem(`python -m venv failed:\n${said}`);
}
