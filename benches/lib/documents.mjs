// The parts of README.md and docs/speed.md between their marks, made of the results that are kept.

import { readFile, writeFile } from 'node:fs/promises';
import { at } from '../../scripts/lib/paths.mjs';
import { Problem } from '../../scripts/lib/run.mjs';
import { asMarkdown, tables } from './tables.mjs';

const MARKS = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/;
/** The README has what a reader wants to see first; docs/speed.md all of it, with what is meant to be reached. */
const SHOWN = {
  'README.md': { browsers: ['chromium'], names: ['codec', 'receive', 'size'], goals: false },
  'docs/speed.md': { browsers: ['chromium', 'firefox'], names: ['codec', 'alone', 'sent', 'receive', 'send', 'loopback', 'startup', 'heap', 'size'], goals: true },
};

export async function updateDocuments(all) {
  for (const [name, { browsers, names, goals }] of Object.entries(SHOWN)) {
    const file = at(...name.split('/'));
    const before = await readFile(file, 'utf8');
    if (!MARKS.test(before)) throw new Problem(`${name} has no <!-- bench --> marks.`);
    const text = browsers.filter(browser => all[browser]).map(browser => about(browser, all[browser], names, goals));
    await writeFile(file, before.replace(MARKS, (_, start, end) => `${start}${text.join('\n\n')}\n${end}`));
  }
}

function about(browser, { version, machine, date, results }, names, goals) {
  const all = Object.entries(results).flatMap(([section, result]) => tables(browser, section, result, { goals }));
  const shown = names.map(name => all.find(table => table.name === name)).filter(table => table !== undefined);
  return [`${version} on ${machine}, ${date}`, ...shown.map(asMarkdown)].join('\n\n');
}
