// The plugin as an operator gets it: built into a wheel, installed, and served by Horizon from where it was installed, in the
// reader's language.

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
/** How a button is called in each language that the plugin has, by the name that browsers have for it. */
const CREATE_QUEUE = { de: 'Warteschlange erstellen', fr: "Créer une file d'attente", ja: 'キューの作成', 'ko-KR': '큐 생성', 'zh-CN': '创建队列' };
/** The title of the page, which Python makes. */
const QUEUES = { de: 'Warteschlangen', fr: "Files d'attente", ja: 'キュー', 'ko-KR': '큐', 'zh-CN': '队列' };

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
  world = await startHorizonWorld({ plugin: site });
});
after(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the wheel has the panel with the client, the templates and the enabled files, and nothing of the workshop', async () => {
  const files = (await readdir(path.join(site, 'zaqar_web_horizon'), { recursive: true })).filter(file => !file.includes('__pycache__'));
  const built = (await readdir(at('horizon', 'zaqar_web_horizon'), { recursive: true })).filter(file => !file.includes('__pycache__'));
  assert.deepEqual(files.sort(), built.sort());
  assert.equal(files.filter(file => /^locale\/\w+\/LC_MESSAGES\/django(js)?\.mo$/.test(file)).length, 10);
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

for (const [language, name] of Object.entries(CREATE_QUEUE)) {
  test(`the panel speaks ${language} to who has chosen it`, async () => {
    const page = await world.openHorizon({ language });
    await page.getByRole('button', { name, exact: true }).waitFor();
    await page.getByRole('heading', { name: QUEUES[language], level: 1 }).waitFor();
    page.assertNoProblems();
    await page.context().close();
  });
}
