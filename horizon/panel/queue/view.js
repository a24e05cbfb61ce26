// One queue: its messages, claims, subscriptions and signed URLs.
import { el } from '../ui/dom.js';

export function queueView(host, client, name) {
  return { element: el('p', {}, name), close() {} };
}
