// A Firefox for tests and benchmarks: the one named by $FIREFOX, the system's, or one that apt installs.

import { installByApt } from './apt.mjs';
import { Problem, read } from './run.mjs';

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
  return (await installByApt('firefox-esr')) ? findFirefox() : undefined;
}
