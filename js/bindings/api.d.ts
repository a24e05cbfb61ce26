/** What the bindings give, in whatever a framework has for a value that changes. */
import type { Client, Message, QueueView, State, TailOptions, TransportName, WatchOptions } from '../api.js';

/** A queue's messages as they come. */
export interface Tail<Body> {
  /** The last `keep` of them, the newest last. */
  readonly messages: readonly Message<Body>[];
  /** Whether what is posted from now on comes as it is posted. */
  readonly isLive: boolean;
  /** Why it has ended before its time, a `ZaqarError`; undefined as long as it has not. */
  readonly error: unknown;
}

/** The options of `tail()`, except its signal: it ends with the component. */
export interface FollowOptions extends Omit<TailOptions, 'signal'> {
  /** Messages that are kept. Default 100. */
  keep?: number;
}

/** Live counts of queues. */
export interface Watch {
  /** All of them, in the order of `client.watch()`; none until each has been counted or has failed. */
  readonly queues: readonly QueueView[];
  /** Whether they have been counted, and go on. */
  readonly isLive: boolean;
  /** Why it has ended before its time, a `ZaqarError`; undefined as long as it has not. */
  readonly error: unknown;
}

/** The options of `watch()`, except its signal: it ends with the component. */
export type CountOptions = Omit<WatchOptions, 'signal'>;

export interface ClientState {
  readonly state: State;
  /** What carries requests at this moment; null while neither works. */
  readonly transport: TransportName | null;
}

/** The client may come later: until then nothing is there, and the state is `connecting`. */
export type MaybeClient = Client | undefined;
