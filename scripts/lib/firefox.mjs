// A Firefox for tests and benchmarks: the one named by $FIREFOX, the system's, or one that apt installs.

import { Problem, read, run } from './run.mjs';

const NAMES = ['firefox-esr', 'firefox'];

/** `{ command, version }` of a Firefox that is there, or undefined. */
export async function findFirefox() {
  const named = process.env.FIREFOX;
  for (const command of named ? [named] : NAMES) {
    const { code, stdout } = await read(command, ['--version']);
    if (code === 0) return { command, version: stdout.trim().replace('Mozilla ', '') };
  }
  if (named) throw new Problem(`FIREFOX=${named} does not run.`);
  return undefined;
}

/** The same, after installing one if root may; undefined where there is none to be had. */
export async function ensureFirefox() {
  return (await findFirefox()) ?? (await fromApt());
}

async function fromApt() {
  if (process.getuid?.() !== 0 || (await read('apt-get', ['--version'])).code !== 0) return undefined;
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await run('apt-get', ['update', '--quiet'], environment);
    await run('apt-get', ['install', '--quiet', '--yes', '--no-install-recommends', 'firefox-esr'], environment);
  } catch (error) {
    console.error(`${error.message}; going on without Firefox`);
  }
  return findFirefox();
}
