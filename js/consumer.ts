import type { CallOptions, Claim, ConsumeOptions, Consumer, Message } from './api.js';
import type { Context } from './context.js';
import { abortSignal, count, record } from './check.js';
import { ZaqarError, attempt, invalid } from './errors.js';
import { type Delay, delay } from './instance.js';
import { passProxies } from './proxies.js';

export type Handler = (message: Message, context: { signal: AbortSignal; claimId: string }) => unknown;

/** How to claim one message of the queue. */
export type TakeOne = (options: { ttl: number; grace: number; limit: 1 } & CallOptions) => Promise<Claim | null>;

/** Pauses before another try when a notification came and its message did not. */
const AGAIN_MS = [20, 100, 500];
/** The pause when nothing calls: a message that another worker gave up is announced by nobody. */
const IDLE_MS = 45_000;
/** The pause after trouble, doubling. */
const TROUBLE_MS = { first: 500, longest: 30_000 };
/** How long a failed message rests before it can be claimed again, doubling with each failure. */
const REST_MS = { first: 200, longest: 30_000 };
/** Failures remembered, for the length of the rest. */
const MOST_FAILURES = 1_000;

/** The server's failures in a row of which the last is told: one is nothing that a user must know. */
const TOLD = 3;
const HOPELESS = new Set(['invalid-argument', 'unauthorized', 'forbidden', 'not-found', 'unsupported', 'closed', 'crashed']);

/** A message in work, under a claim of its own: so one can be given back without the others. */
interface Job {
  message: Message;
  claim: Claim;
  abort: AbortController;
  /** By the wall clock: it goes on while the machine sleeps. */
  leaseEnds: number;
  renewal: Delay | undefined;
}

/** Works a queue: `Queue.consume`. */
export class QueueConsumer implements Consumer {
  handled = 0;
  failed = 0;
  readonly closed: Promise<ZaqarError | undefined>;
  readonly #take: TakeOne;
  readonly #handler: Handler;
  readonly #options: ConsumeOptions;
  readonly #concurrency: number;
  readonly #ttl: number;
  readonly #grace: number;
  readonly #jobs = new Map<string, Job>();
  /** Claims of failed messages that rest, each with its timer. */
  readonly #resting = new Map<Claim, Delay>();
  readonly #failures = new Map<string, number>();
  readonly #tellClient: Context['trouble'];
  #settle!: (error: ZaqarError | undefined) => void;
  #leave: () => void = () => undefined;
  #isStopping = false;
  #isClosed = false;
  #asking = 0;
  #mayBeMore = false;
  #inVain = 0;
  #trouble = 0;
  #timer: Delay | undefined;
  /** Rings when the last lease has ended that this consumer does not hold: nobody else tells that its message is free. */
  #lastLease: Delay | undefined;

  constructor(context: Context, queue: string, take: TakeOne, handler: Handler, options: ConsumeOptions = {}) {
    this.closed = new Promise(resolve => (this.#settle = resolve));
    this.#take = take;
    this.#tellClient = context.trouble;
    this.#handler = handler;
    this.#options = options;
    this.#concurrency = 1;
    this.#ttl = 60;
    this.#grace = 60;
    passProxies(this);
    try {
      if (typeof handler !== 'function') throw invalid('the handler must be a function');
      const { concurrency = 1, ttl = 60, grace = 60, signal } = record(options, 'the options') as ConsumeOptions;
      this.#concurrency = count(concurrency, 'concurrency');
      this.#ttl = ttl;
      this.#grace = grace;
      this.#watch(context, queue, abortSignal(signal));
    } catch (error) {
      this.#end(error as ZaqarError);
    }
  }

  get running(): number {
    return this.#jobs.size;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    for (const claim of [...this.#resting.keys()]) this.#giveBack(claim);
    this.#endIfIdle();
    await this.closed;
  }

  #watch(context: Context, queue: string, signal: AbortSignal | undefined): void {
    const end = (error?: ZaqarError): void => this.#end(error);
    const abort = (): void => this.#end();
    const wake = (): void => this.#wake();
    // without notifications it still works, by looking now and then
    const bell = { ready: wake, push: wake, messages: wake, gap: wake, fail: wake };
    // a subscription makes the queue; a tail does not
    const subscription = context.isHarmless(queue) ? context.wire.subscribe(queue, bell)
      : context.wire.tail(queue, { from: 'now', echo: true, includeClaimed: false }, bell);
    context.running.add(end);
    signal?.addEventListener('abort', abort);
    this.#leave = () => {
      context.running.delete(end);
      signal?.removeEventListener('abort', abort);
      subscription.close();
    };
    if (signal?.aborted === true) this.#end();
    else this.#wake();
  }

  /** Something says that there are messages. */
  #wake(): void {
    this.#inVain = 0;
    this.#mayBeMore = true;
    this.#ask();
  }

  /** Claims as many messages as can be worked: one to begin with, all at once when there are more. */
  #ask(): void {
    const most = this.#asking === 0 && this.#mayBeMore ? this.#concurrency : 1;
    for (let free = this.#free(); free > 0 && this.#asking < most; free--) {
      this.#timer?.cancel();
      this.#asking++;
      void this.#askOnce();
    }
  }

  #free(): number {
    return this.#isStopping ? 0 : this.#concurrency - this.#jobs.size - this.#asking;
  }

  async #askOnce(): Promise<void> {
    let claim: Claim | null = null;
    try {
      claim = await this.#take({ ttl: this.#ttl, grace: this.#grace, limit: 1 });
      this.#trouble = 0;
    } catch (error) {
      this.#asking--;
      return this.#askLater(error);
    }
    this.#asking--;
    if (claim === null) {
      this.#mayBeMore = false;
      const pause = AGAIN_MS[this.#inVain++] ?? IDLE_MS;
      if (this.#asking === 0) this.#schedule(pause);
    } else if (this.#isStopping) {
      this.#giveBack(claim);
    } else {
      this.#inVain = 0;
      this.#mayBeMore = true;
      for (const message of claim.messages) this.#begin(claim, message);
      this.#ask();
    }
    this.#endIfIdle();
  }

  #askLater(error: unknown): void {
    if (!(error instanceof ZaqarError) || HOPELESS.has(error.code)) return this.#end(error as ZaqarError);
    if (error.delivery === 'unknown') this.#wakeAfterLease();
    this.#schedule(Math.min(TROUBLE_MS.longest, TROUBLE_MS.first * 2 ** this.#trouble) * (0.5 + Math.random() / 2));
    // those that were asked together fail together: that is one trouble
    if (this.#asking === 0 && ++this.#trouble === TOLD && error.status) this.#tellClient(error);
    this.#endIfIdle();
  }

  #schedule(pause: number): void {
    this.#timer?.cancel();
    if (!this.#isStopping) this.#timer = delay(pause, () => this.#ask());
  }

  #wakeAfterLease(): void {
    this.#lastLease?.cancel();
    if (!this.#isStopping) this.#lastLease = delay((this.#ttl + 1) * 1_000, () => this.#wake());
  }

  #begin(claim: Claim, message: Message): void {
    const other = this.#jobs.get(message.id);
    if (other) {
      // Redis can give out a message twice; the later claim is the one that counts there
      other.claim = claim;
      other.message = message;
      return;
    }
    const job: Job = { claim, message, abort: new AbortController(), leaseEnds: 0, renewal: undefined };
    this.#jobs.set(message.id, job);
    this.#lease(job);
    void this.#work(job);
  }

  async #work(job: Job): Promise<void> {
    const { message, abort } = job;
    try {
      await this.#handler(message, { signal: abort.signal, claimId: job.claim.id });
    } catch (error) {
      job.renewal?.cancel();
      if (!this.#isClosed) this.#fail(job, error);
      return this.#finish(job);
    }
    job.renewal?.cancel();
    try {
      await job.message.delete();
      this.handled++;
      this.#failures.delete(message.id);
    } catch (error) {
      this.#tell(error, message);
      this.#wakeAfterLease();
    }
    this.#finish(job);
  }

  #finish(job: Job): void {
    this.#jobs.delete(job.message.id);
    this.#mayBeMore = true;
    this.#ask();
    this.#endIfIdle();
  }

  /** The handler has failed: after a rest that grows with each failure, the message can be claimed again, by anyone. */
  #fail(job: Job, error: unknown): void {
    const { message, claim, abort } = job;
    this.failed++;
    this.#tell(error, message);
    if (abort.signal.aborted) return;
    const failures = this.#failures.get(message.id) ?? 0;
    if (this.#failures.size >= MOST_FAILURES) this.#failures.clear();
    this.#failures.set(message.id, failures + 1);
    if (this.#isStopping) return this.#giveBack(claim);
    const rest = Math.min(REST_MS.longest, REST_MS.first * 2 ** failures, this.#ttl * 500);
    this.#resting.set(claim, delay(rest, () => this.#giveBack(claim)));
  }

  #giveBack(claim: Claim): void {
    this.#resting.get(claim)?.cancel();
    this.#resting.delete(claim);
    // what cannot be released now is free when the lease ends
    claim.release().then(() => this.#isStopping || this.#wake(), () => this.#wakeAfterLease());
  }

  /** Renews the lease at a third of its time, and tells the handler when it is lost. */
  #lease(job: Job): void {
    const third = (this.#ttl * 1_000) / 3;
    job.leaseEnds = Date.now() + this.#ttl * 1_000;
    const renew = async (): Promise<void> => {
      if (Date.now() >= job.leaseEnds) return this.#lose(job, new ZaqarError('claim-lost', 'the lease ended while nothing could run'));
      try {
        await job.claim.renew({ ttl: this.#ttl, grace: this.#grace, timeoutMs: third });
        if (this.#jobs.get(job.message.id) === job) this.#lease(job);
      } catch (error) {
        if (this.#jobs.get(job.message.id) !== job) return;
        const isLost = error instanceof ZaqarError && (error.code === 'claim-lost' || HOPELESS.has(error.code));
        if (isLost) this.#lose(job, error);
        else job.renewal = delay(Math.min(1_000, third / 4), () => void renew());
      }
    };
    job.renewal = delay(third, () => void renew());
  }

  #lose(job: Job, error: unknown): void {
    job.abort.abort(error);
    this.#tell(error, job.message);
  }

  #tell(error: unknown, message: Message): void {
    // what a listener throws is its own trouble
    attempt(() => this.#options.onError?.(error, message));
  }

  #endIfIdle(): void {
    if (this.#isStopping && this.#jobs.size === 0 && this.#asking === 0) this.#end();
  }

  #end(error?: ZaqarError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isStopping = true;
    this.#timer?.cancel();
    const reason = error ?? new ZaqarError('closed', 'the consumer was stopped');
    for (const job of this.#jobs.values()) {
      job.renewal?.cancel();
      job.abort.abort(reason);
      this.#giveBack(job.claim);
    }
    for (const claim of [...this.#resting.keys()]) this.#giveBack(claim);
    this.#lastLease?.cancel();
    this.#leave();
    this.#settle(error);
  }
}
