// The list of queues: what piles up where, one row each.
import { byId, el, framed, setFlag, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { age, count, rate } from './ui/format.js';
import { explain } from './ui/errors.js';
import { gettext, ngettext } from './ui/i18n.js';
import { nameProblem } from './ui/names.js';
import { spark } from './ui/spark.js';

/** Numbers older than this are shown as old. */
const STALE_MS = 15_000;
/** A name that is longer has a line of its own: it is never cut off. */
const SHORT_NAME = 10;
const NUMBERS = ['total', 'free', 'claimed', 'oldest'];

export function queuesPane({ client, counts, onSelect, onCreated }) {
  const list = byId('queue-list');
  const picker = byId('queue-picker');
  const filter = byId('queue-filter');
  const rows = new Map();
  const titles = { total: gettext('total'), free: gettext('free'), claimed: gettext('claimed'), oldest: gettext('oldest') };
  let selected = null;

  // On a phone, where there is no list: the numbers of the one that is chosen.
  const figures = new Map(NUMBERS.map((key) => [key, el('dd', { 'data-testid': `chosen-${key}` })]));
  byId('queue-figures').replaceChildren(...NUMBERS.map((key) => el('div', {}, el('dt', {}, titles[key]), figures.get(key))));

  function makeRow(name) {
    const trend = spark(40, 16);
    const badge = el('em');
    // The headings above are only seen: what is heard has each number's name beside it.
    const cells = {};
    const shownCells = NUMBERS.map((key) => {
      cells[key] = el('span');
      return el('span', { class: `num ${key}` }, cells[key], el('span', { class: 'hidden' }, ` ${titles[key]}`));
    });
    const button = el('button', { type: 'button', onclick: () => onSelect(name) },
      el('span', { class: 'name' }, el('span', {}, name), badge), trend.svg, ...shownCells);
    const error = el('p', { class: 'error', hidden: true });
    const node = el('li', { 'data-testid': 'queue-row', 'data-queue': name, 'data-long': name.length > SHORT_NAME }, button, error);
    return { node, button, badge, trend, cells, error };
  }

  const shown = () => [...counts.queues.values()]
    .filter(({ name }) => name.toLowerCase().includes(filter.value.trim().toLowerCase()))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

  function paintList() {
    const queues = shown();
    for (const [name, row] of rows) {
      if (counts.get(name)) continue;
      row.node.remove();
      rows.delete(name);
    }
    const nodes = queues.map(({ name }) => {
      if (!rows.has(name)) rows.set(name, makeRow(name));
      return rows.get(name).node;
    });
    if (!nodes.length) nodes.push(el('li', { class: 'hint nothing' }, el('p', { class: 'worker-idle' }, emptyText())));
    if (nodes.length !== list.children.length || nodes.some((node, i) => list.children[i] !== node)) {
      // Replacing the children takes the focus away: give it back.
      const focused = document.activeElement;
      list.replaceChildren(...nodes);
      if (list.contains(focused)) focused.focus();
    }
    paintPicker();
    paintCounts();
  }

  function emptyText() {
    if (counts.queues.size) return gettext('No queue has this in its name.');
    if (counts.error) return [explain(counts.error).what, explain(counts.error).todo].join(' ');
    return counts.listedAt ? gettext('There is no queue yet. Create one below, or start the sample messages.') : gettext('Reading the queues…');
  }

  function paintPicker() {
    const names = [...counts.queues.keys()].sort();
    if (names.length !== picker.options.length || names.some((name, i) => picker.options[i].value !== name)) {
      picker.replaceChildren(...names.map((name) => el('option', { value: name }, name)));
    }
    if (selected && counts.get(selected)) picker.value = selected;
  }

  function paintCounts() {
    const { growing } = counts;
    const now = Date.now();
    setText(byId('queues-count'), counts.queues.size ? count(counts.queues.size) : '');
    for (const [name, { node, button, badge, trend, cells, error }] of rows) {
      const queue = counts.get(name);
      if (!queue) continue;
      const { stats } = queue;
      const growth = counts.growth(queue);
      const stale = queue.at && now - queue.at > STALE_MS;
      setFlag(node, 'data-growing', queue === growing && !stale);
      setFlag(node, 'data-stale', stale);
      if (name === selected) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
      setText(badge, stale ? gettext('%(age)s ago', { age: age((now - queue.at) / 1000) }) : queue === growing ? `▲ ${rate(growth)}` : '');
      for (const key of NUMBERS) {
        const text = figure(queue, key, now);
        setText(cells[key], text);
        cells[key].classList.toggle('zero', text === '0' || text === '–');
        if (name === selected) setText(figures.get(key), text);
      }
      trend.draw(queue.history.map(({ total }) => total), { slots: 30 });
      const option = [...picker.options].find(({ value }) => value === name);
      if (option) setText(option, stats ? `${name} · ${count(stats.total)}${queue === growing ? ' ▲' : ''}` : name);
      if (stats) {
        const change = growth === null ? '' : gettext('%(rate)s in the last half minute.', { rate: `${growth < 0 ? '−' : '+'}${rate(Math.abs(growth))}` });
        button.title = [
          ngettext('%(queue)s: %(n)s message, %(free)s free, %(claimed)s claimed.', '%(queue)s: %(n)s messages, %(free)s free, %(claimed)s claimed.', stats.total, { queue: name, free: count(stats.free), claimed: count(stats.claimed) }),
          change, gettext('Asked %(age)s ago.', { age: age((now - queue.at) / 1000) }),
        ].filter(Boolean).join(' ');
      }
      error.hidden = !queue.error;
      if (queue.error) setText(error, gettext('Counts failed: %(why)s', { why: explain(queue.error).what }));
    }
  }

  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...list.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    if (next) next.focus();
    event.preventDefault();
  });
  picker.addEventListener('change', () => onSelect(picker.value));
  filter.addEventListener('input', paintList);
  const list_ = framed(paintList);
  const counts_ = framed(paintCounts);
  counts.addEventListener('list', list_);
  counts.addEventListener('counts', counts_);
  const clock = setInterval(counts_, 1_000);

  createForm({ client, counts, onCreated });
  paintList();

  return {
    select(name) {
      selected = name;
      list_();
    },
    stop() { clearInterval(clock); },
  };
}

/** A number of a queue as it is shown: '…' while it is not known. */
function figure({ stats, at }, key, now) {
  if (!stats) return '…';
  if (key !== 'oldest') return count(stats[key]);
  return stats.oldest ? age(stats.oldest.age + (now - at) / 1000) : '–';
}

function createForm({ client, counts, onCreated }) {
  const form = byId('create-form');
  const input = byId('create-name');
  const hint = byId('create-hint');
  const button = form.querySelector('button');

  const check = (typing) => {
    const name = input.value.trim();
    let problem = typing && !name ? '' : nameProblem(name);
    if (!problem && counts.get(name)) problem = gettext('%(name)s exists already.', { name });
    setText(hint, problem);
    hint.dataset.tone = problem ? 'danger' : '';
    input.setAttribute('aria-invalid', String(Boolean(problem)));
    return problem;
  };
  input.addEventListener('input', () => check(true));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (check(false)) return input.focus();
    button.disabled = true;
    try {
      const created = await client.queue(name).create();
      input.value = '';
      counts.add(name).changedAt = Date.now();
      onCreated(name);
      if (created) done(gettext('Queue %(name)s created.', { name }));
      else announce(gettext('Queue %(name)s existed already; nothing was changed.', { name }));
    } catch (error) {
      failed(gettext('Creating %(name)s', { name }), error);
    } finally {
      button.disabled = false;
    }
  });
}
