// A textarea for JSON that says in words where it goes wrong, while one types.
import { hasKeys, setText } from './dom.js';
import { gettext } from './i18n.js';
import { JsonError, parseJson, toJson } from './json.js';

export function jsonEditor({ area, hint, onValid }) {
  /** `{ value, twice }` or `{ error }`; `twice` tells of the first key that an object has twice. */
  function read() {
    let twice;
    try {
      const value = parseJson(area.value, { onTwice: (found) => { twice ??= found; } });
      return { value, twice };
    } catch (error) {
      if (error instanceof JsonError) return { error };
      throw error;
    }
  }

  function check() {
    const { error, twice } = area.value.trim() ? read() : { error: { message: gettext('Write a JSON value: an object, a list, a text in double quotes, a number…') } };
    area.setAttribute('aria-invalid', String(Boolean(error)));
    hint.dataset.tone = error ? 'danger' : twice ? 'warning' : '';
    setText(hint, (error ?? twice)?.message ?? (hasKeys() ? gettext('Ctrl+Enter posts') : ''));
    onValid(!error);
  }

  area.addEventListener('input', check);
  area.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      event.preventDefault();
      area.form.requestSubmit();
    }
  });

  return {
    read,
    check,
    set(text) {
      area.value = text;
      check();
    },
    /** Puts the cursor where the text goes wrong. */
    pointAt(error) {
      area.focus();
      if (error.offset !== undefined) area.setSelectionRange(error.offset, Math.min(area.value.length, error.offset + 1));
    },
    format() {
      const { value, error } = read();
      if (!error) this.set(toJson(value));
      return error;
    },
  };
}
