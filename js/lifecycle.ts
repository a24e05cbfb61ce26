// What the page tells of itself: whether it is seen, asleep, leaving, or back, and whether there is a network.

/** What is done about it. */
export interface Sleeper {
  /** The network is said to be back, or the page is awake again: try what waits for a next attempt. */
  wake(): void;
  /** The page is seen from now on, or it is not. */
  hide(isHidden: boolean): void;
  /** The page goes into the back/forward cache, which takes none with an open socket. */
  pause(): void;
}

/** Listens until the function that it gives is called. In workers and Node, what does not exist there never comes. */
export function watchPage(sleeper: Sleeper): () => void {
  const stop = new AbortController();
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void): void =>
    target?.addEventListener?.(type, listener, { signal: stop.signal });
  const page: Document | undefined = globalThis.document;
  on(globalThis, 'online', () => sleeper.wake());
  // Whether the socket is gone is asked at once, not after its silence.
  on(globalThis, 'offline', () => sleeper.wake());
  on(globalThis, 'pageshow', () => sleeper.wake());
  on(globalThis, 'pagehide', () => sleeper.pause());
  on(page, 'resume', () => sleeper.wake());
  on(page, 'visibilitychange', () => {
    sleeper.hide(page?.visibilityState === 'hidden');
    if (page?.visibilityState === 'visible') sleeper.wake();
  });
  if (page?.visibilityState === 'hidden') sleeper.hide(true);
  return () => stop.abort();
}
