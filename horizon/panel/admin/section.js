// A table with its heading, its filter and its buttons, filled from the registry.
import { el, setDisabled, setText } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';
import { table } from '../parts/table.js';

/**
 * - `kind`: `pools` or `flavors`; `columns`, `actions(item)`: see table.js.
 * - `title`, `create`, `remove`, `filter`: what stands on it; `nothing(isEmpty)`: what stands there instead of rows, where there
 *   are none at all or none that the filter lets through.
 * - `find(item)`: the text that the filter looks in.
 * - `onCreate()` resolves to the name of what was made; `onRemove(names)`.
 */
export function section({ registry, kind, testid, columns, actions, title, create, remove, filter: filterLabel, nothing, find, onCreate, onRemove }) {
  const empty = el('p', { class: 'zw-empty' });
  const rows = table({
    caption: title, testid: kind, key: ({ name }) => name, selectable: true, onselect: paintTools, sort: { key: 'name' }, empty: () => empty, columns, actions,
  });
  const filter = el('input', { type: 'search', class: 'form-control', placeholder: gettext('Filter'), 'aria-label': filterLabel, autocomplete: 'off', spellcheck: 'false', 'data-testid': `${testid}-filter` });
  const button = (name, style, icon, label, onclick) => el('button', { type: 'button', class: `btn ${style}`, 'data-testid': `${name}-${testid}`, onclick }, el('span', { class: `fa ${icon}`, 'aria-hidden': 'true' }), ` ${label}`);
  const creates = button('create', 'btn-default', 'fa-plus', create, async () => {
    const name = await onCreate();
    if (!name) return;
    filter.value = '';
    paint();
    rows.reveal(name);
  });
  const removes = button('delete', 'btn-danger', 'fa-trash', remove, () => onRemove([...rows.selected]));

  function paint() {
    setText(empty, registry.readAt === null ? gettext('Reading…') : nothing(registry[kind].size === 0));
    const wanted = filter.value.trim().toLowerCase();
    rows.set([...registry[kind].values()].filter((item) => find(item).toLowerCase().includes(wanted)));
    paintTools();
  }
  function paintTools() {
    creates.disabled = registry.readAt === null;
    setDisabled(removes, rows.selected.size === 0, filter);
  }
  filter.addEventListener('input', () => { paint(); rows.restart(); });
  registry.addEventListener('change', paint);

  const id = `zw-${kind}`;
  return el('section', { 'aria-labelledby': id },
    el('div', { class: 'zw-heading' }, el('h2', { id }, title)),
    el('div', { class: 'table_actions clearfix zw-toolbar' },
      el('div', { class: 'table_search' }, el('div', { class: 'form-group has-feedback' }, filter, el('span', { class: 'fa fa-search search-icon form-control-feedback', 'aria-hidden': 'true' }))),
      creates, removes),
    rows.element);
}
