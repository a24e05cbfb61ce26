// Deletes pools or flavors, one after the other, after it has said what that means; who closes the dialog meanwhile stops it.
import { el } from '../ui/dom.js';
import { tell } from '../ui/errors.js';
import { gettext } from '../ui/i18n.js';
import { dialog } from '../parts/dialog.js';
import { announce, done } from '../parts/toast.js';

/** `each(client, name)` deletes one; `doing(name)` and `did(names)` say so. */
export async function deleteThem({ registry, names, title, text, warning, submit, each, doing, did }) {
  const gone = [];
  const wrong = [];
  let isClosed = false;
  await dialog({
    title, submit, danger: true,
    body: [
      el('p', {}, text),
      warning && el('p', { class: 'text-danger' }, warning),
      names.length > 1 && el('ul', { class: 'zw-names' }, ...names.map((name) => el('li', {}, name))),
    ].filter(Boolean),
    async onSubmit() {
      await registry.change(async (client) => {
        for (const name of names) {
          if (isClosed) break;
          await each(client, name).then(() => gone.push(name), (error) => wrong.push(tell(doing(name), error)));
        }
      });
      // Here, and not behind the dialog: it may have been closed meanwhile.
      if (gone.length > 0) done(did(gone));
      if (wrong.length > 0) announce(wrong.join(' '), 'danger');
      return true;
    },
  });
  isClosed = true;
}
