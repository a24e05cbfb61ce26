// The messages of the selected queue, newest on top. Rows are capped and added once per frame, so that a flood of
// messages costs no more than a frame's worth of rows.
import { byId, el, framed, hasKeys, setFlag, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { confirm } from './confirm.js';
import { explain } from './ui/errors.js';
import { clock, count, iso } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { KEEP } from './inbox.js';
import { shortened } from './ui/json.js';

const ROW = 28;
/** Characters of a message in its row. */
const SHOWN = 240;
/** More new rows than this in one frame do not slide in: that would be noise. */
const CALM = 4;

export function messagesPane({ client, steady, inbox, counts, onOpen, onPick, onCopy, onDelete, onDeleted }) {
  const list = byId('message-list');
  const empty = byId('message-empty');
  const pause = byId('pause');
  const filter = byId('message-filter');
  const how = byId('messages-how');
  const older = el('div', { class: 'older', hidden: true });
  list.before(older);

  let queue = null;
  let fresh = [];
  let paused = false;
  let waiting = 0;
  let selected = null;
  let picked = false;
  let ids = 0;
  const entries = new WeakMap();

  const matches = (entry) => {
    const text = filter.value.trim().toLowerCase();
    return !text || entry.text.toLowerCase().includes(text) || entry.message.id.startsWith(text);
  };

  function makeRow(entry) {
    const { message, postedAt, live, text } = entry;
    const row = el('div', { role: 'option', id: `m${++ids}`, 'aria-selected': 'false', 'data-testid': 'message-row', 'data-id': message.id },
      el('time', { datetime: iso(postedAt), title: live ? gettext('Arrived %(at)s', { at: iso(postedAt) }) : gettext('Posted about %(at)s', { at: iso(postedAt) }) }, clock(postedAt, live)),
      el('span', { class: 'body' }, shortened(text, SHOWN)),
      message.claimId ? el('span', { class: 'mark' }, gettext('claimed')) : null);
    entries.set(row, entry);
    if (entry.gone) row.dataset.gone = '';
    return row;
  }

  const paint = framed(() => {
    if (paused || !fresh.length) return paintHead();
    const batch = fresh.filter(matches).slice(-KEEP);
    const slide = batch.length <= CALM && list.scrollTop < ROW && list.childElementCount > 0;
    fresh = [];
    const rows = batch.reverse().map(makeRow);
    if (slide) for (const row of rows) row.classList.add('fresh');
    // Somebody who reads further down keeps the place.
    const down = list.scrollTop >= ROW;
    const top = list.scrollTop;
    list.prepend(...rows);
    if (down) list.scrollTop = top + rows.length * ROW;
    while (list.childElementCount > KEEP) {
      if (list.lastElementChild === selected) selected = null;
      list.lastElementChild.remove();
    }
    if (!picked && list.firstElementChild) {
      // The inspector is not left empty: the first message opens by itself, once.
      picked = true;
      choose(list.firstElementChild, { quiet: true });
    }
    paintHead();
  });

  function paintHead() {
    const box = queue && inbox.box(queue);
    const stats = queue && counts.get(queue)?.stats;
    setText(byId('messages-title'), queue ?? gettext('Messages'));
    byId('messages-title').title = queue ?? '';
    const up = steady.state === 'connected';
    setFlag(how, 'data-live', box?.live && up && !paused);
    setText(how, !box ? '' : paused ? gettext('paused') : !up ? gettext('waiting for the server') : box.live ? gettext('live · gap-free') : box.error ? gettext('waiting for the server') : gettext('opening…'));
    how.title = box?.live ? gettext('queue.tail(): notifications wake it, listing makes it complete') : '';
    pause.title = paused ? gettext('Show what has come') : gettext('Stop the list; what comes is kept');
    setText(pause, paused ? (waiting ? gettext('Resume · %(n)s waiting', { n: count(waiting) }) : gettext('Resume')) : gettext('Pause'));
    pause.setAttribute('aria-pressed', String(paused));
    for (const id of ['purge', 'delete-queue', 'pause']) byId(id).disabled = !queue;
    paintOlder(box);
    paintEmpty(box, stats);
  }

  function paintOlder(box) {
    older.hidden = !box?.skipped;
    if (older.hidden || older.dataset.queue === `${queue} ${box.skipped}`) return;
    older.dataset.queue = `${queue} ${box.skipped}`;
    older.replaceChildren(
      el('span', {}, ngettext('%(n)s older message not read: only what comes is shown.', '%(n)s older messages not read: only what comes is shown.', box.skipped)),
      el('button', { type: 'button', class: 'plain', onclick: () => { inbox.readAll(queue); show(queue); } }, gettext('Read from the start')));
  }

  let emptyNow = '';
  function paintEmpty(box, stats) {
    const state = !queue ? 'none' : list.childElementCount ? '' : filter.value.trim() ? 'filter' : box?.error ? `error ${box.error.code}` : !box?.live ? 'opening' : box.skipped ? 'skipped' : stats?.claimed && stats.claimed === stats.total ? 'claimed' : 'empty';
    if (state === emptyNow) return;
    emptyNow = state;
    const says = {
      '': [],
      none: [el('strong', {}, gettext('No queue is chosen')), el('span', {}, gettext('Choose one on the left, or create one.'))],
      filter: [el('strong', {}, gettext('Nothing here contains this text')), el('button', { type: 'button', onclick: () => { filter.value = ''; show(queue); } }, gettext('Show all'))],
      opening: [el('span', {}, steady.state === 'connected' ? gettext('Opening %(queue)s…', { queue }) : gettext('Waiting for the server…'))],
      skipped: [el('strong', {}, gettext('Waiting for the next message')), el('span', {}, gettext('It appears here the moment it is posted.'))],
      claimed: [el('strong', {}, gettext('All messages are claimed')), el('span', {}, gettext('A worker holds them.'))],
      empty: [el('strong', {}, gettext('%(queue)s is empty', { queue })), el('span', {}, hasKeys() ? gettext('Write a message below and press Ctrl+Enter; it appears here the moment it is stored.') : gettext('Write a message below; it appears here the moment it is stored.')), el('button', { type: 'button', onclick: () => byId('post-body').focus() }, gettext('Write a message'))],
    };
    if (state.startsWith('error')) {
      const { what, todo } = explain(box.error);
      empty.replaceChildren(el('strong', {}, what), el('span', {}, todo || gettext('The page goes on trying.')));
    } else {
      empty.replaceChildren(...says[state]);
    }
  }

  function choose(row, { quiet = false } = {}) {
    if (selected) selected.setAttribute('aria-selected', 'false');
    selected = row;
    if (!row) return list.removeAttribute('aria-activedescendant');
    row.setAttribute('aria-selected', 'true');
    list.setAttribute('aria-activedescendant', row.id);
    if (!quiet) row.scrollIntoView({ block: 'nearest' });
    onPick(entries.get(row));
  }

  list.addEventListener('click', (event) => {
    const row = event.target.closest('[role="option"]');
    if (!row) return;
    choose(row);
    onOpen();
  });
  list.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
    const rows = list.children;
    const at = selected ? [...rows].indexOf(selected) : -1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      if (rows.length) choose(rows[Math.min(rows.length - 1, Math.max(0, to))]);
    } else if (event.key === 'Enter' && selected) onOpen({ focus: true });
    else if (event.key === 'c' && selected) onCopy();
    else if (event.key === 'Delete' && selected) onDelete();
    else return;
    event.preventDefault();
  });

  pause.addEventListener('click', () => {
    paused = !paused;
    if (!paused) {
      waiting = 0;
      paint();
    }
    announce(paused ? gettext('%(queue)s is paused; what comes is kept.', { queue }) : gettext('%(queue)s is live again.', { queue }));
    paintHead();
  });
  filter.addEventListener('input', () => show(queue));

  byId('purge').addEventListener('click', async () => {
    const name = queue;
    const total = await counts.total(name);
    const agreed = await confirm({
      title: gettext('Purge %(queue)s?', { queue: name }),
      text: total === undefined ? gettext('All messages of %(queue)s will be deleted; those that are claimed stay. This cannot be undone.', { queue: name })
        : ngettext('About %(n)s message of %(queue)s will be deleted; those that are claimed stay. This cannot be undone.', 'About %(n)s messages of %(queue)s will be deleted; those that are claimed stay. This cannot be undone.', total, { queue: name }),
      yes: total === undefined ? gettext('Delete all messages of %(queue)s', { queue: name }) : ngettext('Delete %(n)s message', 'Delete %(n)s messages', total),
    });
    if (!agreed) return;
    try {
      await client.queue(name).purge({ messages: true });
      inbox.clear(name);
      done(total === undefined ? gettext('%(queue)s is purged: its messages deleted.', { queue: name }) : ngettext('%(queue)s is purged: about %(n)s message deleted.', '%(queue)s is purged: about %(n)s messages deleted.', total, { queue: name }));
    } catch (error) {
      failed(gettext('Purging %(queue)s', { queue: name }), error);
    }
  });
  byId('delete-queue').addEventListener('click', async () => {
    const name = queue;
    const total = await counts.total(name);
    const agreed = await confirm({
      title: gettext('Delete the queue %(queue)s?', { queue: name }),
      text: total === undefined ? gettext('The queue and all its messages will be gone, for everybody. This cannot be undone.')
        : total ? ngettext('The queue and its %(n)s message will be gone, for everybody. This cannot be undone.', 'The queue and its %(n)s messages will be gone, for everybody. This cannot be undone.', total)
        : gettext('The queue and its metadata (it holds no message) will be gone, for everybody. This cannot be undone.'),
      yes: total ? ngettext('Delete %(queue)s and %(n)s message', 'Delete %(queue)s and %(n)s messages', total, { queue: name }) : gettext('Delete %(queue)s', { queue: name }),
    });
    if (!agreed) return;
    try {
      await client.queue(name).delete();
      onDeleted(name);
      done(total ? ngettext('Queue %(queue)s is deleted, with %(n)s message.', 'Queue %(queue)s is deleted, with %(n)s messages.', total, { queue: name }) : gettext('Queue %(queue)s is deleted.', { queue: name }));
    } catch (error) {
      failed(gettext('Deleting %(queue)s', { queue: name }), error);
    }
  });

  inbox.addEventListener('message', ({ detail: { box, entry } }) => {
    if (box.name !== queue) return;
    fresh.push(entry);
    if (fresh.length > KEEP * 2) fresh.splice(0, fresh.length - KEEP);
    if (paused) waiting += 1;
    paint();
  });
  for (const type of ['ready', 'trouble']) inbox.addEventListener(type, ({ detail }) => { if (detail.box.name === queue) paintHead(); });
  inbox.addEventListener('clear', ({ detail }) => { if (detail.box.name === queue) show(queue); });
  inbox.addEventListener('gap', ({ detail: { box, gap } }) => {
    announce(gettext('%(queue)s: messages that came and expired between %(from)s and %(to)s may be missing. %(reason)s', { queue: box.name, from: clock(gap.from, false), to: clock(gap.to, false), reason: gap.reason }), 'danger');
  });
  steady.addEventListener('change', () => { emptyNow = 'unknown'; paintHead(); });
  counts.addEventListener('counts', () => { if (!list.childElementCount) paintHead(); });

  function show(name) {
    queue = name;
    fresh = [];
    waiting = 0;
    emptyNow = 'unknown';
    selected = null;
    picked = false;
    list.replaceChildren();
    list.removeAttribute('aria-activedescendant');
    list.scrollTop = 0;
    if (name) {
      fresh = inbox.watch(name).messages.slice(-KEEP);
      onPick(null);
      const was = paused;
      paused = false;
      paint();
      if (was) requestAnimationFrame(() => { paused = true; paintHead(); });
    }
    paintHead();
  }

  return {
    show,
    /** The message was deleted here: its row says so. */
    gone(id) {
      const row = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
      if (!row) return;
      row.dataset.gone = '';
      entries.get(row).gone = true;
    },
    focus: () => list.focus(),
  };
}
