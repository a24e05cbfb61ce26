// Deleting messages by hand, one or ten thousand: named and counted before, told after, and stopped in between by Cancel.
import { el, setText } from '../ui/dom.js';
import { count } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { dialog } from '../parts/dialog.js';
import { announce, done } from '../parts/toast.js';
import { lookAt } from './marks.js';

/** Between two of these portions the number is painted and the dialog may be closed. */
const PORTION = 100;
/** So long the question waits for what is known of claims. */
const PATIENCE_MS = 2_000;

/** Resolves to the set of those `entries` that were deleted. */
export async function deleteMessages({ queue, store, entries, signal }) {
  const { name } = queue;
  const deleted = new Set();
  const warning = await claimWarning({ queue, store, entries, signal });
  if (signal.aborted) return deleted;
  const progress = el('p', { role: 'status', hidden: true, 'data-testid': 'delete-progress' });
  let cancelled = false;

  await dialog({
    title: ngettext('Delete %(n)s message of %(queue)s?', 'Delete %(n)s messages of %(queue)s?', entries.length, { queue: name }),
    body: [
      el('p', {}, entries.length === 1
        ? gettext('Message %(id)s will be deleted from %(queue)s. This cannot be undone.', { id: entries[0].message.id, queue: name })
        : gettext('%(n)s messages will be deleted from %(queue)s. This cannot be undone.', { n: count(entries.length), queue: name })),
      warning && el('p', { class: 'text-danger', 'data-testid': 'claim-warning' }, warning),
      progress,
    ].filter(Boolean),
    submit: ngettext('Delete %(n)s message', 'Delete %(n)s messages', entries.length),
    danger: true,
    async onSubmit() {
      const left = entries.filter((entry) => !deleted.has(entry));
      try {
        for (let at = 0; at < left.length && !cancelled; at += PORTION) {
          const portion = left.slice(at, at + PORTION);
          await queue.deleteMessages(portion.map(({ message }) => message.id));
          for (const entry of portion) deleted.add(entry);
          progress.hidden = entries.length <= PORTION;
          setText(progress, gettext('%(n)s of %(all)s are deleted.', { n: count(deleted.size), all: count(entries.length) }));
        }
      } finally {
        store.remove([...deleted].map(({ message }) => message.id));
        if (cancelled) announce(gettext('Stopped: %(n)s of %(all)s messages of %(queue)s were deleted, the others are still there.', { n: count(deleted.size), all: count(entries.length), queue: name }), 'warning');
      }
      if (!cancelled) done(ngettext('%(n)s message of %(queue)s is deleted.', '%(n)s messages of %(queue)s are deleted.', deleted.size, { queue: name }));
      return true;
    },
  });
  cancelled = true;
  return deleted;
}

/** Whose work is lost: what can be known of claims, asked at this moment, for Zaqar deletes a message from under its worker without a word. */
async function claimWarning({ queue, store, entries, signal }) {
  let seen = null;
  try {
    seen = await lookAt({ queue, store, entries, signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
  } catch {
    // What was seen before is told below.
  }
  if (seen?.claimed === 0) return '';
  const claimed = entries.filter((entry) => entry.claimed).length;
  const isKnown = seen ? entries.every((entry) => seen.judged.has(entry)) : claimed > 0;
  if (isKnown) return claimed === 0 ? '' : ngettext('%(n)s of them is claimed: a worker may be at work on it. It is deleted all the same.', '%(n)s of them are claimed: workers may be at work on them. They are deleted all the same.', claimed);
  return seen
    ? ngettext('%(n)s message of %(queue)s is claimed and may be among them: what a worker holds is deleted all the same.', '%(n)s messages of %(queue)s are claimed and may be among them: what workers hold is deleted all the same.', seen.claimed, { queue: queue.name })
    : gettext('Whether some of them are claimed could not be asked: what workers hold is deleted all the same.');
}
