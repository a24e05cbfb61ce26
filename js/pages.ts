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
export interface Listing<T, Key> {
  kind: 'queue' | 'subscription' | 'pool' | 'flavor';
  /** What is asked besides marker and limit. */
  body: Record<string, unknown>;
  via?: 'rest' | undefined;
  /** What identifies a row and its item, and serves as marker. */
  key: Key;
  /** Makes an item of a row, or leaves it out. */
  item(row: Record<string, unknown>): T | undefined;
  /** Whether the server may leave rows out of a page, so that a short page is not the last. */
  sparse?: boolean;
}

/**
 * Lists by marker, and believes the server only as far as it goes: on Redis a marker that is the first row, or that was
 * deleted meanwhile, starts over. So what came once is dropped, and a page that ends where it was asked to begin is the end. So
 * is as much as came before, over again: the list goes in a circle.
 */
export function list<T extends { [key in Key]: string }, Key extends string>(
  context: Context,
  { kind, body, via, key, item, sparse }: Listing<T, Key>,
  options: ListOptions = {},
): Pages<T> {
  // With one row at a time, starting over after the first row would never get past it.
  const limit = options?.limit === 1 ? 2 : options?.limit;

  const start = (): Source<T> => {
    let { marker } = callOptions(options);
    const seen = new Set([marker]);
    let more = true;
    let repeated = 0;
    const next = async () => {
      if (!more) return undefined;
      const reply = await context.call(`${kind}_list`, { ...body, limit, marker }, options, via);
      const rows = (reply as Record<string, Record<string, unknown>[]>)[`${kind}s`]!;
      const last = rows.length > 0 ? (rows.at(-1)![key] as string) : marker;
      repeated = rows.every(row => seen.has(row[key] as string)) ? repeated + rows.length : 0;
      more = last !== marker && repeated <= seen.size && (sparse || rows.length >= (limit ?? 10));
      marker = last;
      const items: T[] = [];
      for (const row of rows) {
        const id = row[key] as string;
        if (seen.has(id)) continue;
        seen.add(id);
        const made = item(row);
        if (made) items.push(made);
      }
      return { items, more };
    };
    return { next };
  };
  return new LazyPages(start, made => made[key], options?.limit);
}
