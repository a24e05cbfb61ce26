import type {
  CallOptions, Claim, ClaimOptions, Consumer, ConsumeOptions, Json, Live, Message, MessageListOptions, NewMessage,
  Notification, Pages, Queue, QueueStats, ShareOptions, SignedUrl, SubscribeOptions, Subscriptions, TailOptions,
} from './api.js';
import type { Context } from './context.js';
import type { Action, Reply } from './wire.js';
import { callOptions, count as wholeNumber, isBoolean, queueName, record, text, texts } from './check.js';
import { CLAIM_DEFAULTS, HeldClaim } from './claim.js';
import { type Handler, QueueConsumer } from './consumer.js';
import { ZaqarError, invalid } from './errors.js';
import { LiveIterator } from './live.js';
import { Origin } from './message.js';
import { LazyPages } from './pages.js';
import { passProxies } from './proxies.js';
import { sharing } from './signed-url.js';
import { statsOf } from './stats.js';
import { follow } from './tail.js';
import { StoredSubscriptions } from './subscriptions.js';

/** A queue by its name. It need not exist, and nothing is asked of the server until a method is called. */
export class NamedQueue implements Queue {
  readonly name: string;
  readonly #context: Context;
  readonly #origin: Origin;
  #subscriptions: Subscriptions | undefined;

  constructor(context: Context, name: string) {
    this.name = queueName(name);
    this.#context = context;
    this.#origin = new Origin(context, name);
    passProxies(this);
  }

  get subscriptions(): Subscriptions {
    return (this.#subscriptions ??= new StoredSubscriptions(this.#context, this.name));
  }

  async create(metadata?: Record<string, Json>, options?: CallOptions): Promise<boolean> {
    const body = { queue_name: this.name, metadata: metadata && record(metadata, 'the metadata') };
    this.#context.mayCreate(this.name);
    return (await this.#context.wire.callForStatus('queue_create', body, callOptions(options))) === 201;
  }

  async delete(options?: CallOptions): Promise<void> {
    await this.#call('queue_delete', {}, options);
  }

  async metadata(options?: CallOptions): Promise<Record<string, Json>> {
    return this.#call('queue_get', {}, options);
  }

  async updateMetadata(changes: Record<string, Json | undefined>, options?: CallOptions): Promise<Record<string, Json>> {
    const entries = Object.entries(record(changes, 'the changes') as typeof changes);
    const wrong = entries.find(([key]) => key.trim() !== key || key === '');
    // Zaqar trims the key and would change another one.
    if (wrong) throw invalid('a metadata key must not be empty, nor begin or end with a space');
    // `add` replaces too. `remove` is a conflict for a key that is not there, so those are left out.
    const current = entries.some(([, value]) => value === undefined) ? await this.metadata(options) : {};
    const operations = entries
      .filter(([key, value]) => value !== undefined || Object.hasOwn(current, key))
      .map(([key, value]) => ({ op: value === undefined ? 'remove' : 'add', path: pointer(key), value }));
    if (operations.length === 0) return this.metadata(options);
    return this.#call('queue_update', { changes: operations }, options);
  }

  async stats(options?: CallOptions): Promise<QueueStats> {
    const { messages } = await this.#call('queue_get_stats', {}, options);
    return statsOf(messages);
  }

  async purge(what?: { messages?: boolean; subscriptions?: boolean }, options?: CallOptions): Promise<void> {
    const chosen = what && record(what, 'what to purge');
    const types = ['messages', 'subscriptions'].filter(type => !chosen || chosen[type]);
    if (types.length > 0) await this.#call('queue_purge', { resource_types: types }, options);
  }

  async post(messages: NewMessage | readonly NewMessage[], options?: CallOptions): Promise<string[]> {
    const batch = (Array.isArray(messages) ? messages : [messages]).map((message: NewMessage) => {
      const { body, ttl, delay } = record(message, 'a message to post') as unknown as NewMessage;
      if (body === undefined) throw invalid('a message to post must have a body; null is one');
      return { body, ttl, delay };
    });
    if (batch.length === 0) throw invalid('messages must be a list of messages, not an empty one');
    return this.#context.wire.post(this.#context.mayCreate(this.name), batch, callOptions(options));
  }

  messages(options: MessageListOptions = {}): Pages<Message> {
    const context = this.#context;
    const { name } = this;
    const origin = this.#origin;
    const start = () => {
      const { limit, marker, echo = true, includeClaimed = false, includeDelayed = false } = callOptions(options);
      if (limit !== undefined) wholeNumber(limit, 'limit');
      for (const [name, value] of Object.entries({ echo, includeClaimed, includeDelayed })) isBoolean(value, name);
      if (marker !== undefined) text(marker, 'marker');
      const visible = { echo, include_claimed: includeClaimed, include_delayed: includeDelayed };
      const walk = context.wire.walk({ queue_name: name, limit, marker, ...visible });
      return {
        async next() {
          const raws = await walk.next(options);
          return raws && { items: origin.listed(raws), more: true };
        },
        close: walk.close,
      };
    };
    return new LazyPages(start, message => message.id, options?.limit);
  }

  async get(id: string, options?: CallOptions): Promise<Message> {
    const { messages } = await this.#call('message_get', { message_id: text(id, 'a message id') }, options);
    return this.#origin.received([messages])[0]!;
  }

  async getMany(ids: readonly string[], options?: CallOptions): Promise<Message[]> {
    const found: Message[] = [];
    await this.#byIds(ids, async some => {
      const { messages } = await this.#call('message_get_many', { message_ids: some }, options);
      found.push(...this.#origin.received(messages ?? []));
    });
    return found;
  }

  async deleteMessages(ids: string | readonly string[], options?: CallOptions): Promise<void> {
    if (typeof ids === 'string') {
      await this.#call('message_delete', { message_id: text(ids, 'a message id') }, options);
      return;
    }
    await this.#byIds(ids, some => this.#call('message_delete_many', { message_ids: some }, options));
  }

  async pop(count = 1, options?: CallOptions): Promise<Message[]> {
    wholeNumber(count, 'count');
    const popped: Message[] = [];
    try {
      await inParts(count, () => this.#context.wire.popsAtOnce, async (_, pop) => {
        const messages = (await this.#call('message_delete_many', { pop }, options)).messages ?? [];
        popped.push(...this.#origin.received(messages));
        return messages.length === pop;
      });
    } catch (error) {
      // What was popped before exists nowhere else any more.
      if (popped.length === 0) throw error;
    }
    return popped;
  }

  async claim(options: ClaimOptions = {}): Promise<Claim | null> {
    const { ttl = CLAIM_DEFAULTS.ttl, grace = CLAIM_DEFAULTS.grace, limit } = callOptions(options);
    const { messages, claim_id } = await this.#call('claim_create', { ttl, grace, limit }, options);
    // When there is nothing to claim, Zaqar may still name a claim, which does not exist.
    if (!messages?.length) return null;
    return new HeldClaim(this.#origin, { id: claim_id, ttl, grace, age: 0, messages });
  }

  async getClaim(id: string, options?: CallOptions): Promise<Claim> {
    const { ttl, age, messages } = await this.#call('claim_get', { claim_id: text(id, 'a claim id') }, options);
    // Zaqar does not tell the grace it was made with.
    return new HeldClaim(this.#origin, { id, ttl, grace: CLAIM_DEFAULTS.grace, age, messages });
  }

  consume(handler: Handler, options?: ConsumeOptions): Consumer {
    return new QueueConsumer(this.#context, this.#origin, handler, options);
  }

  subscribe(options: SubscribeOptions = {}): Live<Notification> {
    return new LiveIterator<Notification>(this.#context, options, sink => {
      const subscription = this.#context.wire.subscribe(this.#context.mayCreate(this.name), {
        ready: sink.ready,
        push: ({ body, ttl }) => sink.push({ queue: this.name, body: body as Json, ttl, receivedAt: Date.now() }),
        fail: sink.fail,
      });
      return () => subscription.close();
    });
  }

  tail(options: TailOptions = {}): Live<Message> {
    return follow(this.#origin, options);
  }

  async share(options: ShareOptions): Promise<SignedUrl> {
    return this.#call('queue_share', sharing(options), options);
  }

  /** Asks for all of the ids, in as many requests as that takes. */
  #byIds(ids: readonly string[], ask: (some: string[]) => Promise<unknown>): Promise<void> {
    const all = texts(ids, 'ids');
    return inParts(all.length, () => this.#context.wire.idsAtOnce, (from, count) => ask(all.slice(from, from + count)));
  }

  #call<A extends Action>(action: A, body: Record<string, unknown>, options: CallOptions | undefined): Promise<Reply<A>> {
    return this.#context.call(action, { queue_name: this.name, ...body }, options);
  }
}

/**
 * Asks in parts, each of as many as the server takes at once, until `ask` resolves to false. A part that is refused, whereby it
 * was learnt that the server takes fewer, is asked for again: nothing of it was done.
 */
async function inParts(total: number, most: () => number, ask: (from: number, count: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < total; ) {
    const count = Math.min(most(), total - from);
    try {
      if ((await ask(from, count)) === false) return;
      from += count;
    } catch (error) {
      if (!(error instanceof ZaqarError && error.code === 'invalid-argument' && most() < count)) throw error;
    }
  }
}

/** A JSON pointer to a metadata key. */
function pointer(key: string): string {
  return `/metadata/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
