// Where a message stands in its queue: its id, and when it was posted, which tells old from new should it be gone.

import type { RawMessage } from './wire.js';
import { text } from './check.js';

/** Tells where messages stand that have come just now. Those of a page were often posted together: their end is the same. */
export function positions(): (raw: RawMessage) => string {
  const now = Date.now();
  let known: number | undefined;
  let end = '';
  return ({ id, age }) => {
    if (age !== known) {
      known = age;
      end = `@${typeof age === 'number' ? now - age * 1_000 : NaN}`;
    }
    return id + end;
  };
}

export function parsePosition(position: unknown): { id: string; posted: number } {
  const [id = '', posted] = text(position, 'position').split('@');
  return { id, posted: Number(posted) };
}
