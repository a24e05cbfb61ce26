// The JavaScript side of one client's connection: bodies are checked and encoded on their way in.

import type { Action, ConnectionEvents, Connection, Options, RequestOptions, Settings } from 'zaqar-web-wasm';

import type { CallOptions, ConnectOptions, Metrics, State, TransportName, WatchOptions } from './api.js';
import { encode } from './codec/encode.js';
import { ZaqarError, attempt, guarded } from './errors.js';
import { core } from './instance.js';
import type {
  ConsumerHandle, ConsumerSink, RowList, OutgoingMessage, PushSink, Reply, TailQuery, TailSink, Walk, WatchSink, Wire, WireEvents,
} from './wire.js';

/** Reads the options of `connect`; the wasm must be loaded. Throws `invalid-argument` for the first that is wrong. */
export function read(options: ConnectOptions): Options {
  return new (core().Options)(options);
}

/** Starts a conversation. */
export function open(options: Options, events: WireEvents): Wire {
  return new Conversation(options, events);
}

class Conversation implements Wire {
  readonly closed: Promise<ZaqarError | undefined>;
  readonly #settings: Settings;
  readonly #events: WireEvents;
  /**
   * Undefined when it has ended. The wasm and JavaScript hold each other there, which no garbage collector sees: it must be given
   * back.
   */
  #connection: Connection | undefined;
  /** What the wasm has crashed with. */
  #crash: unknown;
  readonly #crashHandlers: Set<(error: unknown) => void>;
  #settleClosed!: (error: ZaqarError | undefined) => void;
  #state: State = 'connecting';
  #transport: TransportName | null = null;
  /** As they were last; a crashed wasm is not asked. */
  #metrics: Metrics;

  constructor(options: Options, events: WireEvents) {
    const { Connection, crashHandlers } = core();
    this.#settings = options.settings;
    this.#events = events;
    this.closed = new Promise(resolve => (this.#settleClosed = resolve));
    this.#connection = new Connection(options, this.#listener());
    this.#crashHandlers = crashHandlers();
    this.#crashHandlers.add(this.#crashed);
    this.#metrics = this.#connection.metrics();
  }

  get state(): State {
    return this.#state;
  }

  get transport(): TransportName | null {
    return this.#transport;
  }

  connected(limitMs: number, spentMs: number): Promise<void> {
    return this.#open().connected(limitMs, spentMs);
  }

  get idsAtOnce(): number {
    return this.#open().idsAtOnce;
  }

  get popsAtOnce(): number {
    return this.#open().popsAtOnce;
  }

  call<A extends Action>(action: A, body: Record<string, unknown>, options?: CallOptions): Promise<Reply<A>> {
    return this.#timed(action, this.#open(options).call(action, this.#encode(body), limits(options)) as Promise<Reply<A>>);
  }

  callForStatus(action: Action, body: Record<string, unknown>, options?: CallOptions): Promise<number> {
    return this.#timed(action, this.#open(options).callForStatus(action, this.#encode(body), limits(options)));
  }

  post(queue: string, messages: OutgoingMessage[], options?: CallOptions): Promise<string[]> {
    const connection = this.#open(options);
    return this.#timed('message_post', connection.post(this.#encode({ queue_name: queue, messages }), limits(options)));
  }

  walk(query: Record<string, unknown>): Walk {
    const connection = this.#open();
    const walk = connection.walk(this.#encode(query));
    return this.#steps('message_list', options => connection.nextMessages(walk, options), () => connection.endWalk(walk));
  }

  list(action: Action, body: Record<string, unknown>): RowList {
    const connection = this.#open();
    const list = connection.list(action, this.#encode(body));
    return this.#steps(action, options => connection.nextRows(list, options), () => connection.endList(list));
  }

  subscribe(queue: string, sink: PushSink): { close(): void } {
    return this.#closable(this.#open().subscribe(queue, {
      ready: () => guarded(sink.ready),
      push: notification => guarded(() => sink.push(notification)),
      fail: error => guarded(() => sink.fail(error)),
    }));
  }

  tail(queue: string, query: TailQuery, sink: TailSink): { pause(): void; resume(): void; close(): void } {
    const tail = this.#open().tail(queue, query, {
      ready: () => guarded(sink.ready),
      messages: messages => guarded(() => sink.messages(messages)),
      gap: (from, to, reason) => guarded(() => sink.gap({ from, to, reason })),
      fail: error => guarded(() => sink.fail(error as ZaqarError)),
    });
    return { pause: () => tail.pause(), resume: () => tail.resume(), ...this.#closable(tail) };
  }

  watch(options: WatchOptions, sink: WatchSink): { close(): void } {
    return this.#closable(this.#open().watch(options, {
      ready: () => guarded(sink.ready),
      added: queue => guarded(() => sink.added(queue)),
      gone: queue => guarded(() => sink.gone(queue)),
      counted: (queue, stats, came, went) => {
        const rate = came === undefined || went === undefined ? undefined : { in: came, out: went };
        guarded(() => sink.counted(queue, stats as Reply<'queue_get_stats'>, rate));
      },
      failed: (queue, error) => guarded(() => sink.failed(queue, error as ZaqarError)),
      fail: error => guarded(() => sink.fail(error as ZaqarError)),
    }));
  }

  consume(claim: Record<string, unknown>, concurrency: number, sink: ConsumerSink): ConsumerHandle {
    const consumer = this.#open().consume(this.#encode(claim), concurrency, {
      work: (job, message, claimId) => guarded(() => sink.work(job, message, claimId)),
      lost: (job, error) => guarded(() => sink.lost(job, error as ZaqarError)),
      done: job => guarded(() => sink.done(job)),
      fail: (job, error) => guarded(() => sink.fail(job, error as ZaqarError)),
      ended: error => guarded(() => sink.ended(error as ZaqarError | undefined)),
    });
    const tell = (what: () => void): void => void attempt(() => this.#state !== 'closed' && what());
    return {
      handled: job => tell(() => consumer.handled(job)),
      handlerFailed: job => tell(() => consumer.handlerFailed(job)),
      stop: () => tell(() => consumer.stop()),
      end: () => tell(() => consumer.end()),
    };
  }

  metrics(): Metrics {
    if (this.#state !== 'closed') this.#metrics = attempt(() => this.#connection?.metrics()) ?? this.#metrics;
    return this.#metrics;
  }

  async close(timeoutMs: number): Promise<void> {
    // A crash on the way closes it, too.
    if (this.#state !== 'closed') attempt(() => this.#connection?.close(timeoutMs));
    await this.closed;
  }

  /** The connection, for a call with these options. */
  #open(options?: CallOptions): Connection {
    if (options?.signal?.aborted) throw options.signal.reason;
    if (!this.#connection) throw this.#crash ?? new ZaqarError('closed', 'the client is closed', { delivery: 'not-sent' });
    return this.#connection;
  }

  /** What is asked for step by step, until it is closed. */
  #steps<T>(action: Action, next: (options: RequestOptions | undefined) => Promise<T>, end: () => void) {
    let isOpen = true;
    return {
      next: (options: CallOptions | undefined): Promise<T> => {
        this.#open(options);
        return this.#timed(action, next(limits(options)));
      },
      close: (): void => {
        if (isOpen && this.#state !== 'closed') attempt(end);
        isOpen = false;
      },
    };
  }

  /** What a closed connection has is given back already. */
  #closable(handle: { close(): void }): { close(): void } {
    return { close: () => void attempt(() => this.#state !== 'closed' && handle.close()) };
  }

  #encode(body: Record<string, unknown>): Uint8Array {
    return encode(body, { unsigned: this.#settings.rest === undefined });
  }

  /** As it is; and, for who wants it, in the page's timeline: when, and how long, but not what it was about. */
  #timed<T>(action: Action, asked: Promise<T>): Promise<T> {
    if (this.#settings.userTiming) {
      const start = performance.now();
      const end = () => performance.measure(`zaqar ${action}`, { start });
      asked.then(end, end);
    }
    return asked;
  }

  #listener(): ConnectionEvents {
    return {
      state: (state, reason) => this.#changeState(state, reason as ZaqarError | undefined),
      transport: (transport, reason) => {
        this.#transport = transport ?? null;
        guarded(() => this.#events.transport(this.#transport, reason));
      },
      trouble: error => guarded(() => this.#events.trouble(error as ZaqarError)),
      closed: reason => {
        const connection = this.#connection;
        // It is in use while it tells this.
        queueMicrotask(() => connection?.free());
        this.#end(reason as ZaqarError | undefined);
      },
    };
  }

  #changeState(state: State, reason: ZaqarError | undefined): void {
    // The connection is there but for what it tells while it is made.
    if (state === 'closed') this.metrics();
    this.#state = state;
    guarded(() => this.#events.state(state, reason));
  }

  #end(reason: ZaqarError | undefined): void {
    this.#connection = undefined;
    this.#crashHandlers.delete(this.#crashed);
    this.#settleClosed(reason);
  }

  readonly #crashed = (error: unknown): void => {
    this.#state = 'closed';
    this.#transport = null;
    this.#crash = error;
    guarded(() => this.#events.state('closed', error as ZaqarError));
    this.#end(error as ZaqarError);
  };
}

/** What the wasm reads of a call's options. Mostly that is nothing, which it sees at once. */
function limits(options: CallOptions | undefined): RequestOptions | undefined {
  return options?.signal === undefined && options?.timeoutMs === undefined ? undefined : options;
}
