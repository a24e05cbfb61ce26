// The engine's hands: one socket, HTTP, one timer, the clock. The wasm imports none of it; what it wants done is asked of it
// here, after every call that may have given it something to want.

import { ACTIONS, type Action } from './actions.js';
import { decode, fill, wasm } from './codec/decode.js';
import { encode } from './codec/encode.js';
import { parseJson, toJson } from './codec/json.js';
import { attempt, guarded } from './errors.js';
import { exchange, reply } from './rest.js';
import { bytesAt, put, textAt, viewAt, wordAt } from './wasm.js';
import type { Settings } from './wire.js';

/** What the engine is told with a number at most, in the order of `client_event` in src/bindings/client.rs. */
export const enum Event {
  /** The time has come. */
  Timeout,
  Opened,
  /** The detail is the close code. */
  Closed,
  /** A frame was no message of Zaqar's. */
  Damaged,
  /** An HTTP request was sent, with so many bytes. */
  Sent,
  HttpFailed,
  /** The application has given a request up. */
  Abort,
  Unsubscribe,
  /** Fetch a walk's next messages, within so many ms. */
  WalkOn,
  EndWalk,
  /** A tail's reader is full (1) or takes more (0). */
  PauseTail,
  EndTail,
  /** There is no token; 1 if asking again may help. */
  TokenFailed,
  /** The network is said to be back, or the page is awake. */
  Wake,
  /** The page is not seen (1), or it is (0). */
  Hide,
  /** The page goes into the back/forward cache. */
  Pause,
  /** Finish what is in flight within so many ms, then end. */
  Close,
}

/** What a driver is for. What these throw is reported as an event of the page. */
export interface Host {
  /** An output that is for the application, in the words of src/bindings/output.rs. */
  tell(kind: number, id: number, at: number): void;
  /** A frame has come on a socket. */
  receive(link: number, data: ArrayBuffer | string): void;
  /** An answer has come, in the words of src/bindings/arrival.rs. */
  arrived(at: number): void;
}

/** The longest that `setTimeout` can wait, nearly. */
const LONGEST_TIMER = 2e9;
/** What a socket that could not be opened closes with. */
const ABNORMAL = 1006;

/** In the order of `Preference` in src/core/engine. */
const PREFERENCES = ['auto', 'websocket', 'polling'];

/** Starts a client in the wasm, and does what it wants. */
export class Driver {
  readonly id: number;
  readonly #settings: Settings;
  readonly #host: Host;
  /** Of every request, but for the token. A list goes with commas over HTTP, as an array over the socket. */
  readonly #headers: Record<string, string | string[]>;
  readonly #fetches = new Map<number, AbortController>();
  /** What went wrong last on each way, for who waits in vain. */
  readonly troubles: { websocket?: string; rest?: string } = {};
  #socket: WebSocket | undefined;
  #link = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #isPumping = false;

  constructor(settings: Settings, host: Host) {
    this.#settings = settings;
    this.#host = host;
    const { signedUrl: signed, pollIntervalMs, backoffMs } = settings;
    this.#headers = {
      'Client-ID': settings.clientId,
      'X-Project-ID': settings.projectId,
      ...(signed && {
        'URL-Signature': signed.signature, 'URL-Expires': signed.expires, 'URL-Methods': signed.methods, 'URL-Paths': signed.paths,
      }),
    };
    put(encode(this.#headers));
    const flags = bits(settings.token, settings.websocket, settings.rest, signed, settings.allowDottedNames);
    this.id = wasm.client_new(
      now(), PREFERENCES.indexOf(settings.transport), settings.fallbackDelayMs, settings.keepAliveMs,
      pollIntervalMs.min, pollIntervalMs.max, backoffMs.min, backoffMs.max, flags, Math.random(),
    );
  }

  /** Does all that the engine asks for. A call from within is answered by the loop that runs already. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let at; (at = wasm.client_poll(this.id)) !== 0; ) guarded(() => this.#do(at));
    this.#isPumping = false;
    this.#setTimer();
  }

  /** Tells the engine, then does what it asks for. */
  on(event: Event, id = 0, detail = 0): void {
    wasm.client_event(this.id, now(), event, id, detail);
    this.pump();
  }

  /** Ends all transports at once. */
  stop(): void {
    this.#drop();
    for (const link of this.#fetches.keys()) this.#cancel(link);
  }

  #do(at: number): void {
    const kind = wordAt(at);
    const link = wordAt(at + 4);
    switch (kind) {
      case 1: return this.#connect(link);
      case 2: return this.#send(link, at + 28);
      case 3: return link === this.#link ? this.#drop() : undefined;
      case 4: return void this.#fetch(link, at);
      case 5: return this.#cancel(link);
      default: return this.#host.tell(kind, link, at);
    }
  }

  #connect(link: number): void {
    this.#drop();
    this.#link = link;
    try {
      // No subprotocol is offered: Zaqar selects none, and a browser that offered some would have to fail the connection.
      const socket = (this.#socket = new this.#settings.WebSocket!(this.#settings.websocket!));
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => this.on(Event.Opened, link);
      // `close` follows and says all there is to say; Node's `ws` throws what nobody listens to.
      socket.onerror = () => undefined;
      socket.onclose = ({ code }) => {
        this.troubles.websocket = `the WebSocket closed with code ${code}`;
        this.on(Event.Closed, link, code);
      };
      socket.onmessage = ({ data }) => this.#host.receive(link, data);
    } catch (error) {
      // There is no such class, or policy forbids the address.
      this.troubles.websocket = String(error);
      this.on(Event.Closed, link, ABNORMAL);
    }
  }

  /** What a closing socket does not take is as lost as what it took last: `close` follows. */
  #send(link: number, at: number): void {
    if (link !== this.#link) return;
    const { format, WebSocket } = this.#settings;
    const isJson = format === 'json';
    // A browser copies a frame at once; what other classes do is theirs, and reading JSON uses the wasm.
    const frame = (isJson || WebSocket !== globalThis.WebSocket ? bytesAt : viewAt)(at);
    this.#socket?.send(isJson ? toJson(decode(frame)) : frame);
  }

  #drop(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.onopen = socket.onclose = socket.onmessage = null;
    socket.close(1000);
  }

  async #fetch(link: number, at: number): Promise<void> {
    const headers = { ...this.#headers } as Record<string, string>;
    const action = ACTIONS[wordAt(at + 16)]!;
    const token = textAt(at + 36);
    const { method, path, document, type } = exchange(action, decode(bytesAt(at + 28)) as Record<string, unknown>);
    const body = document === undefined ? null : toJson(document);
    if (body !== null) headers['Content-Type'] = type;
    if (token !== '') headers['X-Auth-Token'] = token;
    const abort = new AbortController();
    this.#fetches.set(link, abort);
    this.on(Event.Sent, link, body?.length);
    let response: Response | undefined;
    let text = '';
    try {
      response = await fetch(this.#settings.rest + path, {
        method,
        headers,
        body,
        cache: 'no-store',
        credentials: 'omit',
        signal: abort.signal,
      });
      text = await response.text();
    } catch (error) {
      // It does not tell whether the server has seen the request.
      response = undefined;
      this.troubles.rest = `REST: ${error}`;
    }
    if (!this.#fetches.delete(link)) return;
    if (!response) return this.on(Event.HttpFailed, link);
    this.troubles.rest = `REST answered ${response.status}`;
    guarded(() => this.#answered(link, action, response, text));
    this.pump();
  }

  #answered(link: number, action: Action, { status, headers }: Response, text: string): void {
    const answer = reply(action, status, headers.get('Location'), attempt(() => parseJson(text)));
    // A date is not worth the code to read it.
    const wait = headers.get('Retry-After') ?? '';
    const retryAfter = /^\d+$/.test(wait) ? Number(wait) * 1_000 : NaN;
    put(answer.marker ?? '');
    const length = fill(attempt(() => encode(answer.body, { isServers: true })) ?? new Uint8Array(0));
    const at = wasm.client_http(this.id, now(), link, answer.status, retryAfter, length);
    if (at !== 0) this.#host.arrived(at);
  }

  #cancel(link: number): void {
    this.#fetches.get(link)?.abort();
    this.#fetches.delete(link);
  }

  #setTimer(): void {
    const due = wasm.client_deadline(this.id);
    // One that fires too early only looks and sets the next.
    if (due !== Infinity && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    if (due === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      this.on(Event.Timeout);
    }, Math.min(Math.max(0, Math.ceil(due - now())), LONGEST_TIMER));
  }
}

/** The engine's clock. */
export function now(): number {
  return performance.now();
}

/** A bit for each, from the lowest on: whether it is there, or true. */
export function bits(...flags: unknown[]): number {
  return flags.reduce<number>((all, flag, bit) => all | (Number(Boolean(flag)) << bit), 0);
}
