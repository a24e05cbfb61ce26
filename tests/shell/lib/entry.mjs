// An entry of the package that has not loaded any wasm. Most entries have one module in common, so it comes from a copy of pkg/.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { pkg } from '../../../scripts/lib/paths.mjs';

/** The module of that file. To be called in a test or a hook, after which the copy is deleted. */
export async function freshEntry(file) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-entry-'));
  after(() => rm(folder, { recursive: true }));
  await cp(pkg, folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  return import(pathToFileURL(path.join(folder, file)));
}
