// Signed URLs: access to one queue without a token, with everything that its holder needs.
import { el, isBusy, setBusy, setText } from '../ui/dom.js';
import { age } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';
import { toJson } from '../ui/json.js';
import { field, numberField, valid } from '../parts/form.js';
import { done, failed } from '../parts/toast.js';
import { copyButton } from './detail.js';
import { calls, curl, headerLines, headers, javascript } from './holder.js';

const PATHS = ['messages', 'claims', 'subscriptions'];
const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'];
const UNITS = { minutes: 60, hours: 3_600, days: 86_400 };

/** `view`: `{ host, queue }`. */
export function signedUrlTab({ host, queue }) {
  const { name } = queue;
  const { rest, signedUrlSeconds: longest, withRight } = host.session;
  const paths = choices(gettext('Paths'), PATHS, ['messages'], gettext('Choose at least one path.'));
  const methods = choices(gettext('Methods'), METHODS, ['GET'], gettext('Choose at least one method.'));
  const amount = numberField({
    label: gettext('Valid for'), min: 1, max: 10_000, value: '1', required: true,
    check: (n) => (n * UNITS[unit.value] <= longest ? '' : gettext('At most %(time)s, by the settings of Horizon.', { time: age(longest) })),
  });
  amount.input.dataset.testid = 'signed-amount';
  const unit = field({
    label: gettext('Unit'),
    input: el('select', { 'data-testid': 'signed-unit' }, el('option', { value: 'minutes' }, gettext('minutes')), el('option', { value: 'hours', selected: true }, gettext('hours')), el('option', { value: 'days' }, gettext('days'))),
  });
  unit.input.addEventListener('change', () => amount.show());
  const create = el('button', { class: 'btn btn-primary', 'data-testid': 'sign' }, gettext('Create Signed URL'));
  const result = el('div', { class: 'zw-signed', 'data-testid': 'signed' });
  const form = el('form', { class: 'zw-form', novalidate: true, 'aria-label': gettext('Create a signed URL for %(queue)s', { queue: name }), onsubmit: submit },
    el('p', {}, gettext('Whoever has a signed URL may do with %(queue)s what it allows, without logging in, until it expires. It cannot be taken back before.', { queue: name })),
    paths.element, methods.element,
    el('div', { class: 'zw-inline' }, amount.element, unit.element, el('div', { class: 'zw-inline-buttons' }, create)));
  const warning = el('div', { class: 'alert alert-warning zw-warning' },
    el('strong', {}, gettext('Zaqar checks the queue over REST only.')), ' ',
    gettext('Over its WebSocket a signature opens the same methods of messages on every queue of this project. Share none where that matters, unless its holder cannot reach the WebSocket server.'));
  const element = el('div', { class: 'zw-signed-urls' }, warning, form, result);
  let expires = null;
  let left = null;

  async function submit(event) {
    event.preventDefault();
    if (isBusy(create) || ![paths.show(), methods.show()].every(Boolean) || !valid([amount])) return;
    setBusy(create, true);
    try {
      const seconds = amount.value * UNITS[unit.value];
      const until = new Date(Date.now() + seconds * 1000);
      const wish = { paths: paths.value, methods: methods.value, expires: until };
      const signedUrl = await withRight('share', seconds, (client) => client.queue(name).share(wish));
      show(signedUrl, until);
      done(gettext('A signed URL for %(queue)s is made; it is valid for %(time)s.', { queue: name, time: age(seconds) }));
    } catch (error) {
      failed(gettext('Making a signed URL for %(queue)s', { queue: name }), error);
    } finally {
      setBusy(create, false);
    }
  }

  function show(signedUrl, until) {
    expires = until;
    left = el('span', { 'data-testid': 'signed-left' });
    const all = headers(signedUrl, crypto.randomUUID());
    const possible = rest ? calls(rest, name, signedUrl) : [];
    result.replaceChildren(
      el('h2', { class: 'h4', tabindex: '-1' }, gettext('Signed URL for %(queue)s', { queue: name })),
      el('dl', { class: 'zw-facts' },
        el('dt', {}, gettext('Expires')), el('dd', {}, el('time', { datetime: until.toISOString(), title: until.toISOString() }, until.toLocaleString()), ' ', left),
        el('dt', {}, gettext('Paths')), el('dd', { class: 'zw-mono zw-break' }, signedUrl.paths.join(', ')),
        el('dt', {}, gettext('Methods')), el('dd', {}, signedUrl.methods.join(', ')),
        el('dt', {}, gettext('Project')), el('dd', { class: 'zw-mono zw-break' }, signedUrl.project),
        el('dt', {}, gettext('Signature')), el('dd', { class: 'zw-mono zw-break', 'data-testid': 'signature' }, signedUrl.signature)),
      ...(rest ? [
        block(gettext('Headers, for any HTTP client'), headerLines(all), 'headers'),
        ...(possible.length ? [commands(possible, all)] : [el('p', {}, gettext('No call of Zaqar’s goes with these paths and methods together.'))]),
        block(gettext('JavaScript, with zaqar-web'), javascript(rest, name, signedUrl), 'javascript'),
      ] : [el('p', { class: 'text-danger' }, gettext('Horizon’s catalogue has no REST endpoint of Zaqar, where the holder could use it.'))]),
      block(gettext('The signed URL itself, as JSON'), toJson({ ...signedUrl }), 'json'));
    tick();
    result.firstElementChild.focus();
  }

  function tick() {
    if (!left) return;
    const seconds = (expires - Date.now()) / 1000;
    setText(left, seconds > 0 ? gettext('in %(time)s', { time: age(seconds) }) : gettext('– it has expired'));
    left.classList.toggle('text-danger', seconds <= 0);
  }
  const ticking = setInterval(tick, 1_000);

  return { element, close: () => clearInterval(ticking) };
}

function block(title, text, what, more) {
  const code = el('pre', { class: 'zw-code', tabindex: '0', 'aria-label': title, 'data-testid': `signed-${what}` }, text);
  return el('section', {},
    el('div', { class: 'zw-tools zw-label' }, el('h3', { class: 'h5' }, title), more, el('span', { class: 'zw-push' }), copyButton(() => code.textContent, { what: title, size: 'xs' })),
    code);
}

/** One command, chosen among those that the signature allows. */
function commands(possible, all) {
  const select = el('select', { class: 'form-control input-sm', 'aria-label': gettext('Call'), 'data-testid': 'signed-call', onchange: () => setText(code, curl(possible[select.value], all)) },
    ...possible.map(({ title, method }, i) => el('option', { value: i }, `${title} (${method})`)));
  const section = block(gettext('Command line'), curl(possible[0], all), 'curl', select);
  const code = section.querySelector('pre');
  return section;
}

/** Check boxes of which at least one must be checked. */
function choices(label, values, checked, problem) {
  const boxes = values.map((value) => el('input', { type: 'checkbox', value, checked: checked.includes(value), 'data-testid': `sign-${value}`, onchange: () => show() }));
  const wrong = el('span', { class: 'help-block', role: 'alert', hidden: true }, problem);
  const element = el('fieldset', { class: 'form-group' }, el('legend', { class: 'zw-legend' }, label),
    ...boxes.map((box, i) => el('label', { class: 'checkbox-inline' }, box, ` ${values[i]}`)), wrong);
  const value = () => boxes.filter((box) => box.checked).map((box) => box.value);
  function show() {
    const fine = value().length > 0;
    wrong.hidden = fine;
    element.classList.toggle('has-error', !fine);
    return fine;
  }
  return { element, show, get value() { return value(); } };
}
