// Posting by hand: one message or many, checked while they are written.
import { el, setText } from '../ui/dom.js';
import { duration } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { jsonEditor } from '../ui/json-editor.js';
import { JsonError, parseJson, toJson } from '../ui/json.js';
import { dialog } from '../parts/dialog.js';
import { numberField, requiredMark, valid } from '../parts/form.js';
import { done } from '../parts/toast.js';

const EXAMPLE = '{\n  "hello": "zaqar"\n}';
const LARGEST_FILE = 4_000_000;

/** What was written last, for each queue: posting again is common. */
const written = new Map();

export async function postMessages({ queue }) {
  const { name } = queue;
  const hint = el('p', { class: 'help-block zw-hint', id: 'zw-post-hint', role: 'status', 'data-testid': 'post-hint' });
  const area = el('textarea', { class: 'form-control zw-mono', id: 'zw-post-body', rows: '10', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', 'aria-required': 'true', 'aria-describedby': 'zw-post-hint', 'data-testid': 'post-body' });
  const how = chooser();
  const ttl = numberField({ label: gettext('Time to live'), min: 60, max: 1_209_600, unit: gettext('seconds'), placeholder: gettext('the default of the queue'), help: gettext('60 to 1,209,600 (14 days).') });
  const delay = numberField({ label: gettext('Delay'), min: 0, max: 900, unit: gettext('seconds'), placeholder: gettext('none'), help: gettext('Up to 900. It counts only where the queue’s metadata sets a default delay.') });
  ttl.input.dataset.testid = 'post-ttl';
  delay.input.dataset.testid = 'post-delay';
  const again = el('input', { type: 'checkbox', 'data-testid': 'post-again' });
  const file = el('input', { type: 'file', class: 'sr-only', accept: '.json,.jsonl,.ndjson,.txt,application/json', tabindex: '-1', 'aria-hidden': 'true', 'data-testid': 'post-file' });

  const editor = jsonEditor({ area, hint, onValid: () => how.suit(editor.read()) });
  /** What will be posted, or null while the text is not JSON. */
  const messages = () => {
    const { value, error } = editor.read();
    return error ? null : how.messages(value, { ttl: ttl.value, delay: delay.value });
  };
  const take = async (chosen) => {
    if (!chosen) return;
    try {
      const { text, lines } = await read(chosen);
      editor.set(text);
      if (lines) how.choose('each');
    } catch (error) {
      hint.dataset.tone = 'danger';
      setText(hint, error.message);
    }
  };
  file.addEventListener('change', () => take(file.files[0]));
  area.addEventListener('dragover', (event) => { if (event.dataTransfer.types.includes('Files')) { event.preventDefault(); area.classList.add('zw-drop'); } });
  area.addEventListener('dragleave', () => area.classList.remove('zw-drop'));
  area.addEventListener('drop', (event) => {
    area.classList.remove('zw-drop');
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });

  const shown = dialog({
    title: gettext('Post messages to %(queue)s', { queue: name }),
    wide: true,
    body: [
      el('div', { class: 'form-group' },
        el('div', { class: 'zw-tools zw-label' },
          el('label', { class: 'control-label', for: 'zw-post-body' }, gettext('Body, as JSON'), requiredMark()),
          el('span', { class: 'zw-push' }),
          el('button', { type: 'button', class: 'btn btn-default btn-xs', onclick: () => format(editor) }, gettext('Format')),
          el('button', { type: 'button', class: 'btn btn-default btn-xs', onclick: () => file.click() }, gettext('From a file…')), file),
        area, hint),
      how.element,
      el('div', { class: 'row' }, el('div', { class: 'col-sm-6' }, ttl.element), el('div', { class: 'col-sm-6' }, delay.element)),
    ],
    footer: el('label', { class: 'zw-foot zw-check' }, again, ` ${gettext('Leave this open')}`),
    submit: gettext('Post Messages'),
    async onSubmit() {
      const { error } = editor.read();
      if (error) {
        editor.pointAt(error);
        return false;
      }
      if (!valid([ttl, delay])) return false;
      const started = performance.now();
      const ids = await queue.post(messages());
      done(ngettext('%(n)s message was posted to %(queue)s in %(time)s.', '%(n)s messages were posted to %(queue)s in %(time)s.', ids.length, { queue: name, time: duration(performance.now() - started) }));
      return !again.checked;
    },
  });
  editor.set(written.get(name) ?? EXAMPLE);
  await shown;
  written.set(name, area.value);
}

function format(editor) {
  const error = editor.format();
  if (error) editor.pointAt(error);
}

/** A list may be one message, or a message each, or messages as Zaqar itself takes them: offered when the text is one. */
function chooser() {
  const ways = {
    one: gettext('one message, whose body is the list'),
    each: '',
    zaqar: gettext('as Zaqar takes them: {"body": …, "ttl": …, "delay": …} each'),
  };
  const options = Object.keys(ways).map((way) => {
    const input = el('input', { type: 'radio', name: 'zw-post-how', value: way, 'data-testid': `post-as-${way}` });
    const text = el('span');
    return { way, input, text, node: el('div', { class: 'radio' }, el('label', {}, input, ' ', text)) };
  });
  const element = el('fieldset', { class: 'form-group zw-ways', hidden: true }, el('legend', {}, gettext('Post this list as')), ...options.map(({ node }) => node));
  /** What the user has chosen; before that, what fits best. */
  let chosen = null;
  const set = (way) => { for (const { input, way: its } of options) input.checked = its === way; };
  for (const { input, way } of options) input.addEventListener('change', () => { chosen = way; });

  return {
    element,
    choose(way) {
      chosen = way;
      set(way);
    },
    suit(read) {
      const list = read && !read.error && Array.isArray(read.value) && read.value.length > 0 ? read.value : null;
      element.hidden = !list;
      if (!list) return;
      const fits = list.every(isMessage);
      for (const { way, text, node } of options) {
        setText(text, way === 'each' ? ngettext('%(n)s message, one for each item', '%(n)s messages, one for each item', list.length) : ways[way]);
        node.hidden = way === 'zaqar' && !fits;
      }
      set(chosen && (chosen !== 'zaqar' || fits) ? chosen : fits ? 'zaqar' : 'each');
    },
    messages(value, { ttl, delay }) {
      const way = element.hidden ? 'one' : options.find(({ input }) => input.checked).way;
      const message = (own) => ({ ...(ttl === undefined ? {} : { ttl }), ...(delay === undefined ? {} : { delay }), ...own });
      if (way === 'one') return [message({ body: value })];
      return value.map((item) => message(way === 'zaqar' ? item : { body: item }));
    },
  };
}

const isMessage = (item) => typeof item === 'object' && item !== null && !Array.isArray(item) && Object.hasOwn(item, 'body') && Object.keys(item).every((key) => ['body', 'ttl', 'delay'].includes(key));

/** The text of a file; one of lines, each a JSON value, becomes a list. */
async function read(file) {
  if (file.size > LARGEST_FILE) throw new Error(gettext('%(file)s is too large to be posted by hand: 4 MB at most.', { file: file.name }));
  const text = await file.text();
  if (!/\.(jsonl|ndjson)$/i.test(file.name)) return { text, lines: false };
  const values = text.split('\n').flatMap((line, i) => (line.trim() ? [readLine(line, i + 1, file.name)] : []));
  return { text: toJson(values), lines: true };
}

function readLine(line, number, file) {
  try {
    return parseJson(line);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new Error(gettext('Line %(line)s of %(file)s: %(reason)s.', { line: number, file, reason: error.reason }));
  }
}
