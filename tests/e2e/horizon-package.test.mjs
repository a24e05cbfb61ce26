// The plugin as an operator gets it: built into a wheel, installed, and served by Horizon from where it was installed, with a
// translation of the panel beside it.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buildHorizon } from '../../scripts/build-horizon.mjs';
import { at } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { ensurePython } from '../../scripts/lib/venv.mjs';
import { startHorizonWorld } from '../support/horizon.mjs';

const { version: VERSION } = JSON.parse(await readFile(at('package.json'), 'utf8'));
const GERMAN = { 'Create Queue': 'Warteschlange anlegen', 'Filter': 'Filtern' };

let folder, site, python, world;

async function succeed(...args) {
  const { code, stdout, stderr } = await read(python, args);
  assert.equal(code, 0, stderr);
  return stdout;
}

before(async () => {
  python = await ensurePython('horizon');
  folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-wheel-'));
  site = path.join(folder, 'site');
  await buildHorizon();
  // Built aside: setuptools leaves its work in the folder.
  await cp(at('horizon'), path.join(folder, 'source'), { recursive: true });
  const pip = ['-m', 'pip', '--disable-pip-version-check', '--quiet'];
  await succeed(...pip, 'wheel', '--no-build-isolation', '--no-deps', '--no-index', '--wheel-dir', path.join(folder, 'dist'), path.join(folder, 'source'));
  const [wheel] = await readdir(path.join(folder, 'dist'));
  await succeed(...pip, 'install', '--no-deps', '--no-index', '--target', site, path.join(folder, 'dist', wheel));
  const texts = await succeed(at('tests', 'support', 'translate.py'), statics(), at('horizon', 'babel-djangojs.cfg'), path.join(site, 'zaqar_web_horizon', 'locale'), 'de', JSON.stringify(GERMAN));
  assert.ok(Number(texts) > 200, `${texts} texts found in the panel`);
  world = await startHorizonWorld({ plugin: site });
});
after(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The installed static files of the one version. */
const statics = () => path.join(site, 'zaqar_web_horizon', 'static', 'zaqar_web_horizon', VERSION);

test('the wheel has the panel with the client, the templates and the enabled files, and nothing of the workshop', async () => {
  const files = (await readdir(path.join(site, 'zaqar_web_horizon'), { recursive: true })).filter(file => !file.includes('__pycache__'));
  const built = (await readdir(at('horizon', 'zaqar_web_horizon'), { recursive: true })).filter(file => !file.includes('__pycache__'));
  assert.deepEqual(files.filter(file => !file.startsWith('locale')).sort(), built.sort());
  for (const file of ['panel.js', 'admin.js', 'panel.css', 'index.js', 'zaqar_web.wasm', 'ui/dom.js']) {
    assert.ok(files.includes(path.join('static', 'zaqar_web_horizon', VERSION, file)), file);
  }
  assert.ok(files.includes(path.join('templates', 'zaqar_web_horizon', 'panel.html')));
  assert.equal(files.filter(file => /^enabled\/_[12]6\d\d_/.test(file)).length, 4);
  assert.deepEqual(files.filter(file => file.endsWith('.md')), []);
});

test('Horizon with the installed plugin shows the panel', async () => {
  const page = await world.openHorizon();
  await page.getByTestId('queue-table').waitFor();
  await page.getByRole('button', { name: 'Create Queue' }).waitFor();
  page.assertNoProblems();
  await page.context().close();
});

test('a translation beside the plugin is found, and the panel speaks it', async () => {
  const page = await world.openHorizon({ language: 'de' });
  await page.getByRole('button', { name: GERMAN['Create Queue'] }).waitFor();
  page.assertNoProblems();
  await page.context().close();
});
