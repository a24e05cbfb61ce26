import type { Client, LogEntry } from './api.js';
import type { Settings } from './wire.js';
import { version } from './version.js';

/** An error says where REST redirects to. */
const ADDRESS = /\b(https?):\/\/[^\s,;]+/g;
/** Entries kept; the oldest go first. */
const KEPT = 50;

/** What became of a client lately, for a person who was not there. It has log entries in it, so what these leave out it leaves out, too. */
export class History {
  readonly #entries: LogEntry[] = [];

  add(entry: LogEntry): void {
    if (this.#entries.push(entry) > KEPT) this.#entries.shift();
  }

  report(client: Client, { websocket, rest, transport, format, identity }: Settings): string {
    const scheme = (url: string | undefined) => url?.replace(/:.*/, '') ?? 'none';
    return [
      `zaqar-web ${version}, ${globalThis.navigator?.userAgent}`,
      `${at(Date.now())} ${client.state}, transport ${client.transport ?? 'none'}`,
      // Of an address no more than how it begins.
      `${transport} ${scheme(websocket)} ${scheme(rest)} ${format}, ${identity}`,
      JSON.stringify(client.metrics()),
      ...this.#entries.map(({ time, message, code, reason }) => [at(time), message, code, reason].filter(Boolean).join(' ').replace(ADDRESS, '$1')),
    ].join('\n');
  }
}

function at(time: number): string {
  return new Date(time).toISOString();
}
