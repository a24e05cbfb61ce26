// Where one is, told in Horizon's own places for it: the heading of the page, its breadcrumb and its title.
import { el } from '../ui/dom.js';

/** `href`: the address of the panel's first view. Gives `show(name)`: the name of what is seen, or undefined for the first view. */
export function placeInHorizon(href) {
  const heading = document.querySelector('.page-header h1');
  const crumbs = document.querySelector('.page-breadcrumb .breadcrumb');
  const panel = crumbs?.lastElementChild;
  const names = { panel: heading?.textContent ?? '', page: document.title };
  const here = el('li', { class: 'breadcrumb-item-truncate active' });

  return function show(name) {
    document.title = name ? `${name} · ${names.page}` : names.page;
    if (heading) heading.textContent = name ?? names.panel;
    if (!panel) return;
    panel.classList.toggle('active', !name);
    panel.replaceChildren(name ? el('a', { href }, names.panel) : names.panel);
    here.textContent = name ?? '';
    if (name) crumbs.append(here);
    else here.remove();
  };
}
