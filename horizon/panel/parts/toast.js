// What was done, or what went wrong, as Horizon says it: at the top right, and read to a screen reader.
import { el } from '../ui/dom.js';
import { tell } from '../ui/errors.js';
import { gettext } from '../ui/i18n.js';

/** An error stays until it is closed. */
const LASTS_MS = { plain: 8_000, done: 4_000, warning: 8_000, danger: Infinity };
const TONES = {
  plain: { kind: 'info', word: () => gettext('Info') },
  done: { kind: 'success', word: () => gettext('Success') },
  warning: { kind: 'warning', word: () => gettext('Warning') },
  danger: { kind: 'danger', word: () => gettext('Error') },
};
/** Older ones make room. */
const MOST = 4;

/** There before it has anything to say, or a screen reader does not hear the first of it. */
const area = makeArea();

/** `tone`: plain, done, warning or danger. What is said takes the place of what was said in the same tone; errors stand beside each other. */
export function announce(text, tone = 'plain') {
  // A modal dialog covers all that is not in it or above it; a popover that is shown anew is above it.
  area.hidePopover();
  area.showPopover();
  if (tone !== 'danger') for (const other of area.querySelectorAll(`[data-tone="${tone}"]`)) other.remove();
  const close = el('button', { type: 'button', class: 'close', 'aria-label': gettext('Close'), onclick: () => toast.remove() }, el('span', { class: 'fa fa-times', 'aria-hidden': 'true' }));
  const toast = el('div', { class: `alert alert-${TONES[tone].kind} zw-toast`, 'data-tone': tone }, close, el('p', {}, el('strong', {}, `${TONES[tone].word()}: `), text));
  area.append(toast);
  while (area.childElementCount > MOST) area.firstElementChild.remove();
  if (Number.isFinite(LASTS_MS[tone])) fade(toast, LASTS_MS[tone]);
}

export const done = (text) => announce(text, 'done');
export const failed = (doing, error) => announce(tell(doing, error), 'danger');

function makeArea() {
  const node = el('div', { class: 'zw-toasts', role: 'status', popover: 'manual', 'aria-label': gettext('What was done') });
  document.body.append(node);
  node.showPopover();
  return node;
}

/** Goes after a while, but not from under the eyes of somebody who points at it. */
function fade(toast, ms) {
  setTimeout(() => (toast.matches(':hover, :focus-within') ? fade(toast, ms) : toast.remove()), ms);
}
