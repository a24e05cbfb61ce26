// `npm run docs`: the reference of the API, from the declarations in the built package, into reference/. What TypeDoc has to
// complain of is an error.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { at, pkg } from './lib/paths.mjs';
import { Problem, isMain, main, run } from './lib/run.mjs';
import { ensureNodeModules } from './lib/toolchain.mjs';

export async function makeReference({ out = at('reference') } = {}) {
  if (!existsSync(path.join(pkg, 'index.d.ts'))) throw new Problem('There is no package yet: run `npm run build` first.');
  const folder = at('scripts', 'reference');
  await ensureNodeModules(folder);
  await run(process.execPath, [path.join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc'), '--options', path.join(folder, 'typedoc.json'), '--out', out]);
  return path.join(out, 'index.html');
}

if (isMain(import.meta)) await main(async () => console.log(await makeReference()));
