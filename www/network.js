// The network row: break what lies between the page and Zaqar, through the demo's fault proxy.
import { byId, el } from './ui/dom.js';
import { failed } from './announce.js';

const PASS = { mode: 'pass' };
const CUT = { websocket: true };
const FAULTS = [
  { name: 'cut', label: 'Cut', title: 'Cut every open socket now; new ones get through', once: true, body: { cut: CUT }, said: 'You cut the socket.' },
  { name: 'refuse', label: 'Refuse', title: 'Nobody listens on the port of the socket', body: { websocket: { mode: 'refuse' }, rest: PASS, cut: CUT }, said: 'You let the socket be refused.' },
  { name: '403', label: '403', title: 'A proxy forbids the upgrade to a WebSocket', body: { websocket: { mode: 'status', status: 403 }, rest: PASS, cut: CUT }, said: 'You let a proxy answer 403 to the socket.' },
  { name: 'blackhole', label: 'Black hole', title: 'The socket stays open, but nothing gets through any more', body: { websocket: { mode: 'blackhole' }, rest: PASS }, said: 'You let the socket go silent: it stays open, and nothing gets through.' },
  { name: 'die', label: 'Die every 2 s', title: 'A firewall ends each socket two seconds after it opened', body: { websocket: { lifeMs: 2000 }, rest: PASS, cut: CUT }, said: 'You let each socket live for two seconds.' },
  { name: 'offline', label: 'Offline', title: 'Neither the socket nor REST gets through', body: { websocket: { mode: 'refuse' }, rest: { mode: 'refuse' }, cut: true }, said: 'You took everything offline.' },
  { name: 'normal', label: 'Normal', title: 'Everything gets through', body: { websocket: PASS, rest: PASS }, said: 'You mended the network.' },
];

export function networkRow({ control, narrator }) {
  const root = byId('faults');
  if (!control) return;
  root.hidden = false;
  let current = 'normal';

  const buttons = new Map(FAULTS.map((fault) => [fault.name, el('button', {
    type: 'button', title: fault.title, 'data-testid': `network-${fault.name}`, 'data-normal': fault.name === 'normal',
    'aria-pressed': fault.once ? undefined : 'false', onclick: () => press(fault),
  }, fault.label)]));
  root.append(...buttons.values());

  function paint() {
    for (const fault of FAULTS) if (!fault.once) buttons.get(fault.name).setAttribute('aria-pressed', String(fault.name === current));
  }

  async function set(fault) {
    const answer = await fetch(control, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fault.body) });
    if (!answer.ok) throw new Error(`The fault proxy answered ${answer.status}.`);
  }

  async function press(fault) {
    // A toggle that is pressed again goes back to normal.
    const next = fault.name === current && fault.name !== 'normal' ? FAULTS.at(-1) : fault;
    const mended = next.name === 'normal' && current !== 'normal';
    narrator.pressed(next.said, mended);
    try {
      await set(next);
      if (!next.once) current = next.name;
    } catch (error) {
      failed('Changing the network', error);
    }
    paint();
  }

  // The proxy outlives the page: a visitor who reloads starts with a network that works.
  set(FAULTS.at(-1)).catch(() => {});
  paint();
  narrator.say('Break the network with the buttons above: this log tells what the client does about it.', 'you');
}
