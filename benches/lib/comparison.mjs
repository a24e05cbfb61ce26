// What page/compare.js measures of two builds, as tables.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { weigh } from './sizes.mjs';
import { LABELS, SENT_LABELS, decimal, whole } from './tables.mjs';

/** A build that takes more of the other's time than this is marked. */
const MOST = 1.1;

const STEPS = {
  wholeMs: 'import to first reply',
  importMs: 'import',
  wasmReadyMs: 'wasm ready, from its bytes',
  firstReplyMs: 'first reply, from there',
};

const PARTS = { JavaScript: '.js', wasm: '.wasm', 'in all': '' };

const MICROSECONDS = { name: 'µs', us: 1 };
const MILLISECONDS = { name: 'ms', us: 1_000 };

/** The tables of a section; `builds` are the folders of both builds. */
export async function comparisonTables(section, result, builds) {
  switch (section) {
    case 'client':
      return [
        timesOf('The whole client, receiving', MICROSECONDS, result.receive, LABELS),
        timesOf('The whole client, calling and sending', MICROSECONDS, result.send, SENT_LABELS),
        timesOf('The whole client, from call to result, one by one', MICROSECONDS, result.roundTrip, SENT_LABELS),
      ];
    case 'loopback':
      return [timesOf("Calling and sending on the browser's own socket", MICROSECONDS, result.send, SENT_LABELS)];
    case 'startup':
      return [timesOf('Start', MILLISECONDS, result, STEPS)];
    case 'size':
      return [await sizesOf(result, builds)];
  }
}

function timesOf(title, unit, result, labels) {
  const rows = Object.entries(result).map(([name, { this: ours, other }]) => [
    labels[name],
    decimal(ours.us / unit.us),
    decimal(other.us / unit.us),
    `${decimal(ours.ratio)} ± ${decimal(ours.spread)}`,
    // A ratio is judged as it is shown.
    Number(decimal(ours.ratio)) > MOST ? `✗ > ${decimal(MOST)}` : '',
  ]);
  return { title: `${title}, ${unit.name}`, heads: ['', 'this', 'other', 'this / other', ''], rows };
}

/** Of the files that a start loads. */
async function sizesOf(files, builds) {
  const rows = [];
  for (const [part, extension] of Object.entries(PARTS)) {
    const [ours, other] = await Promise.all(['this', 'other'].map(build => brotli(builds[build], files[build].filter(name => name.endsWith(extension)))));
    rows.push([part, whole(ours), whole(other), decimal(ours / other)]);
  }
  return { title: 'What a start loads, bytes (brotli 11)', heads: ['', 'this', 'other', 'this / other'], rows };
}

async function brotli(folder, names) {
  const contents = await Promise.all(names.map(name => readFile(path.join(folder, name))));
  return contents.map(weigh).reduce((sum, bytes) => sum + bytes, 0);
}
