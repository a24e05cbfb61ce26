// A JSON value as a tree that folds; integers stay exact.
import { el } from './dom.js';
import { gettext, ngettext } from './i18n.js';
import { toJson } from './json.js';

/** Deeper levels start folded. */
const OPEN_TO = 4;
const MOST_ITEMS = 200;

export function tree(value) {
  return el('div', { class: 'tree' }, node(value, null, 0, false));
}

function node(value, key, depth, comma) {
  const label = key === null ? null : el('span', { class: 'key' }, `${key}: `);
  const end = comma ? el('span', { class: 'comma' }, ',') : null;
  if (typeof value !== 'object' || value === null) {
    const kind = value === null ? 'null' : typeof value === 'bigint' ? 'number' : typeof value;
    return el('div', {}, label, el('span', { class: kind, title: typeof value === 'bigint' ? gettext('Beyond 2^53: a bigint, shown exactly') : undefined }, toJson(value)), end);
  }
  const list = Array.isArray(value);
  const [open, close] = list ? '[]' : '{}';
  const entries = list ? value.map((item) => [null, item]) : Object.entries(value).map(([name, item]) => [plain(name), item]);
  if (!entries.length) return el('div', {}, label, open + close, end);
  const some = entries.slice(0, MOST_ITEMS);
  const items = some.map(([name, item], i) => el('li', {}, node(item, name, depth + 1, i < entries.length - 1)));
  if (entries.length > some.length) items.push(el('li', { class: 'fold' }, ngettext('and %(n)s more: copy the message to see it', 'and %(n)s more: copy the message to see all', entries.length - some.length)));
  return el('details', { open: depth < OPEN_TO },
    el('summary', {}, label, open, el('span', { class: 'fold' }, ` ${list ? ngettext('%(n)s item', '%(n)s items', entries.length) : ngettext('%(n)s key', '%(n)s keys', entries.length)} ${close}`)),
    el('ul', {}, ...items),
    el('div', {}, close, comma ? el('span', { class: 'comma' }, ',') : null));
}

const plain = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
