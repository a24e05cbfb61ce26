// Weighs what a page loads, and fails the build when it is more than size-budget.json allows.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { at, pkg } from './paths.mjs';
import { Problem } from './run.mjs';

const LOADED = ['zaqar_web.wasm', 'index.js'];

/**
 * Prints raw, gzip and brotli sizes of the package, and with `readme` writes them there; throws when the total is over budget,
 * if `budget` says so.
 */
export async function report({ budget = true, readme = false } = {}) {
  const { brotliTotal, brotliGoal } = JSON.parse(await readFile(at('size-budget.json'), 'utf8'));
  const rows = await Promise.all(LOADED.map(weigh));
  const total = rows.reduce((sum, row) => ({ name: 'total', raw: sum.raw + row.raw, gzip: sum.gzip + row.gzip, brotli: sum.brotli + row.brotli }));
  console.log(line('', 'raw', 'gzip', 'brotli'));
  for (const row of [...rows, total]) console.log(line(row.name, row.raw, row.gzip, row.brotli));
  if (readme) await tell([...rows, total]);
  if (total.brotli > brotliTotal) {
    const excess = `The package is ${number(total.brotli - brotliTotal)} bytes over its budget of ${number(brotliTotal)} (brotli).`;
    if (budget) throw new Problem(`${excess}\nnpm run build -- --functions lists what takes most.`);
    return console.log(excess);
  }
  console.log(`${number(brotliTotal - total.brotli)} bytes below the budget of ${number(brotliTotal)}.`);
  if (total.brotli > brotliGoal) console.log(`${number(total.brotli - brotliGoal)} bytes above the goal of ${number(brotliGoal)}.`);
}

async function weigh(name) {
  const bytes = await readFile(path.join(pkg, name));
  return {
    name,
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length,
  };
}

/** The table between the marks in the README. */
async function tell(rows) {
  const text = await readFile(at('README.md'), 'utf8');
  const cells = rows.map(({ name, raw, gzip, brotli }) => `| ${name.includes('.') ? `\`${name}\`` : name} | ${[raw, gzip, brotli].map(number).join(' | ')} |`);
  const table = ['<!-- sizes -->', '| | raw | gzip | brotli |', '|---|---|---|---|', ...cells, '<!-- /sizes -->'].join('\n');
  await writeFile(at('README.md'), text.replace(/<!-- sizes -->[^]*<!-- \/sizes -->/, table));
}

function line(name, ...cells) {
  return name.padEnd(16) + cells.map(cell => number(cell).padStart(10)).join('');
}

function number(value) {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}
