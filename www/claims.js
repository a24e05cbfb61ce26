// Claims that this page holds: what is in them and how long they last.
import { byId, el, setFlag, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { age, count, plural } from './ui/format.js';
import { preview } from './ui/json.js';
import { rememberedClaims, takeUp } from './ui/remembered.js';
import { eachInSlices } from './ui/slices.js';

const SOON_S = 15;
/** The numbers of the form: which, how they are called, and between what they must be. */
const NUMBERS = [['claim-limit', 'Take', 1, 20], ['claim-ttl', 'The time of a claim', 60, 43_200], ['claim-grace', 'Grace', 60, 43_200]];

export function claimsPane({ client, counts, onOpenMessage, onDeleted }) {
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
    for (const [id, what, min, max] of NUMBERS) {
      const input = byId(id);
      const n = Number(input.value);
      const wrong = !/^\d+$/.test(input.value.trim()) || n < min || n > max;
      input.setAttribute('aria-invalid', String(wrong));
      if (wrong) first ??= { input, says: `${what}: a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}.` };
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
    const [limit, ttl, grace] = NUMBERS.map(([id]) => Number(byId(id).value));
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const claim = await client.queue(queue).claim({ limit, ttl, grace });
      if (!claim) announce(`There is no free message in ${queue} to claim.`);
      else {
        add(claim, queue, grace);
        done(`${plural(claim.messages.length, 'message')} of ${queue} claimed for ${age(ttl)}.`);
      }
      counts.hurry(queue);
    } catch (error) {
      failed(`Claiming from ${queue}`, error);
    } finally {
      button.disabled = false;
    }
  });

  function add(claim, name, grace) {
    const bar = el('i');
    const item = {
      claim, queue: name, grace, ttl: claim.ttl, endsAt: Date.now() + (claim.ttl - claim.age) * 1000, messages: [...claim.messages], bar,
      what: el('span'), time: el('span', { class: 'left', 'data-testid': 'claim-left' }),
      renew: el('button', { type: 'button', class: 'small', 'data-testid': 'renew', onclick: () => renew(item) }, 'Renew'),
      release: el('button', { type: 'button', class: 'small', 'data-testid': 'release', onclick: () => release(item) }, 'Release'),
      dismiss: el('button', { type: 'button', class: 'small', hidden: true, onclick: () => drop(item) }, 'Dismiss'),
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
    const rows = item.messages.map((message) => ({ message, open: el('button', { type: 'button', class: 'open', title: 'Open in the inspector', onclick: () => onOpenMessage(message, item.queue) }) }));
    item.held.replaceChildren(...rows.map(({ message, open }) => el('li', { class: 'held' },
      open,
      el('button', { type: 'button', class: 'small', 'data-testid': 'ack', title: `Acknowledge: delete this message from ${item.queue} within the claim`, onclick: () => ack(item, message) }, 'Ack'))));
    eachInSlices(rows, ({ message, open }) => setText(open, preview(message.body, 120)));
  }

  /** True if it was done. */
  async function ack(item, message) {
    try {
      await message.delete();
      item.messages = item.messages.filter((other) => other !== message);
      onDeleted(message, item.queue);
      counts.hurry(item.queue);
      done(`1 message of ${item.queue} acknowledged: it is deleted.`);
      if (item.messages.length) paintMessages(item);
      else drop(item);
      return true;
    } catch (error) {
      trouble(item, 'Acknowledging', error);
      return false;
    }
  }

  async function renew(item) {
    try {
      await item.claim.renew({ ttl: item.ttl, grace: item.grace });
      item.endsAt = Date.now() + item.ttl * 1000;
      done(`The claim on ${plural(item.messages.length, 'message')} of ${item.queue} lasts ${age(item.ttl)} again.`);
      tick();
    } catch (error) {
      trouble(item, 'Renewing the claim', error);
    }
  }

  async function release(item) {
    try {
      await item.claim.release();
      drop(item);
      counts.hurry(item.queue);
      done(`${plural(item.messages.length, 'message')} of ${item.queue} released: others can claim ${item.messages.length === 1 ? 'it' : 'them'} now.`);
    } catch (error) {
      trouble(item, 'Releasing the claim', error);
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
    list.append(el('li', { class: 'nothing' }, 'A claim hides messages from other workers while you work on them. Zaqar hands out the oldest free ones first.'));
  }

  function tick() {
    for (const item of held.values()) {
      const seconds = left(item);
      const ended = seconds <= 0;
      if (ended && !item.ended) {
        announce(`The claim on ${plural(item.messages.length, 'message')} of ${item.queue} has expired: they are free again.`);
        item.held.replaceChildren();
        remembered.drop(item.claim.id);
        counts.hurry(item.queue);
      }
      item.ended = ended;
      setFlag(item.node, 'data-ended', ended);
      setFlag(item.node, 'data-soon', !ended && seconds < SOON_S);
      item.renew.hidden = ended;
      item.release.hidden = ended;
      item.dismiss.hidden = !ended;
      setText(item.what, ended
        ? `${item.queue}: expired ${age(-seconds)} ago, its ${plural(item.messages.length, 'message')} are free again`
        : `${count(item.messages.length)} of ${item.queue}`);
      item.what.title = `Claim ${item.claim.id} holds ${plural(item.messages.length, 'message')} of ${item.queue}`;
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
