// The network row: break what lies between the page and Zaqar, through the demo's fault proxies. These outlive the page and
// stand before all pages alike: what they do is asked, and what one page changes the others learn.
import { byId, el } from './ui/dom.js';
import { failed } from './announce.js';

const PASS = { mode: 'pass' };
const CUT = { websocket: true };
const FAULTS = [
  { name: 'cut', label: 'Cut', title: 'Cut every open socket now; new ones get through', once: true, body: { cut: CUT }, did: 'cut the socket' },
  { name: 'refuse', label: 'Refuse', title: 'Nobody listens on the port of the socket', body: { websocket: { mode: 'refuse' }, rest: PASS, cut: CUT }, did: 'let the socket be refused' },
  { name: '403', label: '403', title: 'A proxy forbids the upgrade to a WebSocket', body: { websocket: { mode: 'status', status: 403 }, rest: PASS, cut: CUT }, did: 'let a proxy answer 403 to the socket' },
  { name: 'blackhole', label: 'Black hole', title: 'The socket stays open, but nothing gets through any more', body: { websocket: { mode: 'blackhole' }, rest: PASS }, did: 'let the socket go silent: it stays open, and nothing gets through' },
  { name: 'die', label: 'Die every 2 s', title: 'A firewall ends each socket two seconds after it opened', body: { websocket: { lifeMs: 2000 }, rest: PASS, cut: CUT }, did: 'let each socket live for two seconds' },
  { name: 'offline', label: 'Offline', title: 'Neither the socket nor REST gets through', body: { websocket: { mode: 'refuse' }, rest: { mode: 'refuse' }, cut: true }, did: 'took everything offline' },
  { name: 'normal', label: 'Normal', title: 'Everything gets through', body: { websocket: PASS, rest: PASS }, did: 'mended the network' },
];
const NORMAL = FAULTS.at(-1);

export function networkRow({ control, narrator }) {
  const root = byId('faults');
  if (!control) return;
  root.hidden = false;
  /** What the proxies do: undefined until they have said it, null if no button does that. */
  let current;
  const others = new BroadcastChannel('zaqar-web-network');

  const buttons = new Map(FAULTS.map((fault) => [fault.name, el('button', {
    type: 'button', title: fault.title, 'data-testid': `network-${fault.name}`, 'data-normal': fault === NORMAL,
    'aria-pressed': fault.once ? undefined : 'false', onclick: () => press(fault),
  }, fault.label)]));
  root.append(...buttons.values());

  async function ask(command) {
    const answer = await fetch(control, command && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(command) });
    if (!answer.ok) throw new Error(`The fault proxy answered ${answer.status}.`);
    return faultOf(await answer.json());
  }

  function become(fault) {
    current = fault;
    for (const each of FAULTS) if (!each.once) buttons.get(each.name).setAttribute('aria-pressed', String(each === current));
  }

  const mends = (fault) => fault === NORMAL && current !== undefined && current !== NORMAL;

  async function press(fault) {
    // A toggle that is pressed again goes back to normal.
    const next = fault === current ? NORMAL : fault;
    narrator.pressed('You', next.did, { mends: mends(next) });
    try {
      become(await ask(next.body));
      others.postMessage(next.name);
    } catch (error) {
      failed('Changing the network', error);
    }
  }

  others.addEventListener('message', ({ data }) => {
    const fault = FAULTS.find(({ name }) => name === data);
    if (!fault) return;
    narrator.pressed('Another page', fault.did, { mends: mends(fault) });
    if (!fault.once) become(fault);
  });

  /** Pages of other browsers do not say what they do. */
  async function look() {
    const before = current;
    const fault = await ask().catch(() => undefined);
    if (fault === undefined || fault === before || current !== before) return;
    if (before !== undefined) narrator.pressed('Another page', fault?.did ?? 'changed the network', { mends: mends(fault) });
    else if (fault !== NORMAL) narrator.say(`The network is ${fault ? `set to “${fault.label}”` : 'broken'} since before this page was opened: “${NORMAL.label}” mends it.`, 'warning');
    become(fault);
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });

  narrator.say('Break the network with the buttons above: this log tells what the client does about it.', 'you');
  look();
}

/** The fault whose settings the proxies have, by their report; null if no button sets them. */
function faultOf(report) {
  const same = (settings, { mode = 'pass', status, lifeMs }) => settings.mode === mode && settings.status === status && settings.lifeMs === lifeMs;
  return FAULTS.find(({ once, body }) => !once && same(report.websocket.settings.upgrade, body.websocket) && same(report.rest.settings.http, body.rest)) ?? null;
}
