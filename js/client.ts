import type {
  CallOptions, Client, ClientEvents, Flavors, Json, ListOptions, Live, LogEntry, Metrics, Pages, Pools, Portable, Queue, QueueInfo,
  QueueView, State, TransportName, WatchOptions,
} from './api.js';
import { flavors, pools } from './administration.js';
import { duration, pick } from './check.js';
import { Context } from './context.js';
import { type ZaqarError, guarded } from './errors.js';
import { list } from './pages.js';
import { passProxies } from './proxies.js';
import { NamedQueue } from './queue.js';
import { History } from './report.js';
import { watch } from './watch.js';
import { type Options, type Settings, type Wire, open } from './wire.js';

/** Queues that are kept: a program may use new names for as long as it runs. */
const MOST_QUEUES = 100;

/** Importing works where there is no EventTarget; `connect` says that it is missing. */
const Target = globalThis.EventTarget ?? Object;

/** One conversation with Zaqar, made by `connect`. Nothing of it shows when it is printed or serialised. */
export class ZaqarClient extends Target implements Client {
  readonly #wire: Wire;
  readonly #context: Context;
  readonly #settings: Settings;
  readonly #pools: Pools;
  readonly #flavors: Flavors;
  readonly #history = new History();
  readonly #queues = new Map<string, Queue<unknown>>();
  #state: State = 'connecting';
  #transport: TransportName | null = null;

  constructor(options: Options) {
    super();
    const { logger, settings, signal } = options;
    this.#settings = settings;
    const note = (level: LogEntry['level'], message: string, details: object) => {
      const entry = { level, message, time: Date.now(), ...details };
      this.#history.add(entry);
      if (settings.userTiming) performance.mark(`zaqar ${message}`);
      guarded(() => logger?.(entry));
    };
    const trouble = (error: ZaqarError) => {
      note('warn', error.message, { code: error.code });
      this.#tell('error', error);
    };
    this.#wire = open(options, {
      state: (state, reason) => {
        const previous = this.#state;
        this.#state = state;
        note(reason ? 'warn' : 'info', `${previous} → ${state}`, reason ? { code: reason.code, reason: reason.message } : {});
        this.#tell('statechange', reason ? { state, previous, reason } : { state, previous });
      },
      transport: (transport, reason) => {
        const previous = this.#transport;
        this.#transport = transport;
        note('info', `transport ${transport ?? 'none'}`, { reason });
        this.#tell('transportchange', { transport, previous, reason });
      },
      trouble,
    });
    this.#context = new Context(this.#wire, settings.allowDottedNames, trouble);
    this.#pools = pools(this.#context);
    this.#flavors = flavors(this.#context);
    passProxies(this);
    if (signal) this.#closeOn(signal);
  }

  get state(): State {
    return this.#wire.state;
  }

  get transport(): TransportName | null {
    return this.#wire.transport;
  }

  get clientId(): string {
    return this.#settings.clientId;
  }

  get projectId(): string {
    return this.#settings.projectId;
  }

  get pools(): Pools {
    return this.#pools;
  }

  get flavors(): Flavors {
    return this.#flavors;
  }

  get closed(): Promise<ZaqarError | undefined> {
    return this.#wire.closed;
  }

  /** Resolves when a transport has answered; rejects when none has within the time, of which some is spent. */
  connected(limitMs: number, spentMs: number): Promise<void> {
    return this.#wire.connected(limitMs, spentMs);
  }

  queue<Body extends Portable<Body> = Json>(name: string): Queue<Body> {
    // Many programs ask for a queue with each call to it. To make one takes longer than most calls.
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new NamedQueue(this.#context, name) as Queue<unknown>;
      if (this.#queues.size >= MOST_QUEUES) this.#queues.clear();
      this.#queues.set(name, queue);
    }
    // What others post is whatever it is: that it is a Body is the application's word.
    return queue as Queue<Body>;
  }

  queues(options: ListOptions & { detailed?: boolean; name?: string } = {}): Pages<QueueInfo> {
    return list(
      this.#context,
      {
        kind: 'queue',
        body: { detailed: options?.detailed },
        key: 'name',
        // MongoDB alone knows a filter by name: a pattern to be found anywhere in it. Chosen here, it is the same on every store.
        item: row => ((row.name as string).includes(options.name ?? '') ? pick<QueueInfo>(row, 'name', 'metadata') : undefined),
      },
      options,
    );
  }

  watch(options: WatchOptions = {}): Live<readonly QueueView[]> {
    return watch(this.#context, options);
  }

  async ping(options?: CallOptions): Promise<number> {
    const start = performance.now();
    await this.#context.call('ping', {}, options);
    return performance.now() - start;
  }

  async health(options?: CallOptions): Promise<Record<string, unknown>> {
    return this.#context.call('health', {}, options);
  }

  metrics(): Metrics {
    return this.#wire.metrics();
  }

  report(): string {
    return this.#history.report(this, this.#settings);
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = duration(options?.timeoutMs ?? this.#settings.timeoutMs, 'timeoutMs', 0);
    // What runs gives back what it holds while that can still be sent.
    for (const end of [...this.#context.running]) end(undefined);
    await this.#wire.close(timeoutMs);
  }

  // Where the symbol does not exist, nor can anyone ask for it.
  async [Symbol.asyncDispose ?? Symbol()](): Promise<void> {
    await this.close();
  }

  #closeOn(signal: AbortSignal): void {
    const abort = () => void this.#wire.close(0);
    signal.addEventListener('abort', abort);
    void this.#wire.closed.then(() => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
  }

  #tell<K extends keyof ClientEvents>(type: K, detail: ClientEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** What `implements` cannot say: the listeners' types, and a method whose name may be missing. */
export interface ZaqarClient {
  addEventListener: Client['addEventListener'];
  [Symbol.asyncDispose](): Promise<void>;
}
