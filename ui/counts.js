// What is known of each queue. The numbers come from `client.watch()`: one watch for each queue that is looked at, so that each
// is shown as soon as it is counted, and the others need not be. The client asks for them at a bounded rate, and for none while
// the page is hidden. The names come from the list of queues, which is read page by page: a long one is shown as it comes.

/** The pause between two questions for a queue: what changes is seen within two seconds, and no number is much older than four. */
const INTERVAL_MS = { min: 1_500, max: 4_000 };
const LIST_EVERY_MS = 5_000;
/** As many as the server lists at once. */
const PAGE = 20;
const HISTORY = 30;
/** So many of those that nobody looks at are counted at a time: more would keep what is looked at waiting. */
const SWEPT_AT_ONCE = 4;

/**
 * Events: `list` when the queues are others, `counts` when their numbers are.
 *
 * All queues are watched, until `see()` names those that are looked at. `most`: more queues are not listed.
 */
export class Counts extends EventTarget {
  queues = new Map();
  /** null until the first list has come. */
  listedAt = null;
  error = null;
  /** Whether those are to be counted, once, that nobody has looked at yet. */
  sweep = false;

  #client;
  #most;
  #timer = null;
  #listing = false;
  /** Removed while the list was read: the server may have listed them before. */
  #removed = new Set();
  #nextList = 0;
  #seen = null;

  constructor(client, { most = 10_000 } = {}) {
    super();
    this.#client = client;
    this.#most = most;
  }

  start() { this.#timer = setInterval(() => this.#tick(), 1_000); this.#tick(); }
  stop() { clearInterval(this.#timer); this.#timer = null; this.#arrange(); }

  get(name) { return this.queues.get(name); }

  add(name) {
    this.#removed.delete(name);
    let queue = this.queues.get(name);
    if (!queue) {
      queue = { name, stats: null, at: 0, error: null, failures: 0, changedAt: 0, history: [], watch: null };
      this.queues.set(name, queue);
      this.#arrange();
      this.#changed('list');
    }
    return queue;
  }

  remove(name) {
    if (this.#listing) this.#removed.add(name);
    this.queues.get(name)?.watch?.abort();
    if (this.queues.delete(name)) this.#changed('list');
  }

  /** These are looked at, the others are not. */
  see(names) { this.#seen = new Set(names); this.#arrange(); }

  /** How many queues have been counted at least once, or could not be. */
  get known() { return [...this.queues.values()].filter(isKnown).length; }

  /** The total at this moment, for what cannot be undone; the last known if the server does not say. */
  async total(name) {
    try {
      return (await this.#client.queue(name).stats({ timeoutMs: 2_000 })).total;
    } catch {
      return this.queues.get(name)?.stats?.total;
    }
  }

  /** Change of the total in messages a second, over the last half minute; null while too little is known. */
  growth(queue) {
    const { history } = queue;
    if (history.length < 3) return null;
    const first = history.find(({ at }) => at > Date.now() - 30_000) ?? history[0];
    const last = history[history.length - 1];
    const seconds = (last.at - first.at) / 1000;
    return seconds < 5 ? null : (last.total - first.total) / seconds;
  }

  /** The one queue that grows most, if it really does. */
  get growing() {
    let most = null;
    for (const queue of this.queues.values()) {
      const growth = this.growth(queue);
      if (growth === null || growth < 0.3 || (queue.stats?.total ?? 0) < 10) continue;
      if (!most || growth > most.growth) most = { queue, growth };
    }
    return most?.queue ?? null;
  }

  async list() {
    if (this.#listing) return;
    this.#listing = true;
    try {
      const names = new Set();
      for await (const { name } of this.#client.queues({ limit: PAGE })) {
        names.add(name);
        // Long lists are shown as they come.
        if (!this.#removed.has(name)) this.add(name);
        if (names.size >= this.#most) break;
      }
      this.error = null;
      this.listedAt = Date.now();
      // A long list is read more seldom, so that it takes no more than two requests a second.
      this.#nextList = this.listedAt + Math.max(LIST_EVERY_MS, (names.size / PAGE) * 500);
      for (const [name, queue] of this.queues) {
        // A queue that this page has just made may be missing in a list that was asked for before.
        if (!names.has(name) && Date.now() - queue.changedAt > LIST_EVERY_MS) this.remove(name);
      }
    } catch (error) {
      this.error = error;
      this.#nextList = Date.now() + 3_000;
    } finally {
      this.#listing = false;
      this.#removed.clear();
      this.#changed('list');
    }
  }

  #tick() {
    if (!document.hidden && this.#client.state !== 'closed' && Date.now() >= this.#nextList) this.list();
    this.#arrange();
  }

  /** Begins the watches that are wanted, and ends the others. */
  #arrange() {
    let swept = 0;
    for (const queue of this.queues.values()) {
      const isSeen = !this.#seen || this.#seen.has(queue.name);
      if (this.#timer && (isSeen || (this.sweep && !isKnown(queue) && swept++ < SWEPT_AT_ONCE))) queue.watch ??= this.#watch(queue);
      else if (queue.watch) {
        queue.watch.abort();
        queue.watch = null;
      }
    }
  }

  /** Returns what ends it. */
  #watch(queue) {
    const watch = new AbortController();
    const { signal } = watch;
    const read = async () => {
      for await (const [view] of this.#client.watch({ queues: [queue.name], intervalMs: INTERVAL_MS, signal })) this.#take(queue, view);
    };
    read().catch((error) => { if (!signal.aborted) queue.error = error; });
    return watch;
  }

  #take(queue, { stats, at, error }) {
    const wasKnown = isKnown(queue);
    if (error && error !== queue.error) queue.failures += 1;
    if (!error) queue.failures = 0;
    queue.error = error ?? null;
    if (stats && at !== queue.at) {
      if (queue.stats && stats.total !== queue.stats.total) queue.changedAt = Date.now();
      queue.stats = stats;
      queue.at = at;
      queue.history.push({ at, total: stats.total, newest: stats.newest?.id });
      if (queue.history.length > HISTORY) queue.history.shift();
    }
    if (!wasKnown) this.#arrange();
    this.#changed('counts');
  }

  #changed(type) { this.dispatchEvent(new Event(type)); }
}

const isKnown = ({ at, error }) => Boolean(at || error);
