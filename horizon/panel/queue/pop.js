// Pop: the oldest free messages are taken and deleted in one request. What comes exists nowhere else any more, so it is shown
// until it is put away, and can be kept. It is shown as text before anything is made of it.
import { el, setText } from '../ui/dom.js';
import { count } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { beginning, jsonParts, jsonPieces, jsonText, preview } from '../ui/json.js';
import { eachInSlices } from '../ui/slices.js';
import { tree } from '../ui/tree.js';
import { dialog } from '../parts/dialog.js';
import { numberField, valid } from '../parts/form.js';
import { announce, done } from '../parts/toast.js';
import { copyButton } from './detail.js';

const MOST = 1_000;
/** More messages, and more of their text, are in the copy and in the file. */
const SHOWN = 50;
const CHARACTERS = 10_000;

export async function popMessages({ queue, store }) {
  const { name } = queue;
  const number = numberField({ label: gettext('How many'), min: 1, max: MOST, value: '1', required: true });
  const warning = el('p', { class: 'text-danger', role: 'status' });
  const warn = () => {
    const n = number.problem() ? 0 : number.value;
    setText(warning, n ? ngettext(
      'The oldest free message of %(queue)s will be deleted from it and shown here. This cannot be undone.',
      'The %(n)s oldest free messages of %(queue)s will be deleted from it and shown here. This cannot be undone.', n, { queue: name }) : '');
  };
  number.input.addEventListener('input', warn);
  warn();
  const popped = await dialog({
    title: gettext('Pop messages of %(queue)s', { queue: name }),
    body: [number.element, warning],
    submit: gettext('Pop Messages'),
    description: [gettext('To pop is to take and to delete in one step, as a worker does that needs no second try.')],
    async onSubmit() {
      if (!valid([number])) return false;
      const messages = await queue.pop(number.value);
      store.remove(messages.map(({ id }) => id));
      return { messages, asked: number.value };
    },
  });
  if (popped) await show(popped, name);
}

async function show({ messages, asked }, name) {
  const n = messages.length;
  if (n === 0) return announce(gettext('There is no free message in %(queue)s to pop.', { queue: name }));
  const said = ngettext('%(n)s message was popped from %(queue)s.', '%(n)s messages were popped from %(queue)s.', n, { queue: name });
  done(n < asked ? `${said} ${gettext('There were no more free ones.')}` : said);
  const kept = messages.map(({ id, body, ttl, age }) => ({ id, body, ttl, age }));
  const parts = messages.slice(0, SHOWN).map(part);
  eachInSlices(parts, ({ name }) => name());
  return dialog({
    title: ngettext('%(n)s message popped from %(queue)s', '%(n)s messages popped from %(queue)s', n, { queue: name }),
    wide: true,
    body: [
      el('p', {}, gettext('They are deleted from the queue and exist on this page only: copy or save what you need.')),
      el('pre', { class: 'zw-popped-text', tabindex: '0', 'aria-label': gettext('The messages as JSON'), 'data-testid': 'popped-text' }, beginningOf(kept)),
      el('div', { class: 'zw-popped', 'data-testid': 'popped' }, ...parts.map(({ element }) => element)),
      n > SHOWN ? el('p', {}, ngettext('%(n)s more is in the copy and in the file.', '%(n)s more are in the copy and in the file.', n - SHOWN)) : null,
    ].filter(Boolean),
    footer: el('span', { class: 'zw-foot' },
      copyButton(() => jsonText(kept), { label: gettext('Copy all'), what: ngettext('%(n)s popped message', '%(n)s popped messages', n), size: 'default', testid: 'copy-popped' }),
      el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'save-popped', onclick: async () => save(await jsonParts(kept), `${name}-popped-${count(n).replaceAll(/\D/g, '')}.json`) }, gettext('Save as a file'))),
  });
}

/** One message, whose tree is made when it is opened; of a few all are. */
function part({ id, body }, i, { length }) {
  const summary = el('summary', { class: 'zw-mono' }, `${i + 1}.`);
  const element = el('details', { open: length <= 3 }, summary, el('p', { class: 'zw-quiet zw-mono' }, id));
  element.addEventListener('toggle', () => element.append(tree(body)), { once: true });
  return { element, name: () => setText(summary, `${i + 1}. ${preview(body, 120)}`) };
}

function beginningOf(messages) {
  let text = '';
  for (const piece of jsonPieces(messages)) {
    text += piece;
    if (text.length > CHARACTERS) return `${beginning(text, CHARACTERS)}\n${gettext('… and more, in the copy and in the file.')}`;
  }
  return text;
}

function save(parts, file) {
  const url = URL.createObjectURL(new Blob(parts, { type: 'application/json' }));
  el('a', { href: url, download: file }).click();
  // The download has begun; a moment later nothing reads the URL any more.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
