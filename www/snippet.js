// The ten lines behind what you see, with this page's own addresses.
import { byId, copyText, el } from './ui/dom.js';
import { announce, done } from './announce.js';

export function snippet(config) {
  const lines = [
    "import { connect } from 'zaqar-web';",
    '',
    'const client = await connect({',
    `  websocket: '${config.websocket ?? 'wss://zaqar.example.org:9000'}',`,
    `  rest: '${config.rest ?? 'https://zaqar.example.org:8888'}', projectId: '${config.projectId ?? 'demo'}',`,
    '});',
    "const orders = client.queue('orders');",
    "await orders.post({ body: { sku: 'KB-104', qty: 2 } });",
    'for await (const message of orders.tail()) {',
    '  console.log(message.id, message.body);',
    '}',
  ].filter(Boolean);
  const code = byId('code');
  code.replaceChildren(...lines.flatMap((line) => [...paint(line), '\n']));
  byId('copy-code').addEventListener('click', async () => {
    if (await copyText(`${lines.join('\n')}\n`)) done('The ten lines are copied.');
    else announce('The browser does not let this page write to the clipboard; select the text instead.', 'danger');
  });
}

/** Keywords and strings, and nothing more. */
function paint(line) {
  return line.split(/('[^']*'|\b(?:import|from|const|await|for|of)\b)/).filter(Boolean).map((part) => {
    if (part.startsWith("'")) return el('span', { class: 'text' }, part);
    return /^(import|from|const|await|for|of)$/.test(part) ? el('span', { class: 'word' }, part) : part;
  });
}
