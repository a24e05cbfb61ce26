// The dialog that creates or updates a pool. What Zaqar does without a word, or says in a way that helps nobody, is said here
// beforehand: it replaces a pool that exists, and fails with 500 on two pools with one store.
import { el } from '../ui/dom.js';
import { gettext } from '../ui/i18n.js';
import { JsonError, parseJson, toJson } from '../ui/json.js';
import { nameProblem } from '../ui/names.js';
import { dialog } from '../parts/dialog.js';
import { field, numberField, valid } from '../parts/form.js';
import { announce, done } from '../parts/toast.js';
import { masked } from './store-uri.js';

const HEAVIEST = 4_294_967_295;
const LONGEST_URI = 255;

/** Resolves to the pool's name, or to undefined. */
export function editPool(registry, pool) {
  const others = () => [...registry.pools.values()].filter(({ name }) => name !== pool?.name);
  const text = (testid, props) => el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', 'data-testid': testid, ...props });

  const name = field({
    label: gettext('Name'), required: true, input: text('pool-name', { maxlength: '80' }),
    check: (typed) => nameProblem(typed.trim()) || (registry.pools.has(typed.trim()) ? gettext('%(name)s exists already.', { name: typed.trim() }) : ''),
  });
  const seen = pool && masked(pool.uri);
  let isHidden = Boolean(pool) && seen !== pool.uri;
  const uri = field({
    label: gettext('Store'), required: true, input: text('pool-uri', { value: seen, readonly: isHidden, placeholder: 'redis://10.0.0.5:6379' }),
    help: pool
      ? gettext('The address of its database. Messages that are in the old one are not moved.')
      : gettext('The address of its database, which Zaqar must be able to reach now: redis:// or mongodb://.'),
    check() {
      const address = store();
      if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/]\S*$/i.test(address)) return gettext('An address such as redis://10.0.0.5:6379.');
      if (address.length > LONGEST_URI) return gettext('At most %(most)s characters.', { most: LONGEST_URI });
      const same = others().find((other) => other.uri === address);
      return same ? gettext('This is the store of %(name)s; two pools cannot share one.', { name: same.name }) : '';
    },
  });
  const show = el('button', { type: 'button', class: 'btn btn-default btn-sm', 'data-testid': 'pool-uri-show', onclick: reveal }, gettext('Show the password and change the address'));
  if (isHidden) uri.element.append(show);
  const weight = numberField({
    label: gettext('Weight'), min: 0, max: HEAVIEST, value: pool?.weight ?? 100, required: true,
    help: gettext('How many of the new queues this pool gets, in proportion to the others; with 0 it gets none.'),
  });
  weight.input.dataset.testid = 'pool-weight';
  const flavor = field({
    label: gettext('Flavor'), help: gettext('A pool can be in one flavor.'),
    input: el('select', { 'data-testid': 'pool-flavor' }, el('option', { value: '' }, gettext('None')), ...flavors().map((each) => el('option', { value: each, selected: each === pool?.flavor }, each))),
  });
  const options = field({
    label: gettext('Options'), help: gettext('A JSON object for the store’s driver, such as {"max_reconnect_attempts": 5}; mostly empty.'),
    input: el('textarea', { rows: 3, spellcheck: 'false', class: 'zw-mono', 'data-testid': 'pool-options' }),
    check: (typed) => readOptions(typed).problem ?? '',
  });
  options.input.value = pool?.options && Object.keys(pool.options).length > 0 ? toJson(pool.options) : '';

  function store() {
    return isHidden ? pool.uri : uri.value.trim();
  }

  function reveal() {
    isHidden = false;
    uri.input.value = pool.uri;
    uri.input.readOnly = false;
    uri.input.focus();
    show.remove();
  }

  /** One that is named by the pool alone must not be lost by the way. */
  function flavors() {
    return [...new Set([...registry.flavors.keys(), pool?.flavor].filter(Boolean))].sort();
  }

  /** What differs from the pool that there is. */
  function changes() {
    const wanted = { uri: store(), weight: weight.value, flavor: flavor.value, options: readOptions(options.value).value };
    const before = { uri: pool?.uri, weight: pool?.weight, flavor: pool?.flavor || '', options: pool?.options ?? {} };
    return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => toJson(value) !== (before[key] === undefined ? undefined : toJson(before[key]))));
  }

  return dialog({
    title: pool ? gettext('Update the pool %(name)s', { name: pool.name }) : gettext('Create Pool'),
    submit: pool ? gettext('Save') : gettext('Create Pool'),
    description: [gettext('A pool is a store of messages. Each new queue is created in one of the pools, and stays there.')],
    body: [!pool && name.element, uri.element, weight.element, flavor.element, options.element].filter(Boolean),
    async onSubmit() {
      if (!valid([...(pool ? [] : [name]), uri, weight, flavor, options])) return false;
      const wanted = pool?.name ?? name.value.trim();
      const values = changes();
      if (Object.keys(values).length === 0) {
        announce(gettext('The pool %(name)s is as it was.', { name: wanted }));
        return wanted;
      }
      await registry.change((client) => (pool ? client.pools.update(wanted, values) : client.pools.create(wanted, values))).catch((error) => {
        throw refused(error) ? new Error(gettext('Zaqar cannot work with this store: it does not know such an address, or cannot connect to it.')) : error;
      });
      done(pool ? gettext('Pool %(name)s updated.', { name: wanted }) : gettext('Pool %(name)s created.', { name: wanted }));
      return wanted;
    },
  });
}

/** Zaqar connects to the store before it believes that it is one; all else that it would refuse was checked before. */
const refused = (error) => error.status === 400;

/** `{ value }` or `{ problem }`; nothing is no options. */
function readOptions(text) {
  if (text.trim() === '') return { value: {} };
  try {
    const value = parseJson(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { value };
    return { problem: gettext('A JSON object in braces is wanted.') };
  } catch (error) {
    if (error instanceof JsonError) return { problem: error.message };
    throw error;
  }
}
