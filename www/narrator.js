// The log: what the client did, in words, and how long it took. Fed by the client's events and by arrivals.
import { byId, el } from './ui/dom.js';
import { announce } from './announce.js';
import { explain } from './ui/errors.js';
import { clock, count, duration, iso, plural } from './ui/format.js';

const KEEP = 200;
/** Silence that is worth a line, while stored messages are under way. */
const SILENT_MS = 3_000;
/** An outage that is over sooner is part of the line that tells what came next. */
const SHORT_MS = 1_000;
/** A message that is stored for longer and has not come is told as being under way. */
const LATE_MS = 1_500;
/** So long after a time of trouble nobody says that it is all over. */
const CALM_MS = 600;

/** The client's reason for the end of a socket, as what follows "The socket is gone: ". */
export function cause(reason) {
  const [, why, lived] = /^(.*?)(?:; it had been open for (.+?))?\.?$/s.exec(reason);
  if (!lived) return why;
  return `${why.replace('the socket', 'it')} after it had been open for ${lived}`;
}

export function narrator({ client, inbox, ledger }) {
  const log = byId('log');
  let lastArrival = null;
  let silent = false;
  /** Stretches of trouble that are under way: since the visitor pressed, over REST, without any transport. */
  const stretches = { pressed: null, polling: null, down: null };
  /** When the visitor last pressed, until the client has done something about it. */
  let unanswered = null;
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
    if (!arrivals) return `${performance.now() - at < SHORT_MS ? '' : 'no message came meanwhile; '}${balance()}.`;
    return `${plural(arrivals, 'message')} came meanwhile, with at most ${duration(wait)} between two; ${balance()}.`;
  }

  /** Only what has arrived or is known to be gone counts. What is still under way is neither lost nor safe: a later line closes that. */
  function balance() {
    const late = ledger.lost ? 0 : ledger.underway(LATE_MS);
    if (!late) return verdict();
    catchUp();
    return `${count(late)} still under way`;
  }

  const verdict = () => `${ledger.lost ? `${plural(ledger.lost, 'message')} lost` : 'nothing lost'}${ledger.twice ? `, ${count(ledger.twice)} twice` : ''}`;

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
      say(`Caught up${n ? `: ${plural(n, 'message')} read since` : ''}, ${verdict()}.`, 'good');
    }, 200);
  }

  inbox.addEventListener('message', () => {
    const now = performance.now();
    if (silent) {
      silent = false;
      if (!stretches.down) say(`Messages come again after ${duration(now - lastArrival)} of silence.`, 'good');
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
    say(`Nothing has come for ${duration(SILENT_MS)}, and ${plural(underway, 'stored message')} ${underway === 1 ? 'is' : 'are'} under way.`, 'warning');
  }, 500);

  // The socket breaks, and a moment later something else carries the requests: that is one line, not four. Only when
  // nothing does for a while, it is told as an outage.
  function broken(previous, because) {
    const since = unanswered === null ? '' : ` ${duration(performance.now() - unanswered)} after you pressed`;
    const text = `${previous === 'polling' ? 'REST does not answer any more' : 'The socket is gone'}${since}${previous === 'polling' ? '' : because}`;
    unanswered = null;
    begin('down');
    outage = {
      text,
      timer: setTimeout(() => {
        outage = null;
        say(`${text}. Nothing gets through by socket or REST; trying both again and again, calls wait.`, 'warning');
        announce('The connection is lost; the page goes on trying.');
      }, SHORT_MS),
    };
  }

  client.addEventListener('transportchange', ({ detail: { transport, previous, reason } }) => {
    if (transport === null) return broken(previous, reason ? `: ${cause(reason)}` : '');

    const short = outage;
    const long = stretches.down && !outage;
    if (outage) clearTimeout(outage.timer);
    outage = null;
    const since = unanswered === null ? '' : `, ${duration(performance.now() - unanswered)} after you pressed`;
    unanswered = null;

    if (transport === 'polling') {
      if (!stretches.polling) begin('polling');
      if (short) say(`${short.text}. Reading over REST ${took('down')} later.`, 'warning');
      else if (long) say(`Connected again, over REST, after ${took('down')}${since}.`, 'good');
      else say(`Reading over REST${since}${reason ? `: ${reason.replace(/\.$/, '')}` : ''}.`, 'warning');
      announce('Reading over REST.');
    } else {
      if (stretches.polling) say(`${short ? `${short.text}. ` : ''}Back on the WebSocket after ${took('polling')} without it: ${meanwhile('polling')}`, 'good');
      else if (short) say(`${short.text}. A new one is there ${took('down')} later.`, 'good');
      else if (long) say(`Connected again, over the WebSocket, after ${took('down')}${since}.`, 'good');
      else say('Connected over the WebSocket.', 'good');
      announce('On the WebSocket.', 'done');
      stretches.polling = null;
    }
    stretches.down = null;
    if (long) catchUp();
  });

  client.addEventListener('statechange', ({ detail: { state, reason } }) => {
    if (state !== 'closed') return;
    const why = reason ? ` ${explain(reason).what}` : '';
    say(`The client is closed.${why}`, 'danger');
    announce(`The client is closed.${why}`, 'danger');
  });

  client.addEventListener('error', ({ detail }) => {
    const { what, todo } = explain(detail);
    say([what, todo].filter(Boolean).join(' '), 'danger');
  });

  return {
    say,
    /** The visitor, or `who` else, `did` something to the network. If that `mends` it, the trouble is summed up. */
    pressed(who, did, { mends }) {
      const how = mends && stretches.pressed ? ` after ${took('pressed')}: ${meanwhile('pressed')}` : '.';
      say(`${who} ${did}${how}`, 'you');
      unanswered = who === 'You' ? performance.now() : null;
      if (mends) stretches.pressed = null;
      else begin('pressed');
    },
  };
}
