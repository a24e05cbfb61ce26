// zaqar-web/react, see react.api.d.ts.
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Gap, Json, Portable } from '../api.js';
import type { ClientState, CountOptions, FollowOptions, MaybeClient, Tail, Watch } from './api.js';
import { NOTHING, UNCOUNTED, UNKNOWN, count, follow, onChange } from './follow.js';

export function useTail<Body extends Portable<Body> = Json>(client: MaybeClient, name: string, options: FollowOptions = {}): Tail<Body> {
  const { from = 'start', keep, echo, includeClaimed, onGap } = options;
  const [tail, setTail] = useState<Tail<Body>>(NOTHING);
  // A function that is written where the hook is called is another each time; the tail goes on all the same.
  const latest = useRef(onGap);
  useEffect(() => {
    latest.current = onGap;
  });
  // So is an object: what counts is what is in it.
  const position = typeof from === 'string' ? undefined : from.position;
  const place = typeof from === 'string' ? from : undefined;
  useEffect(() => {
    if (!client) return;
    const wanted = {
      from: place ?? { position: position! },
      onGap: (gap: Gap) => latest.current?.(gap),
      ...(keep === undefined ? {} : { keep }), ...(echo === undefined ? {} : { echo }), ...(includeClaimed === undefined ? {} : { includeClaimed }),
    };
    const stop = follow<Body>(client, name, wanted, setTail);
    return () => {
      stop();
      setTail(NOTHING);
    };
  }, [client, name, place, position, keep, echo, includeClaimed]);
  return tail;
}

export function useWatch(client: MaybeClient, options: CountOptions = {}): Watch {
  const [watch, setWatch] = useState<Watch>(UNCOUNTED);
  // What counts is what is in them, here as well.
  const wanted = JSON.stringify(options);
  useEffect(() => {
    if (!client) return;
    const stop = count(client, JSON.parse(wanted) as CountOptions, setWatch);
    return () => {
      stop();
      setWatch(UNCOUNTED);
    };
  }, [client, wanted]);
  return watch;
}

export function useClientState(client: MaybeClient): ClientState {
  const subscribe = useCallback((changed: () => void) => onChange(client, changed), [client]);
  const state = useSyncExternalStore(subscribe, () => client?.state ?? UNKNOWN.state, () => UNKNOWN.state);
  const transport = useSyncExternalStore(subscribe, () => client?.transport ?? null, () => null);
  return useMemo(() => ({ state, transport }), [state, transport]);
}
