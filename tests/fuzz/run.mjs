// `npm run fuzz -- --minutes 10 --seed 1`: lives of clients of the built package, one seed each, at servers that send anything.
// A life that goes wrong tells its seed; `--life SEED` runs that one. Needs `npm run build`.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pkg } from '../../scripts/lib/paths.mjs';
import { held, watchWasm } from '../support/memory.mjs';
import { Dice } from './dice.mjs';
import { live } from './life.mjs';

/** Lives at the same time: most of their time they wait. */
const AT_ONCE = 6;
/** Lives before memory is looked at: by then everything has been used once. */
const WARM = 60;
/** Growth between the first look and the last that is no growth. */
const MOST_GROWTH = 40 << 20;
/** The wasm's memory never shrinks: a few of the largest answers at once. */
const MOST_WASM = 192 << 20;

/** Fuzzes for so long from this seed on; resolves to the number of lives and to what went wrong. */
export async function fuzz({ milliseconds = Infinity, seed = 1, lives = Infinity, log = () => {} }) {
  const wrong = [];
  const stray = error => wrong.push(`uncaught: ${error?.stack ?? error}`);
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);
  globalThis.reportError = stray;
  const wasm = watchWasm();
  const zaqar = await import(pathToFileURL(path.join(pkg, 'node.js')).href);
  await zaqar.init();
  const end = performance.now() + milliseconds;
  const heaps = [];
  let begun = 0;
  const worker = async () => {
    const ports = [0, 0];
    while (performance.now() < end && begun < lives && wrong.length === 0) {
      const own = seed + begun++;
      for (const sentence of await live(zaqar, new Dice(own), ports)) wrong.push(`life ${own}: ${sentence}`);
      if (begun % WARM === 0) {
        heaps.push(held());
        log(`${begun} lives, ${mebibytes(heaps.at(-1))} MiB, wasm ${mebibytes(wasm.largest())} MiB`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  process.off('uncaughtException', stray);
  process.off('unhandledRejection', stray);
  delete globalThis.reportError;
  const growth = Math.min(...heaps.slice(-3)) - Math.max(...heaps.slice(0, 3));
  if (heaps.length > 6 && growth > MOST_GROWTH) wrong.push(`memory has grown by ${mebibytes(growth)} MiB`);
  if (wasm.largest() > MOST_WASM) wrong.push(`the wasm has ${mebibytes(wasm.largest())} MiB of memory`);
  return { lives: begun, wrong };
}

function mebibytes(bytes) {
  return Math.round(bytes / 2 ** 20);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' }, life: { type: 'string' } },
  });
  const one = values.life === undefined ? {} : { seed: Number(values.life), lives: 1 };
  const { lives, wrong } = await fuzz({ milliseconds: values.minutes * 60_000, seed: Number(values.seed), ...one, log: console.log });
  for (const sentence of wrong) console.error(sentence);
  console.log(`${lives} lives from seed ${one.seed ?? values.seed}, ${wrong.length} wrong`);
  process.exit(wrong.length === 0 ? 0 : 1);
}
