// What a page does while its servers fail: it posts, tails, works, pops and listens, with a client for each, and keeps an account
// of all of it, which verdict.mjs holds against what is stored.

/** What users choose where servers fail often; the rest is as by default. */
const EAGER = { backoffMs: { min: 50, max: 1_000 }, pollIntervalMs: { min: 100, max: 1_000 } };

/** So many calls of a poster wait for their answers, and so long it rests after each, for slow machines. */
const [AT_ONCE, PACE_MS] = [4, 15];

export const account = {
  /** One for each message: `{ queue, by, n }` with its `id` and the time of the acknowledgement, or with the `error` of its post. */
  posts: [],
  /** Of two tails of `stream`, one of which polls, the messages that it gave, `{ id, by, n }`, and its gaps. */
  tails: [],
  /** Bodies of `work` whose handler resolved. */
  worked: [],
  /** Bodies of `once` that were popped, and how many more `unknown` calls may have popped. */
  popped: [],
  perhapsPopped: 0,
  /** Bodies that `subscribe()` gave. */
  notified: [],
  /** What must not happen. */
  problems: [],
};

const clients = [];
const consumers = [];
let isPosting = true;
let isPopping = true;
let posters;
let popper;

/** Begins all of it; resolves when every reader is ready. `options` are those of `connect`. */
export async function start(options) {
  const connect = async more => {
    const client = await window.zaqar.connect({ ...options, ...EAGER, ...more });
    client.closed.then(error => error && account.problems.push(`a client ended: ${error}`));
    clients.push(client);
    return client;
  };
  await Promise.all([
    tail(await connect(), 0),
    tail(await connect({ transport: 'polling' }), 1),
    listen(await connect()),
    work(await connect()),
    work(await connect()),
  ]);
  const [first, second] = [await connect(), await connect()];
  posters = Promise.all([post(first, 'stream', 'first'), post(second, 'stream', 'second'), post(first, 'work', 'first'), post(second, 'once', 'second')]);
  popper = pop(await connect());
}

/** How many messages of `stream` are stored for certain, how many each kind of reader has, and how many handlers run. */
export function progress() {
  return {
    stored: account.posts.filter(({ queue, id }) => queue === 'stream' && id).length,
    tailed: account.tails[0].got.length,
    polled: account.tails[1].got.length,
    worked: account.worked.length,
    popped: account.popped.length,
    running: consumers.reduce((sum, consumer) => sum + consumer.running, 0),
  };
}

/** Posts no more; resolves when every post has its answer. */
export async function stopPosting() {
  isPosting = false;
  await posters;
}

/** Pops no more; resolves when the last call has its answer. */
export async function stopPopping() {
  isPopping = false;
  await popper;
}

/** Posts to `stream`; `by` tells whose they are. */
export async function postAs(by, count) {
  const numbers = Array.from({ length: count }, (_, n) => n);
  await clients.at(-1).queue('stream').post(numbers.map(n => ({ body: { by, n } })));
}

export const report = () => clients.map(client => client.report()).join('\n\n');

const pause = ms => new Promise(resolve => setTimeout(resolve, ms));

async function post(client, name, by) {
  const queue = client.queue(name);
  const waiting = new Set();
  for (let n = 0; isPosting; ) {
    const entries = Array.from({ length: 1 + (n % 3) }, () => ({ queue: name, by, n: n++ }));
    account.posts.push(...entries);
    const settled = queue.post(entries.map(({ n }) => ({ body: { by, n } }))).then(
      ids => entries.forEach((entry, place) => Object.assign(entry, { id: ids[place], at: Date.now() })),
      ({ code, delivery, message }) => entries.forEach(entry => (entry.error = { code, delivery, message })),
    );
    waiting.add(settled);
    settled.then(() => waiting.delete(settled));
    if (waiting.size >= AT_ONCE) await Promise.race(waiting);
    await pause(PACE_MS);
  }
  await Promise.all(waiting);
}

async function tail(client, place) {
  const own = (account.tails[place] = { got: [], gaps: [] });
  const live = client.queue('stream').tail({ from: 'start', onGap: gap => own.gaps.push(gap) });
  read(live, ({ id, body }) => own.got.push({ id, ...body }));
  await live.ready;
}

async function listen(client) {
  const live = client.queue('stream').subscribe();
  read(live, ({ body }) => account.notified.push(body));
  await live.ready;
}

function read(live, take) {
  (async () => {
    for await (const item of live) take(item);
    account.problems.push('an iterator ended');
  })().catch(error => account.problems.push(`an iterator failed: ${error}`));
}

async function work(client) {
  const handler = async ({ body }) => {
    await pause(5);
    account.worked.push(body);
  };
  const consumer = client.queue('work').consume(handler, { concurrency: 4 });
  consumers.push(consumer);
  consumer.closed.then(error => account.problems.push(`a consumer ended: ${error}`));
}

async function pop(client) {
  const queue = client.queue('once');
  while (isPopping) {
    try {
      account.popped.push(...(await queue.pop(2)).map(({ body }) => body));
    } catch ({ code, delivery }) {
      if (delivery === 'unknown') account.perhapsPopped += 2;
      else if (delivery !== 'not-sent') account.problems.push(`a pop failed: ${code}`);
    }
    await pause(20);
  }
}
