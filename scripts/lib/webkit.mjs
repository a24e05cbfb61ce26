// WebKitGTK, the engine of Safari, with its driver and an X server without a screen: as Debian packages them, or one that apt installs.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { installByApt } from './apt.mjs';

/** Where Debian and others keep the libraries of a machine. */
const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/libexec'];

/** The commands `{ driver, browser, display }`, or undefined. */
export async function findWebkit() {
  const [driver, display] = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb'];
  const browser = await findBrowser();
  return browser && existsSync(driver) && existsSync(display) ? { driver, browser, display } : undefined;
}

/** The same, after installing it if root may; undefined where there is none to be had. */
export async function ensureWebkit() {
  const found = await findWebkit();
  if (found) return found;
  return (await installByApt('webkit2gtk-driver')) && (await installByApt('xvfb')) ? findWebkit() : undefined;
}

async function findBrowser() {
  for (const folder of LIBRARIES.filter(existsSync)) {
    const names = (await readdir(folder)).filter(name => /^webkit2?gtk-\d/.test(name)).sort();
    const found = names.map(name => path.join(folder, name, 'MiniBrowser')).find(existsSync);
    if (found) return found;
  }
  return undefined;
}
