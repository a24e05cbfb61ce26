// `npm run bench`: zaqar-web beside JSON and the MessagePack libraries for JavaScript, in one page of headless Chromium.
//
//   --only SECTIONS   some of codec, encode, client, loopback, startup, heap, size; a comma between them
//   --firefox         in Firefox (153 or newer, `apt-get install firefox-esr`) instead of Chromium
//   --quick           fewer rounds: for a first look
//   --markdown FILE   writes the tables into that file as well
//   --write           keeps the results in benches/results.json, and writes the tables of README.md and docs/speed.md from there
//
// Contenders take turns; see page/measure.js. A ratio is another's time divided by ours: above 1 we are faster. A tick or a
// cross tells whether a goal of lib/goals.mjs is reached.
//
// With `--against PKG_DIR` it compares this build with another one instead. PKG_DIR is the other's `pkg/` folder: `index.js` in
// it exports `connect` and `init`, `zaqar_web.wasm` lies beside it. Nothing else is used of either build. The sections are client,
// loopback, startup and size. A ratio is the time of this build divided by the time of the other one: above 1 this build is
// slower, above 1.10 the row has a cross.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { at, pkg } from '../scripts/lib/paths.mjs';
import { Problem, main, run } from '../scripts/lib/run.mjs';

const SECTIONS = ['codec', 'encode', 'client', 'loopback', 'startup', 'heap', 'size'];
const COMPARED = ['client', 'loopback', 'startup', 'size'];
const ROUNDS = { thorough: 41, quick: 9 };

await main(async () => {
  const { against, firefox, quick, write, markdown, only } = options();
  if (against === undefined) await installRivals();
  await build({ types: false });
  const browser = firefox ? 'firefox' : 'chromium';
  const suite = against === undefined ? await withRivals(browser, only) : await withOther(against, only);
  const rounds = quick ? ROUNDS.quick : ROUNDS.thorough;
  const { version, results, shown } = await measure(browser, suite, rounds);
  if (markdown !== undefined) await writeFile(markdown, `${[`${version} on ${machine()}, ${today()}, ${rounds} rounds`, ...shown].join('\n\n')}\n`);
  if (write) await keep(browser, version, results);
});

function options() {
  const { values } = parseArgs({
    options: {
      against: { type: 'string' },
      firefox: { type: 'boolean' },
      quick: { type: 'boolean' },
      write: { type: 'boolean' },
      markdown: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { against, write } = values;
  if (against !== undefined && write) throw new Problem('--write keeps what is measured without --against.');
  if (against !== undefined && !existsSync(path.join(against, 'index.js'))) throw new Problem(`${against} has no index.js: --against takes the pkg/ folder of a build.`);
  const sections = against === undefined ? SECTIONS : COMPARED;
  const only = values.only?.split(',') ?? sections;
  const unknown = only.find(section => !sections.includes(section));
  if (unknown !== undefined) throw new Problem(`There is no section ${unknown}: --only takes ${sections.join(', ')}.`);
  return { ...values, only };
}

/** They are many and large, and nothing but this needs them: so they are not among the package's own. */
async function installRivals() {
  const installed = await versions(at('benches', 'node_modules', '.package-lock.json'));
  const wanted = await versions(at('benches', 'package-lock.json'));
  if (wanted.every(version => installed.includes(version))) return;
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', at('benches')]);
}

/** `name version` of what a lock file needs. */
async function versions(file) {
  if (!existsSync(file)) return [];
  const { packages } = JSON.parse(await readFile(file, 'utf8'));
  return Object.entries(packages).filter(([name, { optional }]) => name && !optional).map(([name, { version }]) => `${name} ${version}`);
}

/** The sections that run in a page, those that do not, and the tables of their results. */
async function withRivals(browser, only) {
  const [{ sizes }, { tables }] = await Promise.all([import('./lib/sizes.mjs'), import('./lib/tables.mjs')]);
  return {
    scripts: ['main', 'startup-frame'],
    builds: { pkg },
    inPage: only.filter(section => section !== 'size'),
    outside: only.includes('size') ? { size: sizes } : {},
    tables: (section, result) => tables(browser, section, result),
  };
}

async function withOther(against, only) {
  const { comparisonTables } = await import('./lib/comparison.mjs');
  const builds = { this: pkg, other: path.resolve(against) };
  return {
    scripts: ['compare', 'compare-frame', 'startup-frame'],
    builds,
    inPage: only,
    outside: {},
    tables: (section, result) => comparisonTables(section, result, builds),
  };
}

async function measure(browserName, { scripts, builds, inPage, outside, tables }, rounds) {
  // These need the npm packages: `build` has reported it if they are missing.
  const [browsers, { startBenchServer }, { asMarkdown, asText }] = await Promise.all([
    import('./lib/browsers.mjs'),
    import('./lib/server.mjs'),
    import('./lib/tables.mjs'),
  ]);
  const results = {};
  const shown = [];
  const take = async (section, result) => {
    results[section] = result;
    for (const table of await tables(section, result)) {
      console.log(asText(table));
      shown.push(asMarkdown(table));
    }
  };
  const frames = JSON.parse(await readFile(at('benches', 'fixtures', 'frames.json'), 'utf8'));
  const browser = await browsers[browserName]();
  console.log(`\n${browser.version}, ${rounds} rounds`);
  const config = { wanted: inPage, rounds };
  const server = await startBenchServer({ scripts, builds, frames, config, collect: browser.collect, onResult: take });
  try {
    if (inPage.length > 0) {
      await browser.open(server.url);
      await server.done;
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  for (const [section, run] of Object.entries(outside)) await take(section, await run());
  return { version: browser.version, results, shown };
}

/** Sections that were not run stay as they are. */
async function keep(browser, version, results) {
  const { updateDocuments } = await import('./lib/documents.mjs');
  const file = at('benches', 'results.json');
  const all = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  all[browser] = {
    version,
    machine: machine(),
    date: today(),
    results: { ...all[browser]?.results, ...results },
  };
  await writeFile(file, `${JSON.stringify(all, rounded, 1)}\n`);
  await updateDocuments(all);
}

function machine() {
  return `${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.cpus().length} threads`;
}

function today() {
  return new Date().toISOString().slice(0, 10);
}

/** Four digits tell all there is. */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
