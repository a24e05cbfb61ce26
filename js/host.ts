// What the wasm is lent: what makes or reads JavaScript values. src/api/host.rs has the types.

import type { ErrorDetails, Host, RawMessage } from 'zaqar-web-wasm';

import { build, copy, fill } from './codec/decode.js';
import { encode, giveBack } from './codec/encode.js';
import { parseJson } from './codec/json.js';
import type { CrashGuard } from './crash.js';
import { ZaqarError, attempt } from './errors.js';
import { Pending } from './pending.js';

/** In place of the length of what was put into the scanner. */
const TOO_LARGE = -1;
const TOO_DEEP = -2;

export function hostOf(crash: CrashGuard): Host {
  return {
    fillFrom: ({ data }, most) => {
      if (typeof data !== 'string') return fill(data, most) ?? TOO_LARGE;
      return data.length > most ? TOO_LARGE : filledBy(parseJson(data));
    },
    build,
    buildMessages: chosenMessages,
    copy,
    pending: () => new Pending(crash.pending),
    error: ({ code, message, ...details }: ErrorDetails, cause: unknown) => new ZaqarError(code, message, { ...details, cause }),
    parse: parseJson,
    panicked: text => crash.panicked(text),
  };
}

/** The messages of a page at some places. These are read first: `wanted` is memory of the wasm. */
function chosenMessages(head: number, wanted: Uint8Array): RawMessage[] {
  const places = wanted.slice();
  const { messages } = build(head) as { messages: RawMessage[] };
  // mostly all of them
  return places.length === messages.length ? messages : Array.from(places, place => messages[place]!);
}

/** Puts what a server sent as JSON to where the next scan reads it. */
function filledBy(value: unknown): number {
  const encoded = attempt(() => encode(value, { isServers: true }));
  const length = encoded ? fill(encoded) ?? TOO_LARGE : TOO_DEEP;
  giveBack();
  return length;
}
