// Errors as a person would want them told: what happened, and what to do. Never a stack.
import { gettext } from './i18n.js';

/** Asked anew each time: the catalogue of words may come later than this module. */
const advice = () => ({
  'invalid-argument': [gettext('This was not sent, because the server would refuse it or break on it.'), ''],
  unauthorized: [gettext('The server does not accept the token.'), gettext('Sign in again, or check the token and the project.')],
  forbidden: [gettext('This is not allowed for this project or token.'), gettext('Ask for the right, or use another project.')],
  'not-found': [gettext('It does not exist (any more).'), gettext('It was deleted, or its time to live is over.')],
  conflict: [gettext('It exists already, or something else changed it first.'), gettext('Look at it again, then repeat.')],
  'too-large': [gettext('This is larger than the server takes.'), gettext('A message may have about 256 kB; put large data elsewhere and post its address.')],
  'claim-lost': [gettext('The claim has ended.'), gettext('Its messages are free again, and somebody else may work on them; claim again.')],
  'rate-limited': [gettext('The server asks to slow down.'), gettext('Wait a little, then repeat.')],
  'server-error': [gettext('The server failed on this request.'), gettext('If it happens again, its log says why.')],
  unavailable: [gettext('The server is not available.'), gettext('The client goes on trying; repeat in a moment.')],
  timeout: [gettext('There was no answer in time.'), gettext('The client goes on trying; repeat in a moment.')],
  'connection-lost': [gettext('The connection broke before the answer came.'), gettext('The client is connecting again; repeat in a moment.')],
  protocol: [gettext('The answer could not be understood.'), gettext('Is this really a Zaqar server, and a version that this client knows?')],
  unsupported: [gettext('This transport or server cannot do that.'), ''],
  closed: [gettext('The client is closed.'), gettext('Connect again.')],
});

/** `{ what, todo }`, both plain sentences; `todo` may be empty. */
export function explain(error) {
  const known = advice()[error?.code];
  if (!known) return { what: sentence(error?.message || gettext('Something went wrong.')), todo: '' };
  let [what, todo] = known;
  // The package's own sentence is the precise one where the caller's argument is at fault.
  if (['invalid-argument', 'unsupported', 'too-large'].includes(error.code) && error.message) what = sentence(error.message);
  // The one refusal that no right and no other project would change: somebody else is at work on the message.
  if (error.code === 'forbidden' && error.action === 'message_delete' && /\bis claimed\b/.test(error.message)) {
    what = sentence(error.message);
    todo = gettext('Who holds the claim deletes it; it is free again when the claim ends.');
  }
  // The server, or a proxy before it, has answered: nobody goes on trying this call.
  if (error.code === 'unavailable' && error.status) {
    what = gettext('The server answered %(status)s: it cannot do this at the moment.', { status: error.status });
    todo = error.action === 'queue_create' ? gettext('Repeat in a moment. If it stays so, there may be no pool that takes new queues.') : gettext('Repeat in a moment.');
  }
  if (error.delivery === 'unknown') todo = gettext('It may have been carried out all the same: look before you repeat it.');
  if (error.delivery === 'not-sent' && known[1]) todo = `${gettext('Nothing was sent.')} ${todo}`;
  return { what, todo };
}

/** `Posting to orders failed. There was no answer in time. …` */
export function tell(doing, error) {
  const { what, todo } = explain(error);
  return [gettext('%(doing)s failed.', { doing }), what, todo].filter(Boolean).join(' ');
}

export const unsupported = (error) => error?.code === 'unsupported' || error instanceof TypeError;

function sentence(text) {
  const line = text.split('\n')[0].trim();
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}
