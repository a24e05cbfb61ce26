// What can be done to queues: create, change the metadata, purge, delete. Each says what it will do, and then what it did.
import { el, setText } from '../ui/dom.js';
import { count } from '../ui/format.js';
import { explain } from '../ui/errors.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { nameProblem } from '../ui/names.js';
import { dialog } from '../parts/dialog.js';
import { field, valid } from '../parts/form.js';
import { announce, done, failed } from '../parts/toast.js';
import { metadataForm } from './metadata.js';

const AT_ONCE = 4;
/** So many queues are counted before they are deleted or purged; of more, what is known is told. */
const COUNTED = 100;
/** So many names are listed in a dialog. */
const NAMED = 8;

/** `context`: `{ client, counts }`, here and below. Resolves to the name, or to undefined. */
export async function createQueue({ client, counts }) {
  const input = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: '80', 'data-testid': 'create-name' });
  const name = field({
    label: gettext('Name'), input, required: true,
    check(typed) {
      const trimmed = typed.trim();
      return nameProblem(trimmed) || (counts.get(trimmed) ? gettext('%(name)s exists already.', { name: trimmed }) : '');
    },
  });
  const metadata = metadataForm();
  return dialog({
    title: gettext('Create Queue'), submit: gettext('Create Queue'), wide: true, body: [name.element], rest: metadata.element,
    description: [
      gettext('A queue keeps messages until they are deleted, or their time to live is over. It belongs to the project.'),
      gettext('All metadata may be left empty, and changed later.'),
    ],
    async onSubmit() {
      if (!valid([name, ...metadata.fields])) return false;
      const wanted = input.value.trim();
      const created = await client.queue(wanted).create(metadata.changes());
      counts.add(wanted).changedAt = Date.now();
      if (created) done(gettext('Queue %(name)s created.', { name: wanted }));
      else announce(gettext('Queue %(name)s existed already; nothing was changed.', { name: wanted }));
      return wanted;
    },
  });
}

export async function editMetadata({ client }, name) {
  let current;
  try {
    current = await client.queue(name).metadata();
  } catch (error) {
    return failed(gettext('Reading the metadata of %(name)s', { name }), error);
  }
  const form = metadataForm(current);
  await dialog({
    title: gettext('Metadata of %(name)s', { name }), submit: gettext('Save'), wide: true,
    body: [el('p', {}, gettext('The metadata of a queue changes what the server does with its messages. Keys of your own are kept as they are.')), form.element],
    async onSubmit() {
      if (!valid(form.fields)) return false;
      const changes = form.changes();
      const keys = Object.keys(changes);
      if (keys.length === 0) {
        announce(gettext('The metadata of %(name)s is as it was.', { name }));
        return true;
      }
      await client.queue(name).updateMetadata(changes);
      done(gettext('Metadata of %(name)s saved: %(keys)s.', { name, keys: keys.join(', ') }));
      return true;
    },
  });
}

/** Deletes queues with all that is in them. Resolves to the names of those that are gone. */
export async function deleteQueues({ client, counts }, names) {
  const one = names.length === 1 ? names[0] : undefined;
  const gone = await destroy({
    counts, names,
    title: one ? gettext('Delete the queue %(name)s?', { name: one }) : ngettext('Delete %(n)s queue?', 'Delete %(n)s queues?', names.length),
    text: (messages) => (one
      ? gettext('The queue %(name)s and %(messages)s in it will be gone, for everybody. This cannot be undone.', { name: one, messages })
      : gettext('These queues and %(messages)s in them will be gone, for everybody. This cannot be undone.', { messages })),
    submit: one ? gettext('Delete %(name)s', { name: one }) : ngettext('Delete %(n)s queue', 'Delete %(n)s queues', names.length),
    async each(name) {
      await client.queue(name).delete();
      counts.remove(name);
    },
    doing: (name) => gettext('Deleting %(name)s', { name }),
    did: (list, messages) => (list.length === 1
      ? gettext('Queue %(name)s deleted, with %(messages)s.', { name: list[0], messages })
      : ngettext('%(n)s queue deleted.', '%(n)s queues deleted.', list.length)),
  });
  return gone;
}

/** Purges queues of their messages, their subscriptions or both, as the person chooses. */
export async function purgeQueues({ client, counts }, names) {
  const one = names.length === 1 ? names[0] : undefined;
  const choices = [
    { value: 'messages', label: gettext('Messages'), help: gettext('All that are not claimed; those that a worker holds stay.') },
    { value: 'subscriptions', label: gettext('Subscriptions'), help: gettext('Nobody is told of messages any more: no webhook, no mail address, no open page, this one included.') },
    { value: 'all', label: gettext('Both'), help: '' },
  ];
  const group = el('fieldset', {}, el('legend', { class: 'sr-only' }, gettext('What to purge')), ...choices.map(({ value, label, help }, i) => el('div', { class: 'radio' },
    el('label', {}, el('input', { type: 'radio', name: 'zw-purge', value, checked: i === 0 }), label, help && el('span', { class: 'help-block' }, help)))));
  const chosen = () => group.querySelector(':checked').value;
  const where = one ?? ngettext('%(n)s queue', '%(n)s queues', names.length);
  return destroy({
    counts, names, extra: group,
    title: gettext('Purge %(where)s?', { where }),
    text: (messages) => ({
      messages: one ? gettext('%(messages)s of %(name)s will be deleted. This cannot be undone.', { messages, name: one }) : gettext('%(messages)s of these queues will be deleted. This cannot be undone.', { messages }),
      subscriptions: one ? gettext('All subscriptions of %(name)s will be deleted; its messages stay. This cannot be undone.', { name: one }) : gettext('All subscriptions of these queues will be deleted; their messages stay. This cannot be undone.'),
      all: one ? gettext('%(messages)s and all subscriptions of %(name)s will be deleted. This cannot be undone.', { messages, name: one }) : gettext('%(messages)s and all subscriptions of these queues will be deleted. This cannot be undone.', { messages }),
    })[chosen()],
    submit: gettext('Purge %(where)s', { where }),
    async each(name) {
      const queue = client.queue(name);
      const what = chosen();
      await queue.purge({ messages: what !== 'subscriptions', subscriptions: what !== 'messages' });
      // Zaqar deletes the first ten subscriptions and leaves the others.
      if (what !== 'messages') for (const { id } of await queue.subscriptions.list().toArray()) await queue.subscriptions.delete(id);
    },
    doing: (name) => gettext('Purging %(name)s', { name }),
    did: (list, messages) => {
      const queues = list.length === 1 ? list[0] : ngettext('%(n)s queue', '%(n)s queues', list.length);
      return {
        messages: gettext('%(queues)s purged: %(messages)s deleted.', { queues, messages }),
        subscriptions: gettext('%(queues)s purged of subscriptions.', { queues }),
        all: gettext('%(queues)s purged: %(messages)s and all subscriptions deleted.', { queues, messages }),
      }[chosen()];
    },
  });
}

/** Asks, with the count of what will be lost; then does it to one queue after the other, and says how far it has come. */
async function destroy({ counts, names, title, text, submit, each, doing, did, extra }) {
  const sentence = el('p', { 'data-testid': 'dialog-text' });
  const progress = el('p', { class: 'help-block', role: 'status' });
  const total = new Total(counts, names);
  const say = () => {
    const told = text(total.words);
    setText(sentence, told.charAt(0).toUpperCase() + told.slice(1));
  };
  total.onchange = say;
  extra?.addEventListener('change', say);
  say();
  const list = names.length > 1 && el('ul', { class: 'zw-names' }, ...names.slice(0, NAMED).map((name) => el('li', {}, name)),
    names.length > NAMED && el('li', {}, ngettext('and %(n)s more', 'and %(n)s more', names.length - NAMED)));

  const gone = [];
  const wrong = [];
  const stop = new AbortController();
  const doIt = async () => {
    const left = names.filter((name) => !gone.includes(name));
    wrong.length = 0;
    await few(left, async (name) => {
      if (stop.signal.aborted) return;
      try {
        await each(name);
        gone.push(name);
      } catch (error) {
        wrong.push({ name, error });
      }
      if (names.length > 1) setText(progress, gettext('%(done)s of %(all)s done', { done: count(gone.length), all: count(names.length) }));
    });
    return true;
  };
  let working;
  await dialog({ title, body: [sentence, list, extra, progress], submit, danger: true, onSubmit: () => (working = doIt()) });
  // Closed while it worked: what has not begun is not begun, what has is waited for.
  stop.abort();
  await working;
  if (gone.length > 0) done(did(gone, total.words));
  if (wrong.length === 1) failed(doing(wrong[0].name), wrong[0].error);
  else if (wrong.length > 1) announce(`${ngettext('%(n)s queue failed', '%(n)s queues failed', wrong.length)}: ${wrong.slice(0, NAMED).map(({ name }) => name).join(', ')}. ${explain(wrong[0].error).what}`, 'danger');
  return gone;
}

/** The messages in some queues, counted now, as far as the server says; in words at any time. */
class Total {
  onchange = () => {};
  #known = 0;
  #unsure;
  #open;

  constructor(counts, names) {
    const asked = names.slice(0, COUNTED);
    const others = names.slice(COUNTED).map((name) => counts.get(name)?.stats?.total);
    this.#known = others.reduce((sum, total) => sum + (total ?? 0), 0);
    this.#unsure = others.length > 0;
    this.#open = asked.length;
    few(asked, async (name) => {
      const total = await counts.total(name);
      this.#known += total ?? 0;
      this.#unsure ||= total === undefined;
      this.#open -= 1;
      this.onchange();
    });
  }

  get words() {
    const unsure = this.#unsure || this.#open > 0;
    if (unsure && this.#known === 0) return gettext('all messages');
    const messages = ngettext('%(n)s message', '%(n)s messages', this.#known);
    return unsure ? gettext('about %(messages)s', { messages }) : messages;
  }
}

/** Does it to all of them, few at a time. */
async function few(items, work) {
  const waiting = [...items];
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, async () => {
    for (let item; (item = waiting.shift()) !== undefined;) await work(item);
  }));
}
