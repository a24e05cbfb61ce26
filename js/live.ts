import type { Live } from './api.js';
import type { Context } from './context.js';
import { abortSignal, count, record } from './check.js';
import { ZaqarError } from './errors.js';
import { type Delay, delay } from './instance.js';
import { passProxies } from './proxies.js';

/** The end of a `Live` at which things come in. All of it may be called at any time, also after the iterator has ended. */
export interface Sink<T> {
  ready(): void;
  push(item: T): void;
  /** The same for who wants the latest only: it takes the place of what waits for the reader. */
  latest(item: T): void;
  /** Nothing follows; what is buffered is still read first. */
  fail(error: unknown): void;
  /** Tells how many items wait for the reader whenever that changes. */
  level(tell: (waiting: number) => void): void;
}

export interface LiveOptions {
  buffer?: number;
  signal?: AbortSignal;
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** Drops are told at most this often, each time with their number. */
const REPORT_MS = 250;

/**
 * Turns what is pushed into an iterator. It starts when it is made, keeps a bounded number of items for a slow reader
 * (the oldest give way), and gives back what it holds when it ends, whichever way that is.
 */
export class LiveIterator<T> implements Live<T> {
  readonly ready: Promise<void>;
  readonly #context: Context;
  #items: T[] = [];
  #waiting: Waiting<T>[] = [];
  #isEnded = false;
  /** What `next` rejects with after the last item, if with anything. */
  #failure: unknown;
  #settleReady!: { resolve(): void; reject(error: unknown): void };
  #release: (() => void)[] = [];
  #dropped = 0;
  #level: ((waiting: number) => void) | undefined;
  #report: Delay | undefined;

  /** `start` begins the delivery and returns how to stop it. */
  constructor(context: Context, options: LiveOptions, start: (sink: Sink<T>) => () => void) {
    this.#context = context;
    this.ready = new Promise<void>((resolve, reject) => (this.#settleReady = { resolve, reject }));
    passProxies(this);
    // Who looks only at `next` learns the failure there.
    this.ready.catch(() => {});
    try {
      record(options, 'the options');
      const buffer = count(options.buffer ?? 1_000, 'buffer');
      this.#watch(abortSignal(options.signal));
      if (this.#isEnded) return;
      this.#hold(
        start({
          ready: () => this.#settleReady.resolve(),
          push: item => this.#push(item, buffer),
          latest: item => {
            this.#items = [];
            this.#push(item, buffer);
          },
          fail: error => this.#end(error),
          level: tell => (this.#level = tell),
        }),
      );
    } catch (error) {
      this.#end(error);
    }
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#items.length > 0) {
      const value = this.#items.shift()!;
      this.#tellLevel();
      return { value, done: false };
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEnded) return { value: undefined, done: true };
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end();
    this.#items = [];
    this.#failure = undefined;
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #watch(signal: AbortSignal | undefined): void {
    const { running } = this.#context;
    const end = (error: ZaqarError | undefined) => this.#end(error);
    running.add(end);
    this.#hold(() => running.delete(end));
    if (!signal) return;
    const abort = () => {
      this.#items = [];
      this.#end(signal.reason);
    };
    signal.addEventListener('abort', abort);
    this.#hold(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  }

  #push(item: T, buffer: number): void {
    if (this.#isEnded) return;
    const reader = this.#waiting.shift();
    if (reader) {
      reader.resolve({ value: item, done: false });
      return;
    }
    this.#items.push(item);
    this.#tellLevel();
    if (this.#items.length <= buffer) return;
    this.#items.shift();
    this.#dropped += 1;
    this.#report ??= delay(REPORT_MS, () => this.#tellDropped());
  }

  #tellLevel(): void {
    if (!this.#isEnded) this.#level?.(this.#items.length);
  }

  #tellDropped(): void {
    this.#report?.cancel();
    this.#report = undefined;
    if (this.#dropped === 0) return;
    const message = `the reader is slow: ${this.#dropped} notifications dropped`;
    this.#dropped = 0;
    this.#context.trouble(new ZaqarError('unavailable', message));
  }

  #end(failure?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    for (const reader of this.#waiting.splice(0)) {
      if (failure !== undefined) reader.reject(failure);
      else reader.resolve({ value: undefined, done: true });
    }
    // Without effect on one that is ready.
    this.#settleReady.reject(failure === undefined ? new ZaqarError('closed', 'it was ended before it was established') : failure);
    for (const release of this.#release.splice(0)) release();
    this.#tellDropped();
  }

  /** Gives it back at the end, which may have come already. */
  #hold(release: () => void): void {
    if (this.#isEnded) release();
    else this.#release.push(release);
  }
}
