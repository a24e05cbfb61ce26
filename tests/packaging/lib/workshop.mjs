// Where the packed package is tried: bundlers and state libraries, installed once for each lock file under .cache/, and projects
// beside them that have the tarball in their node_modules.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache } from '../../../scripts/lib/paths.mjs';
import { pack } from '../../../scripts/lib/pack.mjs';
import { Problem, read, run } from '../../../scripts/lib/run.mjs';

const here = at('tests', 'packaging');
const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund'];

/** Makes a workshop: `project(name)` sets one up, `clear` removes them all. */
export async function openWorkshop() {
  const tools = await ensureTools();
  const folder = await mkdtemp(path.join(tools, 'work-'));
  const { tarball, files } = await pack(folder);
  return {
    /** What npm would publish, and the files in it. */
    tarball,
    files: files.map(file => file.path).sort(),
    /** The path of a file of what is installed here. */
    tool: (...parts) => path.join(tools, 'node_modules', ...parts),
    project: (name, fixtures = [name]) => makeProject(path.join(folder, name), tarball, fixtures),
    clear: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A folder with the files of these fixtures, the later ones on top, and with the package installed as npm does. */
async function makeProject(folder, tarball, fixtures) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  for (const fixture of fixtures) await cp(path.join(here, 'fixtures', fixture), folder, { recursive: true });
  await npm(folder, 'install', '--offline', '--no-package-lock', ...QUIET, tarball);
  return {
    folder,
    npm: (...args) => npm(folder, ...args),
    write: (name, text) => writeFile(path.join(folder, name), text),
  };
}

async function npm(folder, ...args) {
  const { code, stdout, stderr } = await read('npm', args, { cwd: folder });
  if (code !== 0) throw new Problem(`npm ${args.join(' ')} failed in ${path.basename(folder)}:\n${stdout}${stderr}`);
  return stdout;
}

/** The folder whose node_modules has what tests/packaging/package-lock.json names. */
export async function ensureTools() {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(await readFile(path.join(here, file)));
  const folder = path.join(cache, `packaging-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(path.join(folder, 'node_modules'))) return folder;

  // Made aside and moved, so that an interrupted install leaves nothing that looks complete.
  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    console.error('Installing the bundlers and libraries that the package is tried with (about half a minute, once) …');
    for (const file of files) await cp(path.join(here, file), path.join(work, file));
    await run('npm', ['ci', ...QUIET], { cwd: work, stdio: ['ignore', process.stderr, process.stderr] });
    await rename(work, folder).catch(error => {
      if (!existsSync(path.join(folder, 'node_modules'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
