// The names in `zaqar_web.named.wasm`, by which a stack trace is read.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { functionSizes } from '../../scripts/lib/functions.mjs';
import { pkg } from '../../scripts/lib/paths.mjs';

const NAMED = 'zaqar_web.named.wasm';
const bytesOf = file => readFile(path.join(pkg, file));

test('every function has a name', async () => {
  const functions = functionSizes(await bytesOf(NAMED));
  assert.deepEqual(functions.filter(({ name }) => /^(function )?\d+$/.test(name)), []);
});

test('without its names it is the shipped wasm, so that a place in one is that place in the other', async () => {
  const [named, shipped] = [await bytesOf(NAMED), await bytesOf('zaqar_web.wasm')];
  const differs = named.findIndex((byte, at) => byte !== shipped[at]);
  // where the names stand in one, and in the other the section of the build begins, whose lengths differ
  assert.equal(differs, shipped.lastIndexOf('zaqar_web_build') - 2);
  assert.equal(WebAssembly.Module.customSections(new WebAssembly.Module(named), 'name').length, 1);
});
