// Weighs what a page loads, and says so when it is much more than the last release or than sizes.json expects.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { at, pkg } from './paths.mjs';

const LOADED = ['zaqar_web.wasm', 'index.js'];
/** The growth since the last release that is worth a word. */
const GROWTH = 0.02;

/** Prints raw, gzip and brotli sizes of the package, and with `readme` writes them there. */
export async function report({ readme = false } = {}) {
  const { lastRelease, alarm } = JSON.parse(await readFile(at('sizes.json'), 'utf8'));
  const rows = await weighPackage();
  console.log(line('', 'raw', 'gzip', 'brotli', ...(lastRelease ? [lastRelease.version] : [])));
  for (const { name, raw, gzip, brotli } of rows) console.log(line(name, raw, gzip, brotli, ...(lastRelease ? [change(brotli, lastRelease.brotli[name])] : [])));
  const total = rows.at(-1).brotli;
  if (total > alarm) console.log(`ALARM: ${number(total)} bytes are more than the ${number(alarm)} that sizes.json expects; npm run build -- --functions lists what takes most.`);
  if (total > lastRelease?.brotli.total * (1 + GROWTH)) console.log(`ALARM: the package has grown by more than ${100 * GROWTH} % since ${lastRelease.version}.`);
  if (readme) await tell(rows);
}

/** Keeps the sizes of a release, for later builds to be compared with. */
export async function keepRelease() {
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const sizes = JSON.parse(await readFile(at('sizes.json'), 'utf8'));
  const brotli = Object.fromEntries((await weighPackage()).map(row => [row.name, row.brotli]));
  await writeFile(at('sizes.json'), `${JSON.stringify({ ...sizes, lastRelease: { version, brotli } }, null, 2)}\n`);
}

async function weighPackage() {
  const rows = await Promise.all(LOADED.map(weigh));
  const sum = key => rows.reduce((total, row) => total + row[key], 0);
  return [...rows, { name: 'total', raw: sum('raw'), gzip: sum('gzip'), brotli: sum('brotli') }];
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

/** How much more or less than before, in percent. */
function change(now, before) {
  const percent = (100 * (now - before)) / before;
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`;
}

function number(value) {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value;
}
