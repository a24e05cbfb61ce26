// The JavaScript side of one client's core: bodies in, arrivals out. What they mean is known above; how they travel, below.

import { Client as Core, refusal_code, refusal_sentence, request_room, splitPost } from 'zaqar-web-wasm';

import { ACTIONS, type Action } from './actions.js';
import type { CallOptions, ErrorCode, Metrics, State, TransportName } from './api.js';
import { build, decode, fill } from './codec/decode.js';
import { encode } from './codec/encode.js';
import { parseJson, toJson } from './codec/json.js';
import { type ErrorDetails, ZaqarError, invalid } from './errors.js';
import { watchPage } from './lifecycle.js';
import { wasm, wordAt } from './wasm.js';
import type { ListQuery, PushSink, RawMessage, Settings, TailQuery, TailSink, Walk, Wire, WireEvents } from './wire.js';

/** In the order of `Code` in src/core/error.rs. */
const CODES: readonly ErrorCode[] = [
  'invalid-argument', 'unauthorized', 'forbidden', 'not-found', 'conflict', 'too-large', 'claim-lost', 'rate-limited',
  'server-error', 'unavailable', 'timeout', 'connection-lost', 'protocol', 'unsupported', 'closed',
];
/** In the order of `State`, `Transport` and `Delivery` in src/core/engine. */
const STATES: readonly State[] = ['connecting', 'connected', 'reconnecting', 'closed'];
const TRANSPORTS: readonly (TransportName | null)[] = [null, 'websocket', 'polling'];
const DELIVERIES = [undefined, 'not-sent', 'unknown'] as const;
const METRICS: readonly (keyof Metrics)[] = [
  'requests', 'replies', 'failures', 'retries', 'notifications', 'bytesSent', 'bytesReceived', 'connects', 'reconnects',
  'fallbacks', 'recoveries', 'polls', 'pending', 'rttMs',
];
const PREFERENCES = ['auto', 'websocket', 'polling'];
const TOKEN_REASONS = ['first', 'renew', 'refused'] as const;

/** A body shorter than this is never too large for one post. */
const SURELY_FITS = 30_000;
/** Messages of one page where the caller does not say. */
const PAGE = 20;

interface Pending {
  resolve(reply: any): void;
  reject(reason: unknown): void;
  wantsStatus: boolean;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
}

interface Stroll {
  pending: Pending | undefined;
}

/** Starts a conversation; the wasm must be loaded. */
export function open(settings: Settings, events: WireEvents): Wire {
  return new Conversation(settings, events);
}

class Conversation implements Wire {
  readonly #core: Core;
  readonly #settings: Settings;
  readonly #events: WireEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #walks = new Map<number, Stroll>();
  readonly #feeds = new Map<number, Set<PushSink>>();
  readonly #tails = new Map<number, TailSink>();
  readonly #connected = deferred<void>();
  readonly #closed = deferred<ZaqarError | undefined>();
  #state: State = 'connecting';
  #transport: TransportName | null = null;
  #lastMetrics: Metrics | undefined;
  /** What the token function last rejected with, for the error that comes of it. */
  #tokenError: ZaqarError | undefined;
  #endedBy: ZaqarError | undefined;
  #isClosing = false;
  #stopWatching: (() => void) | undefined;

  constructor(settings: Settings, events: WireEvents) {
    wasm();
    this.#settings = settings;
    this.#events = events;
    this.#connected.promise.catch(() => undefined);
    const { websocket = '', rest = '', signedUrl: signed } = settings;
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    this.#core = new Core(
      this.#host(),
      settings.WebSocket ?? globalThis.WebSocket ?? noSocket,
      [
        websocket, rest, settings.projectId, settings.clientId,
        ...(signed === undefined ? [] : [signed.signature, signed.expires, signed.methods.join(), signed.paths.join()]),
      ],
      // in the order of `config` in src/bindings/client.rs
      Float64Array.of(
        PREFERENCES.indexOf(settings.transport), settings.fallbackDelayMs, settings.keepAliveMs, settings.pollIntervalMs.min,
        settings.pollIntervalMs.max, settings.backoffMs.min, settings.backoffMs.max, Number(settings.token !== undefined),
        Number(settings.allowDottedNames), high!, low!, Number(settings.format === 'json'),
      ),    );
    this.#core.start();
    this.#stopWatching = watchPage({
      hide: isHidden => this.#core.hide(isHidden),
      wake: () => this.#core.wake(),
      pause: () => this.#core.pause(),
    });
  }

  get state(): State {
    return this.#state;
  }

  get transport(): TransportName | null {
    return this.#transport;
  }

  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  get closed(): Promise<ZaqarError | undefined> {
    return this.#closed.promise;
  }

  get hasRest(): boolean {
    return this.#settings.rest !== undefined;
  }

  call(action: Action, body: Record<string, unknown>, options?: CallOptions, via?: 'rest'): Promise<any> {
    return this.#ask(action, () => this.#encode(body), options, via === 'rest', false);
  }

  callForStatus(action: Action, body: Record<string, unknown>, options?: CallOptions): Promise<{ status: number; body: any }> {
    return this.#ask(action, () => this.#encode(body), options, false, true);
  }

  async post(
    queue: string,
    messages: { body: unknown; ttl?: number; delay?: number }[],
    options?: CallOptions,
  ): Promise<string[]> {
    const viaRest = messages.some(message => message.delay !== undefined);
    const body = this.#encode({ queue_name: queue, messages });
    const parts = body.length < SURELY_FITS ? [] : split(body);
    if (parts.length === 0) {
      return (await this.#ask('message_post', () => body, options, viaRest, false)).message_ids;
    }
    const ids: string[] = [];
    const end = performance.now() + this.#timeout(options);
    for (const part of parts) {
      try {
        const rest = { ...options, timeoutMs: Math.max(1, end - performance.now()) };
        const reply = await this.#ask('message_post', () => part, rest, viaRest, false);
        for (const id of reply.message_ids) ids.push(id);
      } catch (error) {
        throw ids.length > 0 ? partly(error, ids.length, messages.length) : error;
      }
    }
    return ids;
  }

  walk(queue: string, query: ListQuery): Walk {
    if (this.#isOver(() => undefined, undefined)) throw closedError();
    const limit = Math.max(2, query.limit ?? PAGE);
    const id = this.#core.walk(queue, query.marker, limit, query.echo, query.includeClaimed, query.includeDelayed);
    const walk: Stroll = { pending: undefined };
    this.#walks.set(id, walk);
    const close = (): void => {
      if (this.#walks.delete(id) && this.#state !== 'closed') this.#core.endWalk(id);
    };
    const next = (options: CallOptions | undefined): Promise<RawMessage[] | undefined> =>
      new Promise((resolve, reject) => {
        if (this.#isOver(reject, options?.signal)) return;
        const stop = (): void => {
          this.#takeStep(id);
          close();
          reject(options?.signal?.reason);
        };
        walk.pending = { resolve, reject, wantsStatus: false, signal: options?.signal, onAbort: stop };
        options?.signal?.addEventListener('abort', stop);
        this.#core.walkOn(id, this.#timeout(options));
        this.#core.pump();
      });
    return { next, close };
  }

  subscribe(queue: string, sink: PushSink): { close(): void } {
    if (this.#isOver(error => sink.fail(error as ZaqarError), undefined)) return { close: () => undefined };
    const feed = this.#core.subscribe(queue);
    const sinks = this.#feeds.get(feed) ?? new Set();
    this.#feeds.set(feed, sinks.add(sink));
    if (this.#core.isSubscribed(feed)) sink.ready();
    this.#core.pump();
    const close = (): void => {
      if (!sinks.delete(sink)) return;
      if (sinks.size === 0) this.#feeds.delete(feed);
      if (this.#state !== 'closed') this.#core.unsubscribe(feed);
    };
    return { close };
  }

  tail(queue: string, query: TailQuery, sink: TailSink): { pause(isPaused: boolean): void; close(): void } {
    if (this.#isOver(error => sink.fail(error as ZaqarError), undefined)) return { pause: () => undefined, close: () => undefined };
    const { from, echo, includeClaimed } = query;
    const [start, posted] = typeof from === 'string' ? [from, NaN] : [from.id, from.posted];
    const id = this.#core.tail(queue, start, Date.now() - posted, echo, includeClaimed);
    this.#tails.set(id, sink);
    this.#core.pump();
    const isOpen = (): boolean => this.#tails.has(id) && this.#state !== 'closed';
    return {
      pause: isPaused => isOpen() && this.#core.pauseTail(id, isPaused),
      close: () => {
        if (isOpen()) this.#core.endTail(id);
        this.#tails.delete(id);
      },
    };
  }

  metrics(): Metrics {
    if (this.#lastMetrics !== undefined) return this.#lastMetrics;
    const numbers = this.#core.metrics();
    const metrics = Object.fromEntries(METRICS.map((name, index) => [name, numbers[index]])) as unknown as Metrics;
    if (Number.isNaN(metrics.rttMs)) metrics.rttMs = null;
    return metrics;
  }

  async close(timeoutMs: number, error?: ZaqarError): Promise<void> {
    if (error !== undefined) this.#endedBy ??= error;
    if (this.#state !== 'closed' && !this.#isClosing) {
      this.#isClosing = true;
      this.#core.close(timeoutMs);
    }
    await this.#closed.promise;
  }

  #encode(body: Record<string, unknown>): Uint8Array {
    return encode(body, { unsigned: !this.hasRest });
  }

  #timeout(options: CallOptions | undefined): number {
    return options?.timeoutMs ?? this.#settings.timeoutMs;
  }

  #ask(
    action: Action,
    encoded: () => Uint8Array,
    options: CallOptions | undefined,
    restOnly: boolean,
    wantsStatus: boolean,
  ): Promise<any> {
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      if (this.#isOver(reject, signal)) return;
      const body = encoded();
      const room = request_room(body.length);
      new Uint8Array(wasm().memory.buffer, room, body.length).set(body);
      const id = this.#core.request(NUMBERS[action], this.#timeout(options), restOnly);
      if (id < 0) throw this.#refusal(action);
      const pending: Pending = { resolve, reject, wantsStatus, signal, onAbort: undefined };
      if (signal !== undefined) {
        pending.onAbort = () => {
          this.#pending.delete(id);
          this.#core.abort(id);
          reject(signal.reason);
        };
        signal.addEventListener('abort', pending.onAbort, { once: true });
      }
      this.#pending.set(id, pending);
      this.#core.pump();
    });
  }

  /** Rejects what is asked too late. */
  #isOver(reject: (reason: unknown) => void, signal: AbortSignal | undefined): boolean {
    if (signal?.aborted === true) reject(signal.reason);
    else if (this.#state === 'closed' || this.#isClosing) reject(closedError());
    else return false;
    return true;
  }

  #refusal(action: Action): ZaqarError {
    const code = CODES[refusal_code()] ?? 'invalid-argument';
    return new ZaqarError(code, refusal_sentence(), { action, delivery: 'not-sent' });
  }

  /** A frame has come on a socket. */
  #receive(link: number, data: ArrayBuffer | string): void {
    if (this.#state === 'closed') return;
    try {
      const length = fill(typeof data === 'string' ? fromJson(data) : data);
      const at = this.#core.frame(link, length);
      if (at !== 0) this.#arrived(at);
      this.#core.pump();
    } catch {
      this.#core.damaged(link);
    }
  }

  /** The wasm describes what has come, in the words of `describe` in src/bindings/arrival.rs. */
  #arrived(at: number): void {
    const kind = wordAt(at);
    const id = wordAt(at + 4);
    const detail = wordAt(at + 8);
    const code = wordAt(at + 12);
    const action = wordAt(at + 16);
    const retryable = wordAt(at + 20) === 1;
    let value: any;
    let error: unknown;
    try {
      value = build(wordAt(at + 24));
    } catch (damage) {
      error = damage;
    }
    switch (kind) {
      case 1:
      case 2: {
        const pending = this.#take(this.#pending, id);
        if (pending === undefined) return;
        if (kind === 2) error ??= refused(CODES[code]!, detail, ACTIONS[action], retryable, value);
        if (error !== undefined) pending.reject(error);
        else pending.resolve(pending.wantsStatus ? { status: detail, body: value } : value);
        return;
      }
      case 3:
        if (error === undefined) for (const sink of [...(this.#feeds.get(id) ?? [])]) sink.push(value);
        return;
      case 4: {
        const pending = this.#takeStep(id);
        if (error !== undefined) pending?.reject(error);
        else pending?.resolve(chosen(value, detail));
        return;
      }
      case 5:
        if (error === undefined) this.#tails.get(id)?.messages(chosen(value, detail));
        return;
      case 6:
        if (error === undefined) {
          for (const { body, ttl } of chosen(value, detail)) this.#eachSink(id, sink => sink.push({ body, ttl }));
        }
    }
  }

  #take(table: Map<number, Pending>, id: number): Pending | undefined {
    const pending = table.get(id);
    table.delete(id);
    release(pending);
    return pending;
  }

  #takeStep(id: number): Pending | undefined {
    const walk = this.#walks.get(id);
    const pending = walk?.pending;
    if (walk !== undefined) walk.pending = undefined;
    release(pending);
    return pending;
  }

  /** What the core calls: `Host` in src/browser/driver.rs. */
  #host(): object {
    return guarded({
      error: makeError,
      failed: (id: number, error: ZaqarError) => this.#take(this.#pending, id)?.reject(error),
      feedReady: (feed: number) => this.#eachSink(feed, sink => sink.ready()),
      feedFailed: (feed: number, error: ZaqarError) => {
        const sinks = this.#feeds.get(feed);
        this.#feeds.delete(feed);
        for (const sink of sinks ?? []) sink.fail(error);
      },
      walkEnded: (walk: number) => this.#takeStep(walk)?.resolve(undefined),
      walkFailed: (walk: number, error: ZaqarError) => this.#takeStep(walk)?.reject(error),
      tailReady: (tail: number) => this.#tails.get(tail)?.ready(),
      tailGap: (tail: number, from: number, to: number, reason: string) => {
        const now = Date.now();
        this.#tails.get(tail)?.gap({ from: now - from, to: now - to, reason });
      },
      tailFailed: (tail: number, error: ZaqarError) => {
        const sink = this.#tails.get(tail);
        this.#tails.delete(tail);
        sink?.fail(error);
      },
      wantToken: (why: number) => void this.#fetchToken(TOKEN_REASONS[why]!),
      state: (state: number, reason: ZaqarError | undefined) => this.#changeState(STATES[state]!, reason),
      transport: (transport: number, why: string, lived: number | undefined) => {
        this.#transport = TRANSPORTS[transport]!;
        this.#events.transport(this.#transport, lived === undefined ? why : `${why}; it had been open for ${seconds(lived)}`);
      },
      trouble: (error: ZaqarError) => this.#events.trouble(this.#withCause(error)),
      closed: (reason: ZaqarError | undefined) => this.#end(reason),
      receiver: (link: number) => (event: MessageEvent<ArrayBuffer | string>) => this.#receive(link, event.data),
      // a copy: it is a view of the wasm's memory, which may grow while it is read
      toJson: (value: Uint8Array) => toJson(decode(value.slice())),
      fromJson: (text: string) => fromJson(text),
      arrived: (at: number) => this.#arrived(at),
    });
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
    const error = this.#endedBy ?? (reason && this.#withCause(reason));
    this.#connected.reject(error ?? closedError());
    const pending = [...this.#pending.values(), ...[...this.#walks.keys()].map(id => this.#takeStep(id))];
    this.#pending.clear();
    this.#walks.clear();
    this.#feeds.clear();
    this.#tails.clear();
    for (const one of pending) {
      release(one);
      one?.reject(closedError());
    }
    this.#stopWatching?.();
    this.#closed.resolve(error);
    // the core is still on the stack
    queueMicrotask(() => this.#core.free());
  }

  #withCause(error: ZaqarError): ZaqarError {
    return error.code === 'unauthorized' ? this.#tokenError ?? error : error;
  }

  async #fetchToken(why: 'first' | 'renew' | 'refused'): Promise<void> {
    try {
      const { token, expiresAt } = await this.#settings.token!(why);
      if (this.#state !== 'closed') this.#core.token(token, expiresAt === undefined ? Infinity : expiresAt - Date.now());
    } catch (error) {
      this.#tokenError = error as ZaqarError;
      if (this.#state !== 'closed') this.#core.tokenFailed(this.#tokenError.retryable);
    }
  }
}

/** Nothing may be thrown into the core: it would stop in the middle of what it does. */
function guarded(host: Record<string, (...args: any[]) => unknown>): object {
  const calls = Object.entries(host).map(([name, call]) => [
    name,
    (...args: unknown[]) => {
      try {
        return call(...args);
      } catch (error) {
        globalThis.reportError?.(error);
        return undefined;
      }
    },
  ]);
  return Object.fromEntries(calls);
}

const NUMBERS = Object.fromEntries(ACTIONS.map((name, number) => [name, number])) as Record<Action, number>;

/** Stands in where the runtime has no WebSocket: the constructor's throw counts as a socket that cannot be opened. */
function noSocket(): never {
  throw invalid('this runtime has no WebSocket: give `connect` the option `WebSocket`');
}

function split(body: Uint8Array): Uint8Array[] {
  try {
    return splitPost(body) as Uint8Array[];
  } catch (why) {
    throw new ZaqarError('too-large', `messages ${String(why)}`, { action: 'message_post', delivery: 'not-sent' });
  }
}

/** The messages of a page whose bits are set. */
function chosen(page: { messages: RawMessage[] }, bits: number): RawMessage[] {
  return page.messages.filter((_, place) => (bits >>> place) & 1);
}

/** Some parts of a post were stored, one was not. */
function partly(error: unknown, stored: number, all: number): unknown {
  if (!(error instanceof ZaqarError)) return error;
  const { status, action, code } = error;
  const details: ErrorDetails = { delivery: 'unknown', cause: error };
  if (status !== undefined) details.status = status;
  if (action !== undefined) details.action = action;
  return new ZaqarError(code, `${stored} of ${all} messages were stored, then: ${error.message}`, details);
}

function makeError(
  code: number,
  status: number,
  action: number | undefined,
  delivery: number,
  retryable: boolean,
  why: string,
): ZaqarError {
  const details: ErrorDetails = { retryable };
  if (status !== 0) details.status = status;
  if (action !== undefined) details.action = ACTIONS[action]!;
  if (DELIVERIES[delivery] !== undefined) details.delivery = DELIVERIES[delivery];
  return new ZaqarError(CODES[code]!, why === '' ? sentenceOf(CODES[code]!, status) : why, details);
}

/** An error that the server has answered, with its sentence; of a failure of its own the sentence may tell too much. */
function refused(code: ErrorCode, status: number, action: Action | undefined, retryable: boolean, body: any): ZaqarError {
  const text: unknown = typeof body === 'string' ? body : body?.exception ?? body?.error;
  const details: ErrorDetails = { status, retryable };
  if (action !== undefined) details.action = action;
  const sentence = code === 'claim-lost' ? 'the claim has ended' : status < 500 && typeof text === 'string' ? text : sentenceOf(code, status);
  return new ZaqarError(code, sentence, details);
}

function sentenceOf(code: ErrorCode, status: number): string {
  return `the server answered ${status} (${code})`;
}

function closedError(): ZaqarError {
  return new ZaqarError('closed', 'the client is closed', { delivery: 'not-sent' });
}

/** MessagePack of a server's JSON; nothing where it is none. */
function fromJson(text: string): Uint8Array {
  try {
    return encode(parseJson(text), { isServers: true });
  } catch {
    return new Uint8Array(0);
  }
}

function release(pending: Pending | undefined): void {
  if (pending?.onAbort !== undefined) pending.signal?.removeEventListener('abort', pending.onAbort);
}

function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void; reject(reason: unknown): void } {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
