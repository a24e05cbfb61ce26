// Headless Firefox with a profile of its own.
//
//   const firefox = await startFirefox();            // left alone with its pages
//   firefox.open('http://127.0.0.1:8080/one', 'http://127.0.0.1:8080/two');     // once, a tab each
//   await firefox.stop();
//
//   const firefox = await startLedFirefox();         // led by WebDriver BiDi as far as tabs go; asking-page.mjs does the rest
//   const page = await firefox.openPage({ site });
//   await firefox.stop();

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { findFirefox } from '../../scripts/lib/firefox.mjs';
import { openAskingPage } from './asking-page.mjs';

const PREFERENCES = {
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.max_script_run_time': 0,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/** As what `startWebkit` of webkit.mjs gives. */
export async function startLedFirefox() {
  const firefox = await startFirefox();
  try {
    const { command, close } = await connect(await firefox.listen());
    const context = handle => ({ context: handle });
    const driver = {
      async open(url) {
        const { context: handle } = await command('browsingContext.create', { type: 'tab' });
        await command('browsingContext.navigate', { ...context(handle), url, wait: 'interactive' });
        return handle;
      },
      at: async handle => (await command('browsingContext.getTree', { root: handle })).contexts[0].url,
      back: handle => command('browsingContext.traverseHistory', { ...context(handle), delta: -1 }),
      close: handle => command('browsingContext.close', context(handle)),
    };
    const stop = async () => {
      close();
      await firefox.stop();
    };
    return { version: firefox.version, driver, openPage: options => openAskingPage(driver, options), stop };
  } catch (error) {
    await firefox.stop();
    throw error;
  }
}

/** A session of WebDriver BiDi. */
async function connect(url) {
  const socket = new WebSocket(`${url}/session`);
  await once(socket, 'open');
  const waiting = new Map();
  let count = 0;
  socket.on('message', data => {
    const { id, type, result, error, message } = JSON.parse(data);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (type === 'error') reject?.(new Error(`Firefox: ${error}: ${message}`));
    else resolve?.(result);
  });
  const command = (method, params) =>
    new Promise((resolve, reject) => {
      const id = (count += 1);
      waiting.set(id, { resolve, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  await command('session.new', { capabilities: {} });
  return { command, close: () => socket.terminate() };
}

export async function startFirefox() {
  const found = await findFirefox();
  assert.ok(found, 'no Firefox: `apt-get install firefox-esr` has one, or name yours with FIREFOX=…');
  const profile = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`);
  await writeFile(path.join(profile, 'user.js'), lines.join(''));
  let child;
  const end = () => child?.kill();
  process.once('exit', end);
  const start = (options, stdio) => {
    child = spawn(found.command, ['--headless', '--no-remote', '--profile', profile, ...options], { stdio, env: { ...process.env, HOME: profile } });
  };
  return {
    version: found.version,
    open: (...urls) => start(urls, 'ignore'),
    /** Starts it without a page; resolves to the address at which it can be led. */
    async listen() {
      start(['--remote-debugging-port', '0'], ['ignore', 'ignore', 'pipe']);
      for await (const line of createInterface({ input: child.stderr })) {
        const [, url] = /^WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
        if (!url) continue;
        child.stderr.resume();
        return url;
      }
      throw new Error('Firefox does not listen');
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
