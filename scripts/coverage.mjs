// `npm run coverage`: which lines of the engine, the protocol and the codec the native tests run, the simulation with fewer schedules
// than in `npm test` among them. It prints a table by file, and fails below the share of lines that is asked for.
//
// `npm run coverage -- --missing` prints the lines that nothing runs as well. The environment's ZAQAR_SCHEDULES changes the number of
// schedules.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { installByApt } from './lib/apt.mjs';
import { cache, root } from './lib/paths.mjs';
import { Problem, main, read, run } from './lib/run.mjs';
import { ensureRust, sysroot } from './lib/toolchain.mjs';

const VERSION = '0.9.1';
const MEASURED = ['src/engine/', 'src/protocol/', 'codec/src/'];
/** Per cent of all lines. */
const LEAST = 95;
const SCHEDULES = '1000';

await main(async () => {
  await ensureRust();
  const tools = await ensureLlvm();
  const files = await measure(await ensureCargoLlvmCov(), tools);
  console.log(table(files));
  if (process.argv.includes('--missing')) console.log(files.filter(file => file.missing.length > 0).map(file => `${file.name}: ${ranges(file.missing)}`).join('\n'));
  const share = percent(sum(files));
  if (share < LEAST) throw new Problem(`${share.toFixed(1)} % of the lines are run, which is less than ${LEAST} %.`);
});

/** Runs the tests, and reads what they ran. */
async function measure(program, tools) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-coverage-'));
  const report = path.join(folder, 'lcov.info');
  const env = { ZAQAR_SCHEDULES: SCHEDULES, ...process.env, ...tools };
  try {
    await run(program, ['llvm-cov', '--locked', '--package', 'zaqar-web', '--package', 'zaqar-codec', '--lcov', '--output-path', report], { env });
    return parse(await readFile(report, 'utf8')).filter(({ name }) => MEASURED.some(folder => name.startsWith(folder)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files of an lcov report: their lines, and those that nothing has run. */
function parse(lcov) {
  return lcov
    .split('end_of_record')
    .filter(record => record.includes('SF:'))
    .map(record => {
      const name = path.relative(root, /^SF:(.*)$/m.exec(record)[1]);
      const counts = [...record.matchAll(/^DA:(\d+),(\d+)/gm)];
      return { name, lines: counts.length, missing: counts.filter(([, , count]) => count === '0').map(([, line]) => Number(line)) };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function table(files) {
  const row = (name, lines, missing, share) => `${name.padEnd(44)} ${lines.padStart(6)} ${missing.padStart(8)} ${share.padStart(7)}`;
  const rows = [...files, { name: 'all', ...sum(files) }].map(file => row(file.name, `${file.lines}`, `${file.missing.length}`, percent(file).toFixed(1)));
  return [row('file', 'lines', 'not run', '%'), ...rows].join('\n');
}

function sum(files) {
  return { lines: files.reduce((lines, file) => lines + file.lines, 0), missing: files.flatMap(file => file.missing) };
}

function percent({ lines, missing }) {
  return lines === 0 ? 100 : (100 * (lines - missing.length)) / lines;
}

/** Numbers as `3, 7-9`. */
function ranges(numbers) {
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(', ');
}

/** The path of cargo-llvm-cov, which is installed under .cache/ when it is missing. */
async function ensureCargoLlvmCov() {
  const folder = path.join(cache, `cargo-llvm-cov-${VERSION}`);
  const program = path.join(folder, 'bin', 'cargo-llvm-cov');
  if (!existsSync(program)) {
    console.error('Installing cargo-llvm-cov (about two minutes, once) …');
    await run('cargo', ['install', 'cargo-llvm-cov', '--version', VERSION, '--locked', '--root', folder]);
  }
  return program;
}

/** Where the tools are that read what the compiler's LLVM writes: the compiler's own, or those of that LLVM's version. */
async function ensureLlvm() {
  const { stdout } = await read('rustc', ['--version', '--verbose']);
  const [, host] = /^host: (.*)$/m.exec(stdout);
  const [, version] = /^LLVM version: (\d+)/m.exec(stdout);
  const own = path.join(await sysroot(), 'lib', 'rustlib', host, 'bin', 'llvm-cov');
  const find = () => [own, `/usr/bin/llvm-cov-${version}`, `/usr/lib/llvm-${version}/bin/llvm-cov`].find(existsSync);
  if (!find()) await read('rustup', ['component', 'add', 'llvm-tools']);
  if (!find()) await installByApt(`llvm-${version}`);
  const found = find();
  if (!found) throw new Problem(`llvm-cov of LLVM ${version} is needed: run \`rustup component add llvm-tools\`, or install your system's llvm-${version}.`);
  return { LLVM_COV: found, LLVM_PROFDATA: found.replace('llvm-cov', 'llvm-profdata') };
}
