// WebKitGTK's MiniBrowser under Xvfb, led by WebDriver as far as windows go; asking-page.mjs does the rest.
//
//   const webkit = await startWebkit();
//   const tab = await webkit.driver.open('http://127.0.0.1:8080/');
//   const page = await webkit.openPage({ site });
//   await webkit.stop();

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { Service, listens } from '../../scripts/lib/service.mjs';
import { findWebkit } from '../../scripts/lib/webkit.mjs';
import { openAskingPage } from './asking-page.mjs';

export async function startWebkit() {
  const found = await findWebkit();
  assert.ok(found, 'no WebKitGTK: `apt-get install webkit2gtk-driver xvfb` has it');
  const home = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-webkit-'));
  const { name: display, end: endDisplay } = await startDisplay(found.display);
  const [port] = await freePorts(1);
  const service = new Service('WebKitWebDriver', found.driver, ['-p', port], { DISPLAY: display, HOME: home, XDG_RUNTIME_DIR: home });
  let session;
  const stop = async () => {
    if (session) await call(port, 'DELETE', session).catch(() => {});
    await service.end('SIGKILL');
    await endDisplay();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await service.start(() => listens(port));
    const options = { binary: found.browser, args: ['--automation'] };
    const { sessionId, capabilities } = await call(port, 'POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
    session = `/session/${sessionId}`;
    const command = (method, name, body) => call(port, method, `${session}/${name}`, body);
    const driver = serially(windows(command, await command('GET', 'window')));
    return { version: capabilities.browserVersion, driver, openPage: options => openAskingPage(driver, options), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Windows by WebDriver: a command goes to the window that was switched to before. `first` is the one that is never closed. */
function windows(command, first) {
  const enter = handle => command('POST', 'window', { handle });
  return {
    async open(url) {
      await enter(first);
      // A tab of a window would be hidden by the next one.
      const { handle } = await command('POST', 'window/new', { type: 'window' });
      await enter(handle);
      await command('POST', 'url', { url });
      return handle;
    },
    async at(handle) {
      await enter(handle);
      return command('GET', 'url');
    },
    async back(handle) {
      await enter(handle);
      await command('POST', 'back', {});
    },
    async close(handle) {
      await enter(handle);
      await command('DELETE', 'window');
    },
  };
}

/** The same methods, one at a time. */
function serially(methods) {
  let last = Promise.resolve();
  const queued = method => (...values) => {
    const result = last.then(() => method(...values));
    last = result.catch(() => {});
    return result;
  };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, queued(method)]));
}

/** Xvfb chooses a display that is free and tells it. */
async function startDisplay(command) {
  const child = spawn(command, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const kill = () => child.kill();
  process.once('exit', kill);
  const [number] = await once(child.stdio[3], 'data');
  return {
    name: `:${String(number).trim()}`,
    async end() {
      process.off('exit', kill);
      const ended = child.exitCode === null && once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

async function call(port, method, name, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${name}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebDriver ${method} ${name}: ${value.error}: ${value.message}`);
  return value;
}
