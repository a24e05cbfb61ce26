// Horizon's split button: the first action, and the others below it.
import { el } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';

let numbers = 0;

/** `actions`: `[{ label, run, danger?, href? }]`. `subject` names, for those who do not see the row, what it is done to. */
export function actionMenu(actions, { subject, size = 'sm' } = {}) {
  const [first, ...others] = actions;
  const named = (label) => (subject ? `${label}: ${subject}` : label);
  const main = first.href
    ? el('a', { class: `btn btn-default btn-${size}`, href: first.href, 'aria-label': named(first.label) }, first.label)
    : el('button', { type: 'button', class: `btn ${first.danger ? 'btn-danger' : 'btn-default'} btn-${size}`, 'aria-label': named(first.label), onclick: first.run }, first.label);
  if (others.length === 0) return main;

  const id = `zw-menu-${(numbers += 1)}`;
  const toggle = el('button', {
    type: 'button', class: `btn btn-default btn-${size} dropdown-toggle`, 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-controls': id,
    'aria-label': subject ? gettext('More actions: %(subject)s', { subject }) : gettext('More actions'),
  }, el('span', { class: 'fa fa-caret-down', 'aria-hidden': 'true' }));
  const items = others.map(({ label, run, danger }) => el('button', {
    type: 'button', role: 'menuitem', tabindex: '-1', class: danger ? 'text-danger' : undefined,
    onclick() { close({ focus: true }); run(); },
  }, label));
  // A popover is above everything and cut off by nothing, be the table as narrow as it may.
  const list = el('ul', { class: 'dropdown-menu zw-menu', id, role: 'menu', popover: 'auto', 'aria-label': subject ?? gettext('More actions') }, ...items.map((item) => el('li', { role: 'none' }, item)));

  function open(at) {
    list.showPopover();
    const box = toggle.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list;
    const below = box.bottom + height + 4 <= innerHeight || box.top < height;
    list.style.left = `${Math.max(4, Math.min(box.right - width, innerWidth - width - 4))}px`;
    list.style.top = `${below ? box.bottom + 2 : box.top - height - 2}px`;
    items.at(at).focus();
  }
  function close({ focus = false } = {}) {
    list.hidePopover();
    if (focus) toggle.focus();
  }
  // It does not move with what is scrolled beneath it. A list that is taken away with its row tells nothing of its end.
  const forget = () => removeEventListener('scroll', scrolled, { capture: true });
  const scrolled = ({ target }) => {
    if (list.contains(target)) return;
    forget();
    close();
  };
  list.addEventListener('toggle', ({ newState }) => {
    toggle.setAttribute('aria-expanded', String(newState === 'open'));
    if (newState === 'open') addEventListener('scroll', scrolled, { capture: true, passive: true });
    else forget();
  });
  // The press that closes the list as any press beside it does must not open it again.
  let pressedOpen = false;
  toggle.addEventListener('pointerdown', () => { pressedOpen = list.matches(':popover-open'); });
  toggle.addEventListener('click', () => {
    if (pressedOpen) close();
    else open(0);
    pressedOpen = false;
  });
  toggle.addEventListener('keydown', ({ key }) => { if (key === 'ArrowDown') open(0); else if (key === 'ArrowUp') open(-1); });
  list.addEventListener('keydown', (event) => {
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to % items.length).focus();
    else if (event.key === 'Escape') close({ focus: true });
    else if (event.key === 'Tab') close();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  });
  return el('div', { class: 'btn-group zw-actions' }, main, toggle, list);
}
