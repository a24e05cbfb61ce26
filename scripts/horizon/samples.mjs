// Something to see in the panel: queues of a shop with what its parts post to them, and who works them. Everything goes over
// Zaqar's REST API, as from anywhere outside.

const CLIENT = crypto.randomUUID();

const QUEUES = {
  orders: { _default_message_ttl: 3600, _max_messages_post_size: 65536, _dead_letter_queue: 'orders-dead', _max_claim_count: 3, owner: 'shop' },
  'orders-dead': { _default_message_ttl: 1209600, owner: 'shop' },
  payments: { _default_message_ttl: 7200, owner: 'billing' },
  mail: { _default_message_ttl: 3600, owner: 'shop' },
  audit: { _default_message_ttl: 86400, owner: 'security' },
};

/** How often each queue is posted to, in ms. */
const PACE = { orders: 1_500, payments: 4_000, mail: 2_500, audit: 6_000 };

const BODIES = {
  orders: n => ({ order: 4000 + n, sku: `SKU-${(n * 37) % 900}`, quantity: (n % 5) + 1, customer: { id: 100 + (n % 40), country: ['DE', 'FR', 'JP'][n % 3] } }),
  payments: n => ({ order: 4000 + n, amount: ((n * 731) % 50_000) / 100, currency: 'EUR', method: ['card', 'transfer'][n % 2] }),
  mail: n => ({ to: `customer${100 + (n % 40)}@shop.example`, template: ['confirmation', 'invoice', 'shipped'][n % 3], language: 'en' }),
  audit: n => ({ event: ['login', 'logout', 'role-assigned'][n % 3], user: `user-${n % 12}`, at: new Date().toISOString() }),
};

/**
 * Fills a project and goes on posting until `stop`. `login` gives a token for it.
 */
export async function startSamples({ rest, login }) {
  const request = requester(rest, login);
  for (const [name, metadata] of Object.entries(QUEUES)) await request('PUT', `/v2/queues/${name}`, metadata);
  let posted = 0;
  const post = (name, count) => request('POST', `/v2/queues/${name}/messages`, { messages: Array.from({ length: count }, () => ({ body: BODIES[name]((posted += 1)) })) });
  for (const [name, count] of Object.entries({ orders: 12, payments: 5, mail: 3, audit: 20 })) await post(name, count);
  await request('POST', '/v2/queues/orders/claims?limit=2', { ttl: 600, grace: 60 });
  await request('POST', '/v2/queues/orders/subscriptions', { subscriber: 'https://shop.example/hooks/orders', ttl: 86_400 });

  /** One that works a queue, so that messages come and go. */
  const work = async name => {
    const claimed = await request('POST', `/v2/queues/${name}/claims?limit=3`, { ttl: 60, grace: 60 });
    for (const { href } of claimed?.messages ?? []) await request('DELETE', href);
  };
  const timers = [
    ...Object.entries(PACE).map(([name, pace]) => every(pace, () => post(name, 1))),
    ...['orders', 'mail', 'payments'].map(name => every(5_000, () => work(name))),
  ];
  return {
    async stop() {
      await Promise.all(timers.map(timer => timer.stop()));
    },
  };
}

/** Calls `act` again and again with a pause between; what fails is tried again the next time. */
function every(pause, act) {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(act).catch(() => {});
  }, pause);
  return {
    stop: () => {
      clearInterval(timer);
      return running;
    },
  };
}

function requester(rest, login) {
  let token = login();
  return async function request(method, path, body, isSecond = false) {
    const response = await fetch(rest + path, {
      method,
      headers: { 'Client-ID': CLIENT, 'Content-Type': 'application/json', 'X-Auth-Token': (await token).token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : JSON.parse(text);
    if (response.status !== 401 || isSecond) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    token = login();
    return request(method, path, body, true);
  };
}
