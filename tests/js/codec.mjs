// The codec as the package has it, with the functions that the package keeps to itself: its TypeScript bundled by itself and
// put on the built wasm. Needs `npm run build`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { wasmParts } from '../../scripts/lib/entries.mjs';
import { at, pkg, root } from '../../scripts/lib/paths.mjs';

const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-codec-'));
const bundle = path.join(folder, 'codec.mjs');
await esbuild.build({
  stdin: {
    contents: `
      export * from './js/codec/decode.ts';
      export * from './js/codec/encode.ts';
      export * from './js/codec/json.ts';
      export { ZaqarError } from './js/errors.ts';
      export { load } from './js/instance.ts';`,
    resolveDir: root,
  },
  outfile: bundle,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  ...(await wasmParts()),
});

export const codec = await import(pathToFileURL(bundle));
await rm(folder, { recursive: true });

/** The wasm's memory. */
export let memory;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (module, imports) => {
  const instance = await instantiate(module, imports);
  memory = instance.exports.memory;
  return instance;
};
await codec.load(() => readFile(path.join(pkg, 'zaqar_web.wasm')));
WebAssembly.instantiate = instantiate;

/** The captured frames of a real Zaqar. */
export const frames = (await readFile(at('tests', 'fixtures', 'frames.jsonl'), 'utf8'))
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))
  .map(frame => ({ ...frame, bytes: Uint8Array.from(Buffer.from(frame.hex, 'hex')) }));

/** The same numbers on every run. */
export function seededRandom(seed) {
  let state = seed;
  return below => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Values as messages have them: few kinds of object, few kinds of text, now and then something else. */
export function randomValue(random, depth = 0) {
  switch (random(depth > 4 ? 6 : 9)) {
    case 0: return null;
    case 1: return random(2) === 1;
    case 2: return random(300) - 150;
    case 3: return [1e9, -1e9, 2 ** 40, -(2 ** 40), 2 ** 32 - 1, 70_000, -40_000, 2 ** 53 - 1, 1 - 2 ** 53, -0, 1e300][random(11)];
    case 4: return random(1e6) / 7;
    case 5: return randomText(random);
    case 6: return Array.from({ length: random(30) === 0 ? 20 : random(6) }, () => randomValue(random, depth + 1));
    default: {
      const object = {};
      for (let left = random(10) === 0 ? random(40) : random(8); left > 0; left--) object[randomKey(random)] = randomValue(random, depth + 1);
      return object;
    }
  }
}

function randomKey(random) {
  if (random(4) === 0) return `r${random(500)}`;
  return ['id', 'ttl', 'body', 'name', 'long_key_over_sixteen', 'clé', '日本', 'value', '', '7'][random(10)];
}

function randomText(random) {
  const texts = ['', 'a', 'cpu', 'x'.repeat(random(70)), `é${random(9)}`, '日本'.repeat(random(30)), `🚀${random(99)}`, `k${random(1000)}`];
  texts.push('y'.repeat(random(400)), 'ü'.repeat(random(400)), '🚀'.repeat(random(100)), '\u{FEFF}bom', '\u0000\u2028');
  return texts[random(texts.length)];
}
