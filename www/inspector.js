// One message as a readable tree, with what can be done to it. On narrow screens it is a sheet.
import { byId, copyText, el, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { confirm } from './confirm.js';
import { age, clock, iso } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { jsonText } from './ui/json.js';
import { tree } from './ui/tree.js';

export function inspector({ onDeleted, onClaim, claimOf }) {
  const root = byId('inspector');
  const body = byId('inspected');
  const narrow = matchMedia('(max-width: 1099px)');
  let entry = null;
  let ageNode = null;
  let claimNode = null;
  let back = null;

  function show(next) {
    entry = next;
    if (!entry) {
      body.replaceChildren(el('p', { class: 'nothing' }, gettext('Choose a message to see all of it.')));
      ageNode = null;
      return;
    }
    const { message, queue, postedAt, live } = entry;
    ageNode = el('dd', { title: iso(postedAt) });
    claimNode = el('dd');
    const claim = claimOf(message);
    body.replaceChildren(
      el('dl', { class: 'facts' },
        el('dt', {}, gettext('id')), el('dd', { class: 'mono', title: message.id, 'data-testid': 'inspected-id' }, message.id),
        el('dt', {}, live ? gettext('arrived') : gettext('posted')), el('dd', { title: iso(postedAt) }, gettext('%(time)s in %(queue)s', { time: clock(postedAt, live), queue })),
        el('dt', {}, gettext('age')), ageNode,
        ...(claim || message.claimId ? [el('dt', {}, gettext('claim')), claimNode] : [])),
      tree(message.body),
      el('div', { class: 'bar' },
        el('button', { type: 'button', 'data-testid': 'copy-message', title: gettext('Copy the body as JSON (C in the list)'), onclick: copy }, gettext('Copy')),
        el('button', { type: 'button', title: gettext('Claim the oldest free messages of %(queue)s', { queue }), onclick: onClaim }, gettext('Claim…')),
        el('button', { type: 'button', class: 'danger', 'data-testid': 'delete-message', onclick: remove }, claim ? gettext('Acknowledge…') : gettext('Delete…'))));
    tick();
  }

  function tick() {
    if (!entry) return;
    const { message, postedAt } = entry;
    const old = (Date.now() - postedAt) / 1000;
    setText(ageNode, entry.gone ? gettext('deleted') : old > message.ttl ? gettext('expired after %(age)s', { age: age(message.ttl) }) : gettext('%(age)s of %(life)s (ttl %(ttl)s)', { age: age(old), life: age(message.ttl), ttl: message.ttl }));
    const claim = claimOf(message);
    if (claim) setText(claimNode, gettext('held by this page for %(left)s', { left: claim.left }));
    else if (message.claimId) setText(claimNode, message.claimId);
  }
  setInterval(tick, 1_000);

  async function copy() {
    if (!entry) return;
    const { message } = entry;
    const copied = await copyText(await jsonText(message.body));
    if (copied) done(gettext('The body of %(id)s is copied.', { id: message.id }));
    else announce(gettext('The browser does not let this page write to the clipboard; select the text instead.'), 'danger');
  }

  async function remove() {
    if (!entry) return;
    const { message, queue } = entry;
    const asked = entry;
    const claim = claimOf(message);
    const agreed = await confirm({
      title: claim ? gettext('Acknowledge this message of %(queue)s?', { queue }) : gettext('Delete this message from %(queue)s?', { queue }),
      text: claim ? gettext('1 message, %(id)s, will be deleted from %(queue)s within its claim. This cannot be undone.', { id: message.id, queue }) : gettext('1 message, %(id)s, will be deleted from %(queue)s. This cannot be undone.', { id: message.id, queue }),
      yes: ngettext('Delete %(n)s message', 'Delete %(n)s messages', 1),
    });
    if (!agreed) return;
    if (claim) {
      asked.gone = await claim.acknowledge();
      return tick();
    }
    try {
      await message.delete();
      done(ngettext('%(n)s message deleted from %(queue)s.', '%(n)s messages deleted from %(queue)s.', 1, { queue }));
      asked.gone = true;
      onDeleted(message, queue);
      tick();
    } catch (error) {
      failed(gettext('Deleting the message from %(queue)s', { queue }), error);
    }
  }

  function setSheet(open) {
    root.toggleAttribute('data-open', open);
    root.toggleAttribute('inert', narrow.matches && !open);
  }
  function open({ focus = false } = {}) {
    back = document.activeElement;
    if (!narrow.matches) {
      if (focus) body.focus();
      return;
    }
    setSheet(true);
    byId('inspector-close').focus();
  }
  function close() {
    setSheet(false);
    back?.focus?.();
  }
  byId('inspector-close').addEventListener('click', close);
  root.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  narrow.addEventListener('change', () => setSheet(false));
  setSheet(false);
  show(null);

  return { show, open, copy, remove };
}
