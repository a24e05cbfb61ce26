// `npm run build`: makes `pkg/`, the package as npm gets it.
//
//   src/ --cargo--> wasm --xtask (bindgen)--> wasm --binaryen--> pkg/zaqar_web.wasm
//   js/ --esbuild, terser--> pkg/*.js, see lib/entries.mjs      js/*.d.ts --> pkg/*.d.ts
//
// The wasm imports nothing and its exports take numbers alone, so of bindgen's output in JavaScript only the types are used.
// Then it checks the TypeScript and weighs the result against size-budget.json. Cargo decides what to compile; bindgen and
// wasm-opt run only when cargo's wasm has changed.
//
//   --no-types     leaves the TypeScript check out
//   --no-budget    prints the sizes, whatever they are
//   --quiet        leaves them out, and the hash for script tags
//   --readme       writes the sizes into the README's table
//   --functions    lists the functions that take most of the wasm, before wasm-opt

import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SCRIPT, integrity, makeEntries } from './lib/entries.mjs';
import { keepNames } from './lib/exports.mjs';
import { functionSizes } from './lib/functions.mjs';
import { at, cache, pkg, root } from './lib/paths.mjs';
import { Problem, isMain, main, read, run } from './lib/run.mjs';
import { report } from './lib/sizes.mjs';
import { ensureRust, sysroot } from './lib/toolchain.mjs';

const bindgen = path.join(cache, 'build', 'bindgen');

// What every browser with wasm has had since 2023, and what rustc emits by default. Named, so that wasm-opt never
// brings in anything newer.
const WASM_FEATURES = ['bulk-memory', 'bulk-memory-opt', 'call-indirect-overlong', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];

// For size, each measured (docs/architecture.md): a loop counts as it is written, and equal code of two branches stays in both,
// where brotli finds it. With a small stack addresses are short, and a page needs 0.9 MB less; an eighth of the stack is enough for
// the deepest value of a frame, and what would take more than all traps.
const SMALLER = ['-Cllvm-args=-disable-lsr', '-Cllvm-args=-sink-common-insts=false', '-Clink-arg=-zstack-size=131072'];

// Measured as well. Nothing lies in the lowest kilobyte: there the stack ends. What is called from one place alone stays a function
// of its own, and what was computed twice stays so: code that resembles other code is nearly free in brotli.
const WASM_OPT = [
  ...['--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--low-memory-unused', '--one-caller-inline-max-function-size', '20'],
  ...['--skip-pass=simplify-locals', '--skip-pass=local-cse', '--strip-producers', '--strip-target-features'],
];

// The xtask runs for a tenth of a second and is compiled on every fresh clone: compile it as fast as can be.
const XTASK_PROFILE = [
  ...['inherits="dev"', 'debug=false', 'package."*".opt-level=0'].flatMap(setting => ['--config', `profile.xtask.${setting}`]),
  ...['--profile', 'xtask'],
];

export async function build({ types = true, budget = true, quiet = false, functions = false, readme = false } = {}) {
  if (!existsSync(at('node_modules', 'esbuild'))) throw new Problem('The npm packages are missing: run `npm ci` first.');
  await ensureRust();
  await run(process.execPath, ['scripts/generate-makers.mjs']);
  await mkdir(pkg, { recursive: true });
  await makeWasm();
  await makeEntries();
  if (functions) await listFunctions();
  if (types) await checkTypes();
  if (quiet) return;
  console.log(`${SCRIPT}: integrity="${await integrity(path.join(pkg, SCRIPT))}"`);
  await report({ budget, readme });
}

/** TypeScript's own check. It needs bindgen's types, so it comes after `makeWasm`. */
export async function checkTypes() {
  await run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '--project', at('tsconfig.json')]);
}

async function makeWasm() {
  // With `rlib` among the crate's types cargo leaves out link-time optimisation, which takes a fifth off the wasm.
  await run('cargo', ['rustc', '--locked', '--release', '--lib', '--crate-type', 'cdylib', '--target', 'wasm32-unknown-unknown', '--config', await rustflags()]);
  const compiled = path.join(await targetDirectory(), 'wasm32-unknown-unknown', 'release', 'zaqar_web.wasm');
  const key = await keyOf(compiled);
  const keyFile = path.join(bindgen, 'key');
  if (existsSync(path.join(pkg, 'zaqar_web.wasm')) && existsSync(keyFile) && (await readFile(keyFile, 'utf8')) === key) return;

  // Made aside and moved into place, so that a build that is interrupted, or runs twice at once, leaves nothing half done.
  const work = `${bindgen}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await run('cargo', ['run', '--locked', ...XTASK_PROFILE, '--package', 'xtask', '--', compiled, work]);
    const reached = path.join(work, 'reached.wasm');
    const optimised = path.join(work, 'zaqar_web.wasm');
    await reduce(path.join(work, 'zaqar_web_bg.wasm'), reached);
    await binaryen('wasm-opt', ...WASM_OPT, reached, '-o', optimised);
    await keepNames(await binaryen('wasm-opt', '--minify-imports-and-exports', optimised, '-o', optimised), work);
    await refuseMachinePaths(optimised);
    await copyFile(optimised, path.join(pkg, 'zaqar_web.wasm'));
    await writeFile(path.join(work, 'key'), key);
    await rm(bindgen, { recursive: true, force: true });
    await rename(work, bindgen);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Leaves out what wasm-bindgen exports for its own glue, and with it the one import: only js/ calls this wasm. */
async function reduce(from, to) {
  const module = await WebAssembly.compile(await readFile(from));
  const ours = WebAssembly.Module.exports(module).map(({ name }) => name).filter(name => !name.startsWith('__'));
  const graph = `${to}.json`;
  await writeFile(graph, JSON.stringify([{ name: 'js', root: true, reaches: ours }, ...ours.map(name => ({ name, export: name }))]));
  await binaryen('wasm-metadce', from, '--graph-file', graph, '-o', to);
}

/** Runs a tool and returns what it says. */
async function binaryen(tool, ...given) {
  const features = WASM_FEATURES.map(feature => `--enable-${feature}`);
  const { code, stdout, stderr } = await read(process.execPath, [at('node_modules', 'binaryen', 'bin', tool), ...features, ...given]);
  if (code !== 0) throw new Problem(`${tool} failed: ${stderr}`);
  return stdout;
}

/** Besides `SMALLER`: panic messages carry source paths, and a published file must not tell where it was built. */
async function rustflags() {
  // Crates lie in a folder that is named for the registry they came from. It is there once they have been fetched.
  await run('cargo', ['fetch', '--locked', '--quiet', '--target', 'wasm32-unknown-unknown']);
  const home = process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo');
  const sources = path.join(home, 'registry', 'src');
  const registries = existsSync(sources) ? await readdir(sources) : [];
  // The last that fits counts.
  const from = [
    [home, '/cargo'],
    ...registries.sort().map(name => [path.join(sources, name), '/crates']),
    [await sysroot(), '/rust'],
    [root, '/zaqar-web'],
  ];
  const flags = [...SMALLER, ...from.map(([machine, neutral]) => `--remap-path-prefix=${machine}=${neutral}`)];
  return `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`;
}

async function refuseMachinePaths(file) {
  const text = (await readFile(file)).toString('latin1');
  const found = [os.homedir(), root].find(prefix => prefix.length > 1 && text.includes(`${prefix}/`));
  if (found) throw new Problem(`${path.basename(file)} contains a path of this machine (${found}).`);
}

async function targetDirectory() {
  const { code, stdout, stderr } = await read('cargo', ['metadata', '--locked', '--no-deps', '--format-version', '1']);
  if (code !== 0) throw new Problem(stderr);
  return JSON.parse(stdout).target_directory;
}

/** Changes with everything that bindgen and wasm-opt depend on. */
async function keyOf(compiled) {
  const hash = createHash('sha256');
  for (const file of [compiled, at('Cargo.lock'), at('xtask', 'src', 'main.rs'), at('package-lock.json'), at('scripts', 'build.mjs')]) {
    hash.update(await readFile(file));
  }
  return hash.digest('hex');
}

async function listFunctions() {
  const wasm = await readFile(path.join(bindgen, 'zaqar_web_bg.wasm'));
  for (const { name, bytes } of functionSizes(wasm).slice(0, 60)) console.log(`${String(bytes).padStart(8)}  ${name}`);
}

if (isMain(import.meta)) {
  const given = option => process.argv.includes(option);
  await main(() => build({ types: !given('--no-types'), budget: !given('--no-budget'), quiet: given('--quiet'), functions: given('--functions'), readme: given('--readme') }));
}
