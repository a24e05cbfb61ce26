// A table in Horizon's looks: sorted, paged, with check boxes and a menu for each row. It is painted in place, so that numbers
// may change every second without a focus, a selection or a screen reader being disturbed.
import { el, setDisabled, setText } from '../ui/dom.js';
import { count } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { actionMenu } from './menu.js';

/**
 * - `caption`: what the table is, for those who do not see it.
 * - `columns`: `{ key, title, text(item) | cell(item), sortBy?(item), numeric?, help? }`. `text` gives a string; `cell` is called
 *   once for each row and gives `{ node, paint(item) }`. A column with `sortBy` can be sorted by; what is undefined comes last.
 *   The first column is what names a row.
 * - `key(item)`: what tells items apart, a string.
 * - `actions(item)`: see menu.js.
 * - `selectable`: check boxes; `onselect(keys)` is called when they change.
 * - `sort`: `{ key, descending? }`; `onsort(key)` is called when it changes.
 * - `pageSize`: rows on a page; `onview(items)` is called when other items are shown.
 * - `empty()`: what stands there instead of rows: a text or an element.
 *
 * While a pointer or the focus is in the rows, none changes its place.
 */
export function table({ caption, columns, key, actions, selectable = false, sort = null, pageSize = 20, empty = () => gettext('No items to display.'), onselect = () => {}, onsort = () => {}, onview = () => {}, testid }) {
  const rows = new Map();
  const selected = new Set();
  let items = new Map();
  /** Keys, as they are sorted. */
  let order = [];
  let page = 0;
  /** What `onview` was told last. */
  let told = '';

  const all = selectable && el('input', { type: 'checkbox', 'aria-label': gettext('Select all rows of this page'), 'data-testid': 'select-page' });
  const heads = columns.map((column) => head(column));
  const body = el('tbody', { role: 'rowgroup' });
  const span = columns.length + (selectable ? 1 : 0) + (actions ? 1 : 0);
  const node = el('table', { class: 'table table-striped table-hover datatable zw-table', role: 'table', 'data-testid': testid },
    el('caption', { class: 'sr-only' }, caption),
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row', class: 'table_column_header' },
      all && el('th', { class: 'multi_select_column', role: 'columnheader', scope: 'col' }, all),
      ...heads.map((each) => each.node),
      actions && el('th', { class: 'actions_column', role: 'columnheader', scope: 'col' }, gettext('Actions')))),
    body);
  // Above it for who looks, below it with the buttons for other pages, and read aloud.
  const above = el('p', { class: 'table_count zw-above', 'aria-hidden': 'true', 'data-testid': 'table-count-above' });
  const foot = pager();
  const element = el('div', { class: 'table_wrapper zw-table-wrapper', tabindex: '-1' }, above, node, foot.node);

  function head({ key: name, title, sortBy, numeric, help }) {
    const arrow = el('span', { class: 'fa', 'aria-hidden': 'true' });
    const button = sortBy && el('button', { type: 'button', class: 'zw-sort', title: help, 'data-testid': `sort-${name}`, onclick: () => sortOn(name) }, title, arrow);
    const cell = el('th', { class: numeric ? 'zw-number' : undefined, role: 'columnheader', scope: 'col', title: sortBy ? undefined : help }, button ?? title);
    return {
      node: cell,
      paint() {
        if (!sortBy) return;
        const on = sort?.key === name;
        const way = on ? (sort.descending ? 'descending' : 'ascending') : 'none';
        if (cell.getAttribute('aria-sort') !== way) cell.setAttribute('aria-sort', way);
        arrow.className = `fa ${on ? (sort.descending ? 'fa-caret-down' : 'fa-caret-up') : 'fa-sort'}`;
      },
    };
  }

  /** The same column again turns the order round; numbers begin with the largest. */
  function sortOn(name) {
    const { numeric } = columns.find((column) => column.key === name);
    sort = sort?.key === name ? { key: name, descending: !sort.descending } : { key: name, descending: Boolean(numeric) };
    page = 0;
    arrange({ force: true });
    paint();
    onsort(name);
  }

  function arrange({ force = false } = {}) {
    const held = !force && body.matches(':hover, :focus-within');
    const known = order.filter((each) => items.has(each));
    if (held) {
      const shown = new Set(known);
      order = [...known, ...[...items.keys()].filter((each) => !shown.has(each))];
      return;
    }
    const { sortBy } = (sort && columns.find((column) => column.key === sort.key)) ?? {};
    const values = new Map([...items].map(([name, item]) => [name, sortBy?.(item)]));
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    order = [...items.keys()].sort((a, b) => {
      const [left, right] = [values.get(a), values.get(b)];
      if (left === undefined || right === undefined) return (left === undefined) - (right === undefined) || compare(a, b);
      return (sort?.descending ? compare(right, left) : compare(left, right)) || compare(a, b);
    });
  }

  function makeRow(item) {
    const name = key(item);
    const box = selectable && el('input', { type: 'checkbox', 'aria-label': gettext('Select %(name)s', { name }), onchange: () => choose([name], box.checked) });
    const cells = columns.map((column, i) => {
      const made = column.cell?.(item);
      const cell = el(i === 0 ? 'th' : 'td', {
        class: column.numeric ? 'zw-number' : undefined, role: i === 0 ? 'rowheader' : 'cell', scope: i === 0 ? 'row' : undefined,
        'data-column': column.key, 'data-title': column.title,
      }, made?.node);
      return { cell, paint: made?.paint ?? ((now) => setText(cell, column.text(now))) };
    });
    const node = el('tr', { role: 'row', 'data-key': name },
      box && el('td', { class: 'multi_select_column', role: 'cell' }, box),
      ...cells.map(({ cell }) => cell),
      actions && el('td', { class: 'actions_column', role: 'cell' }, actionMenu(actions(item), { subject: name })));
    return {
      node,
      paint(now) {
        for (const each of cells) each.paint(now);
        if (box) box.checked = selected.has(name);
      },
    };
  }

  function choose(keys, on) {
    for (const each of keys) if (on) selected.add(each); else selected.delete(each);
    paint();
    onselect(selected);
  }

  function shownKeys() { return order.slice(page * pageSize, (page + 1) * pageSize); }
  function lastPage() { return Math.max(0, Math.ceil(order.length / pageSize) - 1); }

  function paint() {
    page = Math.min(page, lastPage());
    const keys = shownKeys();
    for (const each of heads) each.paint();
    const focus = focusIn();
    for (const [name, { node: row }] of rows) {
      if (keys.includes(name)) continue;
      row.remove();
      rows.delete(name);
    }
    const wanted = keys.map((name) => {
      if (!rows.has(name)) rows.set(name, makeRow(items.get(name)));
      rows.get(name).paint(items.get(name));
      return rows.get(name).node;
    });
    if (wanted.length === 0) {
      const nothing = empty();
      // Painted again with the same words it must not be said again.
      if (!nothing?.isConnected) wanted.push(el('tr', { role: 'row', class: 'empty' }, el('td', { role: 'cell', colspan: span }, nothing)));
      else wanted.push(nothing.closest('tr'));
    }
    place(wanted);
    if (focus && !focus.row.isConnected) focusNear(focus);
    if (all) {
      const on = keys.filter((name) => selected.has(name)).length;
      all.checked = on > 0 && on === keys.length;
      all.indeterminate = on > 0 && on < keys.length;
      all.disabled = keys.length === 0;
    }
    foot.paint();
    setText(above, foot.words);
    tellView(keys);
  }

  /** Moves only what is not in its place; a row that is moved would lose the focus. */
  function place(wanted) {
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    wanted.forEach((row, i) => { if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null); });
    while (body.children.length > wanted.length) body.lastElementChild.remove();
    if (focused?.isConnected && document.activeElement !== focused) focused.focus();
  }

  /** The row with the focus, and where in the table it is. */
  function focusIn() {
    const cell = body.contains(document.activeElement) && document.activeElement.closest('tbody > tr > *');
    return cell && { row: cell.parentElement, at: [...body.children].indexOf(cell.parentElement), column: [...cell.parentElement.children].indexOf(cell) };
  }

  /** The row with the focus has gone: the one that is in its place gets it. */
  function focusNear({ at, column }) {
    const row = body.children[Math.min(at, body.children.length - 1)];
    const target = row.children[column]?.querySelector('a, button, input');
    if (target) target.focus();
    else element.focus();
  }

  function tellView(keys) {
    const now = keys.join('\n');
    if (now === told) return;
    told = now;
    onview(keys.map((name) => items.get(name)));
  }

  /** "Displaying 20 items", or "1–20 of 1,000" and the buttons on both sides of it. */
  function pager() {
    const where = el('span', { class: 'table_count', role: 'status', 'data-testid': 'table-count' });
    const step = (label, icon, to) => el('button', { type: 'button', class: 'btn btn-default btn-sm', 'aria-label': label, title: label, onclick: () => turn(to()) }, el('span', { class: `fa ${icon}`, 'aria-hidden': 'true' }));
    const first = step(gettext('First page'), 'fa-angle-double-left', () => 0);
    const previous = step(gettext('Previous page'), 'fa-angle-left', () => page - 1);
    const next = step(gettext('Next page'), 'fa-angle-right', () => page + 1);
    const last = step(gettext('Last page'), 'fa-angle-double-right', lastPage);
    const buttons = el('div', { class: 'btn-group', role: 'group', 'aria-label': gettext('Pages') }, first, previous, next, last);
    return {
      node: el('div', { class: 'zw-pager' }, where, buttons),
      get words() { return where.textContent; },
      paint() {
        const [from, to] = [page * pageSize, Math.min((page + 1) * pageSize, order.length)];
        const some = order.length > pageSize;
        buttons.hidden = !some;
        setText(where, order.length === 0 ? '' : some
          ? gettext('%(from)s–%(to)s of %(total)s', { from: count(from + 1), to: count(to), total: count(order.length) })
          : ngettext('Displaying %(n)s item', 'Displaying %(n)s items', order.length));
        const [isFirst, isLast] = [page === 0, page >= lastPage()];
        const ways = [[first, isFirst, next], [previous, isFirst, next], [next, isLast, previous], [last, isLast, previous]];
        // What can be pressed first: it may have to take the focus.
        for (const [each, off, other] of ways.sort((a, b) => a[1] - b[1])) setDisabled(each, off, other);
      },
    };
  }

  function turn(to) {
    page = Math.min(Math.max(0, to), lastPage());
    arrange({ force: true });
    paint();
  }

  if (all) all.addEventListener('change', () => choose(shownKeys(), all.checked));
  // From row to row, in the same column.
  body.addEventListener('keydown', (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const cell = event.target.closest('th, td');
    if (!way || !cell || !event.target.matches('a, button, input[type=checkbox]') || event.target.getAttribute('aria-haspopup') || event.target.closest('[popover]')) return;
    const row = cell.parentElement[way > 0 ? 'nextElementSibling' : 'previousElementSibling'];
    row?.children[[...cell.parentElement.children].indexOf(cell)]?.querySelector('a, button, input')?.focus();
    event.preventDefault();
  });

  return {
    element,
    /** The keys of the rows whose boxes are checked. */
    selected,
    select: choose,
    get sort() { return sort; },
    get size() { return order.length; },
    get keys() { return order; },
    /** These are the items now; call it again whenever one has changed. */
    set(list) {
      items = new Map(list.map((item) => [key(item), item]));
      const gone = [...selected].filter((name) => !items.has(name));
      for (const name of gone) selected.delete(name);
      arrange();
      paint();
      if (gone.length > 0) onselect(selected);
    },
    set pageSize(size) {
      pageSize = size;
      page = 0;
      paint();
    },
    /** Turns to the page with this row, and puts the focus on it. */
    reveal(name) {
      arrange({ force: true });
      page = Math.max(0, Math.floor(order.indexOf(name) / pageSize));
      paint();
      rows.get(name)?.node.querySelector('th a, th button')?.focus();
    },
    /** Back to the first page and into order, as after another filter. */
    restart() {
      page = 0;
      arrange({ force: true });
      paint();
    },
    /** New numbers of items that are known; the order is left as it is. */
    paint,
  };
}
