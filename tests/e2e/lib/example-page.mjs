// What an example of the documents finds in its page: the package, and the names that it takes for granted (KNOWN in
// tests/docs/examples.test.mjs), all of them real. Meanwhile others post, as they would, and not only what the example expects.

import { LONG, PROMISED, postPromised } from '/promised.mjs';
import * as zaqar from '/pkg/index.js';

export { ZaqarError, endpoints, init, version } from '/pkg/index.js';

const clients = new Set();

/** The package's own, remembered for the end. */
export async function connect(options) {
  const client = await zaqar.connect(options);
  clients.add(client);
  return client;
}

/**
 * Runs an example until it is over, or, if it reads without end, until it has shown a value of each kind. Resolves to what it
 * rejected with, as text, or to undefined.
 */
export async function run(example, { websocket, rest, projectId, token, catalog, isEndless, mustShow }) {
  const access = { websocket, rest, projectId, token };
  const client = await connect(access);
  // A queue of its own, and those that examples ask for by name.
  const queues = [`example-${crypto.randomUUID().slice(0, 8)}`, 'orders', 'orders-dead', 'greetings'].map(name => client.queue(name));
  const post = () => Promise.all(queues.map(queue => postPromised(access, queue.name, ['{"sku":4711}', ...PROMISED])));
  await Promise.all(queues.map(queue => queue.create()));
  await Promise.all(queues.map(queue => postPromised(access, queue.name, [LONG])));
  await post();
  const signedUrl = await queues[1].share({ methods: ['GET'] });
  location.hash = encodeURIComponent(JSON.stringify(signedUrl));

  let shown = 0;
  let resolveShown;
  const hasShown = new Promise(resolve => (resolveShown = resolve));
  const seen = () => ++shown > PROMISED.length + 1 && resolveShown();
  new MutationObserver(seen).observe(document.documentElement, { childList: true, subtree: true });
  console.log = seen;
  const controller = new AbortController();
  const known = {
    ...access, client, queue: queues[0], orders: queues[1], catalog, signedUrl, controller, signal: controller.signal,
    error: await queues[0].get(crypto.randomUUID()).catch(error => error),
    order: { sku: 4711 },
    show: seen,
    work: async () => seen(),
    lookWhetherItIsThere: async () => {},
    retryLater: () => {},
    tell: () => {},
  };

  let isPosting = false;
  const posting = setInterval(async () => {
    if (isPosting) return;
    isPosting = true;
    await post().catch(() => {});
    isPosting = false;
  }, 100);
  const over = (async () => example(known))();
  try {
    await (isEndless ? Promise.race([hasShown, over]) : over);
    if (mustShow) await hasShown;
    controller.abort();
    await Promise.all([...clients].map(each => each.close()));
    await over;
    return undefined;
  } catch (error) {
    return error === controller.signal.reason ? undefined : `${error?.stack ?? error}`;
  } finally {
    clearInterval(posting);
    controller.abort();
    await Promise.all([...clients].map(each => each.close({ timeoutMs: 0 })));
  }
}
