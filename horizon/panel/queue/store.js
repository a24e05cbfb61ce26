// What the view has read of the queue: a tail, kept in order and within bounds, whatever comes.
import { feed } from '../ui/feed.js';
import { preview, weigh } from '../ui/json.js';

/** Messages that are kept, and about how many characters of them. */
export const MOST = 10_000;
const MOST_CHARACTERS = 50_000_000;

/**
 * `entries`, the oldest first: `{ message, text, postedAt, live, weight, gone, claimed }`. `text` is the beginning of the body; `gone` is why it is no longer there
 * ('deleted', 'expired'); `claimed` is undefined while nobody knows.
 *
 * Events: `change` (there is more, or less, or the state has changed) and `gap`.
 */
export class MessageStore extends EventTarget {
  entries = [];
  /** opening, reading (the old ones), live, full (the oldest have been read, more wait) or trouble */
  state = 'opening';
  error = null;
  /** Messages that the queue held when it was opened. */
  total = 0;
  /** Older ones that are not here: never read, or dropped to make room. */
  older = false;

  #queue;
  #byId = new Map();
  #weight = 0;
  #stop = null;
  #goOn = null;

  constructor(queue) {
    super();
    this.#queue = queue;
  }

  /** Follows the queue: a small one from its start, a large one from now on. */
  open() {
    this.#begin(async (signal) => {
      // What cannot be counted is read: the tail meets the same trouble and tells it.
      const { total } = await this.#queue.stats({ signal }).catch(() => ({ total: 0 }));
      this.total = total;
      this.older = total > MOST;
      return { from: this.older ? 'now' : 'start', hold: false };
    });
  }

  /** Reads from the oldest message on, and waits when it has read as many as it may keep. */
  readOldest() {
    this.older = false;
    this.#begin(() => ({ from: 'start', hold: true }));
  }

  /** After `full`: lets go of what is here and reads the messages behind it. */
  readNext() {
    this.#clear();
    this.older = true;
    this.#goOn?.();
  }

  close() {
    this.#stop?.abort();
    this.#stop = null;
  }

  get(id) {
    return this.#byId.get(id);
  }

  /** What has been deleted here needs no struck-out row. */
  remove(ids) {
    const leaving = new Set(ids);
    this.entries = this.entries.filter((entry) => !leaving.has(entry.message.id) || this.#forget(entry));
    this.#tell();
  }

  /** Tells those who look that something about entries has changed. */
  touch() {
    this.#tell();
  }

  async #begin(prepare) {
    this.close();
    this.#clear();
    const stop = new AbortController();
    this.#stop = stop;
    const { signal } = stop;
    this.#become('opening');
    const { from, hold } = await prepare(signal);
    if (signal.aborted) return;
    this.#become('reading');
    await feed(this.#queue, {
      from,
      signal,
      onMessage: (message) => this.#receive(message, hold, signal),
      // The tail may tell that it stands while the reader waits for room.
      onReady: () => { if (!signal.aborted && this.state !== 'full') this.#become('live'); },
      onGap: (gap) => this.dispatchEvent(new CustomEvent('gap', { detail: gap })),
      onTrouble: (error) => this.#become('trouble', error),
    });
  }

  /** A promise, if the reader is to wait: then the message is taken when there is room for it. */
  #receive(message, hold, signal) {
    const isFull = this.entries.length >= MOST || this.#weight >= MOST_CHARACTERS;
    if (isFull && hold) return this.#wait(signal).then(() => { if (!signal.aborted) this.#add(message); });
    if (isFull) this.#makeRoom();
    return void this.#add(message);
  }

  #wait(signal) {
    this.#become('full');
    return new Promise((resolve) => {
      this.#goOn = () => {
        this.#goOn = null;
        this.#become('live');
        resolve();
      };
      signal.addEventListener('abort', resolve, { once: true });
    });
  }

  #add(message) {
    const now = Date.now();
    // The server tells an age in whole seconds: only of a message of this moment are the milliseconds known.
    const live = message.age <= 1 && this.state === 'live';
    const entry = { message, text: preview(message.body), postedAt: live ? now : now - message.age * 1000, live, weight: weigh(message.body), gone: null, claimed: message.claimId ? true : undefined };
    this.entries.push(entry);
    this.#byId.set(message.id, entry);
    this.#weight += entry.weight;
    this.#tell();
  }

  /** A little more than needed, so that it is seldom done. */
  #makeRoom() {
    let leaving = 0;
    let weight = this.#weight;
    while (leaving < this.entries.length - 1 && (this.entries.length - leaving > MOST * 0.99 || weight > MOST_CHARACTERS * 0.99)) {
      weight -= this.entries[leaving].weight;
      leaving += 1;
    }
    for (const entry of this.entries.splice(0, leaving)) this.#forget(entry);
    this.older = true;
  }

  #forget(entry) {
    this.#byId.delete(entry.message.id);
    this.#weight -= entry.weight;
    return false;
  }

  #clear() {
    this.entries = [];
    this.#byId.clear();
    this.#weight = 0;
  }

  #become(state, error = null) {
    this.state = state;
    this.error = error;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}
