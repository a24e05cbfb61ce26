// One queue: its messages, claims, subscriptions and signed URLs, each a tab.
import { el } from '../ui/dom.js';
import { age } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';
import { claimsTab } from './claims.js';
import { holdingsOf, secondsLeft } from './holdings.js';
import { messagesTab } from './messages.js';
import { signedUrlTab } from './signed-url.js';
import { subscriptionsTab } from './subscriptions.js';

let numbers = 0;

/** See ../README.md. A tab is made when it is first shown: `{ element, show?(), hide?(), close?() }`. */
export function queueView(host, client, name) {
  const queue = client.queue(name);
  const holdings = holdingsOf(client, queue);
  const claimOf = (id) => {
    const item = holdings.of(id);
    return item && { id: item.claim.id, left: age(Math.ceil(secondsLeft(item))) };
  };
  const followedSince = () => {
    const { store, since } = tabs[0].content ?? {};
    return store?.state === 'live' ? since : undefined;
  };
  const view = { host, queue, holdings, claimOf, followedSince };
  const number = (numbers += 1);
  const tabs = [
    ['messages', gettext('Messages'), messagesTab],
    ['claims', gettext('Claims'), claimsTab],
    ['subscriptions', gettext('Subscriptions'), subscriptionsTab],
    ['signed-urls', gettext('Signed URLs'), signedUrlTab],
  ].map(([id, label, make], i) => {
    const control = el('a', { role: 'tab', id: `zw-tab-${number}-${id}`, 'aria-controls': `zw-panel-${number}-${id}`, 'data-testid': `tab-${id}`, onclick: () => choose(i) }, label);
    return {
      id, make, control,
      item: el('li', { role: 'presentation' }, control),
      panel: el('div', { role: 'tabpanel', id: `zw-panel-${number}-${id}`, 'aria-labelledby': control.id, class: 'zw-tab-panel', hidden: true }),
      content: null,
    };
  });
  const list = el('ul', { class: 'nav nav-tabs zw-tabs', role: 'tablist', 'aria-label': gettext('Queue %(queue)s', { queue: name }) }, ...tabs.map(({ item }) => item));
  const element = el('div', { class: 'zw-queue', 'data-testid': 'queue-view' }, list, ...tabs.map(({ panel }) => panel));
  let current = null;

  function select(at) {
    if (tabs[at] === current) return;
    current?.content.hide?.();
    current = tabs[at];
    for (const tab of tabs) {
      const on = tab === current;
      tab.item.classList.toggle('active', on);
      tab.control.setAttribute('aria-selected', String(on));
      tab.control.tabIndex = on ? 0 : -1;
      tab.panel.hidden = !on;
    }
    if (!current.content) {
      current.content = current.make(view);
      current.panel.append(current.content.element);
    }
    current.content.show?.();
  }

  function choose(at) {
    select(at);
    host.setTab(tabs[at].id);
  }

  /** The address names a tab; none of ours is the first. */
  const turn = (id) => select(Math.max(0, tabs.findIndex((tab) => tab.id === id)));

  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose((to + tabs.length) % tabs.length);
    current.control.focus();
  });
  const claimsChanged = () => tabs[0].content?.touch();
  holdings.addEventListener('change', claimsChanged);
  turn(host.tab);

  return {
    element,
    turn,
    close() {
      holdings.removeEventListener('change', claimsChanged);
      for (const { content } of tabs) content?.close?.();
    },
  };
}
