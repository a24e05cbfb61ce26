import type { CallOptions, Json, Message } from './api.js';
import type { Context } from './context.js';
import type { RawMessage } from './wire.js';

/** A message as it was when it was read. Plain data to look at; `delete` knows where it came from. */
export class ReceivedMessage implements Message {
  readonly id: string;
  readonly body: Json;
  readonly ttl: number;
  readonly age: number;
  declare readonly claimId?: string;
  declare readonly claimCount?: number;
  declare readonly checksum?: string;
  declare readonly position?: string;
  readonly #context: Context;
  readonly #queue: string;
  readonly #claim: string | undefined;

  /**
   * @param claim the caller's own claim on it. A listed message may show another's, which is no licence to delete it.
   * @param position where it stands in the queue, if that is known
   */
  constructor(context: Context, queue: string, raw: RawMessage, claim?: string, position?: string) {
    this.id = raw.id;
    this.body = raw.body as Json;
    this.ttl = raw.ttl;
    this.age = raw.age;
    const claimId = claim ?? raw.claim_id;
    // Absent, not undefined, when there is nothing to say.
    if (claimId != null) this.claimId = claimId;
    if (raw.claim_count != null) this.claimCount = raw.claim_count;
    if (raw.checksum != null) this.checksum = raw.checksum;
    if (position !== undefined) this.position = position;
    this.#context = context;
    this.#queue = queue;
    this.#claim = claim;
  }

  async delete(options?: CallOptions): Promise<void> {
    await this.#context.call('message_delete', { queue_name: this.#queue, message_id: this.id, claim_id: this.#claim }, options);
  }
}
