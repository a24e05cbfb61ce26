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
 * its token, and `withRight`. `onNoSession(error)` is called when the token is to be renewed and Horizon does not give one.
 */
export async function openSession(root, connect, { onNoSession = () => {}, ...options } = {}) {
  const ask = async (right = '', body = {}) => {
    const told = await handOver(root.dataset.handover + right, root.dataset.csrf ?? cookie('csrftoken'), body);
    // Somebody has switched in another tab. REST would take that project's token here, and work on its queues under this page's name.
    if (told.projectId !== root.dataset.project) throw new NoSession('other-project', gettext('Your session in Horizon is in the project %(name)s, this page is not.', { name: told.projectName }));
    return told;
  };
  const first = await ask();
  const { websocket, rest, projectId, projectName, signedUrlSeconds, subscriptionSeconds } = first;
  const renew = tokens(first, ask);
  const token = () => renew().catch((error) => {
    if (error instanceof NoSession) onNoSession(error);
    throw error;
  });
  const endpoints = Object.fromEntries(Object.entries({ websocket, rest }).filter(([, url]) => url));
  // Lazy: the panel is there at once and says how connecting goes; the client goes on trying by itself.
  const client = await connect({ ...endpoints, projectId, token, lazy: true, ...options });

  /**
   * Resolves to what `act(client)` does, with a client that may do one thing that the panel's may not: `right` is `share` or
   * `subscribe`. `seconds`: how long the thing shall last that `act` makes.
   */
  async function withRight(right, seconds, act) {
    // The rights of the socket cannot be divided: with nothing else it is the way.
    if (!rest) return act(client);
    const askAgain = () => ask(`${right}/`, { seconds });
    const lent = await connect({ rest, projectId, token: tokens(await askAgain(), askAgain), lazy: true });
    try {
      return await act(lent);
    } finally {
      lent.close({ timeoutMs: 0 });
    }
  }
  return { client, session: { websocket, rest, projectId, projectName, signedUrlSeconds, subscriptionSeconds, withRight } };
}

/** Gives the token of a hand-over that has just come, and then those of `ask`. */
function tokens(first, ask) {
  let fresh = first;
  return async () => {
    const { token, expiresAt } = fresh ?? (await ask());
    fresh = undefined;
    return { token, expiresAt };
  };
}

/** The answer of `horizon/zaqar_web_horizon/rest.py`, with an `expiresAt` of this machine's clock. */
async function handOver(url, csrf, body) {
  let answer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'X-Requested-With': 'XMLHttpRequest', 'X-CSRFToken': csrf, 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
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
