// Am I looking at the truth? State, transport, round trip and since when, in one line above everything; and what to do when it is
// not so.
import { el, setText } from '../ui/dom.js';
import { explain } from '../ui/errors.js';
import { age, duration, iso } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';
import { spark } from '../ui/spark.js';

const PING_MS = 3_000;
const STALE_MS = 9_000;
/** A shorter outage is not worth a banner. */
const PATIENCE_MS = 1_500;

/**
 * `steady`: see ui/steady.js. `connectAgain()` is called by the button that is there when the client is closed.
 * Gives `{ element, close() }`.
 */
export function connectionBar({ client, steady, projectName, connectAgain }) {
  const state = el('strong', { 'data-testid': 'state' });
  const dot = el('span', { class: 'zw-dot', 'aria-hidden': 'true' });
  const since = el('span', { class: 'zw-quiet' });
  const transport = el('span', { class: 'label', 'data-testid': 'transport' });
  const rtt = el('span', { 'data-testid': 'rtt' });
  const line = spark(60, 16);
  const trip = el('span', { class: 'zw-rtt', title: gettext('Round trip of a small request') }, rtt, line.svg);
  const now = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'retry', hidden: true });
  const heard = el('span', { class: 'sr-only', role: 'status', 'data-testid': 'heard' });
  const bar = el('div', { class: 'zw-connection well well-sm', role: 'group', 'aria-label': gettext('Connection to Zaqar') },
    el('span', { class: 'zw-state' }, dot, state, since), transport, trip,
    projectName && el('span', { class: 'zw-quiet zw-project' }, gettext('Project %(name)s', { name: projectName })), now);
  const what = el('strong');
  const advice = el('span');
  // Beside what is read aloud: it ticks.
  const seen = el('span');
  const banner = el('div', { class: 'alert', 'data-testid': 'banner', hidden: true }, el('span', { role: 'alert' }, what, ' ', advice), ' ', seen);
  const element = el('div', {}, heard, bar, banner);

  const trips = [];
  let measuredAt = 0;
  /** Since when nothing has come. */
  let truthAt = Date.now();

  const states = {
    connecting: gettext('Connecting'),
    connected: gettext('Connected'),
    reconnecting: gettext('Reconnecting'),
    closed: gettext('Disconnected'),
  };
  const transports = {
    websocket: { name: gettext('WebSocket'), kind: 'label-success', title: gettext('One WebSocket carries everything; what happens is seen at once.') },
    polling: { name: gettext('Polling'), kind: 'label-warning', title: gettext('No WebSocket gets through, so requests go over REST: everything works, and is seen a little later. The WebSocket is tried again by itself.') },
  };

  function paint() {
    bar.dataset.state = steady.state;
    setText(state, states[steady.state]);
    const known = transports[steady.transport];
    transport.className = `label ${known?.kind ?? 'label-default'}`;
    transport.dataset.transport = steady.transport ?? 'none';
    transport.title = known?.title ?? '';
    setText(transport, known?.name ?? gettext('no transport'));
    // Said once, when it changes; the numbers that tick are not said.
    setText(heard, known ? gettext('%(state)s, %(transport)s', { state: states[steady.state], transport: known.name }) : states[steady.state]);
    tick();
  }

  function tick() {
    setText(since, gettext('for %(age)s', { age: age((Date.now() - steady.since) / 1000) }));
    since.title = gettext('Since %(time)s', { time: iso(steady.since) });
    const connected = steady.state === 'connected';
    if (connected) truthAt = Date.now();
    const old = Date.now() - measuredAt;
    const stale = trips.length > 0 && (old > STALE_MS || !connected);
    trip.toggleAttribute('data-stale', stale);
    setText(rtt, trips.length === 0 ? '–' : stale ? gettext('%(age)s ago', { age: age(old / 1000) }) : duration(trips.at(-1)));
    paintBanner();
  }

  function paintBanner() {
    const closed = steady.state === 'closed';
    const down = closed || (steady.state !== 'connected' && Date.now() - steady.since > PATIENCE_MS);
    banner.hidden = !down;
    now.hidden = !down;
    if (!down) return;
    banner.className = `alert ${closed ? 'alert-danger' : 'alert-warning'}`;
    setText(now, closed ? gettext('Connect again') : gettext('Try now'));
    const why = steady.reason ? explain(steady.reason) : { what: '', todo: '' };
    setText(what, closed ? gettext('The connection has ended.') : gettext('Zaqar cannot be reached.'));
    setText(advice, [why.what, closed ? why.todo : gettext('The page goes on trying by itself.')].filter(Boolean).join(' '));
    setText(seen, gettext('What you see is %(age)s old.', { age: age((Date.now() - truthAt) / 1000) }));
  }

  async function ping() {
    // While nothing is connected a ping would measure the waiting.
    if (document.hidden || client.state !== 'connected') return;
    try {
      trips.push(await client.ping({ timeoutMs: 5_000 }));
      if (trips.length > 30) trips.shift();
      measuredAt = Date.now();
      line.draw(trips, { slots: 30, min: 0 });
    } catch {
      // The age of the last one says it.
    }
    tick();
  }

  now.addEventListener('click', () => {
    // The client tries at once when a network is said to be back; a person says it here.
    if (client.state === 'closed') connectAgain();
    else dispatchEvent(new Event('online'));
  });
  steady.addEventListener('change', paint);
  const timers = [setInterval(tick, 500), setInterval(ping, PING_MS)];
  paint();
  ping();
  return {
    element,
    close() {
      timers.forEach(clearInterval);
      steady.removeEventListener('change', paint);
    },
  };
}
