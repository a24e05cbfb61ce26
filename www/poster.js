// The sample data: a second client that posts a gentle stream, so that something moves in the first second.
import { unsupported } from './ui/errors.js';
import { gettext } from './ui/i18n.js';

export const SAMPLE_QUEUES = ['orders', 'mail', 'audit'];
/** Messages a second that a visitor can choose. */
export const speeds = () => [0, 3, 30, 300].map((perSecond) => ({ perSecond, name: perSecond ? gettext('%(rate)s/s', { rate: perSecond }) : gettext('Stop') }));
const TTL = 600;
/** The page that has posted a message and not read it until then is no longer there. */
const ABANDONED_S = 60;
const MIX = ['audit', 'orders', 'audit', 'mail', 'audit', 'orders'];

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const PRODUCTS = [['KB-104', 'Keyboard', 89.9], ['MS-220', 'Mouse', 34.5], ['MN-027', 'Monitor 27″', 319], ['CB-003', 'USB-C cable', 12.9], ['HD-512', 'SSD 512 GB', 64]];
const PEOPLE = ['ada', 'grace', 'edsger', 'barbara', 'tim', 'radia', 'linus', 'margaret'];

const BODIES = {
  orders(seq, run) {
    const [sku, product, price] = pick(PRODUCTS);
    const qty = 1 + Math.floor(Math.random() * 4);
    return {
      seq, order: 9_007_199_254_740_993n + BigInt(seq), sku, qty,
      total: Math.round(price * qty * 100) / 100, currency: 'EUR',
      item: { product, price, gift: Math.random() < 0.2 },
      customer: { name: pick(PEOPLE), since: 2015 + Math.floor(Math.random() * 11), tags: Math.random() < 0.4 ? ['new'] : ['regular', 'newsletter'] },
      note: null, run,
    };
  },
  mail(seq, run) {
    const [, product] = pick(PRODUCTS);
    const to = pick(PEOPLE);
    return { seq, to: `${to}@example.org`, subject: pick([`Your ${product} is on its way`, 'Welcome aboard', 'Reset your password', 'Invoice enclosed']), template: pick(['shipping', 'welcome', 'reset', 'invoice']), lang: pick(['en', 'de', 'fr', 'ja']), attempt: 1, run };
  },
  audit(seq, run) {
    return { seq, who: pick(PEOPLE), did: pick(['login', 'logout', 'view', 'update', 'export']), what: pick(['server/web-1', 'volume/db', 'network/public', 'image/debian-13']), ok: Math.random() < 0.95, ms: Math.round(Math.random() * 4000) / 100, run };
  },
};

export class Poster {
  speed = 3;
  error = null;
  onchange = () => {};

  #connect;
  #options;
  #ledger;
  #client = null;
  #opening = null;
  #queues = new Set(SAMPLE_QUEUES);
  #turn = 0;
  #due = 1;
  #last = performance.now();
  #pending = 0;
  #stopped = false;
  #readMail = [];

  constructor({ connect, options, ledger }) {
    this.#connect = connect;
    this.#options = options;
    this.#ledger = ledger;
  }

  start() {
    this.#loop();
    setInterval(() => this.#deliverMail(), 3_000);
    setInterval(() => this.#judge(), 2_000);
  }

  /** A sample queue that was deleted on purpose stays deleted: a post would create it again. */
  drop(name) {
    this.#queues.delete(name);
    this.#ledger.forget(name);
  }

  restore(name) { if (SAMPLE_QUEUES.includes(name)) this.#queues.add(name); }

  /** The page has read this message. Another page wants to read its own first. */
  read(queue, { id, body, age }) {
    if (queue === 'mail' && (body?.run === this.#ledger.run || age > ABANDONED_S)) this.#readMail.push(id);
  }

  stop() { this.#stopped = true; this.#client?.close?.({ timeoutMs: 0 })?.catch?.(() => {}); }

  async #open() {
    // Over REST the stream does not depend on the socket that the visitor is about to break.
    const rest = this.#options.rest;
    for (const transport of rest ? ['polling', 'auto'] : ['auto']) {
      try {
        const client = await this.#connect({ ...this.#options, transport, lazy: true });
        await client.queue('orders').create();
        return client;
      } catch (error) {
        if (transport === 'auto' || !unsupported(error)) throw error;
      }
    }
    return null;
  }

  async #ready() {
    this.#opening ??= this.#open();
    try {
      this.#client = await this.#opening;
    } catch (error) {
      this.#opening = null;
      throw error;
    }
    return this.#client;
  }

  #loop() {
    if (this.#stopped) return;
    const now = performance.now();
    // A throttled tab must not catch up with a burst.
    this.#due += (this.speed * Math.min(1_000, now - this.#last)) / 1000;
    this.#last = now;
    const n = Math.floor(this.#due);
    if (n >= 1 && this.#queues.size && this.#pending < 4) {
      this.#due -= n;
      this.#post(Math.min(n, 200));
    }
    // What could not be posted during an outage is not made up for in one burst.
    this.#due = Math.min(this.#due, Math.max(1, this.speed / 2));
    setTimeout(() => this.#loop(), this.speed > 10 ? 100 : 120 + Math.random() * 160);
  }

  async #post(n) {
    let name;
    do name = MIX[this.#turn++ % MIX.length]; while (!this.#queues.has(name));
    this.#pending += 1;
    let numbers = [];
    try {
      const client = await this.#ready();
      numbers = Array.from({ length: n }, () => this.#ledger.open(name));
      const ids = await client.queue(name).post(numbers.map((seq) => ({ body: BODIES[name](seq, this.#ledger.run), ttl: TTL })), { timeoutMs: 5_000 });
      numbers.forEach((seq, i) => this.#ledger.stored(seq, ids[i]));
      this.#fail(null);
    } catch (error) {
      for (const seq of numbers) this.#ledger.unsure(seq);
      this.#fail(error);
    } finally {
      this.#pending -= 1;
    }
  }

  #fail(error) {
    const told = Boolean(error) === Boolean(this.error);
    this.error = error;
    if (!told) this.onchange();
  }

  /** `mail` is delivered: it is the queue that does not pile up. Only what the page has read is deleted, and nothing that is claimed. */
  #deliverMail() {
    if (!this.#client || !this.#queues.has('mail') || !this.speed) return;
    const queue = this.#client.queue('mail');
    for (const id of this.#readMail.splice(0, 20)) queue.deleteMessages(id).catch(() => {});
  }

  #judge() {
    if (this.#client?.state === 'connected') this.#ledger.judge(this.#client).catch(() => {});
  }
}
