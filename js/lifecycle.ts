// What the page tells of itself: whether it is seen, asleep, leaving, or back, and whether there is a network.

import { type Driver, Event } from './driver.js';

/** Tells the engine until the function that it gives is called. In workers and Node, what does not exist there never comes. */
export function watchPage(driver: Driver): () => void {
  const stop = new AbortController();
  const on = (target: EventTarget | undefined, type: string, listener: () => void): void =>
    target?.addEventListener?.(type, listener, { signal: stop.signal });
  const wake = (): void => driver.on(Event.Wake);
  const page: Document | undefined = globalThis.document;
  const look = (): void => driver.on(Event.Hide, 0, Number(page?.hidden));
  on(globalThis, 'online', wake);
  // Whether the socket is gone is asked at once, not after its silence.
  on(globalThis, 'offline', wake);
  on(globalThis, 'pageshow', wake);
  // The back/forward cache takes no page with an open socket.
  on(globalThis, 'pagehide', () => driver.on(Event.Pause));
  on(page, 'resume', wake);
  on(page, 'visibilitychange', () => {
    look();
    if (!page?.hidden) wake();
  });
  if (page?.hidden) look();
  return () => stop.abort();
}
