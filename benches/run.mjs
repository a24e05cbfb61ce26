// `npm run bench`: zaqar-web beside JSON and the MessagePack libraries for JavaScript, in one page of headless Chromium.
//
//   --only SECTIONS   some of codec, encode, client, loopback, startup, heap, size; a comma between them
//   --firefox         in Firefox (153 or newer, `apt-get install firefox-esr`) instead of Chromium
//   --quick           fewer rounds: for a first look
//   --write           keeps the results in benches/results.json, and writes the tables of README.md and docs/speed.md from there
//
// Contenders take turns; see page/measure.js. A ratio is another's time divided by ours: above 1 we are faster. A tick or a
// cross tells whether a goal of lib/goals.mjs is reached.

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { build } from '../scripts/build.mjs';
import { at } from '../scripts/lib/paths.mjs';
import { Problem, main, run } from '../scripts/lib/run.mjs';

const IN_PAGE = ['codec', 'encode', 'client', 'loopback', 'startup', 'heap'];
const SECTIONS = [...IN_PAGE, 'size'];
const ROUNDS = { thorough: 41, quick: 9 };

await main(async () => {
  const { firefox, quick, write, only } = options();
  await installRivals();
  await build({ types: false, budget: false });
  const browser = firefox ? 'firefox' : 'chromium';
  const { version, results } = await measure(browser, only, quick ? ROUNDS.quick : ROUNDS.thorough);
  if (write) await keep(browser, version, results);
});

function options() {
  const { values } = parseArgs({
    options: { firefox: { type: 'boolean' }, quick: { type: 'boolean' }, write: { type: 'boolean' }, only: { type: 'string' } },
  });
  const only = values.only?.split(',') ?? SECTIONS;
  const unknown = only.find(section => !SECTIONS.includes(section));
  if (unknown !== undefined) throw new Problem(`There is no section ${unknown}: --only takes ${SECTIONS.join(', ')}.`);
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

async function measure(browserName, sections, rounds) {
  // These need what installRivals brings.
  const [browsers, { startBenchServer }, { sizes }, { asText, tables }] = await Promise.all([
    import('./lib/browsers.mjs'),
    import('./lib/server.mjs'),
    import('./lib/sizes.mjs'),
    import('./lib/tables.mjs'),
  ]);
  const results = {};
  const take = (section, result) => {
    results[section] = result;
    for (const table of tables(browserName, section, result)) console.log(asText(table));
  };
  const frames = JSON.parse(await readFile(at('benches', 'fixtures', 'frames.json'), 'utf8'));
  const browser = await browsers[browserName]();
  console.log(`\n${browser.version}, ${rounds} rounds`);
  const inPage = sections.filter(section => IN_PAGE.includes(section));
  const server = await startBenchServer({ frames, config: { sections: inPage, rounds }, collect: browser.collect, onResult: take });
  try {
    if (inPage.length > 0) {
      await browser.open(server.url);
      await server.done;
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  if (sections.includes('size')) take('size', await sizes());
  return { version: browser.version, results };
}

/** Sections that were not run stay as they are. */
async function keep(browser, version, results) {
  const { updateDocuments } = await import('./lib/documents.mjs');
  const file = at('benches', 'results.json');
  const all = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : {};
  all[browser] = {
    version,
    machine: `${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.cpus().length} threads`,
    date: new Date().toISOString().slice(0, 10),
    results: { ...all[browser]?.results, ...results },
  };
  await writeFile(file, `${JSON.stringify(all, rounded, 1)}\n`);
  await updateDocuments(all);
}

/** Four digits tell all there is. */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
