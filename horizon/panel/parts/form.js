// Form fields: a label, its control, its help, and in words what is wrong with it.
import { el, setText } from '../ui/dom.js';
import { count } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';

let numbers = 0;

/**
 * - `input`: the control, made by `el`.
 * - `help`: a sentence below it; `unit`: a word behind it; `required`: it is marked, as Horizon does it.
 * - `check(value)`: what is wrong with the value, or ''.
 *
 * Gives `{ element, input, value, problem(), show() }`.
 */
export function field({ label, input, help = '', unit, required = false, check = () => '' }) {
  const id = (input.id ||= `zw-field-${(numbers += 1)}`);
  // What is wrong stands where the help stood: nothing moves away from under a pointer that is about to press.
  const told = el('span', { class: 'help-block', id: `${id}-help` }, help);
  input.classList.add('form-control');
  input.setAttribute('aria-describedby', told.id);
  if (required) input.setAttribute('aria-required', 'true');
  const control = unit ? el('div', { class: 'input-group zw-unit' }, input, el('span', { class: 'input-group-addon' }, unit)) : input;
  const element = el('div', { class: 'form-group' }, el('label', { class: 'control-label', for: id }, label, required && requiredMark()), control, told);
  const problem = () => check(input.value);

  /** Says what is wrong, or takes it back; true if nothing is. */
  function show() {
    const text = problem();
    setText(told, text || help);
    element.classList.toggle('has-error', Boolean(text));
    input.setAttribute('aria-invalid', String(Boolean(text)));
    return !text;
  }
  // Not while a first value is being typed, but as soon as it is left; then with each key, so that the mending is seen.
  let left = false;
  input.addEventListener('blur', () => { if (input.value !== '') { left = true; show(); } });
  input.addEventListener('input', () => { if (left || element.classList.contains('has-error')) show(); });
  return { element, input, problem, show, get value() { return input.value; } };
}

/**
 * A whole number from `min` to `max`; its `value` is undefined if the field is empty, which it may be unless `required`.
 * `check(number)` may find more wrong with one that is given.
 */
export function numberField({ label, min, max, value, help, unit, placeholder, required = false, check = () => '' }) {
  const input = el('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', placeholder, value });
  const digits = () => input.value.replaceAll(/[\s,_]/g, '');
  const parts = field({
    label, input, help, unit, required,
    check() {
      if (digits() === '') return required ? gettext('A number is needed.') : '';
      const n = Number(digits());
      if (/^\d+$/.test(digits()) && n >= min && n <= max) return check(n);
      return gettext('A whole number from %(min)s to %(max)s.', { min: count(min), max: count(max) });
    },
  });
  return { ...parts, get value() { return digits() === '' ? undefined : Number(digits()); } };
}

/** Horizon's asterisk; that the field is required is in its own attribute. */
export const requiredMark = () => el('span', { class: 'hz-icon-required fa fa-asterisk', 'aria-hidden': 'true' });

/** Shows all problems and puts the focus on the first; true if there is none. */
export function valid(fields) {
  const wrong = fields.filter((each) => !each.show());
  wrong[0]?.input.focus();
  return wrong.length === 0;
}
