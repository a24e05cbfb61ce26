// The README's part about speed, between its marks, made of the results that are kept.

import { readFile, writeFile } from 'node:fs/promises';
import { at } from '../../scripts/lib/paths.mjs';
import { Problem } from '../../scripts/lib/run.mjs';
import { asMarkdown, tables } from './tables.mjs';

const MARKS = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/;
/** What a reader wants to know first; the rest is in results.json. */
const SHOWN = { chromium: ['codec', 'client', 'encode', 'size'], firefox: ['codec'] };

export async function updateReadme(all) {
  const file = at('README.md');
  const before = await readFile(file, 'utf8');
  if (!MARKS.test(before)) throw new Problem('README.md has no <!-- bench --> marks.');
  const text = Object.entries(SHOWN).filter(([browser]) => all[browser]).map(([browser, sections]) => about(browser, all[browser], sections));
  await writeFile(file, before.replace(MARKS, (_, start, end) => `${start}${text.join('\n\n')}\n${end}`));
}

function about(browser, { version, machine, date, results }, sections) {
  const shown = sections.filter(section => results[section]).flatMap(section => tables(browser, section, results[section], { goals: false }));
  return [`${version}, ${machine}, ${date}`, ...shown.map(asMarkdown)].join('\n\n');
}
