// Where the page's messages come from: `queue.tail()`, each message once and in order, through every outage.
import { pacer } from './slices.js';

/**
 * Calls `onMessage(message)` for each message of the queue until `signal` aborts. `onReady()` says that it is live;
 * `onGap(gap)` that completeness cannot be proven; `onTrouble(error)` that it stopped for the moment, and goes on by itself.
 * A promise that `onMessage` returns is waited for, and the listing with it.
 */
export async function feed(queue, { from, signal, onMessage, onReady, onGap, onTrouble }) {
  let start = from;
  // A page of messages comes at once; to take each may be work.
  const rest = pacer();
  while (!signal.aborted) {
    try {
      const live = queue.tail({ from: start, signal, onGap });
      live.ready.then(onReady, () => {});
      for await (const message of live) {
        // Where to go on, should this tail end in an error.
        if (message.position) start = { position: message.position };
        const busy = onMessage(message);
        if (busy) await busy;
        const resting = rest();
        if (resting) await resting;
      }
      return;
    } catch (error) {
      if (signal.aborted || error?.code === 'closed') return;
      onTrouble(error);
      await pause(2_000, signal);
    }
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
