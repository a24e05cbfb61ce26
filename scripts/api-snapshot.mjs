// `npm run api` renews tests/types/api.snapshot: the declarations that the package ships, without comments. A change of the API
// is then a change of that file, which a reviewer sees; tests/types/api.test.mjs fails until it is made.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, pkg } from './lib/paths.mjs';
import { isMain, main } from './lib/run.mjs';

export const snapshot = at('tests', 'types', 'api.snapshot');

/** The declarations in the built package, one a line where they were on one, comments and blank lines left out. */
export async function declarations() {
  const text = await readFile(path.join(pkg, 'index.d.ts'), 'utf8');
  // A comment is one only outside of quotes.
  const bare = text.replace(/('[^'\n]*'|`[^`]*`)|\/\*[^]*?\*\/|\/\/.*/g, (_, quoted) => quoted ?? '');
  return `${bare.split('\n').map(line => line.trimEnd()).filter(line => line !== '').join('\n')}\n`;
}

if (isMain(import.meta)) await main(async () => writeFile(snapshot, await declarations()));
