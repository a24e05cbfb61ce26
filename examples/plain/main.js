// pkg/ of the package, served as it is: index.js fetches zaqar_web.wasm from beside itself.
import { connect } from '/zaqar-web/index.js';

const given = new URLSearchParams(location.search);
// The page's address may name servers of this machine only: with a token, a link that names another would steal it.
const ours = (name, usual) => (/^\w+:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(given.get(name) ?? '') ? given.get(name) : usual);
const section = document.querySelector('section');
const list = document.querySelector('ul');
const transport = document.querySelector('#transport');
let leave;

/** A text of anything: whoever may post decides what a body is, and JSON has no `bigint`. */
const text = value => JSON.stringify(value, (key, part) => (typeof part === 'bigint' ? `${part}` : part));

/** Everything that is opened here hangs on one signal. */
async function show() {
  leave = new AbortController();
  const { signal } = leave;
  const client = await connect({
    websocket: ours('websocket', 'ws://localhost:9000'),
    rest: ours('rest', 'http://localhost:8888'),
    projectId: given.get('project') ?? 'demo',
    signal,
  });
  const tell = () => (transport.value = client.transport ?? 'none');
  client.addEventListener('transportchange', tell);
  tell();

  const orders = client.queue('orders');
  document.querySelector('#post').addEventListener('click', () => orders.post({ body: { sku: 4711 } }), { signal });
  for await (const { body } of orders.tail({ from: 'start', signal })) {
    const item = document.createElement('li');
    item.textContent = `sku ${text(body?.sku)}`;
    list.append(item);
  }
}

function toggle() {
  section.hidden = !section.hidden;
  list.replaceChildren();
  if (section.hidden) return leave.abort();
  show().catch(error => {
    if (!leave.signal.aborted) transport.value = error.message;
  });
}

document.querySelector('#toggle').addEventListener('click', toggle);
section.hidden = true;
toggle();
