// `node scripts/words.mjs de`: brings the table of a language of the demo page up to date, www/words/de.json (see
// www/language.js): texts that the page has gained come into it empty, those that it has lost go.

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at } from './lib/paths.mjs';
import { Problem, isMain, main } from './lib/run.mjs';

const FOLDERS = ['www', 'ui'];
const LITERAL = String.raw`'((?:[^'\\\n]|\\.)*)'`;
const CALLS = new RegExp(String.raw`(?<![.\w])(?<!function )(n?)gettext\(\s*${LITERAL}`, 'g');
/** Words between the tags of index.html, and in its attributes. */
const TAGS = />([^<>]*\p{L}[^<>]*)</gu;
const ATTRIBUTES = /(?:\b(?:title|placeholder|aria-label)|name="description" content)="([^"]*\p{L}[^"]*)"/gu;

/** All texts of the page: `{ text, plural }`, each once, sorted. */
export async function texts() {
  const found = new Map();
  for (const folder of FOLDERS) {
    for (const name of (await readdir(at(folder))).filter(name => name.endsWith('.js')).sort()) {
      for (const [, plural, text] of (await readFile(at(folder, name), 'utf8')).matchAll(CALLS)) found.set(unescaped(text), plural === 'n');
    }
  }
  const html = (await readFile(at('www', 'index.html'), 'utf8')).replace(/<(code|script|h1)\b[^]*?<\/\1>/g, '');
  for (const pattern of [TAGS, ATTRIBUTES]) for (const [, text] of html.matchAll(pattern)) found.set(text.trim(), false);
  return [...found].map(([text, plural]) => ({ text, plural })).sort((a, b) => (a.text < b.text ? -1 : 1));
}

const unescaped = text => text.replace(/\\u([0-9a-fA-F]{4})|\\(.)/g, (_, code, char) => (code ? String.fromCharCode(parseInt(code, 16)) : char === 'n' ? '\n' : char));

async function update(language) {
  const file = at('www', 'words', `${language}.json`);
  const before = await readFile(file, 'utf8').then(JSON.parse, () => ({}));
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const table = Object.fromEntries((await texts()).map(({ text, plural }) => [text, before[text] ?? (plural ? Object.fromEntries(forms.map(form => [form, ''])) : '')]));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(table, null, 2)}\n`);
  return file;
}

if (isMain(import.meta)) {
  await main(async () => {
    const [language] = process.argv.slice(2);
    if (!/^[a-z]{2,3}$/.test(language ?? '')) throw new Problem('usage: node scripts/words.mjs LANGUAGE, such as de');
    console.log(await update(language));
  });
}
