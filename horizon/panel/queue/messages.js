// The messages of a queue as they come, the newest on top, and what can be done to them.
import { el, setDisabled, setFlag, setText } from '../ui/dom.js';
import { age, clock, count, iso } from '../ui/format.js';
import { explain } from '../ui/errors.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { oneLine } from '../ui/json.js';
import { inSlices } from '../ui/slices.js';
import { announce } from '../parts/toast.js';
import { copyBody, messageDetail, showMessage } from './detail.js';
import { deleteMessages } from './delete.js';
import { messageList } from './list.js';
import { isPastItsLife, lookAt } from './marks.js';
import { popMessages } from './pop.js';
import { postMessages } from './post.js';
import { MOST, MessageStore } from './store.js';

const LOOK_EVERY_MS = 5_000;
const FILTER_AFTER_MS = 120;

let numbers = 0;

/** `view`: `{ host, queue, claimOf }`. */
export function messagesTab({ host, queue, claimOf }) {
  const store = new MessageStore(queue);
  const narrow = matchMedia('(max-width: 991px)');
  const closing = new AbortController();
  const { signal } = closing;
  let shown = true;
  let paused = false;
  let waiting = 0;
  let opened = null;
  let detail = null;

  const post = el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'post', onclick: () => postMessages({ queue }) }, el('span', { class: 'fa fa-plus', 'aria-hidden': 'true' }), ` ${gettext('Post Messages')}`);
  const pop = el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'pop', onclick: () => popMessages({ queue, store }) }, gettext('Pop Messages'));
  const remove = el('button', { type: 'button', class: 'btn btn-danger', disabled: true, 'data-testid': 'delete-selected', onclick: () => removeThem([...list.selected]) });
  const pause = el('button', { type: 'button', class: 'btn btn-default', 'aria-pressed': 'false', 'data-testid': 'pause', onclick: () => setPaused(!paused) });
  const filter = el('input', { type: 'search', class: 'form-control', placeholder: gettext('Filter'), 'aria-label': gettext('Show only messages whose body or id contains this text'), autocomplete: 'off', spellcheck: 'false', 'data-testid': 'message-filter' });
  const how = el('span', { class: 'zw-how', role: 'status', 'data-testid': 'messages-state' });
  const howMany = el('span', { class: 'zw-quiet', 'data-testid': 'messages-count' });
  const newest = el('button', { type: 'button', class: 'btn btn-default btn-xs zw-newest', 'data-testid': 'newest', onclick: () => { list.toTop(); list.focus(); } }, gettext('To the newest'));
  const bar = el('div', { class: 'zw-bar', hidden: true, 'data-testid': 'messages-bar' });
  const empty = el('div', { class: 'zw-empty', 'data-testid': 'messages-empty' });
  const all = el('input', { type: 'checkbox', 'aria-label': gettext('Select all messages in this list'), 'data-testid': 'select-all' });
  const keys = `zw-keys-${(numbers += 1)}`;

  const list = messageList({
    label: gettext('Messages of %(queue)s, the newest first', { queue: queue.name }),
    describedBy: keys,
    make: () => [
      el('span', { class: 'zw-tick', 'aria-hidden': 'true' }),
      el('time'),
      el('span', { class: 'zw-body' }),
      el('span', { class: 'zw-mark' }),
      el('span', { class: 'zw-left' }),
    ],
    fill: fillRow,
    onOpen: open,
    onSelect: paintSelection,
    onScroll: (down) => setFlag(newest, 'data-shown', down),
    onKey(event, entry) {
      if (!entry) return false;
      if (event.key === 'c') copyBody(entry.message);
      else if (event.key === 'Delete') removeThem(list.selected.size ? [...list.selected] : [entry]);
      else if (event.key === 'Escape' && opened) close();
      else return false;
      return true;
    },
  });

  const aside = el('aside', { class: 'zw-aside panel panel-default', 'aria-label': gettext('The chosen message'), hidden: true });
  const element = el('div', { class: 'zw-messages' },
    el('div', { class: 'zw-tools' }, el('span', { class: 'zw-push' }), filter, pause, post, pop, remove),
    el('div', { class: 'zw-tools zw-line' }, how, howMany, newest),
    bar,
    el('div', { class: 'zw-split' },
      el('div', { class: 'zw-list-frame' },
        el('div', { class: 'zw-row zw-list-head' }, el('label', { class: 'zw-tick-all' }, all), el('span', { 'aria-hidden': 'true' }, gettext('Posted')), el('span', { 'aria-hidden': 'true' }, gettext('Body')), el('span'), el('span', { 'aria-hidden': 'true', class: 'zw-left' }, gettext('Expires in'))),
        el('div', { class: 'zw-list-place' }, list.element, empty)),
      aside),
    el('p', { class: 'zw-keys help-block', id: keys }, gettext('Arrow keys move, Space selects, Enter opens, C copies the body, Delete deletes.')));

  function fillRow(row, entry) {
    const [, time, body, mark, left] = row.children;
    const { message, text, postedAt, live } = entry;
    if (!row.filled) {
      row.filled = true;
      time.dateTime = iso(postedAt);
      time.title = live ? gettext('Arrived %(at)s', { at: iso(postedAt) }) : gettext('Posted about %(at)s', { at: iso(postedAt) });
      setText(time, clock(postedAt, live));
      setText(body, text);
    }
    const own = claimOf(message.id);
    setFlag(row, 'data-gone', entry.gone);
    setText(mark, entry.gone === 'expired' ? gettext('expired') : entry.gone ? gettext('gone') : own ? gettext('claimed here') : entry.claimed ? gettext('claimed') : '');
    setText(left, entry.gone ? '' : isPastItsLife(entry) ? '–' : age(message.ttl - (Date.now() - postedAt) / 1000));
  }

  // What is listed: all, or what the filter lets through; while the list is paused, what there was when it was.
  let listed = [];
  let last = null;
  let wanted = '';
  const found = new WeakMap();

  const isKnown = (entry) => found.get(entry)?.wanted === wanted;
  const matches = (entry) => isKnown(entry) && found.get(entry).is;

  let sifting = null;

  /** Looks for the text in what has not been looked through, which may take seconds; what is found meanwhile is listed. */
  function sift(whenDone) {
    sifting?.abort();
    const unknown = store.entries.filter((entry) => !isKnown(entry));
    if (unknown.length === 0) return void (sifting = null);
    const own = (sifting = new AbortController());
    inSlices(verdicts(unknown, wanted), own).then((isDone) => {
      if (!isDone || sifting !== own) return;
      sifting = null;
      whenDone();
    });
  }

  function* verdicts(entries, text) {
    for (const entry of entries) {
      const { id, body } = entry.message;
      found.set(entry, { wanted: text, is: id.startsWith(text) || (yield* oneLine(body)).toLowerCase().includes(text) });
      yield;
    }
    return true;
  }

  function gather({ anew = false } = {}) {
    const { entries } = store;
    if (paused && !anew) {
      waiting = entries.length - 1 - entries.lastIndexOf(last);
      return;
    }
    if (wanted) sift(() => { gather({ anew }); paintHead(); });
    listed = wanted ? entries.filter(matches) : entries.slice();
    last = entries.at(-1) ?? null;
    waiting = 0;
    list.set(listed);
  }

  let asked = false;
  function changed() {
    if (asked || signal.aborted) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      if (!shown || signal.aborted) return;
      gather();
      paintHead();
    });
  }

  function paintHead() {
    const { state, entries } = store;
    const up = host.steady.state === 'connected';
    setFlag(how, 'data-live', state === 'live' && up && !paused);
    setText(how, paused ? gettext('Paused') : !up ? gettext('Waiting for the server') : {
      opening: gettext('Opening…'),
      reading: gettext('Reading…'),
      live: host.steady.transport === 'polling' ? gettext('Live, by polling') : gettext('Live'),
      full: gettext('Reading has stopped'),
      trouble: gettext('Waiting for the server'),
    }[state]);
    setText(howMany, state === 'reading' && store.total ? gettext('%(read)s of %(total)s messages', { read: count(entries.length), total: count(Math.max(store.total, entries.length)) }) : wanted
      ? ngettext('%(shown)s of %(n)s message in this list', '%(shown)s of %(n)s messages in this list', entries.length, { shown: count(listed.length) })
      : heldInWords(entries));
    setText(pause, paused ? (waiting ? gettext('Resume · %(n)s waiting', { n: count(waiting) }) : gettext('Resume')) : gettext('Pause'));
    pause.title = paused ? gettext('Show what has come') : gettext('Stop the list; what comes is kept');
    pause.setAttribute('aria-pressed', String(paused));
    paintBar();
    paintEmpty(up);
    paintSelection();
  }

  /** Why it is not the queue's own number: those that have gone stay in the list, struck out, until it is made anew. */
  function heldInWords(entries) {
    const held = ngettext('%(n)s message in this list', '%(n)s messages in this list', entries.length);
    const gone = entries.reduce((sum, entry) => sum + (entry.gone ? 1 : 0), 0);
    return gone ? ngettext('%(held)s, of which %(n)s has gone', '%(held)s, of which %(n)s have gone', gone, { held }) : held;
  }

  function paintBar() {
    const { state, older, total, entries } = store;
    const kind = state === 'full' ? 'full' : older ? `older ${entries.length === 0 || total > entries.length}` : '';
    if (bar.dataset.kind === kind) return;
    bar.dataset.kind = kind;
    bar.hidden = kind === '';
    const button = (text, run, testid) => el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': testid, onclick: run }, text);
    if (kind === 'full') {
      bar.replaceChildren(
        el('span', {}, ngettext('This list holds no more than %(n)s message; there are newer ones behind these.', 'This list holds no more than %(n)s messages; there are newer ones behind these.', MOST)),
        button(gettext('Read the next'), () => restart(() => store.readNext()), 'read-next'),
        button(gettext('To the newest'), () => restart(() => store.open()), 'read-newest'));
    } else if (kind) {
      bar.replaceChildren(
        el('span', {}, gettext('There are older messages that are not in this list.')),
        button(gettext('Read from the oldest'), () => restart(() => store.readOldest()), 'read-oldest'));
    }
  }

  function restart(read) {
    close();
    paused = false;
    read();
    list.toTop();
    gather({ anew: true });
    paintHead();
  }

  function paintEmpty(up) {
    const { state, error, entries, older } = store;
    const kind = listed.length ? '' : wanted && entries.length ? (sifting ? 'sifting' : 'filter') : state === 'trouble' ? `trouble ${error?.code}` : state !== 'live' ? (up ? 'opening' : 'waiting') : older ? 'older' : 'empty';
    if (empty.dataset.kind === kind) return;
    empty.dataset.kind = kind;
    const say = (title, text, more) => empty.replaceChildren(...[title && el('strong', {}, title), text && el('span', {}, text), more].filter(Boolean));
    if (kind === '') empty.replaceChildren();
    else if (kind === 'filter') say(gettext('No message contains this text'), null, el('button', { type: 'button', class: 'btn btn-default btn-sm', onclick: () => { filter.value = ''; refilter(); filter.focus(); } }, gettext('Show all')));
    else if (kind === 'sifting') say(null, gettext('Looking for this text…'));
    else if (kind === 'opening') say(null, gettext('Opening %(queue)s…', { queue: queue.name }));
    else if (kind === 'waiting') say(null, gettext('Waiting for the server…'));
    else if (kind === 'older') say(gettext('Waiting for the next message'), gettext('It appears here the moment it is posted.'));
    else if (kind === 'empty') say(gettext('%(queue)s is empty', { queue: queue.name }), gettext('Post a message, or wait: what is posted elsewhere appears here by itself.'));
    else {
      const { what, todo } = explain(error);
      say(what, todo || gettext('The page goes on trying.'));
    }
  }

  function paintSelection() {
    const { size } = list.selected;
    setDisabled(remove, size === 0, list);
    setText(remove, size === 0 ? gettext('Delete Messages') : ngettext('Delete %(n)s Message', 'Delete %(n)s Messages', size));
    all.checked = size > 0 && size === list.length;
    all.indeterminate = size > 0 && size < list.length;
    all.disabled = list.length === 0;
  }

  function open(entry, { byKey = false } = {}) {
    if (narrow.matches) {
      list.open(entry);
      showMessage(entry, { claimOf }).finally(() => { list.open(null); list.focus(); });
      return;
    }
    if (opened !== entry) {
      opened = entry;
      detail = messageDetail(entry, { claimOf });
      const body = el('div', { class: 'panel-body', tabindex: '0', role: 'region', 'aria-label': gettext('Message %(id)s', { id: entry.message.id }) }, detail.element);
      aside.replaceChildren(
        el('div', { class: 'panel-heading' },
          el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'copy-body', onclick: () => copyBody(entry.message) }, gettext('Copy body')),
          el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'delete-one', onclick: () => removeThem([entry]) }, gettext('Delete')),
          el('button', { type: 'button', class: 'close', 'aria-label': gettext('Close'), onclick: close }, '×')),
        body);
      aside.hidden = false;
      list.open(entry);
    }
    if (byKey) aside.querySelector('.panel-body').focus();
  }

  function close() {
    if (aside.contains(document.activeElement)) list.focus();
    opened = null;
    detail = null;
    aside.hidden = true;
    aside.replaceChildren();
    list.open(null);
  }

  let removing = false;
  async function removeThem(entries) {
    if (removing) return;
    removing = true;
    const deleted = await deleteMessages({ queue, store, entries, signal }).finally(() => { removing = false; });
    if (opened && deleted.has(opened)) close();
    if (paused) list.set(listed = listed.filter((entry) => !deleted.has(entry)));
    paintHead();
  }

  function setPaused(on) {
    paused = on;
    if (!paused) gather({ anew: true });
    paintHead();
  }

  let filtering;
  function refilter() {
    clearTimeout(filtering);
    wanted = filter.value.trim().toLowerCase();
    gather({ anew: true });
    paintHead();
  }
  filter.addEventListener('input', () => {
    clearTimeout(filtering);
    filtering = setTimeout(refilter, FILTER_AFTER_MS);
  });
  all.addEventListener('change', () => list.selectAll(all.checked));

  let looking = false;
  async function lookAround() {
    if (looking || !shown || document.hidden || host.steady.state !== 'connected') return;
    looking = true;
    try {
      const visible = list.visible();
      if (visible.length === 0) return;
      if ((await lookAt({ queue, store, entries: visible, signal })).changed) {
        list.paint();
        detail?.paint();
        paintHead();
      }
    } catch {
      // The next look may see more; what has been seen stands as it is.
    } finally {
      looking = false;
    }
  }

  const ticking = setInterval(() => {
    if (!shown || document.hidden) return;
    list.paint();
    detail?.paint();
    if (paused) changed();
  }, 1_000);
  const lookingAround = setInterval(lookAround, LOOK_EVERY_MS);
  store.addEventListener('change', changed, { signal });
  store.addEventListener('gap', ({ detail: { from, to, reason } }) => {
    announce(gettext('Between %(from)s and %(to)s messages of %(queue)s may have come and gone unseen: %(reason)s', { from: clock(from, false), to: clock(to, false), queue: queue.name, reason }), 'warning');
  }, { signal });
  host.steady.addEventListener('change', changed, { signal });
  narrow.addEventListener('change', close, { signal });
  store.open();
  paintHead();

  return {
    element,
    store,
    since: Date.now(),
    show() {
      shown = true;
      changed();
    },
    hide() { shown = false; },
    /** Claims of this page have changed. */
    touch() { if (shown) { list.paint(); detail?.paint(); } },
    close() {
      closing.abort();
      sifting?.abort();
      store.close();
      clearInterval(ticking);
      clearInterval(lookingAround);
      clearTimeout(filtering);
      list.close();
    },
  };
}
