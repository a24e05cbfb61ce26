// Which of the messages in sight are still there, and which are claimed. A tail tells of neither, and on the socket no listing
// names claims: but one that leaves claimed messages out passes over them.

/** A longer stretch of the queue (under a filter, or of many that are selected) is not looked through for claims. */
const LOOK_AT_MOST = 60;
const BESIDE = 5;
/** A listing goes on for no more pages than this. */
const PAGES = 6;
/** Zaqar tells ages in whole seconds. */
const SLACK_MS = 2_000;

/**
 * Looks at `entries` of the store, and at what is between them, and writes `gone` and `claimed` into them. Gives `changed`, whether
 * something has; `judged`, the set of those of which is known now whether they are claimed; and `claimed`, how many messages of the
 * queue are.
 */
export async function lookAt({ queue, store, entries, signal }) {
  const { claimed } = await queue.stats({ signal });
  const all = store.entries;
  const wanted = new Set(entries);
  const first = all.findIndex((entry) => wanted.has(entry));
  const end = all.findLastIndex((entry) => wanted.has(entry)) + 1;
  const whole = first >= 0 && end - first <= LOOK_AT_MOST;
  // Some older ones beside: one of them is the marker behind which the listing begins.
  const from = Math.max(0, first - BESIDE);
  const stretch = whole ? all.slice(from, end) : entries.slice(0, LOOK_AT_MOST);
  return { claimed, ...(await look(queue, stretch, { claims: whole || claimed === 0 ? claimed : undefined, fromHead: from === 0 && !store.older, signal })) };
}

/**
 * `entries` are a stretch of the queue with the oldest first.
 *
 * - `claims`: how many messages of the queue are claimed, by its statistics; undefined if nobody should ask which.
 * - `fromHead`: no message of the queue is older than these.
 */
async function look(queue, entries, { claims, fromHead, signal }) {
  const there = new Set((await queue.getMany(entries.map(({ message }) => message.id), { signal })).map(({ id }) => id));
  let changed = false;
  const judged = new Set();
  const note = (entry, what) => {
    for (const [key, value] of Object.entries(what)) {
      changed ||= entry[key] !== value;
      entry[key] = value;
    }
    if ('claimed' in what) judged.add(entry);
  };
  const present = entries.filter(({ message }) => there.has(message.id));
  for (const entry of entries) note(entry, there.has(entry.message.id) ? { gone: null } : { gone: isPastItsLife(entry) ? 'expired' : 'deleted', claimed: false });
  if (claims === 0) for (const entry of present) note(entry, { claimed: false });
  if (!claims || present.length === 0) return { changed, judged };

  // What is listed stands behind the marker, which itself is not seen.
  const marker = fromHead ? undefined : present.shift();
  const free = await freeAmong(queue, present, { marker, signal });
  // More claimed than the server counts: then the listing did not begin where it should.
  if (free && present.length - free.size <= claims) for (const entry of present) note(entry, { claimed: !free.has(entry) });
  return { changed, judged };
}

export const isPastItsLife = ({ message, postedAt }) => Date.now() - postedAt > message.ttl * 1000;

/** Those that a listing shows which is told to leave the claimed out; null if it began elsewhere than behind the marker. */
async function freeAmong(queue, entries, { marker, signal }) {
  const free = new Set();
  if (entries.length === 0) return free;
  const wanted = new Map(entries.map((entry) => [entry.message.id, entry]));
  const last = entries.at(-1);
  let pages = 0;
  for await (const { items } of queue.messages({ marker: marker?.message.id, limit: 20, includeDelayed: true, signal }).pages()) {
    for (const { id, age } of items) {
      const entry = wanted.get(id);
      const postedAt = Date.now() - age * 1000;
      if (entry) free.add(entry);
      // A marker that has just been deleted makes Zaqar begin at the head of the queue.
      else if (marker && postedAt < marker.postedAt - SLACK_MS) return null;
      else if (postedAt > last.postedAt + SLACK_MS) return free;
    }
    if (free.has(last) || (pages += 1) === PAGES) break;
  }
  return free;
}
