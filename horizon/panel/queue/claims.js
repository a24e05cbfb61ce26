// Claims: taken, watched until they end, renewed and given back; their messages read and deleted within them.
import { el, isBusy, setBusy, setText } from '../ui/dom.js';
import { age } from '../ui/format.js';
import { tell } from '../ui/errors.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { preview } from '../ui/json.js';
import { eachInSlices } from '../ui/slices.js';
import { confirm, dialog } from '../parts/dialog.js';
import { field, numberField, valid } from '../parts/form.js';
import { actionMenu } from '../parts/menu.js';
import { announce, done, failed } from '../parts/toast.js';
import { showMessage } from './detail.js';
import { isHeld, secondsLeft } from './holdings.js';

const SOON_S = 20;
const CHECK_EVERY_MS = 10_000;
const [LEAST, MOST] = [60, 43_200];

/** `view`: `{ host, queue, holdings, claimOf }`. */
export function claimsTab({ host, queue, holdings, claimOf }) {
  const { name } = queue;
  const closing = new AbortController();
  const { signal } = closing;
  let shown = false;

  const limit = numberField({ label: gettext('Messages'), min: 1, max: 20, value: '5', required: true });
  const ttl = numberField({ label: gettext('For'), min: LEAST, max: MOST, value: '300', unit: gettext('seconds'), required: true });
  const grace = numberField({ label: gettext('Grace'), min: LEAST, max: MOST, value: '60', unit: gettext('seconds'), required: true });
  limit.input.dataset.testid = 'claim-limit';
  ttl.input.dataset.testid = 'claim-ttl';
  grace.input.dataset.testid = 'claim-grace';
  grace.element.title = gettext('By so much the life of a claimed message outlasts its claim.');
  const take = el('button', { class: 'btn btn-primary', 'data-testid': 'claim' }, gettext('Claim Messages'));
  const find = el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'find-claim', onclick: findById }, gettext('Find Claim by ID'));
  const form = el('form', { class: 'zw-inline', novalidate: true, 'aria-label': gettext('Claim messages of %(queue)s', { queue: name }), onsubmit: submit },
    limit.element, ttl.element, grace.element, el('div', { class: 'zw-inline-buttons' }, take, find));
  const list = el('div', { class: 'zw-claims', 'data-testid': 'claims' });
  const empty = el('div', { class: 'zw-empty zw-empty-here', 'data-testid': 'claims-empty' },
    el('strong', {}, gettext('This page holds no claim on %(queue)s', { queue: name })),
    el('span', {}, gettext('A claim hides the oldest free messages from other workers for a time. Zaqar has no list of claims: those of others are seen only as the number of claimed messages, or by their ID.')));
  const element = el('div', {}, form, list, empty);
  const cards = new Map();

  async function submit(event) {
    event.preventDefault();
    if (isBusy(take) || !valid([limit, ttl, grace])) return;
    setBusy(take, true);
    try {
      const item = await holdings.take({ limit: limit.value, ttl: ttl.value, grace: grace.value });
      if (item) done(ngettext('%(n)s message of %(queue)s is claimed for %(time)s.', '%(n)s messages of %(queue)s are claimed for %(time)s.', item.messages.length, { queue: name, time: age(item.ttl) }));
      else announce(gettext('There is no free message in %(queue)s to claim.', { queue: name }));
    } catch (error) {
      failed(gettext('Claiming from %(queue)s', { queue: name }), error);
    } finally {
      setBusy(take, false);
    }
  }

  function findById() {
    const id = field({
      label: gettext('ID of the claim'), required: true,
      input: el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', 'data-testid': 'claim-id' }),
      help: gettext('A worker’s log may tell it. Whoever has the ID may renew and release the claim, this page too.'),
      check: (value) => (value.trim() ? '' : gettext('The ID is needed.')),
    });
    return dialog({
      title: gettext('Find a claim on %(queue)s by its ID', { queue: name }),
      body: [id.element],
      submit: gettext('Show Claim'),
      async onSubmit() {
        if (!valid([id])) return false;
        await holdings.find(id.value.trim());
        return true;
      },
    });
  }

  function card(item) {
    const what = el('strong', { 'data-testid': 'claim-what' });
    const time = el('span', { class: 'zw-left', 'data-testid': 'claim-left' });
    const meter = el('div', { class: 'progress-bar' });
    const rows = el('ul', { class: 'list-group zw-claimed', 'aria-label': gettext('Messages of this claim') });
    const menu = actionMenu([
      { label: gettext('Renew'), run: () => renew(item, item) },
      { label: gettext('Renew for a Time'), run: () => renewFor(item) },
      { label: gettext('Release'), run: () => release(item) },
      { label: gettext('Delete All Messages'), run: () => deleteAll(item), danger: true },
    ], { subject: gettext('claim %(id)s', { id: item.claim.id }) });
    const dismiss = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'dismiss', onclick: () => holdings.forget(item) }, gettext('Dismiss'));
    const told = el('p', { class: 'zw-ended', hidden: true });
    const node = el('section', { class: 'panel panel-default zw-claim', 'data-testid': 'claim-card', 'data-claim': item.claim.id, 'aria-label': gettext('Claim %(id)s', { id: item.claim.id }) },
      el('div', { class: 'panel-heading zw-tools' }, what, el('span', { class: 'zw-quiet zw-mono zw-claim-id' }, item.claim.id), el('span', { class: 'zw-push' }), time, menu, dismiss),
      el('div', { class: 'progress zw-meter', 'aria-hidden': 'true' }, meter),
      told,
      rows);
    const listed = new Map();
    let ended = null;

    function paint() {
      const seconds = secondsLeft(item);
      const over = !isHeld(item);
      const n = item.messages.length;
      setText(what, ngettext('%(n)s message', '%(n)s messages', n));
      setText(time, over ? gettext('ended') : gettext('%(left)s left', { left: age(Math.ceil(seconds)) }));
      meter.style.width = `${over ? 0 : Math.min(100, (seconds / item.ttl) * 100)}%`;
      meter.className = `progress-bar ${seconds < SOON_S ? 'progress-bar-warning' : ''}`;
      node.toggleAttribute('data-soon', !over && seconds < SOON_S);
      if (over !== ended) {
        // Said once, at the moment it happens; not of one that had ended before this view was opened.
        if (over && ended === false) announce([gettext('A claim on %(queue)s has ended.', { queue: name }), item.lost].filter(Boolean).join(' '), 'warning');
        ended = over;
        node.toggleAttribute('data-ended', over);
        menu.hidden = over;
        dismiss.hidden = !over;
        told.hidden = !over;
        setText(told, [item.lost || gettext('Its time is over.'), ngettext('What was not deleted of its %(n)s message is free again: another worker may have it.', 'What was not deleted of its %(n)s messages is free again: other workers may have them.', n)].join(' '));
      }
      paintRows(over ? [] : item.messages);
    }

    function paintRows(messages) {
      for (const [message, line] of listed) {
        if (messages.includes(message)) continue;
        listed.delete(message);
        drop(line, () => rows.querySelector('button') ?? dismiss);
      }
      const added = messages.filter((message) => !listed.has(message)).map((message) => ({ message, ...row(item, message) }));
      for (const { message, node: line } of added) {
        listed.set(message, line);
        rows.append(line);
      }
      eachInSlices(added, ({ message, name }) => name(preview(message.body, 200)));
    }
    return { node, paint };
  }

  function row(item, message) {
    const entry = { message, postedAt: Date.now() - message.age * 1000, live: false, gone: null, claimed: true };
    const open = el('button', { type: 'button', class: 'btn btn-link zw-open zw-mono', onclick: () => showMessage(entry, { claimOf }) });
    const discard = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'delete-claimed', onclick: () => remove(item, message) }, gettext('Delete'));
    return {
      node: el('li', { class: 'list-group-item', 'data-id': message.id }, open, discard),
      name(text) {
        setText(open, text);
        open.ariaLabel = gettext('Open message %(text)s', { text });
        discard.ariaLabel = gettext('Delete message %(text)s', { text });
      },
    };
  }

  async function attempt(doing, work) {
    try {
      await work();
    } catch (error) {
      failed(doing, error);
    }
  }

  const renew = (item, { ttl: seconds, grace: more }) => attempt(gettext('Renewing the claim'), async () => {
    await holdings.renew(item, { ttl: seconds, grace: more });
    done(ngettext('The claim on %(n)s message of %(queue)s lasts %(time)s from now.', 'The claim on %(n)s messages of %(queue)s lasts %(time)s from now.', item.messages.length, { queue: name, time: age(seconds) }));
  });

  function renewFor(item) {
    const forSeconds = numberField({ label: gettext('For'), min: LEAST, max: MOST, value: String(item.ttl), unit: gettext('seconds'), required: true, help: gettext('From now on; 60 to 43,200 (12 hours).') });
    const more = numberField({ label: gettext('Grace'), min: LEAST, max: MOST, value: String(item.grace), unit: gettext('seconds'), required: true });
    return dialog({
      title: ngettext('Renew the claim on %(n)s message of %(queue)s', 'Renew the claim on %(n)s messages of %(queue)s', item.messages.length, { queue: name }),
      body: [forSeconds.element, more.element],
      submit: gettext('Renew Claim'),
      async onSubmit() {
        if (!valid([forSeconds, more])) return false;
        await holdings.renew(item, { ttl: forSeconds.value, grace: more.value });
        done(gettext('The claim lasts %(time)s from now.', { time: age(forSeconds.value) }));
        return true;
      },
    });
  }

  const release = (item) => attempt(gettext('Releasing the claim'), async () => {
    const n = item.messages.length;
    await holdings.release(item);
    done(ngettext('%(n)s message of %(queue)s is released: others can claim it now.', '%(n)s messages of %(queue)s are released: others can claim them now.', n, { queue: name }));
  });

  async function remove(item, message) {
    const agreed = await confirm({
      title: ngettext('Delete %(n)s message of %(queue)s?', 'Delete %(n)s messages of %(queue)s?', 1, { queue: name }),
      text: gettext('Message %(id)s will be deleted from %(queue)s within its claim, as a worker does when its work is done. This cannot be undone.', { id: message.id, queue: name }),
      yes: ngettext('Delete %(n)s message', 'Delete %(n)s messages', 1),
    });
    if (!agreed) return;
    await attempt(gettext('Deleting the message'), async () => {
      await holdings.delete(item, message);
      done(ngettext('%(n)s message of %(queue)s is deleted.', '%(n)s messages of %(queue)s are deleted.', 1, { queue: name }));
    });
  }

  async function deleteAll(item) {
    const messages = [...item.messages];
    let deleted = 0;
    await dialog({
      title: ngettext('Delete %(n)s message of %(queue)s?', 'Delete %(n)s messages of %(queue)s?', messages.length, { queue: name }),
      body: [el('p', {}, gettext('All messages of this claim will be deleted from %(queue)s. This cannot be undone.', { queue: name }))],
      submit: ngettext('Delete %(n)s message', 'Delete %(n)s messages', messages.length),
      danger: true,
      async onSubmit() {
        try {
          for (const message of messages.slice(deleted)) {
            await holdings.delete(item, message);
            deleted += 1;
          }
        } catch (error) {
          throw deleted === 0 ? error : new Error(`${ngettext('%(n)s was deleted.', '%(n)s were deleted.', deleted)} ${tell(gettext('Deleting the next'), error)}`);
        }
        done(ngettext('%(n)s message of %(queue)s is deleted.', '%(n)s messages of %(queue)s are deleted.', deleted, { queue: name }));
        return true;
      },
    });
  }

  function paint() {
    for (const [item, { node }] of cards) if (!holdings.held.includes(item)) { cards.delete(item); drop(node, () => limit.input); }
    for (const item of [...holdings.held].reverse()) {
      if (cards.has(item)) continue;
      cards.set(item, card(item));
      list.prepend(cards.get(item).node);
    }
    for (const each of cards.values()) each.paint();
    empty.hidden = holdings.held.length > 0;
  }

  const ticking = setInterval(paint, 1_000);
  const checking = setInterval(() => {
    if (!shown || document.hidden || host.steady.state !== 'connected') return;
    for (const item of holdings.held) if (isHeld(item)) holdings.check(item, { signal }).catch(() => {});
  }, CHECK_EVERY_MS);
  holdings.addEventListener('change', paint, { signal });
  paint();

  return {
    element,
    show() { shown = true; paint(); },
    hide() { shown = false; },
    close() {
      closing.abort();
      clearInterval(ticking);
      clearInterval(checking);
    },
  };
}

/** Removes an element; if the focus was in it, that goes to what is near. */
function drop(node, near) {
  const hadFocus = node.contains(document.activeElement);
  node.remove();
  if (hadFocus) near().focus();
}
