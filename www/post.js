// Posting by hand: a body, its ttl, and how many.
import { byId } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { count, duration } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { jsonEditor } from './ui/json-editor.js';

const FIRST = '{\n  "hello": "zaqar",\n  "big": 9007199254740993\n}';

export function postPane({ client }) {
  const form = byId('post-form');
  const button = form.querySelector('button');
  const ttlInput = byId('post-ttl');
  const countInput = byId('post-count');
  let queue = null;
  let valid = false;
  const editor = jsonEditor({ area: byId('post-body'), hint: byId('post-hint'), onValid: (is) => { valid = is; ready(); } });
  const ready = () => { button.disabled = !valid || !queue; };

  /** A whole number between two limits, or null after saying what is wrong. */
  function number(input, what, min, max) {
    const text = input.value.trim().replaceAll(/[ ,_]/g, '');
    const n = Number(text);
    const wrong = !/^\d+$/.test(text) || n < min || n > max;
    input.setAttribute('aria-invalid', String(wrong));
    if (!wrong) return n;
    announce(gettext('%(what)s is a whole number from %(min)s to %(max)s.', { what, min: count(min), max: count(max) }), 'danger');
    input.focus();
    return null;
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!queue) return;
    const { value, error } = editor.read();
    if (error) return editor.pointAt(error);
    const name = queue;
    const ttl = ttlInput.value.trim() ? number(ttlInput, gettext('The ttl'), 60, 1_209_600) : undefined;
    if (!ttlInput.value.trim()) ttlInput.removeAttribute('aria-invalid');
    const n = ttl === null ? null : number(countInput, gettext('The count'), 1, 10_000);
    if (n === null) return;
    button.disabled = true;
    const started = performance.now();
    try {
      const message = ttl === undefined ? { body: value } : { body: value, ttl };
      const ids = await client.queue(name).post(Array.from({ length: n }, () => message));
      done(ngettext('%(n)s message posted to %(queue)s in %(time)s.', '%(n)s messages posted to %(queue)s in %(time)s.', ids.length, { queue: name, time: duration(performance.now() - started) }));
    } catch (problem) {
      failed(gettext('Posting to %(queue)s', { queue: name }), problem);
    } finally {
      ready();
    }
  });
  byId('post-format').addEventListener('click', () => {
    const error = editor.format();
    if (error) editor.pointAt(error);
  });
  editor.set(FIRST);

  return {
    select(name) {
      queue = name;
      byId('post-to').textContent = name ? gettext('to %(queue)s', { queue: name }) : '';
      ready();
    },
  };
}
