// All pools and flavors, as they were read last. Each change is followed by another look: a flavor is nothing but what its pools
// say of it, so that one change shows in both.

/** So often they are read again while the page is seen; others change them seldom. */
const EVERY_MS = 15_000;
/** One who looks wants to know soon that there is no answer. */
const PATIENCE_MS = 8_000;

/** Tells by `change` that something has been read, or could not be. */
export class Registry extends EventTarget {
  pools = new Map();
  flavors = new Map();
  /** When they were read last, in ms since the epoch; null before the first time. */
  readAt = null;
  /** Why they could not be read since. */
  error = null;
  isReading = false;

  #client;
  #reading = null;
  #timer = 0;
  #stop = new AbortController();

  constructor(client) {
    super();
    this.#client = client;
  }

  start() {
    this.#timer = setInterval(() => { if (!document.hidden) this.read(); }, EVERY_MS);
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.read(); }, { signal: this.#stop.signal });
    this.read();
  }

  /** Reads all; who asks while that is under way is answered by the next time. */
  read() {
    this.#reading ??= this.#read().finally(() => { this.#reading = null; });
    return this.#reading;
  }

  /** Carries a change out, and reads again whether it succeeded or not. */
  async change(act) {
    try {
      return await act(this.#client);
    } finally {
      await this.#reading;
      await this.read();
    }
  }

  async #read() {
    this.isReading = true;
    this.#tell();
    try {
      const options = { limit: 20, detailed: true, timeoutMs: PATIENCE_MS, signal: this.#stop.signal };
      const [pools, flavors] = await Promise.all([this.#client.pools.list(options).toArray(), this.#client.flavors.list(options).toArray()]);
      this.pools = byName(pools);
      this.flavors = byName(flavors);
      this.readAt = Date.now();
      this.error = null;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.error = error;
    } finally {
      this.isReading = false;
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }

  close() {
    clearInterval(this.#timer);
    this.#stop.abort();
  }
}

const byName = (items) => new Map(items.map((item) => [item.name, item]));
