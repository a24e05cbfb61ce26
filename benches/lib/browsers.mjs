// The browsers that run the benchmarks: headless, with a profile of their own.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ensureChromium } from '../../scripts/lib/chromium.mjs';
import { Problem, read } from '../../scripts/lib/run.mjs';
import { startBrowser } from '../../tests/support/browser.mjs';

/** Opens pages, and tells the bytes of a page's heap after a garbage collection. */
export async function chromium() {
  await ensureChromium();
  const browser = await startBrowser();
  let page;
  return {
    version: `Chromium ${browser.context.browser()?.version() ?? (await versionOf(browser))}`,
    async open(url) {
      page = await browser.context.newPage();
      await page.goto(url);
    },
    async collect() {
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      await session.detach();
      return usedSize;
    },
    close: () => browser.stop(),
  };
}

async function versionOf({ context }) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await page.close();
  return product.split('/')[1];
}

/** Firefox is left alone with a page: it cannot be driven without a driver of its own. */
export async function firefox() {
  const names = [process.env.FIREFOX, 'firefox-esr', 'firefox'].filter(Boolean);
  let command;
  let version;
  for (const name of names) {
    const { code, stdout } = await read(name, ['--version']);
    if (code === 0 && version === undefined) [command, version] = [name, stdout.trim().replace('Mozilla ', '')];
  }
  if (command === undefined) throw new Problem('No Firefox: `apt-get install firefox-esr` has one, or name yours with FIREFOX=…');
  const profile = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-firefox-'));
  await writeFile(path.join(profile, 'user.js'), PREFERENCES.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`).join(''));
  let child;
  return {
    version,
    async open(url) {
      child = spawn(command, ['--headless', '--no-remote', '--profile', profile, url], { stdio: 'ignore', env: { ...process.env, HOME: profile } });
    },
    collect: async () => undefined,
    async close() {
      if (child !== undefined) {
        child.kill();
        if (child.exitCode === null) await new Promise(resolve => child.once('exit', resolve));
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

const PREFERENCES = [
  ['app.update.enabled', false],
  ['browser.shell.checkDefaultBrowser', false],
  ['browser.aboutwelcome.enabled', false],
  ['datareporting.policy.dataSubmissionEnabled', false],
  ['datareporting.healthreport.uploadEnabled', false],
  ['toolkit.telemetry.reportingpolicy.firstRun', false],
  ['dom.max_script_run_time', 0],
];
