// The network row: break what lies between the page and Zaqar, through the demo's fault proxies. These outlive the page and
// stand before all pages alike: what they do is asked, and what one page changes the others learn.
import { byId, el } from './ui/dom.js';
import { tell } from './ui/errors.js';
import { gettext } from './ui/i18n.js';
import { failed } from './announce.js';

const PASS = { mode: 'pass' };
const CUT = { websocket: true };

/**
 * - `did`, `theyDid`: what the visitor, or another page, has done by pressing it.
 * - `attempt`: what becomes of a new socket, as long as it is pressed.
 * - `once`: it is done and over, and not a state.
 */
const faults = () => [
  {
    name: 'cut', label: gettext('Cut'), title: gettext('Cut every open socket now; new ones get through'), once: true, body: { cut: CUT },
    did: gettext('You cut the socket'), theyDid: gettext('Another page cut the socket'),
  },
  {
    name: 'refuse', label: gettext('Refuse'), title: gettext('Nobody listens on the port of the socket'), body: { websocket: { mode: 'refuse' }, rest: PASS, cut: CUT },
    did: gettext('You let the socket be refused'), theyDid: gettext('Another page let the socket be refused'), attempt: gettext('the new socket was refused'),
  },
  {
    name: '403', label: '403', title: gettext('A proxy forbids the upgrade to a WebSocket'), body: { websocket: { mode: 'status', status: 403 }, rest: PASS, cut: CUT },
    did: gettext('You let a proxy answer 403 to the socket'), theyDid: gettext('Another page let a proxy answer 403 to the socket'), attempt: gettext('the new socket got 403'),
  },
  {
    name: 'blackhole', label: gettext('Black hole'), title: gettext('The socket stays open, but nothing gets through any more'), body: { websocket: { mode: 'blackhole' }, rest: PASS },
    did: gettext('You let the socket go silent: it stays open, and nothing gets through'), theyDid: gettext('Another page let the socket go silent: it stays open, and nothing gets through'), attempt: gettext('the new socket got no answer'),
  },
  {
    name: 'die', label: gettext('Die every 2 s'), title: gettext('A firewall ends each socket two seconds after it opened'), body: { websocket: { lifeMs: 2000 }, rest: PASS, cut: CUT },
    did: gettext('You let each socket live for two seconds'), theyDid: gettext('Another page let each socket live for two seconds'),
  },
  {
    name: 'offline', label: gettext('Offline'), title: gettext('Neither the socket nor REST gets through'), body: { websocket: { mode: 'refuse' }, rest: { mode: 'refuse' }, cut: true },
    did: gettext('You took everything offline'), theyDid: gettext('Another page took everything offline'), attempt: gettext('the new socket was refused'),
  },
  {
    name: 'normal', label: gettext('Normal'), title: gettext('Everything gets through'), body: { websocket: PASS, rest: PASS },
    did: gettext('You mended the network'), theyDid: gettext('Another page mended the network'),
  },
];

export function networkRow({ control, narrator }) {
  const root = byId('faults');
  if (!control) return;
  root.hidden = false;
  const all = faults();
  const normal = all.at(-1);
  /** What the proxies do: undefined until they have said it, null if no button does that. */
  let current;
  const others = new BroadcastChannel('zaqar-web-network');

  const buttons = new Map(all.map((fault) => [fault.name, el('button', {
    type: 'button', title: fault.title, 'data-testid': `network-${fault.name}`, 'data-normal': fault === normal,
    'aria-pressed': fault.once ? undefined : 'false', onclick: () => press(fault),
  }, fault.label)]));
  root.append(...buttons.values());

  async function ask(command) {
    const answer = await fetch(control, command && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(command) });
    if (!answer.ok) throw new Error(gettext('The fault proxy answered %(status)s.', { status: answer.status }));
    return faultOf(all, await answer.json());
  }

  function become(fault) {
    current = fault;
    for (const each of all) if (!each.once) buttons.get(each.name).setAttribute('aria-pressed', String(each === current));
  }

  const mends = (fault) => fault === normal && current !== undefined && current !== normal;

  async function press(fault) {
    // A toggle that is pressed again goes back to normal.
    const next = fault === current ? normal : fault;
    narrator.pressed(next.did, { mends: mends(next), attempt: next.attempt, isMine: true });
    try {
      become(await ask(next.body));
      others.postMessage(next.name);
    } catch (error) {
      const doing = gettext('Changing the network');
      narrator.say(tell(doing, error), 'danger');
      failed(doing, error);
    }
  }

  others.addEventListener('message', ({ data }) => {
    const fault = all.find(({ name }) => name === data);
    if (!fault) return;
    narrator.pressed(fault.theyDid, { mends: mends(fault) });
    if (!fault.once) become(fault);
  });

  /** Pages of other browsers do not say what they do. */
  async function look() {
    const before = current;
    const fault = await ask().catch(() => undefined);
    if (fault === undefined || fault === before || current !== before) return;
    if (before !== undefined) narrator.pressed(fault?.theyDid ?? gettext('Another page changed the network'), { mends: mends(fault) });
    else if (fault !== normal) {
      narrator.say(fault ? gettext('The network is set to “%(fault)s” since before this page was opened: “%(normal)s” mends it.', { fault: fault.label, normal: normal.label })
        : gettext('The network is broken since before this page was opened: “%(normal)s” mends it.', { normal: normal.label }), 'warning');
    }
    become(fault);
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });

  narrator.say(gettext('Break the network with the buttons above: this log tells what the client does about it.'), 'you');
  look();
}

/** The fault whose settings the proxies have, by their report; null if no button sets them. */
function faultOf(all, report) {
  const same = (settings, { mode = 'pass', status, lifeMs }) => settings.mode === mode && settings.status === status && settings.lifeMs === lifeMs;
  return all.find(({ once, body }) => !once && same(report.websocket.settings.upgrade, body.websocket) && same(report.rest.settings.http, body.rest)) ?? null;
}
