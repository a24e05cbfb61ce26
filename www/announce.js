// One line that says what an action did. It is the page's live region: state changes and results, never each message.
import { byId } from './ui/dom.js';
import { tell } from './ui/errors.js';

let clearing;

export function announce(text, tone = 'plain') {
  const notice = byId('notice');
  notice.dataset.tone = tone;
  notice.textContent = text;
  clearTimeout(clearing);
  // An error stays until something else is said.
  if (tone !== 'danger') clearing = setTimeout(() => { notice.textContent = ''; }, 15_000);
}

export const done = (text) => announce(text, 'done');
export const failed = (doing, error) => announce(tell(doing, error), 'danger');
