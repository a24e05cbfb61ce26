// What a build needs on the machine: cargo with the wasm target, and the npm packages. What can be fetched by its own
// client is fetched; for the rest the person is told what to install.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { Problem, read, run } from './run.mjs';

const WASM = 'wasm32-unknown-unknown';

/** Makes sure that `cargo` works here and can compile to wasm. */
export async function ensureRust() {
  const cargo = await read('cargo', ['--version']);
  const rustup = (await read('rustup', ['--version'])).code === 0;
  if (cargo.code === null && !rustup) {
    throw new Problem('Rust is needed to build: install rustup (https://rustup.rs), then run this again.');
  }
  // rust-toolchain.toml names the version and the target; a rustup that may not install by itself has to be told.
  if (cargo.code !== 0 && rustup) await run('rustup', ['toolchain', 'install']);
  if (existsSync(await wasmLibrary())) return;
  if (!rustup) throw new Problem(`This Rust has no standard library for ${WASM}: install it with your system's packages, or use rustup.`);
  await run('rustup', ['target', 'add', WASM]);
}

async function wasmLibrary() {
  return path.join(await sysroot(), 'lib', 'rustlib', WASM);
}

/** Where the compiler's own files are. */
export async function sysroot() {
  const { code, stdout, stderr } = await read('rustc', ['--print', 'sysroot']);
  if (code !== 0) throw new Problem(`rustc does not run: ${stderr.trim()}`);
  return stdout.trim();
}

/** Runs `npm ci` in a folder, by default the repository, unless its `node_modules` is as new as its lock file. */
export async function ensureNodeModules(folder = root) {
  const installed = path.join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(path.join(folder, 'package-lock.json')).mtimeMs) return;
  // npm says what it did on stdout, which belongs to our caller's own words.
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', process.stderr, 'inherit'] });
}
