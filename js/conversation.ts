// The JavaScript side of one client's core: bodies in, arrivals out. What they mean is known above; how they travel, below.

import { ACTIONS, type Action } from './actions.js';
import type { CallOptions, ErrorCode, Metrics, State, TransportName } from './api.js';
import { build, decode, fill, wasm } from './codec/decode.js';
import { encode } from './codec/encode.js';
import { parseJson } from './codec/json.js';
import { Driver, Event, type Host, bits, now } from './driver.js';
import { ZaqarError } from './errors.js';
import { watchPage } from './lifecycle.js';
import { check } from './limits.js';
import { LARGEST_POST, SURELY_FITS, split } from './split.js';
import { put, textAt, wordAt } from './wasm.js';
import type {
  ListQuery, OutgoingMessage, PushSink, RawMessage, Reply, Settings, TailQuery, TailSink, Walk, Wire, WireEvents,
} from './wire.js';

/** In the order of `Code` in src/core/error.rs. */
const CODES: readonly ErrorCode[] = [
  'invalid-argument', 'unauthorized', 'forbidden', 'not-found', 'conflict', 'too-large', 'claim-lost', 'rate-limited',
  'server-error', 'unavailable', 'timeout', 'connection-lost', 'protocol', 'unsupported', 'closed',
];
/** In the order of `State`, `Transport` and `Delivery` in src/core/engine. */
const STATES: readonly State[] = ['connecting', 'connected', 'reconnecting', 'closed'];
const TRANSPORTS: readonly (TransportName | null)[] = [null, 'websocket', 'polling'];
const DELIVERIES = [undefined, 'not-sent', 'unknown'] as const;
/** In the order of `client_metric` in src/bindings/client.rs. */
const METRICS: readonly (keyof Metrics)[] = [
  'requests', 'replies', 'failures', 'retries', 'notifications', 'connects', 'reconnects', 'fallbacks', 'recoveries', 'polls',
  'pending', 'bytesSent', 'bytesReceived', 'rttMs',
];
const TOKEN_REASONS = ['first', 'renew', 'refused'] as const;

/**
 * Messages of one post. The store fails at 3,998, and leaves them behind, unreachable. Over REST the answer names each in a
 * header: the shortest that proxies let through have 4 kB.
 */
const MOST_AT_ONCE = 1_000;
const MOST_OVER_REST = 100;
/** So many sockets in a row that ended early are a middlebox's doing, and told. */
const SHORT_LIVED = 3;
/** Messages of one page where the caller does not say. */
const PAGE = 20;

interface Pending {
  resolve(reply: unknown): void;
  reject(reason: unknown): void;
  wantsStatus: boolean;
  signal: AbortSignal | undefined;
  onAbort: () => void;
}

/** Starts a conversation; the wasm must be loaded. */
export function open(settings: Settings, events: WireEvents): Wire {
  return new Conversation(settings, events);
}

class Conversation implements Wire, Host {
  readonly #driver: Driver;
  readonly #settings: Settings;
  readonly #events: WireEvents;
  readonly #pending = new Map<number, Pending>();
  /** By the number of the walk. */
  readonly #steps = new Map<number, Pending>();
  readonly #feeds = new Map<number, Set<PushSink>>();
  readonly #tails = new Map<number, TailSink>();
  readonly #connected = deferred<void>();
  readonly #closed = deferred<ZaqarError | undefined>();
  readonly connected = this.#connected.promise;
  readonly closed = this.#closed.promise;
  #state: State = 'connecting';
  #transport: TransportName | null = null;
  #lastMetrics: Metrics | undefined;
  /** What the token function last rejected with, for the error that comes of it. */
  #tokenError: ZaqarError | undefined;
  #isClosing = false;
  #stopWatching: (() => void) | undefined;

  constructor(settings: Settings, events: WireEvents) {
    this.#settings = settings;
    this.#events = events;
    this.connected.catch(() => undefined);
    this.#driver = new Driver(settings, this);
    this.#driver.pump();
    this.#stopWatching = watchPage(this.#driver);
  }

  get state(): State {
    return this.#state;
  }

  get transport(): TransportName | null {
    return this.#transport;
  }

  get troubles(): string {
    return Object.values(this.#driver.troubles).map(trouble => `; ${trouble}`).join('');
  }

  get hasRest(): boolean {
    return this.#settings.rest !== undefined;
  }

  call<A extends Action>(action: A, body: Record<string, unknown>, options?: CallOptions, via?: 'rest'): Promise<Reply<A>> {
    return this.#ask(action, () => this.#checked(action, body), options, via === 'rest', false);
  }

  callForStatus(action: Action, body: Record<string, unknown>, options?: CallOptions): Promise<{ status: number; body: unknown }> {
    return this.#ask(action, () => this.#checked(action, body), options, false, true);
  }

  async post(
    queue: string,
    messages: OutgoingMessage[],
    options?: CallOptions,
  ): Promise<string[]> {
    const viaRest = messages.some(message => message.delay !== undefined);
    const most = viaRest || this.#transport !== 'websocket' ? MOST_OVER_REST : MOST_AT_ONCE;
    const encoded = (part: OutgoingMessage[]): Uint8Array => this.#encode({ queue_name: queue, messages: part });
    const body = encoded(messages);
    const isSmall = messages.length === 1 ? body.length <= LARGEST_POST : messages.length <= most && body.length <= SURELY_FITS;
    // From what was encoded: a second look at the application's values may find others.
    const parts = isSmall ? [] : split((decode(body) as { messages: OutgoingMessage[] }).messages, most);
    const bodies = parts.length < 2 ? [body] : parts.map(part => encoded(part).slice());
    const ids: string[] = [];
    const end = performance.now() + this.#timeout(options);
    for (const part of bodies) {
      try {
        const rest = { ...options, timeoutMs: Math.max(1, end - performance.now()) };
        const reply = await this.#ask<Reply<'message_post'>>('message_post', () => part, rest, viaRest, false);
        for (const id of reply.message_ids) ids.push(id);
      } catch (error) {
        throw ids.length > 0 ? partly(error, ids.length, messages.length) : error;
      }
    }
    return ids;
  }

  walk(queue: string, query: ListQuery): Walk {
    this.#mustBeOpen();
    const limit = Math.max(2, query.limit ?? PAGE);
    const id = wasm.client_walk(this.#id, limit, flagsOf(query), putNames(queue, query.marker));
    let isOpen = true;
    const close = (): void => {
      if (isOpen && this.#state !== 'closed') this.#driver.on(Event.EndWalk, id);
      isOpen = false;
    };
    const next = (options: CallOptions | undefined): Promise<RawMessage[] | undefined> =>
      this.#timed('message_list', new Promise((resolve, reject) => {
        const signal = options?.signal;
        this.#mustBeOpen(signal);
        const onAbort = (): void => {
          this.#take(this.#steps, id);
          close();
          reject(signal?.reason);
        };
        this.#wait(this.#steps, id, { resolve, reject, wantsStatus: false, signal, onAbort });
        this.#driver.on(Event.WalkOn, id, this.#timeout(options));
      }));
    return { next, close };
  }

  subscribe(queue: string, sink: PushSink): { close(): void } {
    this.#mustBeOpen();
    put(queue);
    const feed = wasm.client_subscribe(this.#id, now());
    const sinks = this.#feeds.get(feed) ?? new Set();
    this.#feeds.set(feed, sinks.add(sink));
    if (wasm.client_is_subscribed(this.#id, feed) !== 0) sink.ready();
    this.#driver.pump();
    const close = (): void => {
      if (!sinks.delete(sink)) return;
      if (sinks.size === 0) this.#feeds.delete(feed);
      if (this.#state !== 'closed') this.#driver.on(Event.Unsubscribe, feed);
    };
    return { close };
  }

  tail(queue: string, query: TailQuery, sink: TailSink): { pause(isPaused: boolean): void; close(): void } {
    this.#mustBeOpen();
    const { from } = query;
    const [start, posted] = typeof from === 'string' ? [from, NaN] : [from.id, from.posted];
    const flags = flagsOf({ ...query, includeDelayed: true });
    const id = wasm.client_tail(this.#id, now(), Date.now() - posted, flags, putNames(queue, start));
    this.#tails.set(id, sink);
    this.#driver.pump();
    const isOpen = (): boolean => this.#tails.has(id) && this.#state !== 'closed';
    return {
      pause: isPaused => {
        if (isOpen()) this.#driver.on(Event.PauseTail, id, Number(isPaused));
      },
      close: () => {
        if (isOpen()) this.#driver.on(Event.EndTail, id);
        this.#tails.delete(id);
      },
    };
  }

  metrics(): Metrics {
    if (this.#lastMetrics) return this.#lastMetrics;
    const metrics = Object.fromEntries(
      METRICS.map((name, index) => [name, wasm.client_metric(this.#id, index)]),
    ) as unknown as Metrics;
    if (Number.isNaN(metrics.rttMs)) metrics.rttMs = null;
    return metrics;
  }

  async close(timeoutMs: number): Promise<void> {
    if (this.#state !== 'closed') {
      this.#isClosing = true;
      this.#driver.on(Event.Close, 0, timeoutMs);
    }
    await this.closed;
  }

  #checked(action: Action, body: Record<string, unknown>): Uint8Array {
    check(action, body, this.#settings.allowDottedNames);
    return this.#encode(body);
  }

  #encode(body: Record<string, unknown>): Uint8Array {
    return encode(body, { unsigned: !this.hasRest });
  }

  #timeout(options: CallOptions | undefined): number {
    return options?.timeoutMs ?? this.#settings.timeoutMs;
  }

  #ask<T>(
    action: Action,
    encoded: () => Uint8Array,
    options: CallOptions | undefined,
    restOnly: boolean,
    wantsStatus: boolean,
  ): Promise<T> {
    const asked = new Promise<T>((resolve, reject) => {
      const signal = options?.signal;
      this.#mustBeOpen(signal);
      const body = encoded();
      put(body);
      const id = wasm.client_request(this.#id, now(), ACTIONS.indexOf(action), this.#timeout(options), Number(restOnly));
      const onAbort = (): void => {
        this.#take(this.#pending, id);
        this.#driver.on(Event.Abort, id);
        reject(signal?.reason);
      };
      this.#wait(this.#pending, id, { resolve, reject, wantsStatus, signal, onAbort });
      this.#driver.pump();
    });
    return this.#timed(action, asked);
  }

  /** As it is; and, for who wants it, in the page's timeline: when, and how long, but not what it was about. */
  #timed<T>(action: Action, asked: Promise<T>): Promise<T> {
    if (this.#settings.userTiming) {
      const start = now();
      const end = () => performance.measure(`zaqar ${action}`, { start });
      asked.then(end, end);
    }
    return asked;
  }

  /** Throws where something is asked too late. */
  #mustBeOpen(signal?: AbortSignal): void {
    if (signal?.aborted) throw signal.reason;
    if (this.#state === 'closed' || this.#isClosing) throw closedError();
  }

  /** A frame has come on a socket. */
  receive(link: number, data: ArrayBuffer | string): void {
    if (this.#state === 'closed') return;
    try {
      const length = fill(typeof data === 'string' ? encode(parseJson(data), { isServers: true }) : data);
      const at = wasm.client_frame(this.#id, now(), link, length);
      if (at !== 0) this.arrived(at);
    } catch {
      this.#driver.on(Event.Damaged, link);
    }
    this.#driver.pump();
  }

  /** The wasm describes what has come, in the words of `describe` in src/bindings/arrival.rs. */
  arrived(at: number): void {
    const kind = wordAt(at + 32);
    const id = wordAt(at + 36);
    const detail = wordAt(at + 40);
    const code = wordAt(at + 44);
    const action = wordAt(at + 48);
    const end = wordAt(at + 52);
    const pending = kind < 3 ? this.#take(this.#pending, id) : kind === 4 ? this.#take(this.#steps, id) : undefined;
    let value: unknown;
    try {
      value = build(at);
    } catch (damage) {
      return pending?.reject(damage);
    }
    switch (kind) {
      case 1: return pending?.resolve(pending.wantsStatus ? { status: detail, body: value } : value);
      case 2: return pending?.reject(refused(CODES[code]!, detail, action, end, value));
      case 3: return this.#eachSink(id, sink => sink.push(value as { body: unknown; ttl: number }));
      case 4: return pending?.resolve(chosen(value, detail));
      case 5: return this.#tails.get(id)?.messages(chosen(value, detail));
      case 6: for (const { body, ttl } of chosen(value, detail)) this.#eachSink(id, sink => sink.push({ body, ttl }));
    }
  }

  #wait(table: Map<number, Pending>, id: number, pending: Pending): void {
    table.set(id, pending);
    pending.signal?.addEventListener('abort', pending.onAbort);
  }

  #take(table: Map<number, Pending>, id: number): Pending | undefined {
    const pending = table.get(id);
    table.delete(id);
    pending?.signal?.removeEventListener('abort', pending.onAbort);
    return pending;
  }

  /** An output of the engine: the kinds of src/bindings/output.rs. */
  tell(kind: number, id: number, at: number): void {
    const error = failure(at)!;
    switch (kind) {
      case 6: return this.#take(this.#pending, id)?.reject(error);
      case 7: return this.#eachSink(id, sink => sink.ready());
      case 8:
        this.#eachSink(id, sink => sink.fail(error));
        return void this.#feeds.delete(id);
      case 9: return this.#take(this.#steps, id)?.resolve(undefined);
      case 10: return this.#take(this.#steps, id)?.reject(error);
      case 11: return this.#tails.get(id)?.ready();
      case 12: {
        const time = Date.now();
        const [from, to] = [time - wasm.number(0), time - wasm.number(1)];
        return this.#tails.get(id)?.gap({ from, to, reason: textAt(at + 28) });
      }
      case 13: {
        const sink = this.#tails.get(id);
        this.#tails.delete(id);
        return sink?.fail(error);
      }
      case 14: return void this.#fetchToken(TOKEN_REASONS[id]!);
      case 15: return this.#changeState(STATES[id]!, error);
      case 16: {
        const why = textAt(at + 28);
        const [lived, short] = [wasm.number(0), wasm.number(1)];
        const row = short >= SHORT_LIVED ? `, one of ${short} in a row that ended early` : '';
        this.#transport = TRANSPORTS[id]!;
        return this.#events.transport(this.#transport, lived >= 0 ? `${why}; it had been open for ${seconds(lived)}${row}` : why);
      }
      case 17: return this.#events.trouble(this.#withCause(error));
      case 18: return this.#end(error);
    }
  }

  #eachSink(feed: number, tell: (sink: PushSink) => void): void {
    for (const sink of [...(this.#feeds.get(feed) ?? [])]) tell(sink);
  }

  #changeState(state: State, reason: ZaqarError | undefined): void {
    if (state === 'closed') this.#lastMetrics = this.metrics();
    this.#state = state;
    if (state === 'connected') this.#connected.resolve();
    this.#events.state(state, reason);
  }

  #end(reason: ZaqarError | undefined): void {
    const error = reason && this.#withCause(reason);
    this.#connected.reject(error ?? closedError());
    for (const table of [this.#pending, this.#steps]) {
      for (const id of table.keys()) this.#take(table, id)?.reject(closedError());
    }
    this.#feeds.clear();
    this.#tails.clear();
    this.#stopWatching?.();
    this.#closed.resolve(error);
    this.#driver.stop();
    wasm.client_free(this.#id);
  }

  #withCause(error: ZaqarError): ZaqarError {
    return error.code === 'unauthorized' ? this.#tokenError ?? error : error;
  }

  async #fetchToken(why: 'first' | 'renew' | 'refused'): Promise<void> {
    try {
      const { token, expiresAt } = await this.#settings.token!(why);
      this.#tokenError = undefined;
      if (this.#state === 'closed') return;
      put(token);
      wasm.client_token(this.#id, now(), expiresAt === undefined ? Infinity : expiresAt - Date.now());
      this.#driver.pump();
    } catch (error) {
      this.#tokenError = error as ZaqarError;
      if (this.#state !== 'closed') this.#driver.on(Event.TokenFailed, 0, Number(this.#tokenError.retryable));
    }
  }

  get #id(): number {
    return this.#driver.id;
  }
}

/** The flags of `query` in src/bindings/client.rs. */
function flagsOf({ echo, includeClaimed, includeDelayed }: Pick<ListQuery, 'echo' | 'includeClaimed' | 'includeDelayed'>): number {
  return bits(echo, includeClaimed, includeDelayed);
}

/** Puts a queue's name and a marker where `query` in src/bindings/client.rs finds them; gives the name's length. */
function putNames(queue: string, marker = ''): number {
  // names of queues are ASCII
  put(queue + marker);
  return queue.length;
}

/** The messages of a page whose bits are set. */
function chosen(page: unknown, bits: number): RawMessage[] {
  return (page as { messages: RawMessage[] }).messages.filter((_, place) => (bits >>> place) & 1);
}

/** Some parts of a post were stored, one was not. */
function partly(error: unknown, stored: number, all: number): unknown {
  if (!(error instanceof ZaqarError)) return error;
  const { status, action, code, message } = error;
  return new ZaqarError(code, `${stored} of ${all} messages were stored, then: ${message}`, { status, action, delivery: 'unknown', cause: error });
}

/** The failure in an output's words, if it has one. */
function failure(at: number): ZaqarError | undefined {
  const code = CODES[wordAt(at + 8)];
  if (!code) return undefined;
  const status = wordAt(at + 12);
  return failed(code, textAt(at + 28) || sentenceOf(code, status), status, wordAt(at + 16), wordAt(at + 20), wordAt(at + 24));
}

/**
 * An error that the server has answered, with its sentence; of a failure of its own the sentence may tell too much. In `end` are
 * whether it may be retried, and what is known of its delivery.
 */
function refused(code: ErrorCode, status: number, action: number, end: number, body: unknown): ZaqarError {
  const { exception, error } = (body ?? {}) as { exception?: unknown; error?: unknown };
  const text = typeof body === 'string' ? body : exception ?? error;
  // What Python says of a failure is nothing to a user.
  const isTold = status < 500 && typeof text === 'string' && !text.includes("'NoneType'");
  const isSigned = code === 'forbidden' && (text === '404 Not Found' || text === 'Not authentified.');
  const sentence = code === 'claim-lost' ? 'the claim has ended' : isSigned ? 'the signed URL does not allow this, or has expired'
    : isTold ? text : sentenceOf(code, status);
  return failed(code, sentence, status, action, end >> 1, end & 1);
}

/** An error with what the wasm knows of it. */
function failed(code: ErrorCode, sentence: string, status: number, action: number, delivery: number, retryable: number): ZaqarError {
  return new ZaqarError(code, sentence, {
    status: status || undefined, action: ACTIONS[action], delivery: DELIVERIES[delivery], retryable: retryable === 1,
  });
}

function sentenceOf(code: ErrorCode, status: number): string {
  return status === 0 ? "the answer is not Zaqar's" : `the server answered ${status} (${code})`;
}

function closedError(): ZaqarError {
  return new ZaqarError('closed', 'the client is closed', { delivery: 'not-sent' });
}

function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

interface Settle<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

function deferred<T>(): Settle<T> & { promise: Promise<T> } {
  let settle!: Settle<T>;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}
