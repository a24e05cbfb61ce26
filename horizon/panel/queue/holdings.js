// The claims that this page holds. They outlive the view of their queue: somebody who looks at another queue and comes back
// finds them, for on the server nothing lists them. Nor are they lost by a reload.
import { gettext } from '../ui/i18n.js';
import { rememberedClaims, takeUp } from '../ui/remembered.js';

const byClient = new WeakMap();

/** The holdings of a queue; the same for each view of it. */
export function holdingsOf(client, queue) {
  if (!byClient.has(client)) byClient.set(client, new Map());
  const queues = byClient.get(client);
  if (!queues.has(queue.name)) queues.set(queue.name, new Holdings(client, queue));
  return queues.get(queue.name);
}

/**
 * `held`: the newest first, each `{ claim, ttl, grace, endsAt, messages, lost }`; `lost` is why a claim has ended before its time.
 * The event `change` tells that a claim or its messages are others.
 */
export class Holdings extends EventTarget {
  held = [];
  #queue;
  #remembered;

  constructor(client, queue) {
    super();
    this.#queue = queue;
    this.#remembered = rememberedClaims(client.projectId);
    const before = this.#remembered.all().filter((claim) => claim.queue === queue.name);
    takeUp(client, this.#remembered, before, (claim, { grace }) => {
      if (!this.held.some(({ claim: { id } }) => id === claim.id)) this.#add(claim, grace);
    });
  }

  /** The claim, or null if there was nothing to claim. */
  async take({ limit, ttl, grace }) {
    const claim = await this.#queue.claim({ limit, ttl, grace });
    return claim && this.#add(claim, grace);
  }

  /** A claim made elsewhere, by its id. Zaqar does not tell its grace. */
  async find(id) {
    const claim = await this.#queue.getClaim(id);
    this.held = this.held.filter((each) => each.claim.id !== id);
    return this.#add(claim, 60);
  }

  /** What the server says of a claim now: its messages may be deleted by others, and it may have been released. */
  async check(item, { signal }) {
    try {
      const { messages, ttl, age } = await this.#queue.getClaim(item.claim.id, { signal });
      const there = new Set(messages.map(({ id }) => id));
      item.messages = item.messages.filter(({ id }) => there.has(id));
      item.endsAt = Math.max(item.endsAt, Date.now() + (ttl - age - 1) * 1000);
    } catch (error) {
      if (!['not-found', 'claim-lost'].includes(error.code)) return;
      this.#lose(item);
    }
    this.#changed();
  }

  async renew(item, { ttl, grace }) {
    await this.#within(item, () => item.claim.renew({ ttl, grace }));
    Object.assign(item, { ttl, grace, endsAt: Date.now() + ttl * 1000 });
    this.#changed();
  }

  async release(item) {
    await item.claim.release();
    this.forget(item);
  }

  async delete(item, message) {
    await this.#within(item, () => message.delete());
    item.messages = item.messages.filter((other) => other !== message);
    if (item.messages.length === 0) this.forget(item);
    this.#changed();
  }

  forget(item) {
    this.#remembered.drop(item.claim.id);
    this.held = this.held.filter((other) => other !== item);
    this.#changed();
  }

  /** The claim that holds a message, if it lasts. */
  of(id) {
    return this.held.find((item) => isHeld(item) && item.messages.some((message) => message.id === id));
  }

  #add(claim, grace) {
    const item = { claim, ttl: claim.ttl, grace, endsAt: Date.now() + (claim.ttl - claim.age) * 1000, messages: [...claim.messages], lost: '' };
    this.held.unshift(item);
    this.#remembered.keep({ queue: this.#queue.name, id: claim.id, grace });
    this.#changed();
    return item;
  }

  async #within(item, attempt) {
    try {
      await attempt();
    } catch (error) {
      if (error?.code === 'claim-lost') {
        this.#lose(item);
        this.#changed();
      }
      throw error;
    }
  }

  #lose(item) {
    if (!isHeld(item)) return;
    item.lost = gettext('It was released elsewhere, or the server has forgotten it.');
    item.endsAt = Date.now();
    this.#remembered.drop(item.claim.id);
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

export const secondsLeft = (item) => (item.endsAt - Date.now()) / 1000;
export const isHeld = (item) => !item.lost && item.endsAt > Date.now();
