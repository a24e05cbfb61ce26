// `npm run release -- --dry-run`: everything that comes before a publication, and what would be published.
//
// It wants a clean tree, one version everywhere and a changelog that tells of it; then it builds, tests and packs, and prints the
// files, their sizes and their hashes. It never publishes: without --dry-run it says what that would take.
//
//   --no-test   leaves the tests out, to look at what would be published

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SCRIPT, integrity } from './lib/entries.mjs';
import { pack } from './lib/pack.mjs';
import { at, pkg } from './lib/paths.mjs';
import { Problem, isMain, main, read, run } from './lib/run.mjs';

async function release({ test }) {
  await mustBeClean();
  const { version, isDated } = agreed({
    manifests: await manifests(),
    changelog: await readFile(at('CHANGELOG.md'), 'utf8'),
  });
  console.log(`zaqar-web ${version}`);
  await run(process.execPath, [at('scripts', 'build.mjs')]);
  if (test) await run(process.execPath, [at('scripts', 'test.mjs')]);
  await show();
  await mustBeClean();
  console.log('\nNothing was published.');
  if (!isDated) console.log(`Before it is: rename [Unreleased] in CHANGELOG.md to [${version}] - ${new Date().toISOString().slice(0, 10)}.`);
  console.log('After it is: `npm run build -- --keep-sizes`, and commit sizes.json.');
  if (!test) console.log('The tests were left out.');
}

async function mustBeClean() {
  const { code, stdout, stderr } = await read('git', ['status', '--porcelain']);
  if (code !== 0) throw new Problem(`git status failed: ${stderr}`);
  if (stdout !== '') throw new Problem(`What is released must be what is committed. Not committed:\n${stdout}`);
}

/** The text of each file that tells the version, with the expression that finds it. */
async function manifests() {
  const places = {
    'package.json': /^ {2}"version": "(.+)"/m,
    'package-lock.json': /^ {2}"version": "(.+)"/m,
    'Cargo.toml': /^version = "(.+)"/m,
    'codec/Cargo.toml': /^version = "(.+)"/m,
    'horizon/zaqar_web_horizon/__init__.py': /^__version__ = '(.+)'/m,
  };
  const found = Object.entries(places).map(async ([file, expression]) => [file, expression.exec(await readFile(at(file), 'utf8'))?.[1]]);
  return Object.fromEntries(await Promise.all(found));
}

/**
 * The version that all manifests tell and the changelog begins with, by a date, or as what [Unreleased] will be. Throws where
 * they do not agree.
 */
export function agreed({ manifests, changelog }) {
  const version = manifests['package.json'];
  const others = Object.entries(manifests).filter(([, told]) => told !== version);
  if (others.length > 0) throw new Problem(`package.json is version ${version}; ${others.map(([file, told]) => `${file} is ${told}`).join(', ')}.`);
  const [, heading = '', below = ''] = /^## (.*)\n([^]*?)(?=^## |$(?![^]))/m.exec(changelog) ?? [];
  if (!/^- /m.test(below)) throw new Problem(`CHANGELOG.md says nothing under its first heading, "${heading}".`);
  if (heading.startsWith(`[${version}] - `) && /\d{4}-\d\d-\d\d$/.test(heading)) return { version, isDated: true };
  if (heading === '[Unreleased]' && below.includes(`This will be ${version}`)) return { version, isDated: false };
  throw new Problem(`CHANGELOG.md begins with "${heading}", which is not about ${version}: date it, or say under [Unreleased] what it will be.`);
}

/** Packs, and prints what npm would get. */
async function show() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-release-'));
  try {
    const { filename, files, size, unpackedSize, integrity: hash } = await pack(folder);
    const width = Math.max(...files.map(file => file.path.length)) + 2;
    const number = value => value.toLocaleString('en-US').padStart(10);
    console.log(`\n${filename}`);
    for (const file of files) console.log(`  ${file.path.padEnd(width)}${number(file.size)}`);
    console.log(`  ${'packed'.padEnd(width)}${number(size)}\n  ${'unpacked'.padEnd(width)}${number(unpackedSize)}`);
    console.log(`  ${hash}\n\n${SCRIPT}, for its script tag\n  ${await integrity(path.join(pkg, SCRIPT))}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TO_PUBLISH = `This does not publish. It would take, by hand and in this order:
  1. a green \`npm run release -- --dry-run\` of the commit, with the changelog dated
  2. git tag v<version> and a push of it
  3. the approval of .github/workflows/release.yml, which publishes the package and the wheel of horizon/ with their provenance
docs/hacking.md tells which version it must be.`;

if (isMain(import.meta)) {
  await main(async () => {
    const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean' }, 'no-test': { type: 'boolean' } } });
    if (!values['dry-run']) throw new Problem(TO_PUBLISH);
    await release({ test: !values['no-test'] });
  });
}
