// What the end-to-end tests have at hand inside the page, as the global `t`: lib/stage.mjs serves this module and sets it up.
// Values are compared here, for not every value survives the way to Node.

const opened = new Set();
let defaults = {};

/** `options`: what `connect` adds to the options of each client. */
export function setUp(options) {
  defaults = options;
}

/** A client of the stage's servers; `disconnect` closes what a test leaves open. */
export async function connect(options = {}) {
  const client = await window.zaqar.connect({ ...defaults, ...options });
  opened.add(client);
  client.closed.then(() => opened.delete(client));
  return client;
}

export async function disconnect() {
  await Promise.all([...opened].map(client => client.close({ timeoutMs: 0 })));
}

/** Sends Zaqar a text frame past the package, and gives its answer. */
export function sendText(text) {
  const socket = new WebSocket(defaults.websocket);
  return new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  }).finally(() => socket.close());
}

/** A name that no other test uses. */
export function fresh(prefix = 'queue') {
  return `${prefix}-${crypto.randomUUID().slice(0, 13)}`;
}

/** Resolves to the first truthy value of `condition`, which may be async. */
export async function until(condition, { within = 10_000, every = 10, what = String(condition) } = {}) {
  const end = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await pause(every);
  }
}

export const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

/** The next event of that type for which `fits` holds; resolves to its detail. */
export function event(client, type, fits = () => true) {
  return new Promise(resolve => {
    const listen = ({ detail }) => {
      if (!fits(detail)) return;
      client.removeEventListener(type, listen);
      resolve(detail);
    };
    client.addEventListener(type, listen);
  });
}

/** What an error tells, as plain data; null if there was none. */
export async function failure(attempt) {
  try {
    await (typeof attempt === 'function' ? attempt() : attempt);
    return null;
  } catch (error) {
    return tell(error);
  }
}

export function tell(error) {
  if (!(error instanceof window.zaqar.ZaqarError)) return { other: `${error?.name}: ${error?.message}` };
  const { name, code, status, action, delivery, retryable, message } = error;
  return { name, code, status, action, delivery, retryable, message };
}

/** Milliseconds that `attempt` took, and what came of it. */
export async function timed(attempt) {
  const start = performance.now();
  const error = await failure(attempt);
  return { ms: performance.now() - start, error };
}

/** Reads an iterator into `items`, which grow; `over` resolves when it ends, to what the error tells if it was one. */
export function collect(live, choose = item => item) {
  const items = [];
  const over = failure(async () => {
    for await (const item of live) items.push(choose(item));
  });
  return { live, items, over };
}

/** The first so many of what is iterated, which ends with them. */
export async function take(iterable, count) {
  const taken = [];
  for await (const item of iterable) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

/** A message as plain data. */
export function plain(message) {
  const { id, body, ttl, age, claimId, claimCount, position } = message;
  return { id, body, ttl, age, claimId, claimCount, position };
}

export const bodies = messages => messages.map(message => message.body);
export const ids = messages => messages.map(message => message.id);

/** Numbers from `from` up to `to`, without it. */
export const range = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);

/** Where two values of the JSON data model differ: a path, or null. Tells -0 from 0, bigints from numbers, own keys from others. */
export function difference(a, b, path = '$') {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? null : `${path}: ${show(a)} instead of ${show(b)}`;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return `${path}: an array and an object`;
  const keys = [Object.keys(a).sort(), Object.keys(b).sort()];
  if (keys[0].join('\n') !== keys[1].join('\n')) return `${path}: keys ${show(keys[0])} instead of ${show(keys[1])}`;
  const prototypes = [Object.getPrototypeOf(a), Object.getPrototypeOf(b)];
  if (prototypes[0] !== prototypes[1] && prototypes[0] !== null) return `${path}: another prototype`;
  for (const key of keys[0]) {
    const found = difference(Object.getOwnPropertyDescriptor(a, key).value, Object.getOwnPropertyDescriptor(b, key).value, `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

function show(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text;
}

/** A value nested so deep. */
export function nested(depth) {
  let value = 'bottom';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { in: value };
  return value;
}
