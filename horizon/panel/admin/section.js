// A table with its heading, its filter and its buttons, filled from the registry.
import { el } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';

/**
 * - `rows`: made by `table`; `kind`: `pools` or `flavors`; `find(item)`: the text that the filter looks in.
 * - `onCreate()` resolves to the name of what was made; `onRemove(names)`.
 */
export function section({ registry, rows, kind, testid, title, create, remove, filter: filterLabel, find, onCreate, onRemove, onPaint }) {
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
    onPaint();
    const wanted = filter.value.trim().toLowerCase();
    rows.set([...registry[kind].values()].filter((item) => find(item).toLowerCase().includes(wanted)));
    paintTools();
  }
  function paintTools() {
    creates.disabled = registry.readAt === null;
    removes.disabled = rows.selected.size === 0;
  }
  filter.addEventListener('input', () => { paint(); rows.restart(); });
  registry.addEventListener('change', paint);

  const id = `zw-${kind}`;
  return {
    element: el('section', { 'aria-labelledby': id },
      el('div', { class: 'zw-heading' }, el('h2', { id }, title)),
      el('div', { class: 'table_actions clearfix zw-toolbar' },
        el('div', { class: 'table_search' }, el('div', { class: 'form-group has-feedback' }, filter, el('span', { class: 'fa fa-search search-icon form-control-feedback', 'aria-hidden': 'true' }))),
        creates, removes),
      rows.element),
    paint: paintTools,
  };
}
