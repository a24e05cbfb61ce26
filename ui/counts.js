// What is known of each queue, and when it is asked again: a bounded number of questions a second, few at a time, the most
// overdue first. What is looked at or changing is asked often, the others rarely or not at all. A hidden page asks nothing.

const AFTER_ARRIVAL = 700;
const HISTORY = 30;
/** As many as the server lists at once. */
const PAGE = 20;

/**
 * Events: `list` when the queues are others, `counts` when their numbers are.
 *
 * - `perSecond`, `atOnce`: how many queues are asked.
 * - `listEveryMs`: how often the list is asked; a long one more seldom, so that it takes no more than two requests a second.
 * - `most`: more queues are not looked at.
 * - `seenMs`, `unseenMs`: how often a queue is asked that is seen and does not change, and one that is not seen; infinite for
 *   never, unless `sweep` asks for all.
 */
export class Counts extends EventTarget {
  queues = new Map();
  /** null until the first list has come. */
  listedAt = null;
  error = null;
  selected = null;
  /** Whether those are to be asked, once, that nobody has seen yet. */
  sweep = false;

  #client;
  #options;
  #timer;
  #listing = false;
  /** Removed while the list was read: the server may have listed them before. */
  #removed = new Set();
  #asking = 0;
  #nextList = 0;

  constructor(client, options = {}) {
    super();
    this.#client = client;
    this.#options = { perSecond: 4, atOnce: 2, listEveryMs: 10_000, most: 500, seenMs: 8_000, unseenMs: 30_000, ...options };
  }

  start() { this.#timer = setInterval(() => this.#tick(), 1_000 / this.#options.perSecond); this.#tick(); }
  stop() { clearInterval(this.#timer); }

  get(name) { return this.queues.get(name); }

  add(name) {
    this.#removed.delete(name);
    let queue = this.queues.get(name);
    if (!queue) {
      queue = { name, stats: null, at: 0, due: 0, error: null, failures: 0, changedAt: 0, visible: Number.isFinite(this.#options.unseenMs), history: [] };
      this.queues.set(name, queue);
      this.#changed('list');
    }
    return queue;
  }

  remove(name) {
    if (this.#listing) this.#removed.add(name);
    if (this.queues.delete(name)) this.#changed('list');
  }

  /** These are looked at, the others are not. */
  see(names) {
    const seen = new Set(names);
    for (const queue of this.queues.values()) {
      queue.visible = seen.has(queue.name);
      if (queue.at) queue.due = Math.min(queue.due, queue.at + this.interval(queue));
    }
  }

  /** How many queues have been asked at least once. */
  get known() {
    let known = 0;
    for (const { at, error } of this.queues.values()) if (at || error) known += 1;
    return known;
  }

  /** Something was done to this queue: its numbers are asked for at once. */
  hurry(name) {
    const queue = this.queues.get(name);
    if (queue) queue.due = 0;
  }

  /**
   * A message has come: the server is asked soon. Adding one here would be wrong as often as not, because the number that is
   * shown may know of the message already.
   */
  bump(name) {
    const queue = this.add(name);
    queue.changedAt = Date.now();
    queue.due = Math.min(queue.due, queue.at + AFTER_ARRIVAL);
  }

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

  interval(queue) {
    // Zaqar fails to count while a claim whose messages were all deleted waits for its collection: mostly a matter of seconds.
    if (queue.error) return queue.failures < 4 ? 2_000 : 8_000;
    if (queue.name === this.selected) return 1_500;
    if (Date.now() - queue.changedAt < 10_000) return 2_500;
    return queue.visible ? this.#options.seenMs : this.#options.unseenMs;
  }

  async list() {
    if (this.#listing) return;
    this.#listing = true;
    const { listEveryMs, most } = this.#options;
    try {
      const names = new Set();
      for await (const { name } of this.#client.queues({ limit: PAGE })) {
        names.add(name);
        // Long lists are shown as they come.
        if (!this.#removed.has(name)) this.add(name);
        if (names.size >= most) break;
      }
      this.error = null;
      this.listedAt = Date.now();
      this.#nextList = this.listedAt + Math.max(listEveryMs, (names.size / PAGE) * 500);
      for (const [name, queue] of this.queues) {
        // A queue that this page has just made may be missing in a list that was asked for before.
        if (!names.has(name) && Date.now() - queue.changedAt > listEveryMs) this.remove(name);
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
    if (document.hidden || this.#client.state === 'closed') return;
    const now = Date.now();
    if (now >= this.#nextList) this.list();
    if (this.#asking >= this.#options.atOnce) return;
    let next = null;
    for (const queue of this.queues.values()) {
      if (queue.due > now || queue.asked || !this.#wants(queue)) continue;
      if (!next || queue.visible > next.visible || (queue.visible === next.visible && queue.due < next.due)) next = queue;
    }
    if (next) this.#ask(next);
  }

  #wants(queue) {
    return queue.visible || queue.name === this.selected || Number.isFinite(this.#options.unseenMs) || (this.sweep && !queue.at && !queue.error);
  }

  async #ask(queue) {
    queue.asked = true;
    this.#asking += 1;
    try {
      const stats = { ...(await this.#client.queue(queue.name).stats()) };
      if (queue.stats && stats.total !== queue.stats.total) queue.changedAt = Date.now();
      queue.stats = stats;
      queue.at = Date.now();
      queue.error = null;
      queue.failures = 0;
      queue.history.push({ at: queue.at, total: stats.total, newest: stats.newest?.id });
      if (queue.history.length > HISTORY) queue.history.shift();
    } catch (error) {
      queue.error = error;
      queue.failures += 1;
    } finally {
      queue.asked = false;
      this.#asking -= 1;
      queue.due = Date.now() + this.interval(queue);
      this.#changed('counts');
    }
  }

  #changed(type) { this.dispatchEvent(new Event(type)); }
}
