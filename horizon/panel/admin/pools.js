// The table of pools: the stores that messages are kept in.
import { count } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { preview } from '../ui/json.js';
import { deleteThem } from './delete.js';
import { editPool } from './pool-form.js';
import { section } from './section.js';
import { masked } from './store-uri.js';

export function poolsView(registry) {
  const latest = ({ name }) => registry.pools.get(name);
  return section({
    registry, kind: 'pools', testid: 'pool',
    title: gettext('Pools'), create: gettext('Create Pool'), remove: gettext('Delete Pools'), filter: gettext('Filter pools by name or store'),
    nothing: (isEmpty) => (isEmpty ? gettext('There is no pool. Until there is one, no queue can be created.') : gettext('No pool has this in its name or store.')),
    columns: [
      { key: 'name', title: gettext('Name'), sortBy: ({ name }) => name, text: ({ name }) => name },
      { key: 'uri', title: gettext('Store'), sortBy: ({ uri }) => masked(uri), text: ({ uri }) => masked(uri) },
      { key: 'weight', title: gettext('Weight'), numeric: true, help: gettext('How many of the new queues this pool gets, in proportion to the others'), sortBy: ({ weight }) => weight, text: ({ weight }) => count(weight) },
      { key: 'flavor', title: gettext('Flavor'), sortBy: ({ flavor }) => flavor || undefined, text: ({ flavor }) => flavor || '–' },
      { key: 'options', title: gettext('Options'), text: ({ options }) => (options && Object.keys(options).length > 0 ? preview(options) : '–') },
    ],
    actions: (pool) => [
      { label: gettext('Update'), run: () => editPool(registry, latest(pool)) },
      { label: gettext('Delete Pool'), danger: true, run: () => remove([pool.name]) },
    ],
    find: ({ name, uri }) => `${name} ${masked(uri)}`,
    onCreate: () => editPool(registry),
    onRemove: remove,
  });

  function remove(names) {
    const all = names.length === registry.pools.size;
    return deleteThem({
      registry, names,
      title: names.length === 1 ? gettext('Delete the pool %(name)s?', { name: names[0] }) : ngettext('Delete %(n)s pool?', 'Delete %(n)s pools?', names.length),
      text: ngettext(
        'The messages of its queues stay in the store, but nobody can read them any more. This cannot be undone: a pool that is created anew does not know its old queues.',
        'The messages of their queues stay in the stores, but nobody can read them any more. This cannot be undone: pools that are created anew do not know their old queues.', names.length),
      warning: all ? gettext('No pool is left then, and without one no queue can be created.') : '',
      submit: names.length === 1 ? gettext('Delete %(name)s', { name: names[0] }) : ngettext('Delete %(n)s pool', 'Delete %(n)s pools', names.length),
      each: (client, name) => client.pools.delete(name),
      doing: (name) => gettext('Deleting the pool %(name)s', { name }),
      did: (gone) => (gone.length === 1 ? gettext('Pool %(name)s deleted.', { name: gone[0] }) : ngettext('%(n)s pool deleted.', '%(n)s pools deleted.', gone.length)),
    });
  }
}
