// Debian and Ubuntu packages that tests want: installed where that is allowed, which is as root.

import { setTimeout as sleep } from 'node:timers/promises';
import { Problem, read, run } from './run.mjs';

/** Installs a package; whether it did. */
export async function installByApt(name) {
  if (process.getuid?.() !== 0 || (await read('apt-get', ['--version'])).code !== 0) return false;
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  for (const attempt of [1, 2]) {
    try {
      await run('apt-get', ['update', '--quiet'], environment);
      await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', name], environment);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      console.error(`${error.message}${attempt === 1 ? '; once more, in case another apt was at work' : ''}`);
      if (attempt === 1) await sleep(10_000);
    }
  }
  return false;
}
