// From nothing to the first reply, each time in a document of its own.

import { inFrame } from './frame.js';
import { median } from './measure.js';

export async function startup({ rounds, server }) {
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push(await inFrame('startup-frame', { build: 'pkg', server, isWhole: false }));
  return Object.fromEntries(Object.keys(runs[0]).map(name => [name, median(runs.map(run => run[name]))]));
}
