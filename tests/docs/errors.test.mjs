// docs/errors.md has each code of the package, no other, in the order of the declarations, and each property of an error.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';

const [page, declared, core] = await Promise.all(
  [['docs', 'errors.md'], ['js', 'api.d.ts'], ['src', 'core', 'error.rs']].map(file => readFile(at(...file), 'utf8')),
);
const section = title => new RegExp(`^## ${title}$([^]*?)(?=^## |(?![^]))`, 'm').exec(page)?.[1] ?? page.split(/^## /m)[0];
/** What stands in backquotes at the beginning of the rows of the first table. */
const rows = text => [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(match => match[1]);
const codes = [.../export type ErrorCode =([^;]*);/.exec(declared)[1].matchAll(/'([\w-]+)'/g)].map(match => match[1]);

test('every code has its row, and every row its code', () => {
  assert.ok(codes.length > 10, `only ${codes.length} codes were found`);
  assert.deepEqual(rows(section('The codes')), codes);
});

test('the core knows the same codes in the same order', () => {
  const known = /pub enum Code \{([^}]*)\}/.exec(core)[1];
  const names = [...known.matchAll(/^ *([A-Z]\w+)(?: = \d+)?,/gm)].map(match => match[1]);
  assert.deepEqual(names.map(name => name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase()), codes);
});

test('every property of an error has its row', () => {
  const fields = [.../export class ZaqarError[^{]*\{([^]*?)\n\}/.exec(declared)[1].matchAll(/readonly (\w+)/g)].map(match => match[1]);
  // `name` is that of any error, `cause` comes from the language.
  assert.deepEqual(rows(section('')).sort(), [...fields.filter(field => field !== 'name'), 'cause'].sort());
});
