// `npm run api` renews tests/types/api.snapshot: the declarations that the package ships, without comments. A change of the API
// is then a change of that file, which a reviewer sees; tests/types/api.test.mjs fails until it is made.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, pkg } from './lib/paths.mjs';
import { isMain, main } from './lib/run.mjs';

export const snapshot = at('tests', 'types', 'api.snapshot');

/** The declarations of each entry of the package, without comments and blank lines. */
export async function declarations() {
  const names = (await readdir(pkg)).filter(name => name.endsWith('.d.ts'));
  const own = names.filter(name => name !== 'index.d.ts').sort();
  return (await Promise.all(['index.d.ts', ...own].map(bare))).join('\n');
}

/** A comment is one only outside of quotes. */
export function withoutComments(code) {
  return code.replace(/('[^'\n]*'|`[^`]*`)|\/\*[^]*?\*\/|\/\/.*/g, (_, quoted) => quoted ?? '');
}

async function bare(name) {
  const text = await readFile(path.join(pkg, name), 'utf8');
  const lines = withoutComments(text).split('\n').map(line => line.trimEnd()).filter(line => line !== '');
  return `// ${name}\n${lines.join('\n')}\n`;
}

if (isMain(import.meta)) await main(async () => writeFile(snapshot, await declarations()));
