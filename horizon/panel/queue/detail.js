// All of one message: its facts, and its body as a tree.
import { copyText, el, setText } from '../ui/dom.js';
import { age, clock, count, iso } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';
import { jsonText } from '../ui/json.js';
import { tree } from '../ui/tree.js';
import { announce, done } from '../parts/toast.js';
import { dialog } from '../parts/dialog.js';

/**
 * `entry`: `{ message, postedAt, live, gone, claimed }`. `claimOf(id)`: `{ left }` of the claim of this page that holds it, or
 * undefined. Gives `{ element, paint() }`; `paint` brings what changes with time up to date.
 */
export function messageDetail(entry, { claimOf = () => undefined } = {}) {
  const { message, postedAt, live } = entry;
  const old = el('dd', { title: iso(postedAt) });
  const lives = el('dd');
  const claim = el('dd', { 'data-testid': 'detail-claim' });
  const claimName = el('dt', {}, gettext('Claim'));
  const element = el('div', { class: 'zw-detail', 'data-testid': 'message-detail' },
    el('dl', { class: 'zw-facts' },
      el('dt', {}, gettext('ID')), el('dd', { class: 'zw-mono', 'data-testid': 'detail-id' }, message.id),
      el('dt', {}, live ? gettext('Arrived') : gettext('Posted')), el('dd', { title: iso(postedAt) }, clock(postedAt, live)),
      el('dt', {}, gettext('Age')), old,
      el('dt', {}, gettext('Time to live')), lives,
      claimName, claim,
      ...(message.claimCount ? [el('dt', {}, gettext('Claimed before')), el('dd', {}, count(message.claimCount))] : []),
      ...(message.checksum ? [el('dt', {}, gettext('Checksum')), el('dd', { class: 'zw-mono' }, message.checksum)] : [])),
    tree(message.body));

  function paint() {
    const seconds = (Date.now() - postedAt) / 1000;
    const left = message.ttl - seconds;
    setText(old, age(seconds));
    setText(lives, entry.gone === 'deleted' ? gettext('%(ttl)s; it has been deleted or taken', { ttl: age(message.ttl) })
      : entry.gone ? gettext('%(ttl)s; it has expired', { ttl: age(message.ttl) })
      : left > 0 ? gettext('%(ttl)s; %(left)s are left', { ttl: age(message.ttl), left: age(left) })
      : gettext('%(ttl)s, which are over', { ttl: age(message.ttl) }));
    const own = claimOf(message.id);
    claimName.hidden = claim.hidden = !own && !entry.claimed;
    setText(claim, own ? gettext('held by this page for %(left)s', { left: own.left })
      : message.claimId && entry.claimed ? message.claimId
      : gettext('held by a worker; over the WebSocket Zaqar does not say by which claim'));
  }
  paint();
  return { element, paint };
}

/** `text()` gives the text, or a promise of it. */
export function copyButton(text, { label = gettext('Copy'), what, size = 'sm', testid } = {}) {
  return el('button', { type: 'button', class: `btn btn-default btn-${size}`, 'aria-label': what && gettext('Copy %(what)s', { what }), 'data-testid': testid, onclick: async () => copy(await text(), what) }, label);
}

export async function copy(text, what = gettext('the text')) {
  if (await copyText(text)) done(gettext('Copied: %(what)s.', { what }));
  else announce(gettext('The browser does not let this page write to the clipboard. Select the text and copy it by hand.'), 'danger');
}

export const copyBody = async (message) => copy(await jsonText(message.body), gettext('the body of message %(id)s', { id: message.id }));

/** For narrow screens, and where there is no room beside a list. */
export async function showMessage(entry, { claimOf, actions = [] } = {}) {
  const detail = messageDetail(entry, { claimOf });
  const timer = setInterval(detail.paint, 1_000);
  try {
    await dialog({
      title: gettext('Message'),
      body: [detail.element],
      wide: true,
      footer: el('span', { class: 'zw-foot' }, copyButton(() => jsonText(entry.message.body), { label: gettext('Copy body'), what: gettext('the body of message %(id)s', { id: entry.message.id }), size: 'default' }), ...actions),
    });
  } finally {
    clearInterval(timer);
  }
}
