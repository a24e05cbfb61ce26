import type { CallOptions, ListOptions, NewSubscription, Pages, Subscription, Subscriptions } from './api.js';
import type { Context } from './context.js';
import { pick, record, text } from './check.js';
import { list } from './pages.js';
import { passProxies } from './proxies.js';

/** The subscriptions that Zaqar keeps for one queue. */
export class StoredSubscriptions implements Subscriptions {
  readonly #context: Context;
  readonly #queue: string;

  constructor(context: Context, queue: string) {
    this.#context = context;
    this.#queue = queue;
    passProxies(this);
  }

  async create(subscription: NewSubscription, options?: CallOptions): Promise<string> {
    // Without a subscriber Zaqar would take the socket itself.
    text(record(subscription, 'the subscription').subscriber, 'subscriber');
    const body = { queue_name: this.#context.mayCreate(this.#queue), ...changes(subscription) };
    return (await this.#context.call('subscription_create', body, options)).subscription_id;
  }

  list(options?: ListOptions): Pages<Subscription> {
    return list(
      this.#context,
      {
        kind: 'subscription',
        body: { queue_name: this.#queue },
        key: 'id',
        item,
      },
      options,
    );
  }

  async get(id: string, options?: CallOptions): Promise<Subscription> {
    return item(await this.#context.call('subscription_get', this.#one(id), options));
  }

  async update(id: string, subscription: Partial<NewSubscription>, options?: CallOptions): Promise<void> {
    await this.#context.call('subscription_update', { ...this.#one(id), ...changes(subscription) }, options);
  }

  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#context.call('subscription_delete', this.#one(id), options);
  }

  #one(id: string): Record<string, unknown> {
    return { queue_name: this.#queue, subscription_id: text(id, 'a subscription id') };
  }
}

function changes(subscription: Partial<NewSubscription>): Record<string, unknown> {
  return pick(record(subscription, 'the subscription'), 'subscriber', 'ttl', 'options');
}

function item(row: Record<string, unknown>): Subscription {
  return pick(row, 'id', 'source', 'subscriber', 'ttl', 'age', 'options', 'confirmed');
}
