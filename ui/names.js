// What a queue may be called.
import { gettext } from './i18n.js';

/** What the server would refuse or break on, in words; '' if nothing. */
export function nameProblem(name) {
  if (!name) return gettext('Give it a name.');
  if (name.length > 64) return gettext('A name has at most 64 characters; this one has %(length)s.', { length: name.length });
  const wrong = /[^A-Za-z0-9_-]/u.exec(name);
  if (wrong?.[0] === '.') return gettext('No dots: Redis stores list such a queue under a cut-off name.');
  if (wrong?.[0] === ' ') return gettext('No spaces: letters, digits, - and _ only.');
  if (wrong) return gettext('“%(character)s” cannot be in a name: letters, digits, - and _ only.', { character: wrong[0] });
  return '';
}
