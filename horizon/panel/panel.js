// Project › Messaging › Queues: opens the session, and shows the table of queues or one of them, as the address says:
// `#!/`, `#!/NAME` or `#!/NAME/TAB`. The form is AngularJS's, which Horizon has on each page and which rewrites any other.
import { el } from './ui/dom.js';
import { Counts } from './ui/counts.js';
import { Steady } from './ui/steady.js';
import { connectionBar } from './parts/connection.js';
import { enter } from './parts/entry.js';
import { placeInHorizon } from './parts/place.js';
import { queuePage } from './queues/page.js';
import { queuesView } from './queues/view.js';

enter(run);

function run({ client, session }, { root, again }) {
  const steady = new Steady(client);
  const counts = new Counts(client);
  const bar = connectionBar({ client, steady, projectName: session.projectName, connectAgain: again });
  const place = el('div', { class: 'zw-place', tabindex: '-1' });
  const stop = new AbortController();
  let view = null;
  let shown;

  // The page may have a <base>: an address of a fragment alone would lead away.
  const href = (name, tab) => `${location.pathname}${location.search}#!/${[name, tab].filter(Boolean).map(encodeURIComponent).join('/')}`;
  const go = (name, tab) => { location.hash = href(name, tab).replace(/^[^#]*/, ''); };
  const frame = { client, counts, steady, session, href, go };
  const showPlace = placeInHorizon(href());

  function route() {
    const [name, tab] = parse(location.hash);
    const key = name ?? '';
    if (view && shown === key) return view.turn?.(tab);
    view?.close();
    const first = !view;
    shown = key;
    view = name ? queuePage(frame, name, tab) : queuesView(frame);
    place.replaceChildren(view.element);
    showPlace(name);
    // A screen reader is led to what is new; at the beginning it is left where it is.
    if (!first) place.focus({ preventScroll: false });
  }

  addEventListener('hashchange', route, { signal: stop.signal });
  root.replaceChildren(bar.element, place);
  counts.start();
  route();
  client.closed.then((error) => {
    if (error && !stop.signal.aborted) counts.stop();
  });

  return {
    close() {
      stop.abort();
      showPlace();
      view?.close();
      bar.close();
      counts.stop();
      client.close({ timeoutMs: 0 });
    },
  };
}

/** The queue's name and the tab that an address names: `#!/NAME/TAB`, or `#/NAME`, which AngularJS makes `#!#%2FNAME` of. */
function parse(hash) {
  try {
    return decodeURIComponent(hash).replace(/^[#!]*\//, '').split('/').filter(Boolean);
  } catch {
    return [];
  }
}
