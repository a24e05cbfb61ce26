// What the page has received: one feed for each queue that is watched, and the newest messages of each.
import { feed } from './ui/feed.js';
import { preview } from './ui/json.js';

export const KEEP = 500;
/** Of so much of each message's text, rows show the beginning and the filter looks through all. */
const TEXT = 4_000;
/** A queue with more than this is not read from its start unless asked. */
const READ_ALL = 2_000;

export class Inbox extends EventTarget {
  #client;
  #boxes = new Map();
  received = 0;

  constructor(client) {
    super();
    this.#client = client;
  }

  box(name) { return this.#boxes.get(name); }

  /** Starts (or goes on with) watching a queue. */
  watch(name, more = {}) {
    let box = this.#boxes.get(name);
    if (!box) {
      box = { name, messages: [], skipped: 0, live: false, all: false, again: false, openedAt: Date.now(), error: null, stop: new AbortController(), ...more };
      this.#boxes.set(name, box);
      this.#start(box);
    }
    return box;
  }

  unwatch(name) {
    this.#boxes.get(name)?.stop.abort();
    this.#boxes.delete(name);
  }

  close() {
    for (const name of [...this.#boxes.keys()]) this.unwatch(name);
  }

  /** Reads a large queue again, this time all of it. */
  readAll(name) {
    this.unwatch(name);
    return this.watch(name, { all: true, again: true });
  }

  /** Forgets what is no longer on the server. */
  clear(name) {
    const box = this.#boxes.get(name);
    if (!box) return;
    box.messages.length = 0;
    box.skipped = 0;
    this.#tell('clear', box);
  }

  async #start(box) {
    const { signal } = box.stop;
    const queue = this.#client.queue(box.name);
    let from = 'start';
    try {
      const { total } = await queue.stats({ signal });
      if (total > READ_ALL && !box.all) {
        from = 'now';
        box.skipped = total;
      }
    } catch {
      // The feed meets the same trouble and tells it.
    }
    if (signal.aborted) return;
    await feed(queue, {
      from,
      signal,
      onMessage: (message) => this.#receive(box, message),
      onReady: () => { box.live = true; box.error = null; this.#tell('ready', box); },
      onGap: (gap) => this.#tell('gap', box, { gap }),
      onTrouble: (error) => { box.live = false; box.error = error; this.#tell('trouble', box); },
    });
  }

  #receive(box, message) {
    this.received += 1;
    const now = Date.now();
    // The server tells an age in whole seconds: only for a message of this moment are the milliseconds ours to show.
    const live = message.age <= 1 && box.live;
    const entry = { message, queue: box.name, receivedAt: now, live, postedAt: live ? now : now - message.age * 1000, number: this.received, text: preview(message.body, TEXT) };
    box.messages.push(entry);
    if (box.messages.length > KEEP * 2) box.messages.splice(0, box.messages.length - KEEP);
    this.#tell('message', box, { entry });
  }

  #tell(type, box, more = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail: { box, ...more } }));
  }
}
