// The page: loads the package, connects, and wires the panes to each other. Each pane is a module of its own.
import { byId, el, setText } from './ui/dom.js';
import { announce } from './announce.js';
import { Attempts } from './attempts.js';
import { claimsPane } from './claims.js';
import { readConfig } from './config.js';
import { Counts } from './ui/counts.js';
import { explain } from './ui/errors.js';
import { gettext } from './ui/i18n.js';
import { Inbox } from './inbox.js';
import { inspector } from './inspector.js';
import { speak } from './language.js';
import { Ledger } from './ledger.js';
import { messagesPane } from './messages.js';
import { narrator } from './narrator.js';
import { networkRow } from './network.js';
import { postPane } from './post.js';
import { Poster, SAMPLE_QUEUES, speeds } from './poster.js';
import { queuesPane } from './queues.js';
import { snippet } from './snippet.js';
import { statusBar } from './status.js';
import { Steady } from './ui/steady.js';
import { workerPane } from './worker.js';

const FIRST_QUEUE = 'orders';
/** A list of more is for no eyes. */
const MOST_QUEUES = 500;

start().catch(cannotStart);

async function start() {
  await speak();
  const config = await readConfig();
  snippet(config);
  const { connect } = await import('/pkg/index.js').catch((error) => {
    throw new Error(gettext('The package is not built: run “npm run build”, then reload.'), { cause: error });
  });
  const options = { projectId: config.projectId };
  if (config.websocket) options.websocket = config.websocket;
  if (config.rest) options.rest = config.rest;
  // Lazy: the page is there at once and says how connecting goes; the client goes on trying by itself.
  // A silent socket is given up after two seconds and two more, so that the black hole shows within a visitor's patience.
  const attempts = new Attempts();
  const client = await connect({ ...options, keepAliveMs: 2_000, lazy: true, WebSocket: attempts.WebSocket });
  run({ client, config, connect, options, attempts });
}

function run({ client, config, connect, options, attempts }) {
  const steady = new Steady(client);
  const ledger = new Ledger();
  const inbox = new Inbox(client);
  const counts = new Counts(client, { most: MOST_QUEUES });
  const poster = new Poster({ connect, options, ledger });
  let selected = null;

  statusBar({ client, config, steady, inbox, ledger });
  const story = narrator({ client, inbox, ledger, attempts });
  networkRow({ control: config.faultControl, narrator: story });

  const claims = claimsPane({
    client,
    onOpenMessage(message, queue) {
      const postedAt = Date.now() - message.age * 1000;
      inspect.show({ message, queue, receivedAt: Date.now(), postedAt, live: false });
      inspect.open();
    },
    onDeleted: (message) => messages.gone(message.id),
  });
  const inspect = inspector({
    claimOf: claims.claimOf,
    onClaim() { byId('tab-claims').click(); claims.focus(); },
    onDeleted: (message) => messages.gone(message.id),
  });
  const post = postPane({ client });
  const messages = messagesPane({
    client,
    steady,
    inbox,
    counts,
    onPick: inspect.show,
    onOpen: (how) => inspect.open(how),
    onCopy: inspect.copy,
    onDelete: inspect.remove,
    onDeleted(name) {
      poster.drop(name);
      inbox.unwatch(name);
      counts.remove(name);
      select(counts.queues.keys().next().value ?? null);
    },
  });
  const queues = queuesPane({
    client,
    counts,
    onSelect: select,
    onCreated(name) {
      poster.restore(name);
      if (SAMPLE_QUEUES.includes(name)) inbox.watch(name);
      select(name);
    },
  });
  const worker = workerPane({ client });

  function select(name) {
    // Sample queues stay watched, for the counters; another is watched while it is looked at.
    if (selected && selected !== name && !SAMPLE_QUEUES.includes(selected)) inbox.unwatch(selected);
    selected = name;
    queues.select(name);
    messages.show(name);
    post.select(name);
    claims.select(name);
    worker.select(name);
  }

  inbox.addEventListener('message', ({ detail: { box, entry } }) => {
    // A queue that is read from its start once more brings old messages again, and rightly so.
    if (!(box.again && entry.postedAt < box.openedAt)) ledger.receive(box.name, entry.message.body);
    poster.read(box.name, entry.message);
  });

  samples({ poster, story });
  counts.start();
  for (const name of SAMPLE_QUEUES) {
    counts.add(name).changedAt = Date.now();
    inbox.watch(name);
  }
  select(FIRST_QUEUE);
  poster.start();
  addEventListener('pagehide', (event) => { if (!event.persisted) poster.stop(); });
}

/** Stop, or how fast. */
function samples({ poster, story }) {
  const root = byId('sample');
  const label = el('span', {}, gettext('sample messages'));
  const all = speeds();
  const buttons = all.map((speed) => el('button', {
    type: 'button', 'data-testid': `sample-${speed.perSecond}`,
    title: speed.perSecond ? gettext('Post about %(rate)s sample messages a second', { rate: speed.perSecond }) : gettext('Post no more sample messages'),
    onclick() {
      poster.speed = speed.perSecond;
      announce(speed.perSecond ? gettext('About %(rate)s sample messages a second.', { rate: speed.perSecond }) : gettext('The sample messages have stopped.'));
      paint();
    },
  }, speed.name));
  const paint = () => buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(all[i].perSecond === poster.speed)));
  root.append(label, ...buttons);
  poster.onchange = () => {
    if (!poster.error) return story.say(gettext('The sample messages flow again.'), 'good');
    const { what } = explain(poster.error);
    story.say(gettext('The sample messages wait. %(why)s', { why: what }), 'warning');
  };
  paint();
}

function cannotStart(error) {
  const banner = byId('banner');
  banner.hidden = false;
  banner.dataset.tone = 'danger';
  setText(byId('banner-title'), gettext('The page could not start.'));
  const { what, todo } = explain(error);
  setText(byId('banner-advice'), [what, todo].filter(Boolean).join(' '));
  const retry = byId('banner-retry');
  retry.hidden = false;
  setText(retry, gettext('Reload'));
  retry.onclick = () => location.reload();
  // Nothing below works without a client.
  document.querySelector('main').inert = true;
  document.title = `✕ ${gettext('not started')} · zaqar-web`;
  setText(document.querySelector('[data-testid="state"]'), gettext('closed'));
  document.querySelector('.link').dataset.state = 'closed';
}
