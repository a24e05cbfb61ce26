// One post, several requests: by the server's limits on size and count.
//
// Zaqar measures a post on the socket in characters of Python's `str()` of the list of messages, over REST in bytes of the JSON
// text. Python's depends on its tables of printable characters, so the size of a message is known between two bounds only,
// whichever transport it takes.

import type { OutgoingMessage } from './wire.js';
import { toJson } from './codec/json.js';
import { ZaqarError } from './errors.js';

/** What the server takes in one post by default. */
export const LARGEST_POST = 262_144;
/** No MessagePack of fewer bytes is too large: nothing grows to more than 7 for 1 (`0xc2` to `False, `). */
export const SURELY_FITS = LARGEST_POST / 7 - 100;
/** `{"messages":[]}`; the socket has less around the messages. */
const AROUND = 15;

/**
 * The messages of each request, so many at most, in their order. One that may be too large goes alone, so that the server
 * decides; one that certainly is, on both transports, is refused.
 */
export function split(messages: readonly OutgoingMessage[], most: number): OutgoingMessage[][] {
  const parts: OutgoingMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const json = toJson(message);
    // most are too short to be looked at
    if (json.length + 2 > LARGEST_POST && leastCharacters(json) + 2 > LARGEST_POST) {
      const details = { action: 'message_post', delivery: 'not-sent' } as const;
      throw new ZaqarError('too-large', `messages must each be at most ${LARGEST_POST} characters`, details);
    }
    // two more for ", "
    const size = mostCharacters(json) + 2;
    if (size > room || parts.at(-1)?.length === most) {
      parts.push([]);
      room = LARGEST_POST - AROUND;
    }
    parts.at(-1)!.push(message);
    room -= size;
  }
  return parts;
}

/** What a JSON text takes at least: an escape is one character where Python has it so, as is a pair of surrogates; 0.00001 is 1e-05. */
export function leastCharacters(json: string): number {
  return json.replace(/\\(u...)?.|0\.0\d+|[\ud800-\udbff]./g, '.').length;
}

/**
 * What it takes at most: Python has spaces behind `,` and `:`, escapes `'`, writes 9e+15 in full and 1e-7 as 1e-07. Letters that it prints and
 * UTF-8 has in three bytes are those of the blocks named; of the others it may make `\u202e` or, for two units, `\U000e0001`.
 */
export function mostCharacters(json: string): number {
  return json
    .replace(/[,:']/g, '..')
    .replace(/\de[+-]/g, '.'.repeat(14))
    .replace(/\\[bf]/g, '....')
    .replace(/[\u00ae-\u0377\u03a3-\u052f\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fa5\uac00-\ud7a3]/g, '...')
    .replace(/[^ -~]/g, '......').length;
}
