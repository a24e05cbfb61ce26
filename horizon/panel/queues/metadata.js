// The metadata of a queue as a form: the reserved keys, which change what the server does, each with its limits; and free ones,
// whose values are JSON.
import { el, setText } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';
import { JsonError, parseJson, toJson } from '../ui/json.js';
import { nameProblem } from '../ui/names.js';
import { field, numberField } from '../parts/form.js';

const MOST_TTL = 1_209_600;
const MOST_POST_SIZE = 262_144;
const MOST_DELAY = 900;
const LARGEST = 2_147_483_647;

/**
 * A form filled with `current`. `fields` are checked by form.js's `valid`; `changes()` gives the keys that differ, with undefined
 * for those to be removed.
 */
export function metadataForm(current = {}) {
  const reserved = reservedFields(current);
  const known = Object.keys(reserved);
  const free = freeFields(Object.entries(current).filter(([key]) => !known.includes(key)));
  const { _dead_letter_queue: deadLetter, _max_claim_count: claims } = reserved;
  const halfNote = el('p', { class: 'help-block text-warning', role: 'status' });
  const checkHalf = () => setText(halfNote, Boolean(deadLetter.value) !== (claims.value !== undefined)
    ? gettext('A dead-letter queue and a claim count work only together: with one alone nothing is moved.') : '');
  for (const { input } of [deadLetter, claims]) input.addEventListener('input', checkHalf);
  checkHalf();

  return {
    element: el('fieldset', {}, el('legend', {}, gettext('Metadata')), el('div', { class: 'zw-columns' },
      el('fieldset', {}, el('legend', {}, gettext('Messages')), pair(reserved._default_message_ttl, reserved._default_message_delay), reserved._max_messages_post_size.element, reserved._enable_encrypt_messages.element),
      el('fieldset', {}, el('legend', {}, gettext('Dead letters')), deadLetter.element, pair(claims, reserved._dead_letter_queue_messages_ttl), halfNote),
      el('fieldset', {}, el('legend', {}, gettext('Other keys')), free.element))),
    get fields() { return [...Object.values(reserved), ...free.fields]; },
    changes() {
      const wanted = new Map(Object.entries(reserved).map(([key, { value }]) => [key, value === '' ? undefined : value]));
      for (const [key, value] of free.values()) wanted.set(key, value);
      const changes = {};
      for (const key of new Set([...Object.keys(current), ...wanted.keys()])) {
        const [before, after] = [current[key] ?? undefined, wanted.get(key)];
        // A key that is there with null is as good as absent to the server, unless it is free.
        if (known.includes(key) ? before !== after : !wanted.has(key) || !Object.hasOwn(current, key) || toJson(current[key]) !== toJson(after)) {
          Object.defineProperty(changes, key, { value: after, enumerable: true, configurable: true, writable: true });
        }
      }
      return changes;
    },
  };
}

const pair = (...fields) => el('div', { class: 'row' }, ...fields.map(({ element }) => el('div', { class: 'col-sm-6' }, element)));

function reservedFields(current) {
  const seconds = gettext('seconds');
  return {
    _default_message_ttl: numberField({
      label: gettext('Time to live'), min: 60, max: MOST_TTL, unit: seconds, value: current._default_message_ttl, placeholder: '3600',
      help: gettext('Of messages that are posted without one (_default_message_ttl).'),
    }),
    _default_message_delay: numberField({
      label: gettext('Delay'), min: 0, max: MOST_DELAY, unit: seconds, value: current._default_message_delay, placeholder: '0',
      help: gettext('Before a message becomes visible; only for posts over REST (_default_message_delay).'),
    }),
    _max_messages_post_size: numberField({
      label: gettext('Largest post'), min: 1, max: MOST_POST_SIZE, unit: gettext('bytes'), value: current._max_messages_post_size, placeholder: String(MOST_POST_SIZE),
      help: gettext('A post that is larger is refused (_max_messages_post_size).'),
    }),
    _dead_letter_queue: textField({
      label: gettext('Dead-letter queue'), value: current._dead_letter_queue ?? '', check: (name) => (name ? nameProblem(name) : ''),
      help: gettext('Where messages go that were claimed too often. It must exist, or they are lost (_dead_letter_queue).'),
    }),
    _max_claim_count: numberField({
      label: gettext('Claims per message'), min: 1, max: LARGEST, value: current._max_claim_count ?? undefined,
      help: gettext('After so many a message is a dead letter (_max_claim_count).'),
    }),
    _dead_letter_queue_messages_ttl: numberField({
      label: gettext('Time to live of dead letters'), min: 60, max: MOST_TTL, unit: seconds, value: current._dead_letter_queue_messages_ttl ?? undefined,
      help: gettext('Empty: what is left of their own (_dead_letter_queue_messages_ttl).'),
    }),
    _enable_encrypt_messages: yesField({
      label: gettext('Encrypt messages'), value: current._enable_encrypt_messages,
      help: gettext('Only over REST: a WebSocket reads them encrypted and posts them plain (_enable_encrypt_messages).'),
    }),
  };
}

/** A check box. It has no value while it is left as it was found, not set. */
function yesField({ label, value, help }) {
  const input = el('input', { type: 'checkbox', checked: value === true });
  const element = el('div', { class: 'checkbox' }, el('label', {}, input, label, el('span', { class: 'help-block' }, help)));
  return { element, input, problem: () => '', show: () => true, get value() { return input.checked || (value === undefined ? undefined : false); } };
}

function textField({ value, ...rest }) {
  const input = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', value });
  const made = field({ ...rest, input });
  return { ...made, get value() { return input.value.trim(); } };
}

/** Rows of key and value, and a button for one more. */
function freeFields(entries) {
  const rows = [];
  const list = el('div', { class: 'zw-pairs' });
  const add = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'metadata-add', onclick: () => addRow().key.input.focus() },
    el('span', { class: 'fa fa-plus', 'aria-hidden': 'true' }), ` ${gettext('Add a key')}`);

  function addRow(name = '', text = '') {
    const key = textField({ label: gettext('Key'), required: true, value: name, check: (typed) => keyProblem(typed, row) });
    const value = field({ label: gettext('Value, as JSON'), required: true, input: el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', value: text, placeholder: '"text", 1, true, {…}' }), check: jsonProblem });
    const remove = el('button', {
      type: 'button', class: 'btn btn-default btn-sm', 'aria-label': gettext('Remove this key'), title: gettext('Remove this key'),
      onclick() {
        rows.splice(rows.indexOf(row), 1);
        row.node.remove();
        add.focus();
      },
    }, el('span', { class: 'fa fa-trash', 'aria-hidden': 'true' }));
    const row = { key, value, node: el('div', { class: 'zw-pair', 'data-testid': 'metadata-pair' }, key.element, value.element, remove) };
    rows.push(row);
    list.append(row.node);
    return row;
  }

  function keyProblem(typed, row) {
    const key = typed.trim();
    if (!key) return gettext('A key is needed.');
    if (rows.some((other) => other !== row && other.key.value === key)) return gettext('This key is there twice.');
    // What has a field of its own above would be set twice.
    if (Object.hasOwn(reservedFields({}), key)) return gettext('This key has its own field above.');
    return '';
  }

  for (const [key, value] of entries) addRow(key, toJson(value, 0));
  return {
    element: el('div', {}, list, add),
    get fields() { return rows.flatMap(({ key, value }) => [key, value]); },
    values: () => rows.map(({ key, value }) => [key.value, parseJson(value.value)]),
  };
}

function jsonProblem(text) {
  try {
    parseJson(text);
    return '';
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return text.trim() ? error.message : gettext('A JSON value is needed: a text in double quotes, a number, true, an object…');
  }
}
