import type { ConnectOptions, LogEntry, SignedUrl } from './api.js';
import type { Settings } from './wire.js';
import { abortSignal, duration, record, text, texts } from './check.js';
import { ZaqarError, attempt, invalid } from './errors.js';
import { tokenSource } from './token.js';

/** The options of `connect`, checked and complete. */
export interface Parsed {
  settings: Settings;
  connectTimeoutMs: number;
  lazy: boolean;
  logger: ((entry: LogEntry) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** Throws `invalid-argument` for the first option that is wrong. */
export function parse(options: ConnectOptions): Parsed {
  record(options, 'the options of connect');
  const websocket = endpoint(options.websocket, 'websocket', ['ws:', 'wss:']);
  const rest = endpoint(options.rest, 'rest', ['http:', 'https:']);
  if (!websocket && !rest) throw invalid('connect needs `websocket`, `rest` or both');
  const signedUrl = signature(options.signedUrl);
  if (signedUrl && options.token !== undefined) throw invalid('give `token` or `signedUrl`, not both');
  const WebSocket = check(options.WebSocket, 'WebSocket', 'function') ?? globalThis.WebSocket;
  return {
    settings: {
      websocket: websocket?.href,
      // The core adds /v2 itself, behind whatever prefix a proxy wants.
      rest: rest && rest.origin + rest.pathname.replace(/\/*(\/v2)?\/*$/, ''),
      projectId: project(options.projectId, signedUrl?.project),
      clientId: clientId(options.clientId),
      transport: transport(options.transport, websocket, rest, WebSocket),
      fallbackDelayMs: duration(options.fallbackDelayMs ?? 300, 'fallbackDelayMs', 0),
      timeoutMs: duration(options.timeoutMs ?? 30_000, 'timeoutMs'),
      keepAliveMs: duration(options.keepAliveMs ?? 20_000, 'keepAliveMs'),
      pollIntervalMs: range(options.pollIntervalMs, 'pollIntervalMs', 1_000, 15_000),
      backoffMs: range(options.backoffMs, 'backoffMs', 250, 30_000),
      format: oneOf(options.format ?? 'msgpack', 'format', ['msgpack', 'json']),
      allowDottedNames: check(options.allowDottedNames, 'allowDottedNames', 'boolean') ?? false,
      WebSocket,
      userTiming: check(options.userTiming, 'userTiming', 'boolean') ?? false,
      token: tokenSource(options.token),
      signedUrl,
    },
    connectTimeoutMs: duration(options.connectTimeoutMs ?? 10_000, 'connectTimeoutMs'),
    lazy: check(options.lazy, 'lazy', 'boolean') ?? false,
    logger: check(options.logger, 'logger', 'function'),
    signal: abortSignal(options.signal),
  };
}

function endpoint(value: unknown, name: string, schemes: string[]): URL | undefined {
  if (value === undefined) return undefined;
  const url = attempt(() => new URL(String(value)));
  if (!url) throw invalid(`\`${name}\` must be an absolute URL`);
  if (!schemes.includes(url.protocol)) throw invalid(`\`${name}\` must begin with ${schemes.join('// or ')}//`);
  if (url.username || url.password) throw invalid(`\`${name}\` must not carry a user name or password; use \`token\``);
  if (name === 'rest' && url.search) throw invalid('`rest` must not have a query');
  url.hash = ''; // Zaqar answers a fragment with 400, and older browsers throw.
  return url;
}

function transport(
  value: unknown,
  websocket: URL | undefined,
  rest: URL | undefined,
  available: typeof WebSocket | undefined,
): Settings['transport'] {
  const wanted = oneOf(value ?? 'auto', 'transport', ['auto', 'websocket', 'polling']);
  if (wanted === 'polling' && !rest) throw invalid('transport `polling` needs `rest`');
  if (wanted === 'websocket' && !websocket) throw invalid('transport `websocket` needs `websocket`');
  const mayOpen = websocket && available && wanted !== 'polling';
  if (rest && wanted !== 'websocket') return mayOpen ? 'auto' : 'polling';
  if (mayOpen) return 'websocket';
  throw new ZaqarError('unsupported', 'this runtime has no WebSocket: give `connect` the option `WebSocket`');
}

/** It travels as a header. */
function project(own: unknown, signed: string | undefined): string {
  const id = own ?? signed;
  if (typeof id !== 'string' || !/^[!-~]([ -~]{0,254}[!-~])?$/.test(id)) {
    throw invalid('`projectId` must be a project id of 1 to 256 ASCII characters');
  }
  if (signed && id !== signed) throw invalid('`projectId` is not the project of `signedUrl`');
  return id;
}

function clientId(value: unknown): string {
  // crypto.randomUUID exists in secure contexts only.
  if (value === undefined) {
    return '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, digit =>
      (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
    );
  }
  if (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return value;
  throw invalid('`clientId` must be a UUID');
}

/** With one end given, the other gives way to it. */
function range(value: unknown, name: string, min: number, max: number): { min: number; max: number } {
  const given = record(value ?? {}, `\`${name}\``);
  const low = given.min === undefined ? undefined : duration(given.min, `${name}.min`);
  const high = given.max === undefined ? undefined : duration(given.max, `${name}.max`);
  const ends = { min: low ?? Math.min(min, high ?? min), max: high ?? Math.max(max, low ?? max) };
  if (ends.min > ends.max) throw invalid(`${name}.min must not exceed ${name}.max`);
  return ends;
}

function signature(value: unknown): SignedUrl | undefined {
  if (value === undefined) return undefined;
  const given = record(value, '`signedUrl`');
  return {
    project: text(given.project, 'signedUrl.project'),
    // Without methods Zaqar drops the connection.
    paths: texts(given.paths, 'signedUrl.paths'),
    methods: texts(given.methods, 'signedUrl.methods'),
    expires: text(given.expires, 'signedUrl.expires'),
    signature: text(given.signature, 'signedUrl.signature'),
  };
}

function check<T>(value: T, name: string, type: 'function' | 'boolean'): T {
  if (value !== undefined && typeof value !== type) throw invalid(`\`${name}\` must be a ${type}`);
  return value;
}

function oneOf<T extends string>(value: unknown, name: string, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) throw invalid(`\`${name}\` must be one of ${allowed.join(', ')}`);
  return value as T;
}
