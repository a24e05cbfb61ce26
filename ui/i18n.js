// Words in the reader's language: by Django's catalogue where the page has one (as in Horizon), else as they stand here.
import { count } from './format.js';

/** `gettext('Delete %(name)s?', { name })`. The texts must be literals, or no tool finds them. */
export function gettext(text, values) {
  return fill(globalThis.gettext?.(text) ?? text, values);
}

/** `ngettext('%(n)s message', '%(n)s messages', total)`; `n` is filled in with separators between its thousands. */
export function ngettext(one, many, n, values) {
  return fill(globalThis.ngettext?.(one, many, n) ?? (n === 1 ? one : many), { n: count(n), ...values });
}

function fill(text, values) {
  return values ? text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole)) : text;
}
