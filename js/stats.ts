import type { QueueStats } from './api.js';

type End = NonNullable<QueueStats['oldest']>;

/** What the server tells of the messages in a queue, as far as it is promised. */
export function statsOf({ free, claimed, total, oldest, newest }: QueueStats): QueueStats {
  return {
    free: Math.max(free, 0),
    // Redis counts a message twice that two claims hold, and then has less than none free.
    claimed: Math.min(claimed, total),
    total,
    ...(oldest && { oldest: end(oldest) }),
    ...(newest && { newest: end(newest) }),
  };
}

function end({ id, age, created }: End): End {
  return { id, age, created };
}
