// The ten lines behind what you see, with this page's own addresses and options.
import { byId, copyText, el } from './ui/dom.js';
import { gettext } from './ui/i18n.js';
import { announce, done } from './announce.js';

export function snippet({ websocket, rest, projectId }) {
  const lines = [
    "import { connect } from 'zaqar-web';",
    'const client = await connect({',
    websocket && `  websocket: '${websocket}',`,
    `  ${rest ? `rest: '${rest}', ` : ''}projectId: '${projectId}',`,
    '  keepAliveMs: 2_000, lazy: true,',
    '});',
    "const orders = client.queue('orders');",
    "await orders.post({ body: { sku: 'KB-104', qty: 2 } });",
    "for await (const { id, body } of orders.tail({ from: 'start' }))",
    '  console.log(id, body);',
  ].filter(Boolean);
  const code = byId('code');
  code.replaceChildren(...lines.flatMap((line) => [...paint(line), '\n']));
  byId('copy-code').addEventListener('click', async () => {
    if (await copyText(`${lines.join('\n')}\n`)) done(gettext('The ten lines are copied.'));
    else announce(gettext('The browser does not let this page write to the clipboard; select the text instead.'), 'danger');
  });
}

/** Keywords and strings, and nothing more. */
function paint(line) {
  return line.split(/('[^']*'|\b(?:import|from|const|await|for|of)\b)/).filter(Boolean).map((part) => {
    if (part.startsWith("'")) return el('span', { class: 'text' }, part);
    return /^(import|from|const|await|for|of)$/.test(part) ? el('span', { class: 'word' }, part) : part;
  });
}
