import type { Action, ListPage, RawMessage, TailQuery, PushSink } from 'zaqar-web-wasm';

import type {
  CallOptions, Gap, Json, Metrics, QueueStats, QueueView, SignedUrl, State, TransportName, WatchOptions,
} from './api.js';
import type { ZaqarError } from './errors.js';

export type { Action, Options, PushSink, RawMessage, Settings, TailQuery } from 'zaqar-web-wasm';

/** What the wasm tells without being asked. Called synchronously, never while its engine is borrowed. */
export interface WireEvents {
  state(state: State, reason: ZaqarError | undefined): void;
  transport(transport: TransportName | null, reason: string): void;
  trouble(error: ZaqarError): void;
}

/** The bodies of replies that somebody reads, as the socket writes them. */
export interface Replies {
  queue_get: Record<string, Json>;
  queue_get_stats: { messages: QueueStats };
  queue_update: Record<string, Json>;
  queue_share: SignedUrl;
  message_post: { message_ids: string[] };
  message_get: { messages: RawMessage };
  message_get_many: { messages?: RawMessage[] };
  message_delete_many: { messages?: RawMessage[] };
  claim_create: { claim_id: string; messages?: RawMessage[] };
  claim_get: { ttl: number; age: number; messages: RawMessage[] };
  subscription_create: { subscription_id: string };
  subscription_get: Record<string, unknown>;
  pool_get: Record<string, unknown>;
  flavor_get: Record<string, unknown>;
  health: Record<string, unknown>;
}
export type Reply<A extends Action> = A extends keyof Replies ? Replies[A] : unknown;

/** A message to post; what is undefined is left out. */
export interface OutgoingMessage {
  body: unknown;
  ttl: number | undefined;
  delay: number | undefined;
}

/** A walk through a queue's messages; the engine knows the server's marker traps and each message comes once. */
export interface Walk {
  /** The next messages, at least one; `undefined` at the true end. */
  next(options: CallOptions | undefined): Promise<RawMessage[] | undefined>;
  close(): void;
}

/** A list of queues, subscriptions, pools or flavors, each row of it once. */
export interface RowList {
  /** The next rows, at least one; `undefined` at the end. */
  next(options: CallOptions | undefined): Promise<ListPage | undefined>;
  close(): void;
}

export interface TailSink {
  ready(): void;
  messages(messages: RawMessage[]): void;
  gap(gap: Gap): void;
  /** It is over; nothing follows. */
  fail(error: ZaqarError): void;
}

export interface WatchSink {
  ready(): void;
  added(queue: string): void;
  gone(queue: string): void;
  counted(queue: string, stats: { messages: QueueStats }, rate: QueueView['rate']): void;
  failed(queue: string, error: ZaqarError): void;
  /** It is over; nothing follows. */
  fail(error: ZaqarError): void;
}

export interface ConsumerSink {
  work(job: number, message: RawMessage, claimId: string): void;
  /** The lease is lost while the handler runs. */
  lost(job: number, error: ZaqarError): void;
  /** The handler has returned, and the message is deleted. */
  done(job: number): void;
  /** The handler has returned, and the message could not be deleted. */
  fail(job: number, error: ZaqarError): void;
  /** It is over; nothing follows. */
  ended(error: ZaqarError | undefined): void;
}

/** A consumer of the engine's. What is told to one that is over has no effect. */
export interface ConsumerHandle {
  handled(job: number): void;
  handlerFailed(job: number): void;
  /** Takes nothing more, and ends when the handlers have ended. */
  stop(): void;
  /** Ends at once. */
  end(): void;
}

/**
 * One client's conversation with Zaqar, as the wasm leads it. `call` takes a body and resolves to the reply's body, both
 * in the shapes of the socket's protocol, whichever transport carried them; keys whose value is undefined are left out. What is
 * asked of one that is closed fails as `closed`: calls reject, the rest throws.
 */
export interface Wire {
  readonly state: State;
  readonly transport: TransportName | null;
  /**
   * Resolves when a transport has answered; rejects when the client ends before, or when none has answered within the time, of
   * which some is spent.
   */
  connected(limitMs: number, spentMs: number): Promise<void>;
  /** Settles when the client is closed: with the error that ended it, or undefined. */
  readonly closed: Promise<ZaqarError | undefined>;
  call<A extends Action>(action: A, body: Record<string, unknown>, options?: CallOptions): Promise<Reply<A>>;
  /** `call` that resolves to the status: 201 and 204 of `queue_create` mean different things. */
  callForStatus(action: Action, body: Record<string, unknown>, options?: CallOptions): Promise<number>;
  /** Splits by the server's size rule; resolves to the ids in the order of the messages. */
  post(queue: string, messages: OutgoingMessage[], options?: CallOptions): Promise<string[]>;
  /** `query` is the body of `message_list`. */
  walk(query: Record<string, unknown>): Walk;
  /** Ids of messages to put into one request, and messages to pop in one: a refusal may teach that the server takes fewer. */
  readonly idsAtOnce: number;
  readonly popsAtOnce: number;
  /** `body` asks for the first page. */
  list(action: Action, body: Record<string, unknown>): RowList;
  subscribe(queue: string, sink: PushSink): { close(): void };
  tail(queue: string, query: TailQuery, sink: TailSink): { pause(): void; resume(): void; close(): void };
  watch(options: WatchOptions, sink: WatchSink): { close(): void };
  /** Works a queue by such a claim for each message. */
  consume(claim: Record<string, unknown>, concurrency: number, sink: ConsumerSink): ConsumerHandle;
  metrics(): Metrics;
  /** Finishes what is in flight within the time, then closes. */
  close(timeoutMs: number): Promise<void>;
}

export { type WasmSource, load, loadWithin } from './instance.js';
export { open, read } from './conversation.js';
