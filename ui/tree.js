// A JSON value as a tree that folds; integers stay exact. A part has elements only when it has been opened, and then no more than
// a screen or two: a small message may hold a hundred thousand values.
import { el } from './dom.js';
import { gettext, ngettext } from './i18n.js';
import { beginning, bytesInWords, shortened, toJson } from './json.js';

/** Deeper levels start folded, and so does what comes when so many elements are there. */
const OPEN_TO = 4;
const MOST_AT_FIRST = 1_000;
/** Items that are shown at a time, characters of a text at first, and characters that are added to it at a time. */
const ITEMS = 100;
const CHARACTERS = 500;
const MORE_CHARACTERS = 20_000;
const KEY_CHARACTERS = 200;

export function tree(value) {
  const unopened = [];
  const root = el('div', { class: 'tree' }, node(value, null, 0, false, unopened));
  // Level by level, so that a branch that is large does not keep its neighbours shut.
  for (let at = 0; at < unopened.length && unopened[at].depth < OPEN_TO; at += 1) {
    if (root.getElementsByTagName('*').length > MOST_AT_FIRST) break;
    unopened[at].open();
  }
  return root;
}

/** `made`: where a part that can be opened is added to. */
function node(value, key, depth, comma, made) {
  const label = key === null ? null : el('span', { class: 'key' }, `${key}: `);
  const end = comma ? el('span', { class: 'comma' }, ',') : null;
  if (typeof value === 'string') return el('div', {}, label, text(value), end);
  if (typeof value !== 'object' || value === null) {
    const kind = value === null ? 'null' : typeof value === 'bigint' ? 'number' : typeof value;
    return el('div', {}, label, el('span', { class: kind, title: typeof value === 'bigint' ? gettext('Beyond 2^53: a bigint, shown exactly') : undefined }, toJson(value)), end);
  }
  if (value instanceof Uint8Array) return el('div', {}, label, el('span', { class: 'fold', title: gettext('It is nested too deep to be shown.') }, bytesInWords(value)), end);
  const keys = Array.isArray(value) ? null : Object.keys(value);
  const { length } = keys ?? value;
  const [open, close] = keys ? '{}' : '[]';
  if (length === 0) return el('div', {}, label, open + close, end);
  const list = el('ul');
  const details = el('details', {},
    el('summary', {}, label, open, el('span', { class: 'fold' }, ` ${keys ? ngettext('%(n)s key', '%(n)s keys', length) : ngettext('%(n)s item', '%(n)s items', length)} ${close}`)),
    list,
    el('div', {}, close, end));
  let isFilled = false;
  const fill = (inside) => {
    if (isFilled) return;
    isFilled = true;
    fillList(list, { length, item: (i, last) => (keys ? node(value[keys[i]], plain(keys[i]), depth + 1, !last, inside) : node(value[i], null, depth + 1, !last, inside)) });
  };
  details.addEventListener('toggle', () => { if (details.open) fill([]); });
  made.push({
    depth,
    open() {
      fill(made);
      details.open = true;
    },
  });
  return details;
}

/** The first items, and a button for the next. */
function fillList(list, { length, item }) {
  let shown = 0;
  const next = () => {
    const until = Math.min(length, shown + ITEMS);
    const items = [];
    for (; shown < until; shown += 1) items.push(el('li', {}, item(shown, shown === length - 1)));
    return items;
  };
  list.append(...next());
  if (shown === length) return;
  const rest = () => ngettext('… and %(n)s more', '… and %(n)s more', length - shown);
  const more = moreButton(rest(), () => {
    const items = next();
    last.before(...items);
    if (shown < length) return void (more.textContent = rest());
    last.remove();
    focus(items[0]);
  });
  const last = el('li', {}, more);
  list.append(last);
}

function text(value) {
  let shown = beginning(value, CHARACTERS).length;
  const span = el('span', { class: 'string' }, shown === value.length ? toJson(value) : `"${escaped(value.slice(0, shown))}`);
  if (shown === value.length) return span;
  const whole = el('span', {}, span);
  const rest = () => ngettext('… and %(n)s character', '… and %(n)s characters', value.length - shown);
  const more = moreButton(rest(), () => {
    const part = beginning(value.slice(shown, shown + MORE_CHARACTERS + 1), MORE_CHARACTERS);
    shown += part.length;
    span.append(escaped(part));
    if (shown < value.length) return void (more.textContent = rest());
    span.append('"');
    more.remove();
    focus(span);
  });
  whole.append(more);
  return whole;
}

const moreButton = (words, onclick) => el('button', { type: 'button', class: 'more', onclick }, words);

/** Who has pressed a button that goes does not lose the place. */
function focus(node) {
  node.tabIndex = -1;
  node.focus();
}

const escaped = (part) => JSON.stringify(part).slice(1, -1);

const plain = (name) => (name.length <= KEY_CHARACTERS && /^[A-Za-z_$][\w$]*$/.test(name) ? name : toJson(shortened(name, KEY_CHARACTERS)));
