// Admin › Messaging › Pools and flavors: opens the session and shows both tables.
import { connect } from './index.js';
import { el } from './ui/dom.js';
import { openSession } from './parts/session.js';
import { loading, trouble } from './parts/states.js';
import { flavorsView } from './admin/flavors.js';
import { freshness } from './admin/freshness.js';
import { poolsView } from './admin/pools.js';
import { Registry } from './admin/registry.js';

const root = document.getElementById('zaqar-web');
let running = null;
start();

async function start() {
  running?.close();
  running = null;
  root.classList.add('zw');
  root.replaceChildren(loading());
  try {
    running = await run(await openSession(root, connect, { onNoSession: show }));
  } catch (error) {
    show(error);
  }
}

/** Nothing below works without a session. */
function show(error) {
  running?.close();
  running = null;
  root.replaceChildren(trouble(error, { login: root.dataset.login, again: start }));
}

async function run({ client }) {
  const registry = new Registry(client);
  const bar = freshness(registry);
  const pools = poolsView(registry);
  const flavors = flavorsView(registry);
  root.replaceChildren(bar.element, el('div', { class: 'zw-place' }, pools.element, flavors.element));
  registry.start();
  return {
    close() {
      bar.close();
      registry.close();
      client.close({ timeoutMs: 0 });
    },
  };
}
