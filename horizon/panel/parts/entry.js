// The beginning of each panel: opens the session, runs the panel in it, and says what is wrong where there is none.
import { connect } from '../index.js';
import { openSession } from './session.js';
import { loading, trouble } from './states.js';

/** `run({ client, session }, { root, again, fail })` fills `root` and gives `{ close() }`. `again()` begins anew; `fail(error)` ends it. */
export function enter(run) {
  const root = document.getElementById('zaqar-web');
  let running = null;
  start();

  async function start() {
    end();
    root.classList.add('zw');
    root.replaceChildren(loading());
    try {
      running = run(await openSession(root, connect, { onNoSession: ended }), { root, again: start, fail: show });
    } catch (error) {
      show(error);
    }
  }

  /** Horizon gives no more tokens. If it is only out of reach, the client asks again, and the last token may live for minutes. */
  function ended(error) {
    if (error.kind !== 'unavailable') show(error);
  }

  /** Nothing works without a session. */
  function show(error) {
    end();
    // Login leads back to where one was.
    const login = `${root.dataset.login}${encodeURIComponent(location.hash)}`;
    root.replaceChildren(trouble(error, { login, again: start }));
  }

  function end() {
    running?.close();
    running = null;
  }
}
