import type { CallOptions, Claim, Message } from './api.js';
import type { Origin } from './message.js';
import type { RawMessage } from './wire.js';
import { callOptions } from './check.js';
import { ZaqarError } from './errors.js';
import { passProxies } from './proxies.js';

/** What a server with default settings uses. They are sent, so that a claim can say what it has. */
export const CLAIM_DEFAULTS = { ttl: 300, grace: 60 };

/** A claim that this client holds. */
export class HeldClaim implements Claim {
  readonly id: string;
  ttl: number;
  age: number;
  readonly messages: Message[];
  readonly #origin: Origin;
  #grace: number;
  /** When it ends unless it is renewed, on this page's clock. */
  #end: number;

  constructor(origin: Origin, claim: { id: string; ttl: number; grace: number; age: number; messages: RawMessage[] }) {
    this.id = claim.id;
    this.ttl = claim.ttl;
    this.age = claim.age;
    this.messages = origin.claimed(claim.messages, claim.id);
    this.#origin = origin;
    this.#grace = claim.grace;
    this.#end = performance.now() + (claim.ttl - claim.age) * 1_000;
    passProxies(this);
  }

  async renew(options: { ttl?: number; grace?: number } & CallOptions = {}): Promise<void> {
    // Zaqar resets what is left out to its defaults, so both are always sent.
    const { ttl = this.ttl, grace = this.#grace } = callOptions(options);
    try {
      const { context, queue } = this.#origin;
      await context.call('claim_update', { queue_name: queue, claim_id: this.id, ttl, grace }, options);
    } catch (error) {
      throw this.#lost(error) ?? error;
    }
    this.ttl = ttl;
    this.age = 0;
    this.#grace = grace;
    this.#end = performance.now() + ttl * 1_000;
  }

  async release(options?: CallOptions): Promise<void> {
    try {
      const { context, queue } = this.#origin;
      await context.call('claim_delete', { queue_name: queue, claim_id: this.id }, options);
    } catch (error) {
      // What has ended needs no giving up.
      if (!this.#lost(error)) throw error;
    }
  }

  /** Of a claim that has ended, but is not yet collected, REST says 503 as it does of any trouble. */
  #lost(error: unknown): ZaqarError | undefined {
    if (!(error instanceof ZaqarError && error.status === 503 && performance.now() > this.#end)) return undefined;
    return new ZaqarError('claim-lost', 'the claim has ended', { status: 503, action: 'claim_update', cause: error });
  }
}
