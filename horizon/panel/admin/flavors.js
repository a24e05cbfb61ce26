// The table of flavors: names for choices of pools, which a queue can ask for in its metadata.
import { el, setText } from '../ui/dom.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { deleteThem } from './delete.js';
import { editFlavor } from './flavor-form.js';
import { section } from './section.js';

export function flavorsView(registry) {
  const latest = ({ name }) => registry.flavors.get(name);
  return section({
    registry, kind: 'flavors', testid: 'flavor',
    title: gettext('Flavors'), create: gettext('Create Flavor'), remove: gettext('Delete Flavors'), filter: gettext('Filter flavors by name or pool'),
    nothing: (isEmpty) => (isEmpty ? gettext('There is no flavor in this project. Queues are created in any pool.') : gettext('No flavor has this in its name or pools.')),
    columns: [
      { key: 'name', title: gettext('Name'), sortBy: ({ name }) => name, text: ({ name }) => name },
      { key: 'pools', title: gettext('Pools'), cell: poolsCell },
      { key: 'capabilities', title: gettext('Capabilities'), help: gettext('What the stores of its pools can do, as the server knows it'), text: ({ capabilities = [] }) => [...capabilities].sort().join(', ') || '–' },
    ],
    actions: (flavor) => [
      { label: gettext('Update'), run: () => editFlavor(registry, latest(flavor)) },
      { label: gettext('Delete Flavor'), danger: true, run: () => remove([flavor.name]) },
    ],
    find: ({ name, pool_list: pools = [] }) => [name, ...pools].join(' '),
    onCreate: () => editFlavor(registry),
    onRemove: remove,
  });

  function remove(names) {
    return deleteThem({
      registry, names,
      title: names.length === 1 ? gettext('Delete the flavor %(name)s?', { name: names[0] }) : ngettext('Delete %(n)s flavor?', 'Delete %(n)s flavors?', names.length),
      text: ngettext(
        'Its pools stay, and so do the queues that were created with it; no queue can be created with it any more.',
        'Their pools stay, and so do the queues that were created with them; no queue can be created with them any more.', names.length),
      submit: names.length === 1 ? gettext('Delete %(name)s', { name: names[0] }) : ngettext('Delete %(n)s flavor', 'Delete %(n)s flavors', names.length),
      each: (client, name) => client.flavors.delete(name),
      doing: (name) => gettext('Deleting the flavor %(name)s', { name }),
      did: (gone) => (gone.length === 1 ? gettext('Flavor %(name)s deleted.', { name: gone[0] }) : ngettext('%(n)s flavor deleted.', '%(n)s flavors deleted.', gone.length)),
    });
  }
}

/** A flavor whose pools have gone to another is of no use, and says so. */
function poolsCell() {
  const text = el('span', {});
  const without = el('span', { class: 'label label-warning' }, gettext('no pool'));
  return {
    node: el('div', {}, text, without),
    paint({ pool_list: pools = [] }) {
      setText(text, [...pools].sort().join(', '));
      without.hidden = pools.length > 0;
    },
  };
}
