// The log: what the client did, in words, and how long it took. Fed by the client's events and by arrivals.
import { byId, el } from './dom.js';
import { announce } from './announce.js';
import { explain } from './errors.js';
import { clock, count, duration, iso, plural } from './format.js';

const KEEP = 200;
const NAMES = { websocket: 'the WebSocket', polling: 'REST polling' };

export function narrator({ client, inbox, ledger }) {
  const log = byId('log');
  let lastArrival = null;
  let longest = 0;
  let arrivals = 0;
  let fallenAt = null;
  let downAt = null;
  let faultAt = null;

  function say(text, tone = 'plain') {
    const now = Date.now();
    const atEnd = log.scrollTop < 24;
    log.prepend(el('li', { 'data-tone': tone }, el('time', { datetime: iso(now), title: iso(now) }, clock(now)), el('span', {}, text)));
    while (log.childElementCount > KEEP) log.lastElementChild.remove();
    if (atEnd) log.scrollTop = 0;
  }

  /** From here on the longest wait between two messages counts. */
  function watch() {
    longest = 0;
    arrivals = 0;
  }

  function meanwhile() {
    const gap = lastArrival === null ? 0 : Math.max(longest, performance.now() - lastArrival);
    const lost = ledger.lost ? `${plural(ledger.lost, 'message')} lost` : 'nothing lost';
    if (!arrivals) return `no message came meanwhile, ${lost}`;
    return `${plural(arrivals, 'message')} came meanwhile, the longest wait between two was ${duration(gap)}, ${lost}${ledger.twice ? `, ${count(ledger.twice)} twice` : ''}`;
  }

  inbox.addEventListener('message', () => {
    const now = performance.now();
    if (lastArrival !== null) longest = Math.max(longest, now - lastArrival);
    lastArrival = now;
    arrivals += 1;
  });

  client.addEventListener('statechange', ({ detail: { state, previous, reason } }) => {
    const why = reason ? ` ${explain(reason).what}` : '';
    const now = performance.now();
    if (state === 'reconnecting') {
      downAt = now;
      watch();
      say(`Neither transport works.${why} Trying both again and again; calls wait.`, 'warning');
      announce('The connection is lost; the page goes on trying.');
    } else if (state === 'connected') {
      const took = downAt === null ? '' : ` after ${duration(now - downAt)}`;
      say(previous === 'connecting' ? `Connected over ${NAMES[client.transport] ?? 'a transport'}.` : `Connected again over ${NAMES[client.transport] ?? 'a transport'}${took}; ${meanwhile()}.`, 'good');
      announce(previous === 'connecting' ? 'Connected.' : `Connected again${took}.`, 'done');
      downAt = null;
    } else if (state === 'closed') {
      say(`The client is closed.${why}`, 'danger');
      announce(`The client is closed.${why}`, 'danger');
    }
  });

  client.addEventListener('transportchange', ({ detail: { transport, previous, reason } }) => {
    const now = performance.now();
    const because = reason ? ` (${reason.replace(/\.$/, '')})` : '';
    const since = faultAt === null ? '' : `, ${duration(now - faultAt)} after you pressed`;
    if (transport === 'polling') {
      fallenAt = now;
      if (previous === null) watch();
      say(`Reading over REST${since}${because}; ${lastArrival === null ? 'no message yet' : `the last message came ${duration(now - lastArrival)} ago`}.`, 'warning');
      announce('Switched to REST polling.');
    } else if (transport === 'websocket' && fallenAt !== null) {
      say(`Back on the WebSocket after ${duration(now - fallenAt)} over REST${because}: ${meanwhile()}.`, 'good');
      announce('Back on the WebSocket.', 'done');
      fallenAt = null;
    } else if (transport === 'websocket' && previous === null) {
      // "Connected" says it.
    } else if (transport === null) {
      say(`${previous === 'websocket' ? 'The socket is gone' : 'REST does not answer'}${since}${because}.`, 'warning');
    }
    faultAt = null;
  });

  client.addEventListener('error', ({ detail }) => {
    const { what, todo } = explain(detail);
    say([what, todo].filter(Boolean).join(' '), 'danger');
  });

  return {
    say,
    /** The visitor has done something to the network. */
    pressed(text) {
      faultAt = performance.now();
      watch();
      say(text, 'you');
    },
    /** How a stretch of trouble went, asked when the visitor mends the network. */
    meanwhile,
  };
}
