// Whether one looks at the truth: when pools and flavors were read, what is in the way of reading them, and a button for now.
import { el, setBusy, setText } from '../ui/dom.js';
import { explain } from '../ui/errors.js';
import { age } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';

export function freshness(registry) {
  const when = el('span', { class: 'zw-quiet', 'data-testid': 'read-at' });
  const trouble = el('div', { class: 'alert alert-danger', role: 'alert', hidden: true, 'data-testid': 'trouble' });
  const again = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'refresh', onclick: () => registry.read() },
    el('span', { class: 'fa fa-refresh', 'aria-hidden': 'true' }), ` ${gettext('Refresh')}`);

  function paint() {
    const { readAt, error, isReading } = registry;
    setBusy(again, isReading);
    setText(when, readAt === null ? '' : gettext('Read %(age)s ago', { age: age((Date.now() - readAt) / 1000) }));
    trouble.hidden = !error;
    setText(trouble, error ? [gettext('Pools and flavors could not be read.'), ...why(error)].join(' ') : '');
  }
  registry.addEventListener('change', paint);
  const clock = setInterval(paint, 1_000);
  paint();

  return {
    element: el('div', {}, trouble, el('div', { class: 'zw-toolbar' }, when, again)),
    close: () => clearInterval(clock),
  };
}

function why(error) {
  if (error.code === 'not-found') return [gettext('This Zaqar keeps its messages in one store only: pooling is off, or the administrator’s part of its API is. Set pooling and admin_mode to true in zaqar.conf.')];
  const { what, todo } = explain(error);
  return [what, todo];
}
