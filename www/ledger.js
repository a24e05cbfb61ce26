// The claim, proven live: every sample message has a number; here what was sent meets what arrived.

/** A message is missing only when one of its queue that was posted this much later has arrived. */
const MARGIN_MS = 5_000;
const REMEMBER = 50_000;

export class Ledger {
  /** Tells this page's messages from those of other visitors and earlier visits. */
  run = Math.random().toString(36).slice(2, 7);
  lost = 0;
  twice = 0;
  /** Taken by a worker or deleted before this page could read them: neither here nor on the server. */
  gone = 0;
  sent = 0;
  arrived = 0;
  onchange = () => {};

  #next = 1;
  #open = new Map();
  #seen = new Set();
  #missing = new Set();
  #newest = new Map();

  /** A number for a message that is about to be posted. */
  open(queue) {
    const seq = this.#next++;
    this.#open.set(seq, { queue, at: Date.now(), id: null });
    return seq;
  }

  /** The server has said that it is stored. */
  stored(seq, id) {
    this.sent += 1;
    const entry = this.#open.get(seq);
    if (entry) entry.id = id;
  }

  /** Not sent, or nobody can say: it may arrive, and nothing is lost if it does not. */
  unsure(seq) { this.#open.delete(seq); }

  forget(queue) {
    for (const [seq, entry] of this.#open) if (entry.queue === queue) this.#open.delete(seq);
  }

  receive(queue, body) {
    if (body === null || typeof body !== 'object' || body.run !== this.run || typeof body.seq !== 'number') return;
    const { seq } = body;
    if (this.#seen.has(seq)) {
      this.twice += 1;
    } else {
      this.#seen.add(seq);
      this.arrived += 1;
      if (this.#missing.delete(seq)) this.lost -= 1;
      const entry = this.#open.get(seq);
      this.#open.delete(seq);
      if (entry) this.#newest.set(queue, Math.max(this.#newest.get(queue) ?? 0, entry.at));
      if (this.#seen.size > REMEMBER) this.#seen.delete(this.#seen.values().next().value);
    }
    this.onchange();
  }

  /** Stored, not arrived yet, and posted at least so long ago. */
  underway(ms = 0) {
    let n = 0;
    for (const { id, at } of this.#open.values()) if (id && Date.now() - at >= ms) n += 1;
    return n;
  }

  /** Looks for messages that others have overtaken, and asks the server whether they are still there. */
  async judge(client) {
    const late = new Map();
    for (const [seq, { queue, at, id }] of this.#open) {
      if (id && (this.#newest.get(queue) ?? 0) > at + MARGIN_MS) late.set(queue, [...(late.get(queue) ?? []), { seq, id }]);
    }
    for (const [queue, messages] of late) {
      const some = messages.slice(0, 20);
      const there = new Set((await client.queue(queue).getMany(some.map(({ id }) => id))).map(({ id }) => id));
      for (const { seq, id } of some) {
        // It may have come while we asked.
        if (!this.#open.delete(seq)) continue;
        if (there.has(id)) {
          this.lost += 1;
          this.#missing.add(seq);
        } else {
          this.gone += 1;
        }
      }
      this.onchange();
    }
  }
}
