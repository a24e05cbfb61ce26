import type { CallOptions, Json, Message } from './api.js';
import type { Context } from './context.js';
import type { RawMessage } from './wire.js';
import { positions } from './position.js';
import { leaveAlone } from './proxies.js';

/** Where messages come from: a queue, as one client sees it. */
export class Origin {
  #read: MessageClass | undefined;
  #claimed: MessageClass | undefined;

  constructor(
    readonly context: Context,
    readonly queue: string,
  ) {}

  /** Messages as they were when they were read. */
  received(raws: RawMessage[]): Message[] {
    const Read = (this.#read ??= messageClass(this, false));
    return raws.map(raw => new Read(raw));
  }

  /** The messages of a page of the queue's listing, which tells where each stands in the queue. */
  listed(raws: RawMessage[]): Message[] {
    const Read = (this.#read ??= messageClass(this, false));
    const position = positions();
    return raws.map(raw => new Read(raw, undefined, position(raw)));
  }

  /** The messages of a claim of the caller's. */
  claimed(raws: RawMessage[], claim: string): Message[] {
    const Claimed = (this.#claimed ??= messageClass(this, true));
    return raws.map(raw => new Claimed(raw, claim));
  }
}

type MessageClass = new (raw: RawMessage, claim?: string, position?: string) => Message;

/**
 * Makes the class of the messages that come from there, or of those that the caller's claims hold: a listed message may show
 * another's claim, which is no licence to delete it. The class knows the origin. So a message has nothing to hide, and a Proxy of
 * it can be deleted, too.
 */
function messageClass({ context, queue }: Origin, isClaimed: boolean): MessageClass {
  /** Plain data to look at; `delete` knows where it came from. */
  class ReceivedMessage implements Message {
    readonly id: string;
    readonly body: Json;
    readonly ttl: number;
    readonly age: number;
    declare readonly claimId?: string;
    declare readonly claimCount?: number;
    declare readonly checksum?: string;
    declare readonly position?: string;

    /**
     * @param claim the caller's own claim on it
     * @param position where it stands in the queue, if that is known
     */
    constructor(raw: RawMessage, claim?: string, position?: string) {
      this.id = raw.id;
      this.body = raw.body as Json;
      this.ttl = raw.ttl;
      this.age = raw.age;
      const claimId = claim ?? raw.claim_id;
      // Absent, not undefined, when there is nothing to say.
      if (claimId != null) this.claimId = claimId;
      if (raw.claim_count != null) this.claimCount = raw.claim_count;
      if (raw.checksum != null) this.checksum = raw.checksum;
      if (position) this.position = position;
    }

    async delete(options?: CallOptions): Promise<void> {
      const claim = isClaimed ? this.claimId : undefined;
      await context.call('message_delete', { queue_name: queue, message_id: this.id, claim_id: claim }, options);
    }
  }
  leaveAlone(ReceivedMessage.prototype);
  return ReceivedMessage;
}
