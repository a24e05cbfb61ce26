// From a page of Horizon to a connected client: the hand-over, which Horizon gives to whoever is logged in, and what is done when
// it does not.
import { gettext } from '../ui/i18n.js';

/** Why there is no session. `kind`: `logged-out`, `other-project`, `forbidden` or `unavailable`. */
export class NoSession extends Error {
  constructor(kind, message, options) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Asks the hand-over at `root.dataset.handover` and connects. Gives `{ client, session }`; `session` is the hand-over without
 * its token. `onNoSession(error)` is called when the token is to be renewed and Horizon does not give one.
 */
export async function openSession(root, connect, { onNoSession = () => {}, ...options } = {}) {
  const ask = async () => {
    const told = await handOver(root.dataset.handover, root.dataset.csrf ?? cookie('csrftoken'));
    // Somebody has switched in another tab. REST would take that project's token here, and work on its queues under this page's name.
    if (told.projectId !== root.dataset.project) throw new NoSession('other-project', gettext('Your session in Horizon is in the project %(name)s, this page is not.', { name: told.projectName }));
    return told;
  };
  const first = await ask();
  let fresh = first;
  const { websocket, rest, projectId, projectName } = first;
  const session = { websocket, rest, projectId, projectName };
  const token = async () => {
    try {
      // The one that has just come is the first that is given.
      const { token, expiresAt } = fresh ?? (await ask());
      fresh = undefined;
      return { token, expiresAt };
    } catch (error) {
      if (error instanceof NoSession) onNoSession(error);
      throw error;
    }
  };
  const endpoints = Object.fromEntries(Object.entries({ websocket, rest }).filter(([, url]) => url));
  // Lazy: the panel is there at once and says how connecting goes; the client goes on trying by itself.
  const client = await connect({ ...endpoints, projectId, token, lazy: true, ...options });
  return { client, session };
}

/** `{ websocket?, rest?, projectId, projectName, token, expiresAt }`. */
async function handOver(url, csrf) {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'X-Requested-With': 'XMLHttpRequest', 'X-CSRFToken': csrf, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: '{}',
    });
  } catch (cause) {
    throw new NoSession('unavailable', gettext('Horizon cannot be reached.'), { cause });
  }
  const told = await answer.json().catch(() => undefined);
  // This machine's clock may be wrong; the length of a life is right all the same.
  if (answer.ok && told?.token) return { ...told, expiresAt: Date.now() + told.expiresIn * 1_000 };
  const why = typeof told === 'string' ? told : '';
  // Horizon says 401 for a missing CSRF token, too: a page that was open while somebody logged out and in again.
  if (answer.status === 401 || answer.redirected) throw new NoSession('logged-out', why);
  if (answer.status === 403) throw new NoSession('forbidden', why);
  throw new NoSession('unavailable', why || gettext('Horizon answered %(status)s when it was asked for access to Zaqar.', { status: answer.status }));
}

function cookie(name) {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
}
