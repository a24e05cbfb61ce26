// The log: what the client did, in words, and how long it took. Fed by the client's events and by arrivals.
import { byId, el } from './ui/dom.js';
import { announce } from './announce.js';
import { explain } from './ui/errors.js';
import { clock, count, duration, iso } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';

const KEEP = 200;
/** Silence that is worth a line, while stored messages are under way. */
const SILENT_MS = 3_000;
/** An outage that is over sooner is part of the line that tells what came next. */
const SHORT_MS = 800;
/** A visitor who presses and sees nothing change is told within a second how things stand. */
const ANSWER_MS = 900;
/** A message that is stored for longer and has not come is told as being under way. */
const LATE_MS = 1_500;
/** So long after a time of trouble nobody says that it is all over. */
const CALM_MS = 600;

/** The client's reason for the end of a socket, as what follows "The socket is gone: ". */
export function cause(reason) {
  const [, why, lived] = /^(.*?)(?:; it had been open for (.+?))?\.?$/s.exec(reason);
  if (!lived) return why;
  return gettext('%(why)s after it had been open for %(time)s', { why: why.replace('the socket', 'it'), time: lived });
}

/** `attempts`: see attempts.js. */
export function narrator({ client, inbox, ledger, attempts }) {
  const log = byId('log');
  let lastArrival = null;
  let silent = false;
  /** Stretches of trouble that are under way: since the visitor pressed, over REST, without any transport. */
  const stretches = { pressed: null, polling: null, down: null };
  /** When the visitor last pressed, until the client has done something about it. */
  let unanswered = null;
  let answering;
  let outage = null;
  let catching = null;

  function say(text, tone = 'plain') {
    const now = Date.now();
    const atTop = log.scrollTop < 24;
    log.prepend(el('p', { 'data-tone': tone }, el('time', { datetime: iso(now), title: iso(now) }, clock(now)), el('span', {}, text)));
    while (log.childElementCount > KEEP) log.lastElementChild.remove();
    if (atTop) log.scrollTop = 0;
  }

  const begin = (name) => { stretches[name] = { at: performance.now(), arrivals: 0, longest: 0 }; };
  const took = (name) => duration(performance.now() - stretches[name].at);

  /** What came through in a stretch, and whether all of it did: the end of a sentence, or two. */
  function meanwhile(name) {
    const { at, arrivals, longest } = stretches[name];
    const last = lastArrival === null ? at : lastArrival;
    const wait = Math.max(longest, performance.now() - last);
    if (arrivals) return ngettext('%(n)s message came meanwhile, with at most %(wait)s between two; %(balance)s.', '%(n)s messages came meanwhile, with at most %(wait)s between two; %(balance)s.', arrivals, { wait: duration(wait), balance: balance() });
    if (performance.now() - at < SHORT_MS) return `${balance()}.`;
    return gettext('no message came meanwhile; %(balance)s.', { balance: balance() });
  }

  /** Only what has arrived or is known to be gone counts. What is still under way is neither lost nor safe: a later line closes that. */
  function balance() {
    const late = ledger.lost ? 0 : ledger.underway(LATE_MS);
    if (!late) return verdict();
    catchUp();
    return ngettext('%(n)s still under way', '%(n)s still under way', late);
  }

  function verdict() {
    const lost = ledger.lost ? ngettext('%(n)s message lost', '%(n)s messages lost', ledger.lost) : gettext('nothing lost');
    return ledger.twice ? gettext('%(lost)s, %(twice)s twice', { lost, twice: count(ledger.twice) }) : lost;
  }

  /** Tells when all that was stored until now is here, or known to be gone. */
  function catchUp() {
    if (catching) return;
    const started = performance.now();
    const before = ledger.arrived;
    catching = setInterval(() => {
      const waited = performance.now() - started;
      if (waited < CALM_MS || ledger.underway(waited)) return;
      clearInterval(catching);
      catching = null;
      const n = ledger.arrived - before;
      say(n ? ngettext('Caught up: %(n)s message read since, %(verdict)s.', 'Caught up: %(n)s messages read since, %(verdict)s.', n, { verdict: verdict() }) : gettext('Caught up, %(verdict)s.', { verdict: verdict() }), 'good');
    }, 200);
  }

  inbox.addEventListener('message', () => {
    const now = performance.now();
    if (silent) {
      silent = false;
      if (!stretches.down) say(gettext('Messages come again after %(time)s of silence.', { time: duration(now - lastArrival) }), 'good');
    }
    for (const stretch of Object.values(stretches)) {
      if (!stretch) continue;
      stretch.arrivals += 1;
      if (lastArrival !== null) stretch.longest = Math.max(stretch.longest, now - lastArrival);
    }
    lastArrival = now;
  });

  setInterval(() => {
    // Without a transport the silence is told already.
    if (silent || lastArrival === null || stretches.down || document.hidden) return;
    const underway = ledger.underway(SILENT_MS / 2);
    if (!underway || performance.now() - lastArrival < SILENT_MS) return;
    silent = true;
    say(ngettext('Nothing has come for %(time)s, and %(n)s stored message is under way.', 'Nothing has come for %(time)s, and %(n)s stored messages are under way.', underway, { time: duration(SILENT_MS) }), 'warning');
  }, 500);

  /** "2.1 s" since the visitor pressed, if the client has done nothing since; it has now. */
  function sincePressed() {
    const since = unanswered === null ? null : duration(performance.now() - unanswered);
    unanswered = null;
    clearTimeout(answering);
    return since;
  }

  /** Where nothing has changed, that is the answer. `failedBefore`: attempts that had failed when the visitor pressed; `attempt` is what becomes of a new socket. */
  function standing(failedBefore, attempt) {
    const { transport } = client;
    if (transport === 'websocket') return attempt ? gettext('Still on the WebSocket: nobody has missed an answer yet.') : gettext('Still on the WebSocket: nothing had to change.');
    const still = transport === 'polling' ? gettext('Still on REST') : gettext('Still without a connection');
    const why = attempt && attempts.failed > failedBefore ? attempt
      : attempts.pending > 0 ? gettext('a new socket waits for its first answer')
      : gettext('the next socket is tried after a pause');
    return gettext('%(still)s: %(why)s.', { still, why });
  }

  // The socket breaks, and a moment later something else carries the requests: that is one line, not four. Only when
  // nothing does for a while, it is told as an outage.
  function broken(previous, because) {
    const since = sincePressed();
    const text = previous === 'polling'
      ? since ? gettext('REST does not answer any more, %(time)s after you pressed', { time: since }) : gettext('REST does not answer any more')
      : since ? gettext('The socket is gone %(time)s after you pressed%(because)s', { time: since, because }) : gettext('The socket is gone%(because)s', { because });
    begin('down');
    outage = {
      text,
      timer: setTimeout(() => {
        outage = null;
        say(gettext('%(what)s. Nothing gets through by socket or REST; trying both again and again, calls wait.', { what: text }), 'warning');
        announce(gettext('The connection is lost; the page goes on trying.'));
      }, SHORT_MS),
    };
  }

  function onPolling({ short, long, since, reason }) {
    if (!stretches.polling) begin('polling');
    if (short) say(gettext('%(what)s. Reading over REST %(time)s later.', { what: short.text, time: took('down') }), 'warning');
    else if (long) say(since ? gettext('Connected again, over REST, after %(time)s, %(since)s after you pressed.', { time: took('down'), since }) : gettext('Connected again, over REST, after %(time)s.', { time: took('down') }), 'good');
    else {
      const because = reason ? `: ${reason.replace(/\.$/, '')}` : '';
      say(since ? gettext('Reading over REST, %(since)s after you pressed%(because)s.', { since, because }) : gettext('Reading over REST%(because)s.', { because }), 'warning');
    }
    announce(gettext('Reading over REST.'));
  }

  function onSocket({ short, long, since }) {
    if (stretches.polling) {
      const back = gettext('Back on the WebSocket after %(time)s without it: %(meanwhile)s', { time: took('polling'), meanwhile: meanwhile('polling') });
      say(short ? `${short.text}. ${back}` : back, 'good');
    } else if (short) say(gettext('%(what)s. A new one is there %(time)s later.', { what: short.text, time: took('down') }), 'good');
    else if (long) say(since ? gettext('Connected again, over the WebSocket, after %(time)s, %(since)s after you pressed.', { time: took('down'), since }) : gettext('Connected again, over the WebSocket, after %(time)s.', { time: took('down') }), 'good');
    else say(gettext('Connected over the WebSocket.'), 'good');
    announce(gettext('On the WebSocket.'), 'done');
    stretches.polling = null;
  }

  client.addEventListener('transportchange', ({ detail: { transport, previous, reason } }) => {
    if (transport === null) return broken(previous, reason ? `: ${cause(reason)}` : '');

    const change = { short: outage, long: stretches.down && !outage, since: sincePressed(), reason };
    if (outage) clearTimeout(outage.timer);
    outage = null;
    if (transport === 'polling') onPolling(change);
    else onSocket(change);
    stretches.down = null;
    if (change.long) catchUp();
  });

  client.addEventListener('statechange', ({ detail: { state, reason } }) => {
    if (state !== 'closed') return;
    const closed = gettext('The client is closed.');
    const text = reason ? `${closed} ${explain(reason).what}` : closed;
    say(text, 'danger');
    announce(text, 'danger');
  });

  client.addEventListener('error', ({ detail }) => {
    const { what, todo } = explain(detail);
    say([what, todo].filter(Boolean).join(' '), 'danger');
  });

  return {
    say,
    /**
     * Somebody `did` something to the network. If that `mends` it, the trouble is summed up. What the visitor does is answered soon
     * (`isMine`), also when nothing comes of it; `attempt` is what becomes of a new socket from now on.
     */
    pressed(did, { mends, attempt, isMine = false }) {
      say(mends && stretches.pressed ? gettext('%(did)s after %(time)s: %(meanwhile)s', { did, time: took('pressed'), meanwhile: meanwhile('pressed') }) : `${did}.`, 'you');
      clearTimeout(answering);
      unanswered = isMine ? performance.now() : null;
      const failedBefore = attempts.failed;
      if (isMine) answering = setTimeout(() => say(standing(failedBefore, attempt)), ANSWER_MS);
      if (mends) stretches.pressed = null;
      else begin('pressed');
    },
  };
}
