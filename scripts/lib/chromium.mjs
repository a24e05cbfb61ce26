// A Chromium for the browser tests: the one named by $CHROMIUM, the system's, or one that is installed here.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { installByApt } from './apt.mjs';
import { at, cache } from './paths.mjs';
import { Problem, read } from './run.mjs';
import { ensureNodeModules } from './toolchain.mjs';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Holds the lock of Chromium as an npm package. */
const NPM_FOLDER = at('scripts', 'chromium');
const unpacked = path.join(cache, 'chromium');
/** Names what was unpacked. */
const marker = path.join(unpacked, 'executable');

/** The path of a Chromium that is there, or undefined. */
export async function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (existsSync(named)) return named;
    throw new Problem(`CHROMIUM=${named} does not exist.`);
  }
  const installed = SYSTEM.find(existsSync) ?? (await readFile(marker, 'utf8').catch(() => ''));
  return installed && existsSync(installed) ? installed : undefined;
}

/** The path of a Chromium, after installing one if need be: by apt as root, else from npm into .cache/. */
export async function ensureChromium() {
  return (await findChromium()) ?? (await fromApt()) ?? (await fromNpm());
}

async function fromApt() {
  return (await installByApt('chromium')) ? SYSTEM.find(existsSync) : undefined;
}

async function fromNpm() {
  await ensureNodeModules(NPM_FOLDER);
  // It unpacks into the folder for temporary files, whatever that is.
  await mkdir(unpacked, { recursive: true });
  const unpack = "import('@sparticuz/chromium').then(async ({ default: chromium }) => console.log(await chromium.executablePath()))";
  const { code, stdout, stderr } = await read(process.execPath, ['--input-type=module', '--eval', unpack], { cwd: NPM_FOLDER, env: { ...process.env, TMPDIR: unpacked } });
  const executable = stdout.trim();
  if (code !== 0 || !existsSync(executable)) throw new Problem(`Chromium could not be unpacked:\n${stderr}\nInstall Chromium and name it with CHROMIUM=…`);
  await writeFile(marker, executable);
  return executable;
}
