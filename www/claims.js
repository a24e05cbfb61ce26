// Claims that this page holds: what is in them and how long they last.
import { byId, el, setFlag, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { age, count } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { preview } from './ui/json.js';
import { rememberedClaims, takeUp } from './ui/remembered.js';
import { eachInSlices } from './ui/slices.js';

const SOON_S = 15;
/** The numbers of the form: which, how they are called, and between what they must be. */
const numbers = () => [['claim-limit', gettext('Take'), 1, 20], ['claim-ttl', gettext('The time of a claim'), 60, 43_200], ['claim-grace', gettext('Grace'), 60, 43_200]];

export function claimsPane({ client, onOpenMessage, onDeleted }) {
  const form = byId('claim-form');
  const list = byId('claim-list');
  const hint = byId('claim-hint');
  const held = new Map();
  const remembered = rememberedClaims(client.projectId);
  let queue = null;

  const left = (item) => (item.endsAt - Date.now()) / 1000;

  /** Says what is wrong with the first number that is wrong, and returns its input. */
  function firstWrong() {
    let first = null;
    for (const [id, what, min, max] of numbers()) {
      const input = byId(id);
      const n = Number(input.value);
      const wrong = !/^\d+$/.test(input.value.trim()) || n < min || n > max;
      input.setAttribute('aria-invalid', String(wrong));
      if (wrong) first ??= { input, says: gettext('%(what)s: a whole number from %(min)s to %(max)s.', { what, min: count(min), max: count(max) }) };
    }
    hint.dataset.tone = first ? 'danger' : '';
    setText(hint, first?.says ?? '');
    return first?.input;
  }
  // Nobody is told of a number that is being typed; but what was told goes when it is mended.
  form.addEventListener('input', () => { if (hint.textContent) firstWrong(); });

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!queue) return;
    const wrong = firstWrong();
    if (wrong) return wrong.focus();
    const [limit, ttl, grace] = numbers().map(([id]) => Number(byId(id).value));
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const claim = await client.queue(queue).claim({ limit, ttl, grace });
      if (!claim) announce(gettext('There is no free message in %(queue)s to claim.', { queue }));
      else {
        add(claim, queue, grace);
        done(ngettext('%(n)s message of %(queue)s claimed for %(time)s.', '%(n)s messages of %(queue)s claimed for %(time)s.', claim.messages.length, { queue, time: age(ttl) }));
      }
    } catch (error) {
      failed(gettext('Claiming from %(queue)s', { queue }), error);
    } finally {
      button.disabled = false;
    }
  });

  function add(claim, name, grace) {
    const bar = el('i');
    const item = {
      claim, queue: name, grace, ttl: claim.ttl, endsAt: Date.now() + (claim.ttl - claim.age) * 1000, messages: [...claim.messages], bar,
      what: el('span'), time: el('span', { class: 'left', 'data-testid': 'claim-left' }),
      renew: el('button', { type: 'button', class: 'small', 'data-testid': 'renew', onclick: () => renew(item) }, gettext('Renew')),
      release: el('button', { type: 'button', class: 'small', 'data-testid': 'release', onclick: () => release(item) }, gettext('Release')),
      dismiss: el('button', { type: 'button', class: 'small', hidden: true, onclick: () => drop(item) }, gettext('Dismiss')),
      held: el('ul'),
    };
    item.node = el('li', { 'data-testid': 'claim-row', 'data-claim': claim.id },
      el('div', { class: 'line' }, item.what, el('span', { class: 'push' }), item.time, item.renew, item.release, item.dismiss),
      el('div', { class: 'meter', 'aria-hidden': 'true' }, bar), item.held);
    held.set(claim.id, item);
    remembered.keep({ queue: name, id: claim.id, grace });
    list.querySelector('.nothing')?.remove();
    list.prepend(item.node);
    paintMessages(item);
    tick();
  }

  function paintMessages(item) {
    const rows = item.messages.map((message) => ({ message, open: el('button', { type: 'button', class: 'open', title: gettext('Open in the inspector'), onclick: () => onOpenMessage(message, item.queue) }) }));
    item.held.replaceChildren(...rows.map(({ message, open }) => el('li', { class: 'held' },
      open,
      el('button', { type: 'button', class: 'small', 'data-testid': 'ack', title: gettext('Acknowledge: delete this message from %(queue)s within the claim', { queue: item.queue }), onclick: () => ack(item, message) }, gettext('Ack')))));
    eachInSlices(rows, ({ message, open }) => setText(open, preview(message.body, 120)));
  }

  /** True if it was done. */
  async function ack(item, message) {
    try {
      await message.delete();
      item.messages = item.messages.filter((other) => other !== message);
      onDeleted(message, item.queue);
      done(gettext('1 message of %(queue)s acknowledged: it is deleted.', { queue: item.queue }));
      if (item.messages.length) paintMessages(item);
      else drop(item);
      return true;
    } catch (error) {
      trouble(item, gettext('Acknowledging'), error);
      return false;
    }
  }

  async function renew(item) {
    try {
      await item.claim.renew({ ttl: item.ttl, grace: item.grace });
      item.endsAt = Date.now() + item.ttl * 1000;
      done(ngettext('The claim on %(n)s message of %(queue)s lasts %(time)s again.', 'The claim on %(n)s messages of %(queue)s lasts %(time)s again.', item.messages.length, { queue: item.queue, time: age(item.ttl) }));
      tick();
    } catch (error) {
      trouble(item, gettext('Renewing the claim'), error);
    }
  }

  async function release(item) {
    try {
      await item.claim.release();
      drop(item);
      done(ngettext('%(n)s message of %(queue)s released: others can claim it now.', '%(n)s messages of %(queue)s released: others can claim them now.', item.messages.length, { queue: item.queue }));
    } catch (error) {
      trouble(item, gettext('Releasing the claim'), error);
    }
  }

  function trouble(item, doing, error) {
    if (error?.code === 'claim-lost') item.endsAt = Math.min(item.endsAt, Date.now());
    failed(doing, error);
    tick();
  }

  function drop(item) {
    held.delete(item.claim.id);
    remembered.drop(item.claim.id);
    const focused = item.node.contains(document.activeElement);
    item.node.remove();
    if (focused) (list.querySelector('button') ?? form.querySelector('button')).focus();
    paintEmpty();
  }

  function paintEmpty() {
    if (held.size || list.firstElementChild) return;
    list.append(el('li', { class: 'nothing' }, gettext('A claim hides messages from other workers while you work on them. Zaqar hands out the oldest free ones first.')));
  }

  function tick() {
    for (const item of held.values()) {
      const seconds = left(item);
      const ended = seconds <= 0;
      if (ended && !item.ended) {
        announce(ngettext('The claim on %(n)s message of %(queue)s has expired: it is free again.', 'The claim on %(n)s messages of %(queue)s has expired: they are free again.', item.messages.length, { queue: item.queue }));
        item.held.replaceChildren();
        remembered.drop(item.claim.id);
      }
      item.ended = ended;
      setFlag(item.node, 'data-ended', ended);
      setFlag(item.node, 'data-soon', !ended && seconds < SOON_S);
      item.renew.hidden = ended;
      item.release.hidden = ended;
      item.dismiss.hidden = !ended;
      setText(item.what, ended
        ? ngettext('%(queue)s: expired %(age)s ago, its %(n)s message is free again', '%(queue)s: expired %(age)s ago, its %(n)s messages are free again', item.messages.length, { queue: item.queue, age: age(-seconds) })
        : gettext('%(n)s of %(queue)s', { n: count(item.messages.length), queue: item.queue }));
      item.what.title = ngettext('Claim %(id)s holds %(n)s message of %(queue)s', 'Claim %(id)s holds %(n)s messages of %(queue)s', item.messages.length, { id: item.claim.id, queue: item.queue });
      setText(item.time, ended ? '' : age(Math.ceil(seconds)));
      item.bar.style.setProperty('transform', `scaleX(${Math.max(0, Math.min(1, seconds / item.ttl))})`);
    }
  }
  const timer = setInterval(tick, 500);
  paintEmpty();
  takeUp(client, remembered, remembered.all(), (claim, { queue: name, grace }) => add(claim, name, grace));

  return {
    select(name) { queue = name; form.querySelector('button').disabled = !name; },
    focus() { byId('claim-limit').focus(); byId('claim-limit').select(); },
    /** The claim of this page that holds a message, if there is one. */
    claimOf(message) {
      for (const item of held.values()) {
        const within = item.ended ? undefined : item.messages.find(({ id }) => id === message.id);
        if (within) return { left: age(Math.ceil(left(item))), acknowledge: () => ack(item, within) };
      }
      return null;
    },
    stop() { clearInterval(timer); },
  };
}
