// Ten thousand messages as a list of which only the rows in sight are elements. The newest is on top. It is a listbox: one row
// is active, which the keys move; any number are selected.
import { el, framed, setFlag } from '../ui/dom.js';

/** Height of a row; on a narrow screen it has two lines. queue.css has the same two numbers. */
const ROW = 30;
const NARROW_ROW = 52;
/** Rows beyond each edge, so that a turn of the wheel finds them there. */
const BEYOND = 8;

let numbers = 0;

/**
 * - `fill(row, entry)`: writes an entry into its row, again and again; `make()`: the cells of an empty row.
 * - `onOpen(entry, { byKey })`, `onSelect()`, `onKey(event, entry)`; `onScroll(isDown)`: whether the newest are out of sight.
 */
export function messageList({ label, describedBy, make, fill, onOpen, onSelect, onKey, onScroll }) {
  const space = el('div', { role: 'presentation', class: 'zw-list-space' });
  const list = el('div', { class: 'zw-list', role: 'listbox', tabindex: '0', 'aria-multiselectable': 'true', 'aria-label': label, 'aria-describedby': describedBy, 'data-testid': 'message-list' }, space);
  const rows = new Map();
  const selected = new Set();
  const narrow = matchMedia('(max-width: 767px)');
  let rowHeight = narrow.matches ? NARROW_ROW : ROW;
  let items = [];
  let active = null;
  let opened = null;
  /** Where a range that Shift selects begins. */
  let anchor = null;

  const place = (entry) => { const at = items.lastIndexOf(entry); return at < 0 ? -1 : items.length - 1 - at; };
  const entryAt = (index) => items[items.length - 1 - index];

  const paint = framed(paintNow);

  function paintNow() {
    const { scrollTop, clientHeight } = list;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - BEYOND);
    const end = Math.min(items.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + BEYOND);
    space.style.height = `${items.length * rowHeight}px`;
    const seen = new Set();
    for (let index = first; index < end; index += 1) seen.add(entryAt(index));
    for (const [entry, row] of rows) if (!seen.has(entry)) { row.remove(); rows.delete(entry); }
    for (let index = first; index < end; index += 1) {
      const entry = entryAt(index);
      const row = rows.get(entry) ?? makeRow(entry);
      row.style.transform = `translateY(${index * rowHeight}px)`;
      row.setAttribute('aria-posinset', index + 1);
      row.setAttribute('aria-setsize', items.length);
      row.setAttribute('aria-selected', String(selected.has(entry)));
      setFlag(row, 'data-active', entry === active);
      if (entry === opened) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
      fill(row, entry);
    }
    const row = active && rows.get(active);
    if (row) list.setAttribute('aria-activedescendant', row.id);
    else list.removeAttribute('aria-activedescendant');
  }

  function makeRow(entry) {
    const row = el('div', { role: 'option', id: `zw-message-${(numbers += 1)}`, class: 'zw-row', 'data-id': entry.message.id }, ...make());
    rows.set(entry, row);
    row.entry = entry;
    space.append(row);
    return row;
  }

  /** `next`: the entries that are to be seen, the oldest first. Somebody who reads further down keeps the place. */
  function set(next) {
    const top = list.scrollTop >= rowHeight ? entryAt(Math.floor(list.scrollTop / rowHeight)) : null;
    const within = list.scrollTop % rowHeight;
    items = next;
    const there = new Set(items);
    for (const entry of selected) if (!there.has(entry)) selected.delete(entry);
    if (active && !there.has(active)) active = null;
    if (anchor && !there.has(anchor)) anchor = null;
    space.style.height = `${items.length * rowHeight}px`;
    if (top && there.has(top)) list.scrollTop = place(top) * rowHeight + within;
    paint();
  }

  function activate(index, { open = false } = {}) {
    if (!items.length) return;
    const at = Math.min(items.length - 1, Math.max(0, index));
    active = entryAt(at);
    if (at * rowHeight < list.scrollTop) list.scrollTop = at * rowHeight;
    else if ((at + 1) * rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = (at + 1) * rowHeight - list.clientHeight;
    // At once: what is read aloud is the row that the list points at.
    paintNow();
    if (open) onOpen(active, {});
  }

  function toggle(entry, on = !selected.has(entry)) {
    if (on) selected.add(entry);
    else selected.delete(entry);
    anchor = entry;
    onSelect();
    paint();
  }

  function selectRange(to) {
    const from = Math.max(0, place(anchor ?? active ?? to));
    const end = place(to);
    for (let index = Math.min(from, end); index <= Math.max(from, end); index += 1) selected.add(entryAt(index));
    onSelect();
    paint();
  }

  list.addEventListener('scroll', () => { paint(); onScroll(list.scrollTop >= rowHeight); }, { passive: true });
  list.addEventListener('mousedown', (event) => { if (event.shiftKey) event.preventDefault(); });
  list.addEventListener('click', (event) => {
    const entry = event.target.closest('.zw-row')?.entry;
    if (!entry) return;
    if (event.shiftKey) {
      selectRange(entry);
      active = entry;
      return;
    }
    active = entry;
    if (event.target.closest('.zw-tick') || event.ctrlKey || event.metaKey) return toggle(entry);
    onOpen(entry, {});
    paint();
  });
  list.addEventListener('keydown', (event) => {
    const { key } = event;
    const at = active ? place(active) : -1;
    const page = Math.max(1, Math.floor(list.clientHeight / rowHeight) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: items.length - 1 }[key];
    if (to !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.shiftKey && active) anchor ??= active;
      activate(to);
      if (event.shiftKey && active) selectRange(active);
      else if (opened) onOpen(active, {});
    } else if (key === ' ' && active) toggle(active);
    else if (key === 'a' && (event.ctrlKey || event.metaKey)) selectAll();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (key === 'Enter' && active) onOpen(active, { byKey: true });
    else if (!onKey(event, active)) return;
    event.preventDefault();
  });
  // The first Tab into the list has somewhere to be.
  list.addEventListener('focus', () => { if (!active) activate(Math.floor(list.scrollTop / rowHeight)); });

  function selectAll(on = true) {
    if (on) for (const entry of items) selected.add(entry);
    else selected.clear();
    onSelect();
    paint();
  }

  narrow.addEventListener('change', turned);
  function turned() {
    const first = Math.floor(list.scrollTop / rowHeight);
    rowHeight = narrow.matches ? NARROW_ROW : ROW;
    list.scrollTop = first * rowHeight;
    paint();
  }
  const sizes = new ResizeObserver(paint);
  sizes.observe(list);

  return {
    element: list,
    set,
    paint,
    selectAll,
    selected,
    /** The entry that is shown beside the list. */
    open(entry) {
      opened = entry;
      if (entry) active = entry;
      paint();
    },
    get length() { return items.length; },
    /** The entries in sight, the oldest first. */
    visible() {
      const from = Math.floor(list.scrollTop / rowHeight);
      const end = Math.min(items.length, Math.ceil((list.scrollTop + list.clientHeight) / rowHeight));
      return items.slice(items.length - end, items.length - from);
    },
    toTop() { list.scrollTop = 0; },
    focus: () => list.focus(),
    close() {
      sizes.disconnect();
      narrow.removeEventListener('change', turned);
    },
  };
}
