// Headless Firefox with a profile of its own. It is left alone with its pages, since without a driver it cannot be asked
// anything: pages must tell the server that they come from what they have to say.
//
//   const firefox = await startFirefox();
//   firefox.open('http://127.0.0.1:8080/one', 'http://127.0.0.1:8080/two');     // once, a tab each
//   await firefox.stop();

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findFirefox } from '../../scripts/lib/firefox.mjs';

const PREFERENCES = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.max_script_run_time': 0,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

export async function startFirefox() {
  const found = await findFirefox();
  assert.ok(found, 'no Firefox: `apt-get install firefox-esr` has one, or name yours with FIREFOX=…');
  const profile = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`);
  await writeFile(path.join(profile, 'user.js'), lines.join(''));
  let child;
  const end = () => child?.kill();
  process.once('exit', end);
  return {
    version: found.version,
    open(...urls) {
      child = spawn(found.command, ['--headless', '--no-remote', '--profile', profile, ...urls], { stdio: 'ignore', env: { ...process.env, HOME: profile } });
    },
    async stop() {
      process.off('exit', end);
      if (child !== undefined) {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await new Promise(resolve => child.once('exit', resolve));
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
