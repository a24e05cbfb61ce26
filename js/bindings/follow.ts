/*
 * What the bindings of all frameworks have in common: a tail and a watch as values that change. They take a client that the application has made,
 * and know nothing else of the package than its types.
 */
import type { Client, Message, Portable, TailOptions } from '../api.js';
import type { ClientState, CountOptions, Tail, Watch } from './api.js';

/** While there is no client, and when a component begins. */
export const NOTHING: Tail<never> = Object.freeze({ messages: Object.freeze([]) as never[], isLive: false, error: undefined });
export const UNCOUNTED: Watch = Object.freeze({ queues: Object.freeze([]), isLive: false, error: undefined });
export const UNKNOWN: ClientState = Object.freeze({ state: 'connecting', transport: null });

/**
 * Reads a tail until the function is called that is returned. `tell` gets a new value whenever there is something new, once for all
 * that comes in one turn of the event loop, so that a thousand messages make no thousand renderings.
 */
export function follow<Body extends Portable<Body>>(client: Client, name: string, { keep = 100, ...options }: TailOptions & { keep?: number }, tell: (tail: Tail<Body>) => void): () => void {
  const leave = new AbortController();
  const tail: { messages: Message<Body>[]; isLive: boolean; error: unknown } = { messages: [], isLive: false, error: undefined };
  let fresh: Message<Body>[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (leave.signal.aborted) return;
      tail.messages = lastOf([...tail.messages, ...fresh], keep);
      fresh = [];
      tell({ ...tail });
    });
  };
  const read = async () => {
    const live = client.queue<Body>(name).tail({ from: 'start', ...options, signal: leave.signal });
    const established = () => {
      tail.isLive = true;
      changed();
    };
    // What prevents it is thrown by the loop, too.
    live.ready.then(established, () => {});
    for await (const message of live) {
      fresh.push(message);
      if (fresh.length >= 2 * keep) fresh = lastOf(fresh, keep);
      changed();
    }
  };
  const ended = (error?: unknown) => {
    tail.isLive = false;
    tail.error = error;
    changed();
  };
  read().then(() => ended(), ended);
  return () => leave.abort();
}

/** Counts queues until the function is called that is returned. `tell` gets a new value whenever there is something new. */
export function count(client: Client, options: CountOptions, tell: (watch: Watch) => void): () => void {
  const leave = new AbortController();
  let queues = UNCOUNTED.queues;
  const changed = (isLive: boolean, error?: unknown) => leave.signal.aborted || tell({ queues, isLive, error });
  const read = async () => {
    for await (queues of client.watch({ ...options, signal: leave.signal })) changed(true);
  };
  read().then(() => changed(false), error => changed(false, error));
  return () => leave.abort();
}

/** Calls `changed` when the client's state or transport is another; returns what ends that. */
export function onChange(client: Client | undefined, changed: () => void): () => void {
  const types = ['statechange', 'transportchange'];
  for (const type of types) client?.addEventListener(type, changed);
  return () => {
    for (const type of types) client?.removeEventListener(type, changed);
  };
}

export const stateOf = (client: Client | undefined): ClientState => (client ? { state: client.state, transport: client.transport } : UNKNOWN);

const lastOf = <T>(list: T[], count: number): T[] => list.slice(Math.max(0, list.length - count));
