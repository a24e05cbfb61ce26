import type { Gap, Message, TailOptions } from './api.js';
import type { Origin } from './message.js';
import { isBoolean, record } from './check.js';
import { invalid } from './errors.js';
import { LiveIterator } from './live.js';
import { parsePosition } from './position.js';

/** Messages that wait for the reader before the listing stops, and those that are left when it goes on. */
const FULL = 200;
const LOW = 50;

/** Follows a queue: `Queue.tail`. */
export function follow(origin: Origin, options: TailOptions): LiveIterator<Message> {
  const { context, queue } = origin;
  return new LiveIterator<Message>(context, { ...options, buffer: Number.MAX_SAFE_INTEGER }, sink => {
    const { from = 'now', echo = true, includeClaimed = true, onGap } = record(options, 'the options') as TailOptions;
    for (const [name, value] of Object.entries({ echo, includeClaimed })) isBoolean(value, name);
    if (onGap !== undefined && typeof onGap !== 'function') throw invalid('onGap must be a function');
    const tail = context.wire.tail(
      queue,
      { from: typeof from === 'string' ? named(from) : parsePosition(from?.position), echo, includeClaimed },
      {
        ready: sink.ready,
        messages(raws) {
          for (const message of origin.listed(raws)) sink.push(message);
        },
        gap: (gap: Gap) => onGap?.(gap),
        fail: sink.fail,
      },
    );
    let isFull = false;
    sink.level(waiting => {
      if (isFull ? waiting > LOW : waiting < FULL) return;
      isFull = !isFull;
      if (isFull) tail.pause();
      else tail.resume();
    });
    return () => tail.close();
  });
}

function named(from: string): 'start' | 'now' {
  if (from !== 'start' && from !== 'now') throw invalid("from must be 'start', 'now' or a position");
  return from;
}
