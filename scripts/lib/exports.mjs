// The wasm's exports have one letter each in pkg/: wasm-opt gives them when it makes the wasm, esbuild puts them into what calls it.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache } from './paths.mjs';
import { Problem } from './run.mjs';

const NAMES = 'exports.json';

/** Keeps what `wasm-opt --minify-imports-and-exports` has told, in the folder of the wasm. */
export async function keepNames(told, folder) {
  const names = JSON.parse(told).exports;
  const contract = await readFile(at('js', 'api.d.ts'), 'utf8');
  const taken = names.find(([name]) => new RegExp(`\\b${name}\\b *[?(:]`).test(contract));
  if (taken) throw new Problem(`The wasm's export ${taken[0]} has the name of a property in js/api.d.ts.`);
  await writeFile(path.join(folder, NAMES), JSON.stringify(Object.fromEntries(names)));
}

/** Options of esbuild for everything that is bundled from js/ and used with pkg/zaqar_web.wasm. */
export async function withNames() {
  const names = JSON.parse(await readFile(path.join(cache, 'build', 'bindgen', NAMES), 'utf8'));
  return { mangleProps: new RegExp(`^(${Object.keys(names).join('|')})$`), mangleCache: names };
}
