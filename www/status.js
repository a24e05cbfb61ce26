// Am I looking at the truth? State, transport, round trip and since when; and the four counters.
import { byId, setText } from './ui/dom.js';
import { age, count, duration, iso } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { explain } from './ui/errors.js';
import { hasMoved } from './config.js';
import { spark } from './ui/spark.js';

const PING_EVERY = 2_000;
const LOOK_EVERY = 2_000;
const STALE_MS = 6_000;

export function statusBar({ client, config, steady, inbox, ledger }) {
  const part = (name) => document.querySelector(`[data-testid="${name}"]`);
  const group = document.querySelector('.link');
  const rtts = [];
  const line = spark(72, 16);
  byId('rtt-spark').replaceChildren(line.svg);
  const states = { connecting: gettext('connecting'), connected: gettext('connected'), reconnecting: gettext('reconnecting'), closed: gettext('closed') };
  const transports = { websocket: gettext('websocket'), polling: gettext('polling') };
  let switches = 0;
  let measuredAt = 0;
  let moved = false;

  function paint() {
    const { state, transport } = steady;
    group.dataset.state = state;
    setText(part('state'), states[state]);
    const chip = part('transport');
    chip.dataset.transport = transport ?? 'none';
    setText(chip, transports[transport] ?? gettext('none'));
    document.title = `${state !== 'connected' ? `○ ${states[state]}` : transport === 'polling' ? `◐ ${transports.polling}` : `● ${states.connected}`} · zaqar-web`;
    paintBanner(state);
    tick();
  }

  function tick() {
    const { state, since } = steady;
    setText(byId('since'), gettext('for %(age)s', { age: age((Date.now() - since) / 1000) }));
    byId('since').title = gettext('Since %(time)s', { time: iso(since) });
    const last = rtts.at(-1);
    const old = Date.now() - measuredAt;
    const stale = last !== undefined && (old > STALE_MS || state !== 'connected');
    document.querySelector('.rtt').toggleAttribute('data-stale', stale);
    setText(part('rtt'), last === undefined ? '–' : stale ? gettext('%(age)s ago', { age: age(old / 1000) }) : duration(last));
  }

  function paintBanner(state) {
    const banner = byId('banner');
    const down = state === 'closed' || (state !== 'connected' && Date.now() - steady.since > 1_500);
    banner.hidden = !down;
    if (!down) return;
    banner.dataset.tone = state === 'closed' ? 'danger' : 'warning';
    const retry = byId('banner-retry');
    retry.hidden = state !== 'closed' && !moved;
    setText(retry, moved ? gettext('Reload') : gettext('Connect again'));
    const { reason } = steady;
    const { what, todo } = reason ? explain(reason) : { what: '', todo: '' };
    if (moved) {
      setText(byId('banner-title'), gettext('The demo was started again.'));
      setText(byId('banner-advice'), gettext('Zaqar has another address than the one this page uses: reload the page.'));
    } else if (state === 'closed') {
      setText(byId('banner-title'), gettext('The client is closed.'));
      setText(byId('banner-advice'), [what, todo].filter(Boolean).join(' '));
    } else {
      setText(byId('banner-title'), gettext('Zaqar cannot be reached.'));
      setText(byId('banner-advice'), [what, gettext('Is the server running? The page goes on trying by itself; what you see may be old.')].filter(Boolean).join(' '));
    }
  }

  /** An address that nobody will ever answer at again is not waited for. */
  async function lookForMove() {
    if (document.hidden) return;
    moved = steady.state !== 'connected' && await hasMoved(config);
    paintBanner(steady.state);
  }

  async function ping() {
    // While nothing is connected a ping would measure the waiting.
    if (document.hidden || client.state !== 'connected') return;
    try {
      rtts.push(await client.ping({ timeoutMs: 5_000 }));
      if (rtts.length > 36) rtts.shift();
      measuredAt = Date.now();
      line.draw(rtts, { slots: 36, min: 0 });
    } catch {
      // The age of the last number says it.
    }
    tick();
  }

  function counters() {
    setText(part('received-count'), count(inbox.received));
    setText(part('lost-count'), count(ledger.lost));
    setText(part('twice-count'), count(ledger.twice));
    setText(part('switch-count'), count(switches));
    part('lost-count').toggleAttribute('data-bad', ledger.lost > 0);
    part('twice-count').toggleAttribute('data-bad', ledger.twice > 0);
    const stored = ngettext('Of %(n)s sample message stored, %(arrived)s arrived and %(underway)s are under way.', 'Of %(n)s sample messages stored, %(arrived)s arrived and %(underway)s are under way.', ledger.sent, { arrived: count(ledger.arrived), underway: count(ledger.underway()) });
    const gone = ledger.gone ? ngettext('%(n)s was taken by a worker before this page could read it.', '%(n)s were taken by a worker before this page could read them.', ledger.gone) : '';
    byId('counters').title = [stored, gone].filter(Boolean).join(' ');
  }

  client.addEventListener('transportchange', ({ detail }) => {
    // The first transport of a visit is not a switch, nor is the loss of all.
    if (detail.previous && detail.transport && detail.previous !== detail.transport) switches += 1;
    else if (!detail.previous && detail.transport && last && last !== detail.transport) switches += 1;
    if (detail.transport) last = detail.transport;
    counters();
    setTimeout(ping, 200);
  });
  let last = client.transport;
  steady.addEventListener('change', paint);
  byId('banner-retry').onclick = () => location.reload();

  const timers = [
    setInterval(() => { tick(); paintBanner(steady.state); counters(); }, 500),
    setInterval(ping, PING_EVERY),
    setInterval(lookForMove, LOOK_EVERY),
  ];
  paint();
  counters();
  ping();
  return { stop: () => timers.forEach(clearInterval) };
}
