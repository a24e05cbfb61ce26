import type { CallOptions, Flavor, Flavors, ListOptions, Pages, Pool, Pools } from './api.js';
import type { Context } from './context.js';
import { callOptions, pick, record, text } from './check.js';
import { list } from './pages.js';
import { passProxies } from './proxies.js';

/** Pools and flavors differ in their properties only. */
class Registry<T extends Pool | Flavor> {
  readonly #context: Context;
  readonly #kind: 'pool' | 'flavor';
  readonly #properties: string[];

  constructor(context: Context, kind: 'pool' | 'flavor', ...properties: (keyof T & string)[]) {
    this.#context = context;
    this.#kind = kind;
    this.#properties = properties;
    passProxies(this);
  }

  async create(name: string, value: T, options?: CallOptions): Promise<void> {
    await this.#context.call(`${this.#kind}_create`, { ...this.#one(name), ...this.#values(value) }, options);
  }

  list(options: ListOptions & { detailed?: boolean } = {}): Pages<T & { name: string }> {
    return list(
      this.#context,
      {
        kind: this.#kind,
        body: { detailed: options?.detailed },
        key: 'name',
        item: row => this.#item(row.name as string, row),
      },
      options,
    );
  }

  async get(name: string, options: CallOptions & { detailed?: boolean } = {}): Promise<T & { name: string }> {
    const body = { ...this.#one(name), detailed: callOptions(options).detailed };
    return this.#item(name, await this.#context.call(`${this.#kind}_get`, body, options));
  }

  async update(name: string, changes: Partial<T>, options?: CallOptions): Promise<void> {
    await this.#context.call(`${this.#kind}_update`, { ...this.#one(name), ...this.#values(changes) }, options);
  }

  async delete(name: string, options?: CallOptions): Promise<void> {
    await this.#context.call(`${this.#kind}_delete`, this.#one(name), options);
  }

  #one(name: string): Record<string, unknown> {
    return { [`${this.#kind}_name`]: text(name, `a ${this.#kind} name`) };
  }

  #values(value: Partial<T>): Record<string, unknown> {
    return pick(record(value, `the ${this.#kind}`), ...this.#properties);
  }

  #item(name: string, row: Record<string, unknown>): T & { name: string } {
    return { name, ...pick<T>(row, ...this.#properties) };
  }
}

export function pools(context: Context): Pools {
  return new Registry<Pool>(context, 'pool', 'uri', 'weight', 'flavor', 'options');
}

export function flavors(context: Context): Flavors {
  return new Registry<Flavor>(context, 'flavor', 'pool_list', 'capabilities');
}
