// What stands in the panel's place while there is no session: loading, logged out, not allowed, out of reach.
import { el } from '../ui/dom.js';
import { explain } from '../ui/errors.js';
import { gettext } from '../ui/i18n.js';

export function loading(text = gettext('Connecting to Zaqar…')) {
  return el('div', { class: 'zw-loading', role: 'status', 'data-testid': 'loading' }, el('span', { class: 'fa fa-spinner fa-spin', 'aria-hidden': 'true' }), ' ', text);
}

/** Why there is no session, from session.js, or why the page could not start; and what can be done about it. */
export function trouble(error, { login, again }) {
  const retry = (label = gettext('Try again')) => el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'again', onclick: again }, label);
  switch (error.kind) {
    case 'logged-out':
      return box('warning', 'logged-out', gettext('You are logged out.'), gettext('Your session in Horizon has ended, and with it the connection to Zaqar. Log in to go on where you were.'),
        el('a', { class: 'btn btn-primary', href: login, 'data-testid': 'login' }, gettext('Log in')));
    case 'other-project':
      return box('warning', 'other-project', gettext('The project has been changed.'), error.message,
        el('button', { type: 'button', class: 'btn btn-primary', 'data-testid': 'reload', onclick: () => location.reload() }, gettext('Reload')));
    case 'forbidden':
      return box('danger', 'forbidden', gettext('You may not use this.'), error.message || gettext('Your role in this project does not allow it. Ask an administrator for the right, or choose another project.'), retry());
    case 'unavailable':
      return box('danger', 'unavailable', gettext('There is no way to Zaqar.'), error.message, retry());
    default: {
      const { what, todo } = explain(error);
      return box('danger', 'failed', gettext('There is no connection to Zaqar.'), `${what} ${todo}`.trim(), retry());
    }
  }
}

function box(kind, testid, title, text, button) {
  return el('div', { class: `alert alert-${kind} zw-trouble`, role: 'alert', 'data-testid': testid }, el('h2', { class: 'h4' }, title), el('p', {}, text), el('p', {}, button));
}
