// `npm run build:horizon`: puts the panel into the Python package, from which Horizon takes it.
//
//   horizon/panel/**, ui/**, pkg/index.js, pkg/zaqar_web.wasm --> horizon/zaqar_web_horizon/static/zaqar_web_horizon/VERSION/
//   horizon/zaqar_web_horizon/locale/**.po --> .mo beside each
//
// The modules are copied as they are. `npm run build` comes first; it makes pkg/.
//
//   --texts   only brings the .po files up to date, by Babel, for which it installs Horizon: see scripts/horizon/catalogs.py
//   --watch   goes on, and copies again what changes: reload the page, and it is there

import { createHash } from 'node:crypto';
import { existsSync, watch } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache, pkg } from './lib/paths.mjs';
import { Problem, isMain, main, run } from './lib/run.mjs';
import { ensurePython } from './lib/venv.mjs';

const app = at('horizon', 'zaqar_web_horizon');
const ours = path.join(app, 'static', 'zaqar_web_horizon');

/** Folders whose modules the panel consists of, and where they go. */
const SOURCES = { '': at('horizon', 'panel'), ui: at('ui') };

export async function buildHorizon() {
  if (!existsSync(path.join(pkg, 'index.js'))) throw new Problem('There is no pkg/: run `npm run build` first.');
  await compileCatalogs();
  const place = path.join(ours, await theVersion());
  // Made aside and moved, so that a Horizon that runs never finds half of it.
  const work = path.join(cache, `horizon-panel-${process.pid}`);
  await mkdir(work, { recursive: true });
  try {
    for (const [part, folder] of Object.entries(SOURCES)) {
      if (existsSync(folder)) await cp(folder, path.join(work, part), { recursive: true, filter: file => !file.endsWith('.md') });
    }
    for (const file of ['index.js', 'zaqar_web.wasm']) await cp(path.join(pkg, file), path.join(work, file));
    // Another Horizon may be using it, or another wheel be made of it.
    if ((await digest(work)) === (await digest(place))) return;
    // setuptools would put what it has copied there for an earlier wheel into the next.
    await rm(at('horizon', 'build'), { recursive: true, force: true });
    await rm(ours, { recursive: true, force: true });
    await mkdir(ours, { recursive: true });
    await rename(work, place);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A Horizon that runs finds all of a file, or all of the one before. */
async function compileCatalogs() {
  const { mo, po } = await import('gettext-parser');
  const locale = path.join(app, 'locale');
  for (const name of (await readdir(locale, { recursive: true })).filter(name => name.endsWith('.po'))) {
    const file = path.join(locale, name.replace(/\.po$/, '.mo'));
    const compiled = mo.compile(po.parse(await readFile(path.join(locale, name))));
    if (existsSync(file) && compiled.equals(await readFile(file))) continue;
    await writeFile(`${file}.${process.pid}`, compiled);
    await rename(`${file}.${process.pid}`, file);
  }
}

const updateCatalogs = async () => run(await ensurePython('horizon'), [at('scripts', 'horizon', 'catalogs.py')]);

/** Of all files of a folder, with their names; that of no file for a folder that is not there. */
async function digest(folder) {
  const hash = createHash('sha256');
  const entries = existsSync(folder) ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) hash.update(path.relative(folder, file)).update(await readFile(file));
  return hash.digest('hex');
}

/** The package's version, which is the Python package's, too: the folder's name is made from either. */
async function theVersion() {
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const python = /^__version__ = '(.+)'$/m.exec(await readFile(path.join(app, '__init__.py'), 'utf8'))?.[1];
  if (python !== version) throw new Problem(`package.json is version ${version}, horizon/zaqar_web_horizon/__init__.py ${python}; they must be the same.`);
  return version;
}

/** Copies again whenever something changes. */
export function keepBuilding() {
  let again;
  for (const folder of [...Object.values(SOURCES), pkg].filter(existsSync)) {
    watch(folder, { recursive: true }, () => {
      clearTimeout(again);
      again = setTimeout(() => buildHorizon().then(() => console.error('copied'), console.error), 200);
    });
  }
}

if (isMain(import.meta)) {
  await main(async () => {
    if (process.argv.includes('--texts')) return updateCatalogs();
    await buildHorizon();
    if (process.argv.includes('--watch')) keepBuilding();
  });
}
