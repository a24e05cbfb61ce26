import type { ListOptions, Pages } from './api.js';
import type { Context } from './context.js';
import { callOptions, count, record } from './check.js';
import { leaveAlone } from './proxies.js';

/** What one request brought, and whether another may bring more. */
export interface Batch<T> {
  items: T[];
  more: boolean;
}

interface Page<T> {
  items: T[];
  marker?: string;
}

/** Where batches come from, one after the other, until there is none. */
export interface Source<T> {
  next(): Promise<Batch<T> | undefined>;
  close?(): void;
}

/**
 * Pages over anything that comes in batches; `start` begins anew for each iteration. One is made for each request, which must
 * cost next to nothing: so it passes Proxies by functions of its own, which need no `this`.
 */
export class LazyPages<T> implements Pages<T> {
  readonly pages: () => AsyncGenerator<Page<T>, void, undefined>;
  readonly toArray: (options?: { max?: number }) => Promise<T[]>;
  declare readonly [Symbol.asyncIterator]: () => AsyncGenerator<T, void, undefined>;

  constructor(start: () => Source<T>, marker: (item: T) => string, limit = 10) {
    this.pages = () => bound(walk(start, batch => cut(batch, marker, limit)));
    this[Symbol.asyncIterator] = () => bound(walk(start, ({ items }) => items));
    this.toArray = async options => {
      const max = most(options);
      const all: T[] = [];
      for await (const { items } of walk(start, batch => [batch])) {
        for (const item of items) {
          all.push(item);
          if (all.length >= max) return all;
        }
      }
      return all;
    };
  }
}

function most(options: { max?: number } | undefined): number {
  const max = options === undefined ? undefined : record(options, 'the options').max;
  return max === undefined ? Infinity : count(max, 'max');
}

// Safari has no static blocks before version 16.4.
leaveAlone(LazyPages.prototype);

async function* walk<T, R>(start: () => Source<T>, parts: (batch: Batch<T>) => Iterable<R>): AsyncGenerator<R, void, undefined> {
  const source = start();
  try {
    for (let batch; (batch = await source.next()); ) for (const part of parts(batch)) yield part;
  } finally {
    source.close?.();
  }
}

/**
 * Returns a list. The minifier inlines a generator function, which is then made with each call and slows a page by 5 %.
 */
function cut<T>({ items, more }: Batch<T>, marker: (item: T) => string, limit: number): Page<T>[] {
  const pages: Page<T>[] = [];
  for (let from = 0; from < items.length; from += limit) {
    const page = items.slice(from, from + limit);
    const isLast = !more && from + limit >= items.length;
    pages.push(isLast ? { items: page } : { items: page, marker: marker(page.at(-1)!) });
  }
  return pages;
}

/** The generator with methods that work on a Proxy of it, too. */
function bound<T>(generator: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  generator.next = generator.next.bind(generator);
  generator.return = generator.return.bind(generator);
  generator.throw = generator.throw.bind(generator);
  return generator;
}

/** How to list things that have a name or an id. */
export interface Listing<T> {
  kind: 'queue' | 'subscription' | 'pool' | 'flavor';
  /** What is asked besides marker and limit. */
  body: Record<string, unknown>;
  /** What identifies an item, and serves as marker. */
  key: string & keyof T;
  /** Makes an item of a row, or leaves it out. */
  item(row: Record<string, unknown>): T | undefined;
}

/** Lists what the engine pages through: each row comes once. */
export function list<T>(context: Context, { kind, body, key, item }: Listing<T>, options: ListOptions = {}): Pages<T> {
  const start = (): Source<T> => {
    const { limit, marker } = callOptions(options);
    const rows = context.wire.list(`${kind}_list`, { ...body, limit, marker });
    return {
      async next() {
        const page = await rows.next(options);
        return page && { items: page.rows.map(item).filter(made => made !== undefined), more: page.hasMore };
      },
      close: rows.close,
    };
  };
  return new LazyPages(start, made => made[key] as string, options?.limit);
}
