// The texts of the demo page: all of them can be translated, and a table that is there has them all.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { texts } from '../../scripts/words.mjs';

test('each call for a text names it as one literal', async () => {
  for (const folder of ['www', 'ui']) {
    // These two are what looks into the table.
    for (const name of (await readdir(at(folder))).filter(name => name.endsWith('.js') && !['language.js', 'i18n.js'].includes(name))) {
      const code = (await readFile(at(folder, name), 'utf8')).replace(/^\s*(\/\/|\/?\*).*$/gm, '');
      for (const [call] of code.matchAll(/(?<![.\w])(?<!function )n?gettext\(.{0,20}/g)) assert.match(call, /gettext\('/, `${folder}/${name}`);
    }
  }
  const all = (await texts()).map(({ text }) => text);
  for (const text of ['Choose a message to see all of it.', 'Black hole', 'Filter queues by name', 'Nothing was sent.', '%(n)s message lost']) assert.ok(all.includes(text), text);
});

test('each table of a language has every text, in every plural form of the language, and no other', async () => {
  const files = await readdir(at('www', 'words')).catch(() => []);
  for (const file of files) {
    const table = JSON.parse(await readFile(at('www', 'words', file), 'utf8'));
    const wanted = await texts();
    assert.deepEqual(Object.keys(table).sort(), wanted.map(({ text }) => text).sort(), file);
    const forms = new Intl.PluralRules(file.replace('.json', '')).resolvedOptions().pluralCategories;
    for (const { text, plural } of wanted) {
      const said = plural ? Object.values(table[text]) : [table[text]];
      if (plural) assert.deepEqual(Object.keys(table[text]).sort(), [...forms].sort(), `${file}: ${text}`);
      for (const each of said) {
        assert.ok(each, `${file}: ${text} is not translated`);
        for (const value of each.match(/%\(\w+\)s/g) ?? []) assert.ok(text.includes(value), `${file}: ${text}: ${value}`);
      }
    }
  }
});
