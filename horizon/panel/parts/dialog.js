// Dialogs: the browser's own <dialog>, so that focus is kept in it and given back, in the looks of Bootstrap's modal.
import { el, isBusy, setBusy, setText } from '../ui/dom.js';
import { explain } from '../ui/errors.js';
import { gettext } from '../ui/i18n.js';
import { failed } from './toast.js';

let numbers = 0;

/**
 * Shows `body` and resolves to what `onSubmit` returns, or to undefined if the dialog was cancelled. While `onSubmit` works
 * the dialog waits; what it throws is told in the dialog, which stays open, or in a corner, if it was closed meanwhile. `onSubmit`
 * that returns false keeps it open, too.
 *
 * - `submit`: what the button will do, in words; without it the dialog can only be closed.
 * - `danger`: the button is red, and the focus is on the other one.
 * - `footer`: more at the foot, left of the buttons.
 * - `description`: texts beside `body` that say what it is for, as Horizon's dialogs have them; `rest`: more of the form, below both.
 */
export function dialog({ title, body = [], description = [], rest, submit, danger = false, wide = false, footer, onSubmit = () => true }) {
  const id = `zw-dialog-${(numbers += 1)}`;
  const trouble = el('div', { class: 'alert alert-danger', role: 'alert', hidden: true });
  const no = el('button', { type: 'button', class: 'btn btn-default', onclick: () => node.close() }, submit ? gettext('Cancel') : gettext('Close'));
  const yes = submit && el('button', { class: `btn ${danger ? 'btn-danger' : 'btn-primary'}`, 'data-testid': 'dialog-submit' }, submit);
  const form = el('form', { class: 'modal-content', novalidate: true },
    el('div', { class: 'modal-header' },
      el('button', { type: 'button', class: 'close', 'aria-label': gettext('Close'), onclick: () => node.close() }, '×'),
      el('h2', { class: 'modal-title h3', id }, title)),
    el('div', { class: 'modal-body' }, trouble, ...(description.length ? [described([body].flat(), description)] : [body].flat()), rest),
    el('div', { class: 'modal-footer' }, footer, no, yes));
  // Horizon's scripts listen on the body, and ask once more for each red button of a form.
  const node = el('dialog', { class: `zw-dialog${wide ? ' zw-wide' : ''}`, 'aria-labelledby': id, onclick: (event) => event.stopPropagation() }, form);

  const before = focusPath();

  return new Promise((resolve) => {
    let result;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (!yes || isBusy(yes)) return;
      trouble.hidden = true;
      setBusy(yes, true);
      form.setAttribute('aria-busy', 'true');
      try {
        result = await onSubmit();
        if (result !== false) node.close();
      } catch (error) {
        if (!node.open) return failed(title, error);
        const { what, todo } = explain(error);
        setText(trouble, [what, todo].filter(Boolean).join(' '));
        trouble.hidden = false;
      } finally {
        setBusy(yes, false);
        form.removeAttribute('aria-busy');
      }
    });
    node.addEventListener('close', () => {
      node.remove();
      focusNear(before);
      resolve(result === false ? undefined : result);
    });
    document.body.append(node);
    node.showModal();
    const first = danger ? no : form.querySelector('.modal-body :is(input, select, textarea):not([type=hidden])') ?? yes ?? no;
    first.focus();
  });
}

/**
 * Undo is impossible in a queue: what destroys says beforehand what, how many and where. Resolves to whether the person
 * agrees. `details`: elements below the text.
 */
export async function confirm({ title, text, yes, details = [] }) {
  return (await dialog({ title, body: [el('p', {}, text), ...details], submit: yes, danger: true })) === true;
}

function described(body, description) {
  return el('div', { class: 'zw-described' },
    el('div', {}, ...body),
    el('div', {}, el('h3', { class: 'h4' }, gettext('Description:')), ...description.map((text) => el('p', {}, text))));
}

/** What has the focus, and what that is in. */
function focusPath() {
  const path = [];
  for (let node = document.activeElement; node && node !== document.body; node = node.parentElement) path.push(node);
  return path;
}

/** The browser gives the focus back to what had it; if that has gone, to what was nearest to it. */
function focusNear(path) {
  if (document.activeElement !== document.body) return;
  for (const node of path) {
    const near = node.isConnected && [...node.querySelectorAll('a[href], button:enabled, input:enabled')].find((each) => each.checkVisibility());
    if (near) return near.focus();
  }
}
