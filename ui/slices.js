// Long work in slices, between which the page paints and hears its user.

const SLICE_MS = 12;

/**
 * Takes the steps of a generator to its end and resolves to what it returns. The first slice runs at once, so that what is short is
 * done when this returns. An abort ends it, and then it resolves to undefined.
 */
export async function inSlices(steps, { signal } = {}) {
  const rest = pacer();
  for (;;) {
    if (signal?.aborted) return undefined;
    const { done, value } = steps.next();
    if (done) return value;
    const resting = rest();
    if (resting) await resting;
  }
}

/** Calls `work` with each of these, in slices. */
export function eachInSlices(items, work, options) {
  return inSlices(function* () {
    for (const item of items) yield work(item);
  }(), options);
}

/** A function to be called between steps: it returns a promise to wait for when the slice is over. */
export function pacer() {
  let end = performance.now() + SLICE_MS;
  return () => (performance.now() < end ? undefined : breathe().then(() => { end = performance.now() + SLICE_MS; }));
}

/** Lets the page do what else is due. A timer would take a second where the tab is hidden. */
function breathe() {
  if (globalThis.scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); resolve(); };
    port2.postMessage(null);
  });
}
