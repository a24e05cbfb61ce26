// What the page's own server says of where Zaqar is.
import { gettext } from './ui/i18n.js';

export async function readConfig() {
  const answer = await fetch('/config.json');
  if (!answer.ok) throw new Error(gettext('The page’s configuration is missing: %(file)s answered %(status)s.', { file: '/config.json', status: answer.status }));
  return answer.json();
}

/** Whether the page's server has other addresses by now than these: the demo was started again, on other ports. */
export async function hasMoved({ websocket, rest }) {
  const now = await readConfig().catch(() => null);
  return now !== null && (now.websocket !== websocket || now.rest !== rest);
}
