// The dialog that creates or updates a flavor.
import { el } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';
import { nameProblem } from '../ui/names.js';
import { dialog } from '../parts/dialog.js';
import { field, requiredMark, valid } from '../parts/form.js';
import { announce, done } from '../parts/toast.js';

/** Resolves to the flavor's name, or to undefined. */
export function editFlavor(registry, flavor) {
  const name = field({
    label: gettext('Name'), required: true,
    input: el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: '80', 'data-testid': 'flavor-name' }),
    check: (typed) => nameProblem(typed.trim()) || (registry.flavors.has(typed.trim()) ? gettext('%(name)s exists already.', { name: typed.trim() }) : ''),
  });
  const pools = poolChoice(registry, flavor);

  return dialog({
    title: flavor ? gettext('Update the flavor %(name)s', { name: flavor.name }) : gettext('Create Flavor'),
    submit: flavor ? gettext('Save') : gettext('Create Flavor'),
    description: [gettext('A flavor is a name for some pools. A queue that asks for it in its metadata is created in one of them.')],
    body: [!flavor && name.element, pools.element].filter(Boolean),
    async onSubmit() {
      if (!valid([...(flavor ? [] : [name]), pools])) return false;
      const wanted = flavor?.name ?? name.value.trim();
      if (flavor && same(pools.value, flavor.pool_list ?? [])) {
        announce(gettext('The flavor %(name)s is as it was.', { name: wanted }));
        return wanted;
      }
      const values = { pool_list: pools.value };
      await registry.change((client) => (flavor ? client.flavors.update(wanted, values) : client.flavors.create(wanted, values)));
      done(flavor ? gettext('Flavor %(name)s updated.', { name: wanted }) : gettext('Flavor %(name)s created.', { name: wanted }));
      return wanted;
    },
  });
}

/** Check boxes for all pools, in the shape of a field. */
function poolChoice(registry, flavor) {
  const boxes = [...registry.pools.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((pool) => {
    const box = el('input', { type: 'checkbox', value: pool.name, checked: Boolean(flavor) && pool.flavor === flavor.name, 'data-testid': `flavor-pool-${pool.name}` });
    const taken = pool.flavor && pool.flavor !== flavor?.name && gettext('now in %(flavor)s, which it would leave', { flavor: pool.flavor });
    return { box, element: el('div', { class: 'checkbox' }, el('label', {}, box, pool.name, taken && el('span', { class: 'zw-quiet' }, ` (${taken})`))) };
  });
  const help = gettext('Queues of this flavor are created in one of them.');
  const told = el('span', { class: 'help-block', id: 'zw-flavor-pools' }, help);
  const element = el('fieldset', { class: 'form-group', 'aria-describedby': told.id }, el('legend', {}, gettext('Pools'), requiredMark()), ...boxes.map((each) => each.element), told);
  const value = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  const show = () => {
    const problem = value().length > 0 ? '' : boxes.length > 0 ? gettext('At least one pool is needed.') : gettext('There is no pool: create one first.');
    told.textContent = problem || help;
    element.classList.toggle('has-error', Boolean(problem));
    return !problem;
  };
  element.addEventListener('change', () => { if (element.classList.contains('has-error')) show(); });
  return { element, show, input: boxes[0]?.box ?? told, get value() { return value(); } };
}

const same = (a, b) => a.length === b.length && a.every((name) => b.includes(name));
