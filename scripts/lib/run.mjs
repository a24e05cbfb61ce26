// Child processes for the scripts: run one and wait, run one and read what it says, and errors a person can act on.

import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { root } from './paths.mjs';

/** What went wrong, in words for the person at the terminal: printed without a stack. */
export class Problem extends Error {}

/** Runs a command in the repository, its output going where ours goes; rejects if it fails. */
export async function run(command, args = [], options = {}) {
  const { code, signal } = await start(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (code !== 0) throw new Problem(`${[command, ...args].join(' ')} ${signal ? `was ended by ${signal}` : `failed with exit code ${code}`}`);
}

/** Runs a command and returns what it printed; `code` is null when the command does not exist. */
export async function read(command, args = [], options = {}) {
  const chunks = { stdout: [], stderr: [] };
  try {
    const { code } = await start(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }, child => {
      child.stdout.on('data', chunk => chunks.stdout.push(chunk));
      child.stderr.on('data', chunk => chunks.stderr.push(chunk));
    });
    return { code, stdout: Buffer.concat(chunks.stdout).toString(), stderr: Buffer.concat(chunks.stderr).toString() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { code: null, stdout: '', stderr: error.message };
  }
}

/**
 * Runs the main function of a script: a `Problem` is told in one line, anything else is a bug and keeps its stack. A signal
 * ends the script by way of `onSignal`, and with it what `run` and `read` have running.
 */
export async function main(body, onSignal = () => process.exit(130)) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, onSignal);
  endWithNpm(onSignal);
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exit(1);
  }
}

/** npm hands signals on, but one that kills it it cannot: we see it leave. */
function endWithNpm(onSignal) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onSignal();
  }, 200);
  watch.unref();
}

/** True when this module is what node was asked to run. */
export function isMain(meta) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(meta.url);
}

function start(command, args, options, whileRunning = () => {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, ...options });
    const endWithUs = () => child.kill();
    process.once('exit', endWithUs);
    child.once('close', () => process.off('exit', endWithUs));
    child.once('error', error =>
      reject(error.code === 'ENOENT' ? new Problem(`${command} was not found; is it installed and on the PATH?`) : error),
    );
    child.once('close', (code, signal) => resolve({ code, signal }));
    whileRunning(child);
  });
}
