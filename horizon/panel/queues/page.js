// One queue: its numbers and what can be done to it as a whole; below it the view of what is in it. Its name is the page's heading.
import { el, framed, setText } from '../ui/dom.js';
import { age, count } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';
import { actionMenu } from '../parts/menu.js';
import { queueView } from '../queue/view.js';
import { deleteQueues, editMetadata, purgeQueues } from './actions.js';
import { flowCell } from './flow.js';

/** Numbers that are older say so. */
const OLD_S = 5;

export function queuePage(frame, name, tab) {
  const { client, counts, steady, session, href, go } = frame;
  const context = { client, counts };
  const queue = counts.add(name);
  counts.see([name]);
  const stop = new AbortController();

  const host = {
    session,
    steady,
    tab: tab ?? '',
    // Not by `history`: AngularJS would not learn of it, and send the next link nowhere.
    setTab: (now) => location.replace(href(name, now)),
    back: () => go(),
  };
  const view = queueView(host, client, name);

  const figures = ['total', 'free', 'claimed', 'oldest'].map((key) => ({ key, node: el('dd', { 'data-testid': `queue-${key}` }) }));
  const helps = {
    total: gettext('All messages, those included that are delayed or have just expired'), free: gettext('Messages that wait for a worker'),
    claimed: gettext('Messages that a worker holds'), oldest: gettext('Age of the oldest message'),
  };
  const titles = { total: gettext('Total'), free: gettext('Free'), claimed: gettext('Claimed'), oldest: gettext('Oldest') };
  const flow = flowCell();
  const asked = el('span', { class: 'zw-quiet', 'data-testid': 'queue-asked' });
  const menu = actionMenu([
    { label: gettext('Metadata'), run: () => editMetadata(context, name) },
    { label: gettext('Purge'), danger: true, run: () => purgeQueues(context, [name]) },
    { label: gettext('Delete Queue'), danger: true, run: async () => { if ((await deleteQueues(context, [name])).length > 0) go(); } },
  ], { subject: name });

  function paint() {
    const { stats, at } = counts.get(name) ?? queue;
    for (const { key, node } of figures) {
      if (key !== 'oldest') setText(node, stats ? count(stats[key]) : '…');
      else setText(node, !stats ? '…' : stats.oldest ? age(stats.oldest.age + (Date.now() - at) / 1000) : '–');
    }
    const old = at ? (Date.now() - at) / 1000 : 0;
    setText(asked, old > OLD_S ? gettext('as of %(age)s ago', { age: age(old) }) : '');
    flow.paint(counts.get(name) ?? queue, counts.growth(counts.get(name) ?? queue));
  }
  const soon = framed(paint);
  counts.addEventListener('counts', soon, { signal: stop.signal });
  const clock = setInterval(paint, 1_000);
  paint();

  const element = el('div', { class: 'zw-page' },
    el('div', { class: 'zw-heading' },
      el('a', { class: 'btn btn-default btn-sm', href: href(), 'data-testid': 'back' }, el('span', { class: 'fa fa-chevron-left', 'aria-hidden': 'true' }), ` ${gettext('All queues')}`),
      el('dl', { class: 'zw-figures' }, ...figures.map(({ key, node }) => el('div', {}, el('dt', { title: helps[key] }, titles[key]), node)),
        el('div', {}, el('dt', {}, gettext('In / out')), el('dd', {}, flow.node))),
      asked,
      menu),
    view.element);
  return {
    element,
    /** The address names another tab of the same queue. */
    turn: (now) => view.turn?.(now ?? ''),
    close() {
      stop.abort();
      clearInterval(clock);
      view.close();
    },
  };
}
