// Before `npm run package` packs: refuses to pack what has not been built. npm packs a package whose modules are missing without a word.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { at } from './lib/paths.mjs';
import { Problem, main } from './lib/run.mjs';

await main(async () => {
  const { exports, unpkg } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const files = [...leaves(exports), unpkg];
  const missing = files.find(file => !existsSync(at(file)));
  if (missing) throw new Problem(`There is no ${missing}, so the package is not built: run \`npm run build\`, then pack it.`);
});

/** The files that conditions within conditions lead to. */
function leaves(entry) {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(leaves);
}
