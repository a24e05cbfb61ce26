// Times contenders against each other. A round runs each once for a few milliseconds, in an order that rotates; what counts
// is the ratio of two times of one round, so that a slow moment of the machine hits both.

/** How long one contender runs within a round, in ms: a thousand ticks of an isolated page's clock. */
const TURN_MS = 5;
const WARM_UP_MS = 60;

/** Samples contenders, and summarises what they took. */
export async function race(contenders, { ours, rounds, between, per }) {
  return summary(await sample(contenders, { rounds, between }), { ours, per });
}

/**
 * Times contenders, each a function that does its work so many times and returns (a promise of) the ms it took. Returns the ms of
 * one work in each round, by contender. `between` is awaited after each turn.
 */
export async function sample(contenders, { rounds, between, turnMs = TURN_MS }) {
  const names = Object.keys(contenders);
  const times = {};
  for (const name of names) {
    times[name] = await calibrate(contenders[name], turnMs);
    await between?.();
  }
  const taken = Object.fromEntries(names.map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      taken[name].push((await contenders[name](times[name])) / times[name]);
      await between?.();
    }
    await breathe();
  }
  return taken;
}

/**
 * Of each contender: `us`, the median of its microseconds, and `ratio`, the median of its time by that of `ours` in the same
 * round, with half the interquartile range as `spread`. One work is `per` things.
 */
export function summary(taken, { ours, per = 1 }) {
  return Object.fromEntries(
    Object.entries(taken).map(([name, times]) => {
      const ratios = times.map((time, round) => time / taken[ours][round]);
      return [name, { us: (1_000 * median(times)) / per, ratio: median(ratios), spread: spread(ratios) }];
    }),
  );
}

/** A contender of what is done at once: one call of `work` after the other. */
export function repeated(work) {
  return times => {
    const start = performance.now();
    for (let left = times; left > 0; left--) work();
    return performance.now() - start;
  };
}

/** How often a contender does its work in a round. */
async function calibrate(contender, turnMs) {
  let times = 1;
  let spent = 0;
  for (;;) {
    const time = await contender(times);
    spent += time;
    if (time >= turnMs && spent >= WARM_UP_MS) return Math.max(1, Math.ceil((times * turnMs) / time));
    if (time < turnMs) times *= 2;
  }
}

/** Lets the page and the browser do what has waited. */
function breathe() {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
}

export function median(values) {
  return quantile(values, 0.5);
}

function spread(values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place % 1);
}
