// A classic script for windows and workers alike. The server writes the addresses into it.

/** Of a script that is this environment's, too. */
globalThis.beside = name => `/environments/${name}${location.search}`;

/** Works a queue with the package and tells the server what came of it. */
globalThis.attempt = zaqar => {
  const told = work(zaqar).then(
    result => result,
    ({ name, code, message }) => ({ error: { name, code, message } }),
  ).then(result => fetch(beside('result'), { method: 'POST', body: JSON.stringify(result) }));
  // A service worker is kept until it is installed.
  globalThis.addEventListener('install', event => event.waitUntil(told));
};

async function work({ connect }) {
  const endpoints = ENDPOINTS;
  const came = [];
  const queue = crypto.randomUUID();
  for (const transport of ['websocket', 'polling']) {
    const client = await connect({ ...endpoints, transport, projectId: 'environments' });
    const messages = client.queue(queue).tail();
    await messages.ready;
    await client.queue(queue).post({ body: { over: transport, large: 2n ** 60n + 1n } });
    const { value } = await messages.next();
    came.push(`${value.body.over} ${value.body.large}`);
    await client.close();
  }
  return { scope: globalThis.constructor.name, queue, came };
}
