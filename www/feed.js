// Where the page's messages come from: `queue.tail()`, each message once and in order. A package without it gets
// the poor man's tail below: notifications as doorbells, listing as the truth.
import { unsupported } from './errors.js';

/**
 * Calls `onMessage(message)` for each message of the queue until `signal` aborts, through every outage.
 * `onReady(kind)` says that it is live; `onGap(gap)` that completeness cannot be proven; `onTrouble(error)`
 * that it stopped for the moment (it goes on by itself).
 */
export async function feed(queue, { from, signal, onMessage, onReady, onGap, onTrouble }) {
  let read = tail;
  let start = from;
  const seen = new Set();
  while (!signal.aborted) {
    try {
      await read(queue, {
        from: start,
        seen,
        signal,
        onReady,
        onGap,
        onMessage(message) {
          // Where to go on if this reading ends in an error.
          start = message.position ? { position: message.position } : { id: message.id };
          onMessage(message);
        },
      });
      return;
    } catch (error) {
      if (signal.aborted || error?.code === 'closed') return;
      if (read === tail && unsupported(error)) {
        read = doorbells;
        continue;
      }
      onTrouble(error);
      await pause(2_000, signal);
    }
  }
}

async function tail(queue, { from, signal, onMessage, onReady, onGap }) {
  const live = queue.tail({ from: from.id ? 'now' : from, signal, onGap });
  live.ready.then(() => onReady('tail'), () => {});
  for await (const message of live) onMessage(message);
}

async function doorbells(queue, { from, seen, signal, onMessage, onReady }) {
  let marker = from?.id;
  let bell = () => {};

  const pull = async () => {
    let fresh = 0;
    // Nothing is left out: what a marker has passed while it was hidden would never be shown.
    for await (const message of queue.messages({ marker, includeClaimed: true, includeDelayed: true, limit: 20, signal })) {
      marker = message.id;
      if (seen.has(message.id)) continue;
      seen.add(message.id);
      fresh += 1;
      onMessage(message);
    }
    while (seen.size > 20_000) seen.delete(seen.values().next().value);
    return fresh;
  };

  // Without push (polling) the loop below still looks every two seconds.
  let live;
  try {
    live = queue.subscribe({ signal });
    await live.ready;
    (async () => { for await (const _ of live) bell(); })().catch(() => bell());
  } catch (error) {
    if (!unsupported(error)) throw error;
  }
  if (from === 'now') {
    const { newest } = await queue.stats({ signal });
    marker = newest?.id;
    if (marker) seen.add(marker);
  }
  await pull();
  onReady(live ? 'subscription' : 'listing');

  while (!signal.aborted) {
    const rung = await new Promise((resolve) => {
      bell = () => resolve(true);
      pause(2_000, signal).then(() => resolve(false));
    });
    let rings = rung;
    bell = () => { rings = true; };
    if (await pull()) continue;
    // A notification may come before its message can be listed.
    for (const wait of rings ? [20, 100, 500] : []) {
      await pause(wait, signal);
      if (await pull()) break;
    }
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
