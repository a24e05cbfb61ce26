import type { ConsumeOptions, Consumer, Message } from './api.js';
import type { Context } from './context.js';
import type { Origin } from './message.js';
import { abortSignal, count, record } from './check.js';
import { ZaqarError, attempt, invalid } from './errors.js';
import { passProxies } from './proxies.js';
import type { ConsumerHandle, RawMessage } from './wire.js';

export type Handler = (message: Message, context: { signal: AbortSignal; claimId: string }) => unknown;

/** A message in work. */
interface Job {
  message: Message;
  abort: AbortController;
  /** Its handler has returned, and the message is being deleted. */
  hasReturned: boolean;
}

/** Works a queue: `Queue.consume`. The engine claims, renews, gives back and deletes; here the handlers run. */
export class QueueConsumer implements Consumer {
  handled = 0;
  failed = 0;
  readonly closed: Promise<ZaqarError | undefined>;
  readonly #handler: Handler;
  readonly #options: ConsumeOptions;
  readonly #origin: Origin;
  readonly #jobs = new Map<number, Job>();
  #handle: ConsumerHandle | undefined;
  #settle!: (error: ZaqarError | undefined) => void;
  #leave: () => void = () => undefined;
  #isClosed = false;

  constructor(context: Context, origin: Origin, handler: Handler, options: ConsumeOptions = {}) {
    this.closed = new Promise(resolve => (this.#settle = resolve));
    this.#handler = handler;
    this.#options = options;
    this.#origin = origin;
    passProxies(this);
    try {
      if (typeof handler !== 'function') throw invalid('the handler must be a function');
      this.#begin(context, record(options, 'the options') as ConsumeOptions);
    } catch (error) {
      this.#end(error as ZaqarError);
    }
  }

  get running(): number {
    return this.#jobs.size;
  }

  async stop(): Promise<void> {
    this.#handle?.stop();
    await this.closed;
  }

  #begin(context: Context, { concurrency = 1, ttl = 60, grace = 60, signal: given }: ConsumeOptions): void {
    const signal = abortSignal(given);
    this.#handle = context.wire.consume({ queue_name: this.#origin.queue, ttl, grace, limit: 1 }, count(concurrency, 'concurrency'), {
      work: (job, raw, claimId) => void this.#work(job, raw, claimId),
      lost: (job, error) => this.#lost(job, error),
      done: job => this.#over(job),
      fail: (job, error) => this.#over(job, error),
      ended: error => this.#end(error),
    });
    // A crash of the wasm is told by nobody else.
    const end = (error?: ZaqarError): void => (this.#handle?.end(), this.#end(error));
    const abort = (): void => end();
    context.running.add(end);
    signal?.addEventListener('abort', abort);
    this.#leave = () => {
      context.running.delete(end);
      signal?.removeEventListener('abort', abort);
    };
    if (this.#isClosed) this.#leave();
    else if (signal?.aborted) end();
  }

  async #work(number: number, raw: RawMessage, claimId: string): Promise<void> {
    const message = this.#origin.claimed([raw], claimId)[0]!;
    const job: Job = { message, abort: new AbortController(), hasReturned: false };
    const { signal } = job.abort;
    this.#jobs.set(number, job);
    const failure = await this.#failure(message, { signal, claimId });
    job.hasReturned = true;
    // what it has done counts for nothing once it was told to stop
    if (failure || signal.aborted) this.#jobs.delete(number);
    if (this.#isClosed) return;
    if (!failure) return this.#handle?.handled(number);
    this.failed++;
    this.#tell(failure.error, message);
    this.#handle?.handlerFailed(number);
  }

  async #failure(...given: Parameters<Handler>): Promise<{ error: unknown } | undefined> {
    try {
      await this.#handler(...given);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #lost(number: number, error: ZaqarError): void {
    const job = this.#jobs.get(number);
    job?.abort.abort(error);
    if (job) this.#tell(error, job.message);
  }

  #over(number: number, error?: ZaqarError): void {
    const job = this.#jobs.get(number);
    this.#jobs.delete(number);
    if (!error) this.handled++;
    else if (job) this.#tell(error, job.message);
  }

  #tell(error: unknown, message: Message): void {
    // what a listener throws is its own trouble
    attempt(() => this.#options.onError?.(error, message));
  }

  #end(error?: ZaqarError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const reason = error ?? new ZaqarError('closed', 'the consumer was stopped');
    for (const [number, { abort, hasReturned }] of this.#jobs) {
      if (hasReturned) this.#jobs.delete(number);
      abort.abort(reason);
    }
    this.#leave();
    this.#settle(error);
  }
}
