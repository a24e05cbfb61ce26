// `npm test`: everything that is checked, from a fresh clone, on a machine that has cargo, node and python3. The last line
// is `N passed, N failed`; a step without tests of its own (formatting, lints, types, the build) counts as one.
//
// `npm test -- clippy e2e` runs the named steps only: fmt clippy clippy-wasm native rustdoc build size types node horizon packaging e2e.
// `npm test -- e2e --zaqar 20.1.3` runs what shows that the client works with that Zaqar, `npm test -- e2e --horizon 25.3.2` that the
// panel works in that Horizon.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildHorizon } from './build-horizon.mjs';
import { checkTypes } from './build.mjs';
import { ensureHorizon, testPlugin } from './horizon.mjs';
import { ensureKeystone } from './keystone.mjs';
import { ensureChromium } from './lib/chromium.mjs';
import { ensureFirefox } from './lib/firefox.mjs';
import { ensureHaproxy } from './lib/haproxy.mjs';
import { at } from './lib/paths.mjs';
import { Problem, main, read, run } from './lib/run.mjs';
import { report } from './lib/sizes.mjs';
import { Tally, cargoTest, nodeTest } from './lib/tally.mjs';
import { ensureNodeModules, ensureRust } from './lib/toolchain.mjs';
import { ensurePython } from './lib/venv.mjs';
import { choose, environmentOf, othersOf } from './lib/versions.mjs';
import { ensureWebkit } from './lib/webkit.mjs';
import { ensureTools } from '../tests/packaging/lib/workshop.mjs';

const STEPS = ['fmt', 'clippy', 'clippy-wasm', 'native', 'rustdoc', 'build', 'size', 'types', 'node', 'horizon', 'packaging', 'e2e'];

/** Of the end-to-end tests those that wait for others more than they measure time. */
const SIDE_BY_SIDE = /^(cluster|demo-network|differences|examples|environments|frameworks|haproxy|horizon-[\w-]+|pools|redirects|sentinel|shapes|support|watch-many)\./;

/**
 * Those that are run with other browsers, too; environments and redirects have them all by themselves, crash has Firefox. Faults
 * take long there: `ZAQAR_WEB_BROWSER=webkit node --test tests/e2e/faults.test.mjs` runs them.
 */
const IN_OTHER_BROWSERS = /^(battery-\w+|lifecycle)\./;

/** What is run with another version than the newest, and the part of it that is run each time, with the oldest. */
const OF_VERSION = { zaqar: /^(battery-\w+|tails|consumers)\./, horizon: /^horizon-(queues|queue-messages|queue-tabs|admin)\./ };
const OF_OLDEST = /^battery-\w+\./;

const tally = new Tally();

await main(async () => {
  const { values: versions, positionals: chosen } = parseArgs({ options: { zaqar: { type: 'string' }, horizon: { type: 'string' } }, allowPositionals: true });
  for (const [name, version] of Object.entries(versions)) await choose(name, version);
  const unknown = chosen.find(name => !STEPS.includes(name));
  if (unknown !== undefined) throw new Problem(`There is no step ${unknown}; there are ${STEPS.join(', ')}.`);
  const only = Object.keys(versions).map(name => OF_VERSION[name]);
  await runSteps(name => chosen.length === 0 || chosen.includes(name), only);
  process.exit(tally.report() ? 0 : 1);
});

/** Of the end-to-end tests those that an expression of `only` names are run, if there are any. */
async function runSteps(wanted, only) {
  await ensureNodeModules();
  await ensureRust();
  // pip and npm have little to say and much to wait for: they work beside the compiler.
  const zaqar = wanted('e2e') || wanted('packaging') ? ensurePython('zaqar') : undefined;
  const servers = wanted('e2e') ? Promise.all([zaqar, ensureKeystone(), ensureHorizon()]) : undefined;
  const tools = wanted('packaging') ? ensureTools() : undefined;
  // Much of the build is one thread's work. It has a folder of cargo's own, so neither cargo waits for the other.
  const building = wanted('build') ? read(process.execPath, [at('scripts', 'build.mjs'), '--no-types', '--quiet']) : undefined;
  for (const promise of [zaqar, servers, tools, building]) promise?.catch(() => {});

  if (wanted('fmt')) await tally.step('fmt', () => run('cargo', ['fmt', '--all', '--check']));
  if (wanted('clippy')) await tally.step('clippy', () => clippy('--all-targets'));
  if (wanted('clippy-wasm')) await tally.step('clippy-wasm', () => clippy('--lib', '--target', 'wasm32-unknown-unknown'));
  if (wanted('native')) await tally.step('native', () => cargoTest('--locked'));
  if (wanted('rustdoc')) await tally.step('rustdoc', () => cargoDoc());
  const built = !wanted('build') || (await tally.step('build', () => shown(building)));
  await needing(built, 'size', wanted, () => report());
  await needing(built, 'types', wanted, () => checkTypes());
  await needing(built, 'node', wanted, async () => nodeTest(await testFiles(folder => folder !== 'packaging' && folder !== 'e2e'), { atOnce: 2 }));
  if (wanted('horizon')) await tally.step('horizon', () => testPlugin());
  await needing(built, 'packaging', wanted, async () => {
    await Promise.all([zaqar, tools, ensureChromium()]);
    return nodeTest(await testFiles(folder => folder === 'packaging'), { atOnce: 2 });
  });
  await needing(built, 'e2e', wanted, async () => {
    await servers;
    console.log(`Chromium: ${await ensureChromium()}\nFirefox: ${(await ensureFirefox())?.version ?? 'none, so its tests are left out'}`);
    console.log(`HAProxy: ${(await ensureHaproxy()) ?? 'none, so its tests are left out'}`);
    console.log(`WebKitGTK: ${(await ensureWebkit())?.driver ?? 'none, so its tests are left out'}`);
    // Each has servers and a browser of its own. Beside whatever else a machine does, one of six hundred tests may wait in vain,
    // hence `again`.
    await buildHorizon();
    const all = await testFiles(folder => folder === 'e2e');
    const those = (files, expression) => files.filter(file => expression.test(path.basename(file)));
    const files = only.length === 0 ? all : only.flatMap(expression => those(all, expression));
    const waiting = those(files, SIDE_BY_SIDE);
    const results = [
      await nodeTest(waiting, { atOnce: 2, again: true }),
      await nodeTest(files.filter(file => !waiting.includes(file)), { atOnce: 1, again: true }),
    ];
    if (only.length === 0) {
      for (const browser of await otherBrowsers()) results.push(await nodeTest(those(all, IN_OTHER_BROWSERS), { atOnce: 2, again: true, env: { ZAQAR_WEB_BROWSER: browser } }));
      const [oldest] = await othersOf('zaqar');
      await ensurePython('zaqar', oldest);
      console.log(`\nZaqar ${oldest}`);
      results.push(await nodeTest(those(all, OF_OLDEST), { atOnce: 2, again: true, env: environmentOf('zaqar', oldest) }));
    }
    const sum = key => results.reduce((total, result) => total + result[key], 0);
    return { passed: sum('passed'), failed: sum('failed') };
  });
}

async function otherBrowsers() {
  const found = { firefox: await ensureFirefox(), webkit: await ensureWebkit() };
  return Object.keys(found).filter(name => found[name]);
}

async function needing(built, name, wanted, body) {
  if (!wanted(name)) return;
  if (built) await tally.step(name, body);
  else tally.skip(name, 'the build failed');
}

/** Waits for what runs in the background, and shows what it printed. */
async function shown(running) {
  const { code, stdout, stderr } = await running;
  process.stdout.write(stdout + stderr);
  if (code !== 0) throw new Problem(`It failed with exit code ${code}.`);
}

function clippy(...args) {
  return run('cargo', ['clippy', '--locked', ...args, '--', '--deny', 'warnings']);
}

function cargoDoc() {
  return run('cargo', ['doc', '--locked', '--no-deps', '--lib', '--package', 'zaqar-web', '--package', 'zaqar-codec'], { env: { ...process.env, RUSTDOCFLAGS: '--deny warnings' } });
}

/** The node tests in the folders of tests/ that `fits` chooses. */
async function testFiles(fits) {
  const files = [];
  for (const folder of await readdir(at('tests'), { withFileTypes: true })) {
    if (!folder.isDirectory() || !fits(folder.name)) continue;
    const names = await readdir(at('tests', folder.name));
    files.push(...names.filter(name => name.endsWith('.test.mjs')).map(name => path.join('tests', folder.name, name)));
  }
  return files.sort();
}
