// `npm run build`: makes `pkg/`, the package as npm gets it.
//
//   src/ --cargo--> wasm --xtask (bindgen)--> wasm --binaryen--> pkg/zaqar_web.wasm
//   js/ with bindgen's JavaScript --esbuild, terser--> pkg/*.js, see lib/entries.mjs      js/*.d.ts --> pkg/*.d.ts
//
// Then it checks the TypeScript, and prints the sizes beside those of the last release (lib/sizes.mjs). Cargo decides what to
// compile; bindgen and wasm-opt run only when cargo's wasm has changed.
//
//   --dev          compiles with debug info and without optimising for size; nothing is minified
//   --no-types     leaves the TypeScript check out
//   --quiet        leaves out the sizes, and the hash for script tags
//   --readme       writes the sizes into the README's table
//   --keep-sizes   keeps them as those of a release, with which later builds are compared
//   --functions    lists the functions that take most of the wasm, before wasm-opt

import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SCRIPT, bindgen, integrity, makeEntries } from './lib/entries.mjs';
import { functionSizes } from './lib/functions.mjs';
import { at, pkg, root } from './lib/paths.mjs';
import { Problem, isMain, main, read, run } from './lib/run.mjs';
import { keepRelease, report } from './lib/sizes.mjs';
import { ensureRust, sysroot } from './lib/toolchain.mjs';

// What every browser with wasm has had since 2023, and what rustc emits by default. Named, so that wasm-opt never
// brings in anything newer.
const WASM_FEATURES = ['bulk-memory', 'bulk-memory-opt', 'call-indirect-overlong', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];

/** The wasm with the names of its functions: for reading stack traces, in place of the other. */
const NAMED_WASM = 'zaqar_web.named.wasm';

/** Names the build in the wasm; js/instance.ts reads it. */
const BUILD_SECTION = 'zaqar_web_build';

// The xtask runs for a tenth of a second and is compiled on every fresh clone: compile it as fast as can be.
const XTASK_PROFILE = [
  ...['inherits="dev"', 'debug=false', 'package."*".opt-level=0'].flatMap(setting => ['--config', `profile.xtask.${setting}`]),
  ...['--profile', 'xtask'],
];

export async function build({ dev = false, types = true, quiet = false, functions = false, readme = false, keepSizes = false } = {}) {
  if (!existsSync(at('node_modules', 'esbuild'))) throw new Problem('The npm packages are missing: run `npm ci` first.');
  await ensureRust();
  await run(process.execPath, ['scripts/generate-makers.mjs']);
  await xtask('layout', at('js', 'codec', 'layout.generated.ts'));
  await mkdir(pkg, { recursive: true });
  await makeWasm(dev);
  await makeEntries({ minify: !dev });
  if (functions) await listFunctions();
  if (types) await checkTypes();
  if (quiet) return;
  console.log(`${SCRIPT}: integrity="${await integrity(path.join(pkg, SCRIPT))}"`);
  await report({ readme });
  if (keepSizes) await keepRelease();
}

/** TypeScript's own check. It needs bindgen's types, so it comes after `makeWasm`. */
export async function checkTypes() {
  await run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '--project', at('tsconfig.json')]);
}

async function makeWasm(dev) {
  const profile = dev ? 'wasm-dev' : 'release';
  // With `rlib` among the crate's types cargo leaves out link-time optimisation, which takes a fifth off the wasm.
  await run('cargo', ['rustc', '--locked', '--profile', profile, '--lib', '--crate-type', 'cdylib', '--target', 'wasm32-unknown-unknown', '--config', await rustflags()]);
  const compiled = path.join(await targetDirectory(), 'wasm32-unknown-unknown', profile, 'zaqar_web.wasm');
  const key = await keyOf(compiled);
  const keyFile = path.join(bindgen, 'key');
  if (existsSync(path.join(pkg, 'zaqar_web.wasm')) && existsSync(keyFile) && (await readFile(keyFile, 'utf8')) === key) return;

  // Made aside and moved into place, so that a build that is interrupted, or runs twice at once, leaves nothing half done.
  const work = `${bindgen}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await xtask('bindgen', compiled, work, ...(dev ? ['--keep-debug'] : []));
    const bound = path.join(work, 'zaqar_web_bg.wasm');
    const named = path.join(work, NAMED_WASM);
    const shipped = path.join(work, 'zaqar_web.wasm');
    if (dev) for (const file of [named, shipped]) await copyFile(bound, file);
    else await optimize(bound, work, { named, shipped });
    await refuseMachinePaths(named);
    await nameBuild([shipped, named], work);
    for (const file of [shipped, named]) await copyFile(file, path.join(pkg, path.basename(file)));
    await writeFile(path.join(work, 'key'), key);
    await rm(bindgen, { recursive: true, force: true });
    await rename(work, bindgen);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * wasm-opt names the functions that it makes of others, but writes those names to its text format only. So both files are made of that
 * text, in which the one function that bindgen leaves without a name gets that of its export.
 */
async function optimize(bound, folder, { named, shipped }) {
  const text = path.join(folder, 'zaqar_web.wat');
  await binaryen('wasm-opt', '--flatten', '--rereloop', '-Oz', '-Oz', '--converge', '--strip-producers', '--strip-target-features', bound, '--emit-text', '-o', text);
  await writeFile(text, nameExports(await readFile(text, 'utf8')));
  // no passes: the levels choose how code is written
  const write = (...given) => binaryen('wasm-opt', '--optimize-level=3', '--shrink-level=2', '--quiet', text, ...given);
  await Promise.all([write('--debuginfo', '-o', named), write('-o', shipped)]);
  await rm(text);
}

function nameExports(text) {
  const exports = [...text.matchAll(/\(export "(\w+)" \(func \$(\d+)\)\)/g)];
  const uses = number => new RegExp(`\\b(func|call) \\$${number}(?=[\\s)])`, 'g');
  return exports.reduce((named, [, name, number]) => named.replace(uses(number), (_, use) => `${use} $${name}`), text);
}

/** Adds the section that says to which version and build a wasm belongs. Its hash, of the first, is kept for js/version.ts. */
async function nameBuild(files, folder) {
  const hash = createHash('sha256').update(await readFile(files[0])).digest('hex').slice(0, 8);
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const text = value => [Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)];
  const content = Buffer.concat([...text(BUILD_SECTION), Buffer.from(`${version}+${hash}`)]);
  // a custom section; all lengths are below 128
  for (const file of files) await appendFile(file, Buffer.concat([Buffer.from([0, content.length]), content]));
  await writeFile(path.join(folder, 'hash'), hash);
}

/** Runs xtask/src/main.rs, which says what it can do. */
export function xtask(...given) {
  return run('cargo', ['run', '--quiet', '--locked', ...XTASK_PROFILE, '--package', 'xtask', '--', ...given]);
}

/** Runs a tool and returns what it says. */
async function binaryen(tool, ...given) {
  const features = WASM_FEATURES.map(feature => `--enable-${feature}`);
  const { code, stdout, stderr } = await read(process.execPath, [at('node_modules', 'binaryen', 'bin', tool), ...features, ...given]);
  if (code !== 0) throw new Problem(`${tool} failed: ${stderr}`);
  return stdout;
}

/** Panic messages carry source paths, and a published file must not tell where it was built. */
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
  const flags = from.map(([machine, neutral]) => `--remap-path-prefix=${machine}=${neutral}`);
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
  for (const file of [compiled, at('Cargo.lock'), at('xtask', 'src', 'main.rs'), at('package.json'), at('package-lock.json'), at('scripts', 'build.mjs')]) {
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
  await main(() => build({ dev: given('--dev'), types: !given('--no-types'), quiet: given('--quiet'), functions: given('--functions'), readme: given('--readme'), keepSizes: given('--keep-sizes') }));
}
