import type { CallOptions, Json, Message } from './api.js';
import type { Context } from './context.js';
import type { RawMessage } from './wire.js';
import { positions } from './position.js';

/** Where messages come from. */
export interface Origin {
  context: Context;
  queue: string;
  /** The caller's own claim on them. A listed message may show another's, which is no licence to delete it. */
  claim?: string;
}

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
  readonly #origin: Origin;

  /** @param position where it stands in the queue, if that is known */
  constructor(origin: Origin, raw: RawMessage, position?: string) {
    this.id = raw.id;
    this.body = raw.body as Json;
    this.ttl = raw.ttl;
    this.age = raw.age;
    const claimId = origin.claim ?? raw.claim_id;
    // Absent, not undefined, when there is nothing to say.
    if (claimId != null) this.claimId = claimId;
    if (raw.claim_count != null) this.claimCount = raw.claim_count;
    if (raw.checksum != null) this.checksum = raw.checksum;
    if (position) this.position = position;
    this.#origin = origin;
  }

  async delete(options?: CallOptions): Promise<void> {
    const { context, queue, claim } = this.#origin;
    await context.call('message_delete', { queue_name: queue, message_id: this.id, claim_id: claim }, options);
  }
}

/** The messages of a page of the queue's listing. */
export function received(origin: Origin, raws: RawMessage[]): Message[] {
  const position = positions();
  return raws.map(raw => new ReceivedMessage(origin, raw, position(raw)));
}
