// Which of the messages in sight are still there, and which are claimed. A tail tells of neither, and on the socket no listing
// names claims: but one that leaves claimed messages out passes over them.

/** A listing goes on for no more pages than this. */
const PAGES = 6;

/**
 * Looks at `entries`, a stretch of the queue with the oldest first, and writes `gone` and `claimed` into them. `claims`: how many
 * messages of the queue are claimed, by its statistics; undefined if nobody should ask which. True if something has changed.
 */
export async function look(queue, entries, claims, { signal }) {
  const there = new Set((await queue.getMany(entries.map(({ message }) => message.id), { signal })).map(({ id }) => id));
  let changed = false;
  const note = (entry, what) => {
    for (const [key, value] of Object.entries(what)) {
      changed ||= entry[key] !== value;
      entry[key] = value;
    }
  };
  const present = [];
  for (const entry of entries) {
    if (there.has(entry.message.id)) {
      note(entry, { gone: null });
      present.push(entry);
    } else {
      note(entry, { gone: isPastItsLife(entry) ? 'expired' : 'deleted', claimed: false });
    }
  }
  if (claims === undefined) return changed;
  const free = claims === 0 ? new Set(present) : await freeAmong(queue, present, { signal });
  // More claimed than the server counts: then the listing did not begin where it should.
  if (!free || present.length - free.size > claims + 1) return changed;
  for (const entry of present) {
    // The first is the marker, which is in the listing only if nothing stands before it.
    if (free.has(entry)) note(entry, { claimed: false });
    else if (entry !== present[0]) note(entry, { claimed: true });
  }
  return changed;
}

export const isPastItsLife = ({ message, postedAt }) => Date.now() - postedAt > message.ttl * 1000;

/** Those that a listing shows which begins at the first, and is told to leave the claimed out; null if it began elsewhere. */
async function freeAmong(queue, entries, { signal }) {
  const free = new Set();
  if (entries.length < 2) return null;
  const [first] = entries;
  const wanted = new Map(entries.map((entry) => [entry.message.id, entry]));
  const last = entries.at(-1);
  let pages = 0;
  for await (const { items } of queue.messages({ marker: first.message.id, limit: 20, includeDelayed: true, signal }).pages()) {
    for (const { id, age } of items) {
      const entry = wanted.get(id);
      if (entry) free.add(entry);
      // A marker that has just been deleted makes Zaqar begin at the head of the queue.
      else if (Date.now() - age * 1000 < first.postedAt - 2_000) return null;
      else if (Date.now() - age * 1000 > last.postedAt + 2_000) return free;
    }
    if (free.has(last) || (pages += 1) === PAGES) break;
  }
  return free;
}
