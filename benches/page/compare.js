// Two builds of the package beside each other, in the same documents and turn by turn. Nothing is used of them but their public
// API.

import { BATCH } from './application.js';
import { inFrame } from './frame.js';
import { summary } from './measure.js';
import { runSections } from './sections.js';

const BUILDS = ['this', 'other'];

/**
 * Engines decide once in a document how they compile a function: so there are several documents, and neither build is always the
 * first.
 */
const DOCUMENTS = 4;

void runSections({
  client: ({ frames, rounds }) => inDocuments({ frames, rounds }),
  loopback: ({ frames, rounds, server }) => inDocuments({ frames, rounds, server }),
  startup,
  size: filesOf,
});

/** The time of each kind of call, by phase. */
async function inDocuments(task) {
  const results = {};
  for (let run = 0; run < DOCUMENTS; run++) {
    const builds = run % 2 === 0 ? BUILDS : BUILDS.toReversed();
    const taken = await inFrame('compare-frame', { ...task, builds });
    for (const [phase, calls] of Object.entries(taken)) {
      results[phase] ??= {};
      for (const [name, times] of Object.entries(calls)) {
        const all = (results[phase][name] ??= { this: [], other: [] });
        for (const build of BUILDS) all[build].push(...times[build]);
      }
    }
  }
  for (const [phase, calls] of Object.entries(results)) {
    for (const name of Object.keys(calls)) calls[name] = summary(calls[name], { ours: 'other', per: phase === 'roundTrip' ? 1 : BATCH });
  }
  return results;
}

/**
 * From nothing to the first reply: as an application starts, and step by step. In each round the second two starts repeat the first
 * two in reverse, for a start is slower after one of the other kind.
 */
async function startup({ rounds, server }) {
  const taken = {};
  for (let round = 0; round < rounds; round++) {
    for (const isWhole of [true, false]) {
      for (const build of [...BUILDS, ...BUILDS.toReversed()]) {
        const { files, sideEffects, ...steps } = await inFrame('startup-frame', { build, server, isWhole });
        for (const [step, ms] of Object.entries(steps)) {
          taken[step] ??= { this: [], other: [] };
          taken[step][build][round] = (taken[step][build][round] ?? 0) + ms / 2;
        }
      }
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([step, times]) => [step, summary(times, { ours: 'other' })]));
}

/** The files that a start loads, by build. */
async function filesOf({ server }) {
  const results = {};
  for (const build of BUILDS) results[build] = (await inFrame('startup-frame', { build, server, isWhole: true })).files;
  return results;
}
