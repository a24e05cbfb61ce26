// Admin › Messaging › Pools and flavors: both tables, and when they were read.
import { el } from './ui/dom.js';
import { enter } from './parts/entry.js';
import { flavorsView } from './admin/flavors.js';
import { freshness } from './admin/freshness.js';
import { poolsView } from './admin/pools.js';
import { Registry } from './admin/registry.js';

enter(({ client }, { root, fail }) => {
  const registry = new Registry(client);
  const bar = freshness(registry);
  root.replaceChildren(bar.element, el('div', { class: 'zw-place' }, poolsView(registry), flavorsView(registry)));
  registry.start();
  let isOver = false;
  client.closed.then((error) => { if (error && !isOver) fail(error); });
  return {
    close() {
      isOver = true;
      bar.close();
      registry.close();
      client.close({ timeoutMs: 0 });
    },
  };
});
