// The README's part about speed, between its marks, made of the results that are kept.

import { readFile, writeFile } from 'node:fs/promises';
import { at } from '../../scripts/lib/paths.mjs';
import { Problem } from '../../scripts/lib/run.mjs';
import { asMarkdown, tables } from './tables.mjs';

const MARKS = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/;
/** The tables that a reader wants to see first; the rest is in results.json. */
const SHOWN = { chromium: ['codec', 'sent', 'receive', 'send', 'size'], firefox: ['codec'] };

export async function updateReadme(all) {
  const file = at('README.md');
  const before = await readFile(file, 'utf8');
  if (!MARKS.test(before)) throw new Problem('README.md has no <!-- bench --> marks.');
  const text = Object.entries(SHOWN).filter(([browser]) => all[browser]).map(([browser, names]) => about(browser, all[browser], names));
  await writeFile(file, before.replace(MARKS, (_, start, end) => `${start}${text.join('\n\n')}\n${end}`));
}

function about(browser, { version, machine, date, results }, names) {
  const all = Object.entries(results).flatMap(([section, result]) => tables(browser, section, result, { goals: false }));
  const shown = names.map(name => all.find(table => table.name === name)).filter(table => table !== undefined);
  return [`${version} on ${machine}, ${date}`, ...shown.map(asMarkdown)].join('\n\n');
}
