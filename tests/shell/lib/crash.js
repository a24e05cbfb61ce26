// Crashes the wasm of a page while everything that clients can do is under way, and tells what became of it. It runs in Node and
// in browsers; crashes.mjs has the assertions.

import { arm, instances, watchInstances } from './watch.js';

/** Where the wasm traps: what makes the application, the browser or the server call it there. */
export const PLACES = {
  'a call': trip => (trip.arm(), call(trip.socket)),
  'a frame': trip => (trip.at('frame', trip.arm), trip.server.control('send')),
  'a timer': trip => trip.at('timer', trip.arm),
  "a fetch's answer": trip => (trip.at('answer', trip.arm), call(trip.polling)),
  'an event of the page': trip => (trip.arm(), globalThis.dispatchEvent(new Event('online'))),
  'a call within an event': trip => (trip.at('log', () => (trip.arm(), call(trip.socket))), trip.connect({ lazy: true })),
  'a call within send': trip => (trip.at('send', () => (trip.arm(), call(trip.socket))), call(trip.socket)),
  'a call within fetch': trip => (trip.at('fetch', () => (trip.arm(), call(trip.polling))), call(trip.polling)),
};

/**
 * `zaqar` is the package, `wasm` one that can trap (traps.mjs), `trap` what it ends by, `place` where, `server` the addresses of a
 * stand-in.
 */
export async function crash(zaqar, { wasm, trap, place, server, WebSocket = globalThis.WebSocket }) {
  const trip = new Trip(trap, server, WebSocket);
  try {
    await zaqar.init(wasm);
    return await crashOnce(zaqar, trip, PLACES[place]);
  } finally {
    trip.forget();
  }
}

async function crashOnce(zaqar, trip, place) {
  const { server, options } = trip;
  trip.connect = other => zaqar.connect({ ...options, websocket: server.websocket, ...other });
  trip.socket = await trip.connect();
  trip.polling = await zaqar.connect({ ...options, rest: server.rest });
  const clients = { socket: trip.socket, polling: trip.polling };
  const opening = trip.connect({ websocket: `${server.websocket}/silent` });
  const closed = Object.fromEntries(Object.entries(clients).map(([name, client]) => [`${name}: closed`, client.closed]));
  const settled = watch({ connect: opening, ...closed, ...(await startAll(clients)) });
  // three on the socket are silent, too
  await until(async () => (await server.control('open')).exchanges >= 4);

  const instance = instances.at(-1);
  place(trip);
  await until(() => instance.diedAt !== undefined, () => `no crash; the console: ${trip.said}; uncaught: ${trip.uncaught}; ${trip.socket.report()}`);
  await pause(100);
  const report = {
    settled: settled.map(({ name, how, at }) => ({ name, how, ms: Math.round(at - instance.diedAt) })),
    message: (await clients.socket.closed)?.message,
    states: Object.values(clients).map(client => [client.state, client.transport]),
    closing: await Promise.all(Object.values(clients).map(client => told(client.close()))),
    later: await Promise.all([call(trip.socket), call(trip.polling), told(trip.socket.queue('q').tail().next()), told(trip.socket.queue('q').messages().toArray())]),
    reports: Object.values(clients).map(client => client.report()),
    metrics: Object.values(clients).map(client => typeof client.metrics().requests),
  };
  trip.late();
  // long enough for a timer that was set before
  await pause(250);
  const { entered, left } = instance;
  return { ...report, entered, left, uncaught: trip.uncaught, said: trip.said, open: await server.control('open'), came: await roundTrips(zaqar, trip) };
}

/** All that a client can have under way, by name. */
async function startAll(clients) {
  const all = {};
  for (const [name, client] of Object.entries(clients)) {
    const tail = client.queue('quiet').tail();
    const subscription = client.queue('quiet').subscribe();
    await Promise.all([tail.ready, subscription.ready]);
    Object.assign(all, await consume(name, client));
    // On a socket answers come in order: nothing is answered any more.
    const silent = client.queue('silent');
    Object.assign(all, {
      [`${name}: call`]: silent.stats(),
      [`${name}: post`]: silent.post({ body: 1 }),
      [`${name}: walk`]: silent.messages().toArray(),
      [`${name}: list`]: silent.subscriptions.list().toArray(),
      [`${name}: tail`]: tail.next(),
      [`${name}: subscription`]: subscription.next(),
    });
  }
  return all;
}

/** A consumer whose handler has begun. */
async function consume(name, client) {
  const queue = client.queue(`work-${crypto.randomUUID()}`);
  await queue.post({ body: 'work' });
  return new Promise(resolve => {
    const consumer = queue.consume((_, { signal }) => {
      const handler = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      resolve({ [`${name}: consumer`]: consumer.closed, [`${name}: handler`]: handler });
      return handler;
    });
  });
}

function watch(promises) {
  return Object.entries(promises).map(([name, promise]) => {
    const watched = { name, how: 'pending', at: Infinity };
    void told(promise).then(how => Object.assign(watched, { how, at: performance.now() }));
    return watched;
  });
}

/** A fresh instance serves both transports. */
async function roundTrips(zaqar, { server, Base: WebSocket }) {
  const came = [];
  for (const transport of ['websocket', 'polling']) {
    const client = await zaqar.connect({ websocket: server.websocket, rest: server.rest, transport, projectId: 'p', WebSocket });
    const queue = client.queue('round-trip');
    const [id] = await queue.post({ body: transport });
    came.push((await queue.get(id)).body);
    await client.close();
  }
  return came;
}

/** The clients of a page that will crash, and the moments at which something calls the wasm. */
class Trip {
  uncaught = [];
  said = [];
  #next = {};
  #sockets = [];
  #restore = [];

  constructor(trap, { websocket, rest }, Base) {
    this.arm = () => arm(trap);
    this.Base = Base;
    this.server = { websocket, rest, control: async what => (await fetch(`${rest}/control/${what}`)).json() };
    this.options = {
      projectId: 'p', timeoutMs: 10_000, connectTimeoutMs: 10_000, keepAliveMs: 10_000, pollIntervalMs: { min: 100, max: 100 },
      WebSocket: this.#socketClass(Base), fetch: this.#fetch, logger: () => this.#reach('log'),
    };
    this.#restore.push(watchInstances());
    this.#replace(globalThis, 'setTimeout', setTimeout => (callback, ...more) => {
      const isOurs = /wasm/.test(new Error().stack);
      return setTimeout((...given) => (isOurs && this.#reach('timer'), callback(...given)), ...more);
    });
    this.#replace(console, 'error', () => (...words) => void this.said.push(words.join(' ')));
    this.#listen();
  }

  /** Does this once, when that moment comes next. */
  at(moment, task) {
    this.#next[moment] = task;
  }

  /** Events of sockets that come after the crash. */
  late() {
    for (const { onopen, onmessage, onclose } of this.#sockets) {
      onopen?.({ type: 'open' });
      onmessage?.({ type: 'message', data: new ArrayBuffer(3) });
      onclose?.({ type: 'close', code: 1006 });
    }
    globalThis.dispatchEvent?.(new Event('online'));
  }

  forget() {
    for (const restore of this.#restore) restore();
  }

  #reach(moment) {
    const task = this.#next[moment];
    delete this.#next[moment];
    task?.();
  }

  #socketClass(Base) {
    const reach = moment => this.#reach(moment);
    const sockets = this.#sockets;
    return class extends Base {
      constructor(url) {
        super(url);
        this.addEventListener('message', () => reach('frame'));
        this.addEventListener('open', () => sockets.push({ onopen: this.onopen, onmessage: this.onmessage, onclose: this.onclose }));
      }

      send(frame) {
        reach('send');
        super.send(frame);
      }
    };
  }

  #fetch = async (url, init) => {
    this.#reach('fetch');
    const response = await fetch(url, init);
    const text = await response.text();
    this.#reach('answer');
    return { status: response.status, headers: response.headers, text: async () => text };
  };

  #replace(object, name, replacement) {
    const real = object[name];
    object[name] = replacement(real);
    this.#restore.push(() => (object[name] = real));
  }

  #listen() {
    const note = error => void this.uncaught.push(String((error?.reason ?? error?.error ?? error).stack));
    const { process } = globalThis;
    const [add, remove, events] = process
      ? [process.on.bind(process), process.off.bind(process), ['uncaughtException', 'unhandledRejection']]
      : [addEventListener, removeEventListener, ['error', 'unhandledrejection']];
    for (const event of events) {
      add(event, note);
      this.#restore.push(() => remove(event, note));
    }
  }
}

function call(client) {
  return told(client.queue('other').stats());
}

/** How a promise settles. */
async function told(promise) {
  try {
    const value = await promise;
    return value?.code === undefined ? 'resolved' : `resolved to ${value.code}`;
  } catch (error) {
    return `rejected with ${error.code ?? error}`;
  }
}

async function until(condition, what = () => String(condition)) {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not in time: ${what()}`);
    await pause(5);
  }
}

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
