// The table of a project's queues: where it piles up, and what can be done about it.
import { el, framed, setDisabled, setFlag, setText } from '../ui/dom.js';
import { age, count } from '../ui/format.js';
import { explain } from '../ui/errors.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { table } from '../parts/table.js';
import { createQueue, deleteQueues, editMetadata, purgeQueues } from './actions.js';
import { flowCell } from './flow.js';

/** Numbers older than this are shown with their age. */
const STALE_MS = 15_000;
const PAGE_SIZES = [20, 50, 100];
/** What is sorted by needs the numbers of all queues, not only of those on the page. */
const NUMBERS = ['free', 'claimed', 'total', 'oldest', 'flow'];

/**
 * `frame`: `{ client, counts, steady, href(name, tab?), go(name, tab?) }`, see panel.js. Gives `{ element, close() }`.
 */
export function queuesView(frame) {
  const { client, counts, href, go } = frame;
  const context = { client, counts };
  const stop = new AbortController();

  const filter = el('input', { type: 'search', class: 'form-control', placeholder: gettext('Filter'), 'aria-label': gettext('Filter queues by name'), autocomplete: 'off', spellcheck: 'false', 'data-testid': 'queue-filter' });
  const button = (testid, kind, icon, label, onclick) => el('button', { type: 'button', class: `btn ${kind}`, 'data-testid': testid, onclick }, el('span', { class: `fa ${icon}`, 'aria-hidden': 'true' }), ` ${label}`);
  const create = button('create-queue', 'btn-default', 'fa-plus', gettext('Create Queue'), onCreate);
  const purge = button('purge-queues', 'btn-danger', 'fa-eraser', gettext('Purge Queues'), () => purgeQueues(context, [...queues.selected]));
  const remove = button('delete-queues', 'btn-danger', 'fa-trash', gettext('Delete Queues'), () => deleteQueues(context, [...queues.selected]));
  const sizes = el('select', { class: 'form-control zw-size', 'aria-label': gettext('Rows on a page'), 'data-testid': 'page-size', onchange: () => { queues.pageSize = Number(sizes.value); } },
    ...PAGE_SIZES.map((size) => el('option', { value: size }, ngettext('%(n)s row', '%(n)s rows', size))));
  const chosen = el('span', { role: 'status', 'data-testid': 'chosen' });
  const chooseAll = el('button', { type: 'button', class: 'btn btn-link btn-sm', 'data-testid': 'choose-all', onclick: () => queues.select([...queues.keys], true) });
  const chooseNone = el('button', { type: 'button', class: 'btn btn-link btn-sm', onclick: () => queues.select([...queues.selected], false) }, gettext('Clear the selection'));
  const selection = el('div', { class: 'zw-selection', hidden: true }, chosen, chooseAll, chooseNone);
  const note = el('p', { class: 'help-block zw-note', 'data-testid': 'sort-note', hidden: true });
  const trouble = el('div', { class: 'alert alert-danger', role: 'alert', hidden: true });

  const number = (name, title, help) => ({ key: name, title, help, numeric: true, sortBy: ({ stats }) => stats?.[name], text: ({ stats }) => (stats ? count(stats[name]) : '…') });
  const queues = table({
    caption: gettext('Queues of the project'),
    testid: 'queue-table',
    key: ({ name }) => name,
    selectable: true,
    sort: { key: 'name' },
    columns: [
      { key: 'name', title: gettext('Name'), sortBy: ({ name }) => name, cell: nameCell },
      number('free', gettext('Free'), gettext('Messages that wait for a worker')),
      number('claimed', gettext('Claimed'), gettext('Messages that a worker holds')),
      number('total', gettext('Total'), gettext('All messages, those included that are delayed or have just expired')),
      { key: 'oldest', title: gettext('Oldest'), help: gettext('Age of the oldest message'), numeric: true, sortBy: oldest, text: oldestText },
      { key: 'flow', title: gettext('In / out'), help: gettext('How much the total changes'), numeric: true, sortBy: (queue) => counts.growth(queue) ?? undefined, cell: flow },
    ],
    actions: ({ name }) => [
      { label: gettext('Open'), href: href(name) },
      { label: gettext('Messages'), run: () => go(name, 'messages') },
      { label: gettext('Metadata'), run: () => editMetadata(context, name) },
      { label: gettext('Subscriptions'), run: () => go(name, 'subscriptions') },
      { label: gettext('Signed URLs'), run: () => go(name, 'signed-urls') },
      { label: gettext('Purge'), danger: true, run: () => purgeQueues(context, [name]) },
      { label: gettext('Delete Queue'), danger: true, run: () => deleteQueues(context, [name]) },
    ],
    empty,
    onselect: paintSelection,
    onsort: paintNote,
    onview: (shown) => counts.see(shown.map(({ name }) => name)),
  });

  function nameCell({ name }) {
    const badge = el('span', { class: 'zw-badge' });
    const error = el('p', { class: 'text-danger zw-row-error', hidden: true });
    return {
      node: el('div', {}, el('a', { href: href(name), 'data-testid': 'queue-link' }, name), badge, error),
      paint(queue) {
        const old = Date.now() - queue.at;
        const stale = queue.at > 0 && old > STALE_MS;
        const grows = queue === growing && !stale;
        badge.className = `zw-badge${grows ? ' label label-warning' : ' zw-quiet'}`;
        setText(badge, stale ? gettext('as of %(age)s ago', { age: age(old / 1000) }) : grows ? gettext('growing') : '');
        setFlag(badge.closest('tr') ?? badge, 'data-stale', stale);
        // A failure that is mended before the numbers are old is none of a person's business.
        const own = stale || (!queue.stats && queue.failures > 1) ? ownError(queue.error) : '';
        error.hidden = !own;
        setText(error, own);
      },
    };
  }

  function flow() {
    const { node, paint } = flowCell();
    return { node, paint: (queue) => paint(queue, counts.growth(queue)) };
  }

  function oldest({ stats, at }) {
    // To the second, or the order of those that have none would change with each question.
    return stats?.oldest ? Math.round(stats.oldest.age + (Date.now() - at) / 1000) : undefined;
  }
  function oldestText(queue) {
    const seconds = oldest(queue);
    return seconds !== undefined ? age(seconds) : queue.stats ? '–' : '…';
  }

  let growing = null;
  let nothing;
  /** The same element as long as it says the same. */
  function empty() {
    const words = counts.queues.size > 0 ? [gettext('No queue has this in its name.')]
      : counts.error ? Object.values(explain(counts.error))
      : counts.listedAt ? [gettext('There is no queue in this project yet.'), gettext('Create one above; or let an application post to one, that makes it, too.')]
      : [gettext('Reading the queues…')];
    const text = words.join(' ').trim();
    if (nothing?.textContent !== text) nothing = el('p', { class: 'zw-empty', 'data-testid': 'queues-empty' }, text);
    return nothing;
  }

  function paintList() {
    growing = counts.growing;
    const wanted = filter.value.trim().toLowerCase();
    queues.set([...counts.queues.values()].filter(({ name }) => name.toLowerCase().includes(wanted)));
    const lost = counts.error && counts.queues.size > 0 && ownError(counts.error);
    trouble.hidden = !lost;
    setText(trouble, lost ? gettext('The list of queues could not be read again. %(why)s', { why: lost }) : '');
    paintSelection();
    paintNote();
  }

  function paintSelection() {
    const { size } = queues.selected;
    for (const each of [purge, remove]) setDisabled(each, size === 0, filter);
    selection.hidden = size === 0;
    setText(chosen, size ? ngettext('%(n)s queue selected', '%(n)s queues selected', size) : '');
    const more = size > 1 && size < queues.size;
    chooseAll.hidden = !more;
    setText(chooseAll, ngettext('Select all %(n)s', 'Select all %(n)s', queues.size));
  }

  /** To sort by a number, each queue is asked once; until then the order is told to be incomplete. */
  function paintNote() {
    counts.sweep = NUMBERS.includes(queues.sort.key);
    const [known, all] = [counts.known, counts.queues.size];
    const open = counts.sweep && known < all;
    note.hidden = !open;
    setText(note, open ? gettext('Sorted as far as known: %(known)s of %(all)s queues have been asked.', { known: count(known), all: count(all) }) : '');
  }

  async function onCreate() {
    const name = await createQueue(context);
    if (!name) return;
    // It must be seen, whatever was filtered for.
    if (!name.toLowerCase().includes(filter.value.trim().toLowerCase())) filter.value = '';
    paintList();
    queues.reveal(name);
  }

  const list = framed(paintList);
  filter.addEventListener('input', () => { paintList(); queues.restart(); });
  for (const type of ['list', 'counts']) counts.addEventListener(type, list, { signal: stop.signal });
  const clock = setInterval(list, 1_000);
  paintList();

  const element = el('div', { class: 'zw-queues' },
    el('div', { class: 'table_actions clearfix zw-toolbar' },
      el('div', { class: 'table_search' }, el('div', { class: 'form-group has-feedback' }, filter, el('span', { class: 'fa fa-search search-icon form-control-feedback', 'aria-hidden': 'true' }))),
      sizes, create, purge, remove),
    trouble, selection, note, queues.element);
  return {
    element,
    close() {
      stop.abort();
      clearInterval(clock);
      counts.see([]);
      counts.sweep = false;
    },
  };
}

/** What the server said of this queue alone. That it cannot be reached at all, the connection bar says. */
function ownError(error) {
  if (!error || error.status === undefined || error.code === 'unauthorized') return '';
  // Zaqar's statistics fail on claims and messages that have expired and not been collected.
  if (error.action === 'queue_get_stats' && error.status >= 500) return gettext('Zaqar cannot count it at the moment (%(status)s): something in it has expired and is not collected yet. Its messages can be read all the same.', { status: error.status });
  const { what, todo } = explain(error);
  return `${what} ${todo}`.trim();
}
