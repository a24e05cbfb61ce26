// docs/errors.md has each code that Rust defines, no other, in the order of their definition, and each property of an error.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';

const [page, declared, errors] = await Promise.all(
  [['docs', 'errors.md'], ['js', 'api.d.ts'], ['src', 'protocol', 'error.rs']].map(file => readFile(at(...file), 'utf8')),
);
const section = title => new RegExp(`^## ${title}$([^]*?)(?=^## |(?![^]))`, 'm').exec(page)?.[1] ?? page.split(/^## /m)[0];
/** What stands in backquotes at the beginning of the rows of the first table. */
const rows = text => [...text.matchAll(/^\| `([\w-]+)` \|/gm)].map(match => match[1]);
const codes = [.../pub enum Code as "ErrorCode" \{([^}]*)\}/.exec(errors)[1].matchAll(/^ *\w+ = "([\w-]+)",/gm)].map(match => match[1]);

test('every code has its row, and every row its code', () => {
  assert.ok(codes.length > 10, `only ${codes.length} codes were found`);
  assert.deepEqual(rows(section('The codes')), codes);
});

test('the declarations of the package have the same codes', async () => {
  const shipped = await readFile(at('pkg', 'index.d.ts'), 'utf8');
  const listed = [.../export type ErrorCode =([^;]*);/.exec(shipped)[1].matchAll(/'([\w-]+)'/g)].map(match => match[1]);
  assert.deepEqual(listed, codes);
});

test('every property of an error has its row', () => {
  const fields = [.../export class ZaqarError[^{]*\{([^]*?)\n\}/.exec(declared)[1].matchAll(/readonly (\w+)/g)].map(match => match[1]);
  // `name` is that of any error, `cause` comes from the language.
  assert.deepEqual(rows(section('')).sort(), [...fields.filter(field => field !== 'name'), 'cause'].sort());
});
