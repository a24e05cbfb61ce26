// Undo is impossible in a queue: what destroys says beforehand what, how many and where.
import { byId } from './ui/dom.js';
import { gettext } from './ui/i18n.js';

/** Resolves to true if the person agrees. Escape and "Keep" are a no. */
export function confirm({ title, text, yes, no = gettext('Keep') }) {
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  byId('confirm-no').textContent = no;
  dialog.returnValue = 'no';
  dialog.showModal();
  byId('confirm-no').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
