import type { Gap, Message, TailOptions } from './api.js';
import type { Context } from './context.js';
import type { RawMessage } from './wire.js';
import { record, text } from './check.js';
import { invalid } from './errors.js';
import { LiveIterator } from './live.js';
import { ReceivedMessage } from './message.js';

/** Messages that wait for the reader before the listing stops, and those that are left when it goes on. */
const FULL = 200;
const LOW = 50;

/** Follows a queue: `Queue.tail`. */
export function follow(context: Context, queue: string, options: TailOptions): LiveIterator<Message> {
  return new LiveIterator<Message>(context, { ...options, buffer: Number.MAX_SAFE_INTEGER }, sink => {
    const { from = 'now', echo = true, includeClaimed = true, onGap } = record(options, 'the options') as TailOptions;
    const tail = context.wire.tail(
      queue,
      { from: typeof from === 'string' ? named(from) : parsePosition(from.position), echo, includeClaimed },
      {
        ready: sink.ready,
        messages(raws) {
          const now = Date.now();
          for (const raw of raws) sink.push(new ReceivedMessage(context, queue, raw, undefined, positionOf(raw, now)));
        },
        gap: (gap: Gap) => onGap?.(gap),
        fail: sink.fail,
      },
    );
    sink.level(FULL, LOW, isFull => tail.pause(isFull));
    return () => tail.close();
  });
}

/** Where a message stands: its id, and when it was posted, which tells old from new should it be gone. */
export function positionOf(raw: RawMessage, now: number): string {
  return `${raw.id}@${now - raw.age * 1_000}`;
}

function parsePosition(position: unknown): { id: string; posted: number } {
  const [id = '', posted] = text(position, 'position').split('@');
  return { id, posted: Number(posted) };
}

function named(from: string): 'start' | 'now' {
  if (from !== 'start' && from !== 'now') throw invalid("from must be 'start', 'now' or a position");
  return from;
}
