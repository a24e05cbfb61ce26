// Errors as a person would want them told: what happened, and what to do. Never a stack.

const ADVICE = {
  'invalid-argument': ['This was not sent, because the server would refuse it or break on it.', ''],
  unauthorized: ['The server does not accept the token.', 'Sign in again, or check the token and the project.'],
  forbidden: ['This is not allowed for this project or token.', 'Ask for the right, or use another project.'],
  'not-found': ['It does not exist (any more).', 'It was deleted, or its time to live is over.'],
  conflict: ['It exists already, or something else changed it first.', 'Look at it again, then repeat.'],
  'too-large': ['This is larger than the server takes.', 'A message may have about 256 kB; put large data elsewhere and post its address.'],
  'claim-lost': ['The claim has ended.', 'Its messages are free again, and somebody else may work on them; claim again.'],
  'rate-limited': ['The server asks to slow down.', 'Wait a little, then repeat.'],
  'server-error': ['The server failed on this request.', 'If it happens again, its log says why.'],
  unavailable: ['The server is not available.', 'The client goes on trying; repeat in a moment.'],
  timeout: ['There was no answer in time.', 'The client goes on trying; repeat in a moment.'],
  'connection-lost': ['The connection broke before the answer came.', 'The client is connecting again; repeat in a moment.'],
  protocol: ['The answer could not be understood.', 'Is this really a Zaqar server, and a version that this client knows?'],
  unsupported: ['This transport or server cannot do that.', ''],
  closed: ['The client is closed.', 'Connect again.'],
};

/** `{ what, todo }`, both plain sentences; `todo` may be empty. */
export function explain(error) {
  const known = ADVICE[error?.code];
  if (!known) return { what: sentence(error?.message || 'Something went wrong.'), todo: '' };
  let [what, todo] = known;
  // The package's own sentence is the precise one where the caller's argument is at fault.
  if (['invalid-argument', 'unsupported', 'too-large'].includes(error.code) && error.message) what = sentence(error.message);
  if (error.delivery === 'unknown') todo = 'It may have been carried out all the same: look before you repeat it.';
  if (error.delivery === 'not-sent' && known[1]) todo = `Nothing was sent. ${todo}`;
  return { what, todo };
}

/** `Posting to orders failed. There was no answer in time. …` */
export function tell(doing, error) {
  const { what, todo } = explain(error);
  return [`${doing} failed.`, what, todo].filter(Boolean).join(' ');
}

export const unsupported = (error) => error?.code === 'unsupported' || error instanceof TypeError;

function sentence(text) {
  const line = text.split('\n')[0].trim();
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}
