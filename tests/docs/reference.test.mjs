// The API reference is made from the types without a warning, and every name that the package exports is in it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { at, cache } from '../../scripts/lib/paths.mjs';
import { makeReference } from '../../scripts/reference.mjs';

test('the reference has a page for every name of the package', async () => {
  const out = path.join(cache, 'reference');
  await makeReference({ out });
  const pages = (await readdir(out, { recursive: true })).filter(name => name.endsWith('.html')).map(name => path.basename(name, '.html'));
  const declared = await readFile(at('pkg', 'index.d.ts'), 'utf8');
  const names = [...declared.matchAll(/^export (?:function|interface|type|class) (\w+)/gm)].map(match => match[1]);
  assert.ok(names.length > 40, `only ${names.length} names were found`);
  assert.deepEqual(names.filter(name => !pages.includes(name)), []);
});
