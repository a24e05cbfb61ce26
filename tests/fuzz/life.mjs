// One client's life at a hostile server: it does what applications do, and everything it promises must come true.

import { WebSocket as LibrarySocket } from 'ws';
import { anything } from './dice.mjs';
import { startServer } from './server.mjs';

/** The longest that a busy machine may hold up what is due. */
const SLACK_MS = 8_000;
/** How long iterators and consumers run. */
const LIFE_MS = 400;

/** Lives a life of this seed at a server on these ports; resolves to what is wrong, in sentences. */
export async function live({ connect, ZaqarError }, dice, ports) {
  const wrong = [];
  const server = await startServer(dice.fork(), ports);
  const options = optionsOf(dice, server.endpoints);
  const life = new Life(ZaqarError, wrong, options, dice);
  try {
    const client = await life.settles('connect', connect(options), options.connectTimeoutMs);
    if (client) await life.of(client);
  } finally {
    await server.stop();
  }
  wrong.push(...server.leaked.map(what => `another origin was sent ${what}`));
  return wrong;
}

function optionsOf(dice, { websocket, rest }) {
  const hasBoth = dice.chance(0.6);
  const hasSocket = hasBoth || dice.chance(0.5);
  const access = dice.one([
    {},
    { token: 'secret' },
    { token: { token: 'secret', expiresAt: Date.now() + dice.one([-1_000, 500, 60_000]) } },
    { token: tokens(dice.fork()) },
    { signedUrl: { project: 'p', paths: ['/v2/queues/q/messages'], methods: ['GET'], expires: '2100-01-01T00:00:00', signature: 'secret' } },
  ]);
  return {
    ...(hasSocket ? { websocket } : {}),
    ...(hasBoth || !hasSocket ? { rest } : {}),
    projectId: 'p',
    ...access,
    lazy: dice.chance(0.7),
    format: dice.chance(0.8) ? 'msgpack' : 'json',
    timeoutMs: dice.between(300, 1_000),
    connectTimeoutMs: dice.between(300, 1_000),
    fallbackDelayMs: dice.below(100),
    keepAliveMs: dice.between(100, 1_000),
    pollIntervalMs: { min: dice.between(5, 50), max: dice.between(50, 200) },
    backoffMs: { min: dice.between(5, 50), max: dice.between(50, 200) },
    maxAnswerBytes: dice.one([65_536, 1 << 20, 16 << 20]),
    ...(dice.chance(0.3) || !globalThis.WebSocket ? { WebSocket: LibrarySocket } : {}),
  };
}

/** A token function that fails at times. */
function tokens(dice) {
  return async () => {
    if (dice.chance(0.2)) throw new Error('no token');
    if (dice.chance(0.1)) return anything(dice);
    return { token: `secret-${dice.below(100)}`, expiresAt: Date.now() + dice.between(500, 5_000) };
  };
}

class Life {
  #ZaqarError;
  #wrong;
  #dice;
  #timeoutMs;
  #reasons = new Set();

  constructor(ZaqarError, wrong, { timeoutMs }, dice) {
    this.#ZaqarError = ZaqarError;
    this.#wrong = wrong;
    this.#timeoutMs = timeoutMs;
    this.#dice = dice;
  }

  /** Waits for what must settle within this time, and fail only as it may; gives what it resolves to. */
  async settles(what, promise, withinMs = this.#timeoutMs) {
    let timer;
    const late = new Promise(resolve => (timer = setTimeout(resolve, withinMs + SLACK_MS, LATE)));
    try {
      const value = await Promise.race([promise, late]);
      if (value !== LATE) return value;
      this.#wrong.push(`${what} has not settled ${SLACK_MS} ms after its time`);
    } catch (error) {
      this.#check(what, error);
    } finally {
      clearTimeout(timer);
    }
    return undefined;
  }

  async of(client) {
    for (const event of ['error', 'statechange', 'transportchange']) client.addEventListener(event, ({ detail }) => this.#told(event, detail));
    const queue = client.queue(this.#dice.one(['q', 'orders']));
    const tasks = Array.from({ length: this.#dice.between(5, 25) }, () => this.#one(client, queue));
    await Promise.all(tasks.map(task => task()));
    if (this.#dice.chance(0.3)) globalThis.dispatchEvent?.(new Event('online'));
    client.report();
    client.metrics();
    const timeoutMs = this.#dice.below(500);
    const running = this.#one(client, queue)();
    await this.settles('close', client.close({ timeoutMs }), timeoutMs);
    const reason = await this.settles('closed', client.closed);
    if (reason !== undefined) this.#check('closed', reason);
    await running;
    await this.settles('a call after the end', client.ping());
  }

  /** Something that an application does. */
  #one(client, queue) {
    const max = this.#dice.between(1, 60);
    /** The requests that one call may make, each with a time of its own. */
    const several = this.#timeoutMs * (max + 5);
    const call = (name, make, withinMs) => () => this.#call(name, make, withinMs);
    return this.#dice.one([
      call('ping', options => client.ping(options)),
      call('health', options => client.health(options)),
      call('create', options => queue.create({ a: 1 }, options)),
      call('metadata', options => queue.metadata(options)),
      call('updateMetadata', options => queue.updateMetadata({ a: 1, b: undefined }, options), several),
      call('stats', options => queue.stats(options)),
      call('purge', options => queue.purge({}, options)),
      call('post', options => queue.post([{ body: { n: 1 } }, { body: 'x' }], options)),
      call('post many', options => queue.post(Array.from({ length: 150 }, (_, n) => ({ body: n })), options)),
      call('get', options => queue.get('id', options)),
      call('getMany', options => queue.getMany(['a', 'b'], options)),
      call('pop', options => queue.pop(max, options), several),
      call('deleteMessages', options => queue.deleteMessages(['a'], options)),
      call('share', options => queue.share({ methods: ['GET'], ...options })),
      call('claim', options => this.#work(queue, options), several),
      call('getClaim', options => queue.getClaim('c', options)),
      call('messages', options => queue.messages({ limit: 10, ...options }).toArray({ max }), several),
      call('messages page by page', options => this.#read(queue.messages(options).pages(), max), several),
      call('queues', options => client.queues(options).toArray({ max }), several),
      call('subscriptions', options => queue.subscriptions.list(options).toArray({ max }), several),
      call('a subscription', options => queue.subscriptions.create({ subscriber: 'http://x' }, options)),
      call('pools', options => client.pools.list(options).toArray({ max }), several),
      call('a flavor', options => client.flavors.get('f', options)),
      () => this.#iterate('subscribe', queue.subscribe({ buffer: 50 })),
      () => this.#iterate('tail', queue.tail({ from: this.#dice.one(['start', 'now', { position: 'a@1' }]), onGap: () => {} })),
      () => this.#consume(queue),
    ]);
  }

  /** A call, which some abort. */
  async #call(name, make, withinMs) {
    if (!this.#dice.chance(0.15)) return this.settles(name, attempt(() => make({})), withinMs);
    const abort = new AbortController();
    const reason = { aborted: name };
    this.#reasons.add(reason);
    const timer = setTimeout(() => abort.abort(reason), this.#dice.below(200));
    await this.settles(`${name} with a signal`, attempt(() => make({ signal: abort.signal })), withinMs);
    clearTimeout(timer);
  }

  async #work(queue, options) {
    const claim = await queue.claim(options);
    await claim?.renew({ ttl: 60, ...options });
    await claim?.messages[0]?.delete(options);
    await claim?.release(options);
  }

  async #read(pages, max) {
    let read = 0;
    for await (const { items } of pages) if ((read += items.length + 1) > max) break;
  }

  async #iterate(name, live) {
    const end = setTimeout(() => live.return(), LIFE_MS);
    const reading = (async () => {
      for await (const item of live) if (typeof item !== 'object') this.#wrong.push(`${name} gave ${item}`);
    })();
    await this.settles(name, reading, LIFE_MS);
    clearTimeout(end);
    await this.settles(`${name}.ready`, live.ready);
  }

  async #consume(queue) {
    const handler = async () => {
      if (this.#dice.chance(0.3)) throw new Error('a handler that fails');
    };
    const consumer = queue.consume(handler, { concurrency: this.#dice.between(1, 3), onError: () => {} });
    await new Promise(resolve => setTimeout(resolve, LIFE_MS));
    await this.settles('consumer.stop', consumer.stop(), 2 * this.#timeoutMs);
    const reason = await this.settles('consumer.closed', consumer.closed);
    if (reason !== undefined) this.#check('consumer.closed', reason);
  }

  #told(event, detail) {
    const error = event === 'error' ? detail : detail.reason;
    if (event !== 'transportchange' && error !== undefined) this.#check(`the event ${event}`, error);
  }

  /** Only a `ZaqarError`, and the reason of a signal, may anything fail with. */
  #check(what, error) {
    const isExpected = (error instanceof this.#ZaqarError && error.code !== 'crashed') || this.#reasons.has(error);
    if (!isExpected) this.#wrong.push(`${what} failed with ${error?.stack ?? error}`);
    if (String(error?.message).includes('secret')) this.#wrong.push(`${what} tells a secret: ${error.message}`);
  }
}

const LATE = Symbol('late');

/** A promise, whatever the call does. */
async function attempt(make) {
  return make();
}
