// Subscriptions that the server keeps: who is told of what comes, for how long yet, and whether they have agreed.
import { el, setDisabled, setText } from '../ui/dom.js';
import { explain } from '../ui/errors.js';
import { age, count } from '../ui/format.js';
import { gettext, ngettext } from '../ui/i18n.js';
import { JsonError, parseJson, preview, toJson } from '../ui/json.js';
import { dialog } from '../parts/dialog.js';
import { field, numberField, valid } from '../parts/form.js';
import { table } from '../parts/table.js';
import { done } from '../parts/toast.js';

const EVERY_MS = 10_000;
/** Each page of a dashboard is a subscription, so there may be many; more than these nobody looks through. */
const MOST = 1_000;
const SCHEMES = ['https', 'http', 'mailto', 'trust+https', 'trust+http'];

/** Zaqar tells ages in whole seconds. */
const SLACK_MS = 2_000;

/** `view`: `{ host, queue, followedSince }`; `followedSince()` is since when this page follows the queue, undefined if it does not. */
export function subscriptionsTab({ host, queue, followedSince }) {
  const { name } = queue;
  const { subscriptionSeconds: longest, withRight } = host.session;
  const closing = new AbortController();
  const { signal } = closing;
  let shown = false;
  let items = [];
  let own;
  let readAt = null;
  let error = null;
  let more = false;
  let wanted = '';

  const create = el('button', { type: 'button', class: 'btn btn-default', 'data-testid': 'create-subscription', onclick: () => edit(null) }, el('span', { class: 'fa fa-plus', 'aria-hidden': 'true' }), ` ${gettext('Create Subscription')}`);
  const remove = el('button', { type: 'button', class: 'btn btn-danger', disabled: true, 'data-testid': 'delete-subscriptions', onclick: () => removeThem(items.filter(({ id }) => rows.selected.has(id))) });
  const filter = el('input', { type: 'search', class: 'form-control', placeholder: gettext('Filter'), 'aria-label': gettext('Show only subscribers that contain this text'), autocomplete: 'off', spellcheck: 'false', 'data-testid': 'subscription-filter', oninput() { wanted = filter.value.trim().toLowerCase(); paint(); rows.restart(); } });
  const state = el('span', { role: 'status' });
  // Beside what is read aloud: it ticks.
  const old = el('span');
  const fresh = el('span', { class: 'zw-quiet', 'data-testid': 'subscriptions-state' }, state, ' ', old);
  const nothing = el('span', {});
  const rows = table({
    caption: gettext('Subscriptions of %(queue)s', { queue: name }),
    testid: 'subscriptions',
    key: ({ id }) => id,
    selectable: true,
    onselect: paintTools,
    sort: { key: 'subscriber' },
    empty: () => nothing,
    columns: [
      { key: 'subscriber', title: gettext('Subscriber'), sortBy: ({ subscriber }) => subscriber, cell: subscriberCell },
      { key: 'kind', title: gettext('Kind'), sortBy: (item) => kindOf(item), text: kindOf },
      { key: 'confirmed', title: gettext('Confirmed'), sortBy: confirmedOf, text: confirmedOf, help: gettext('Whether the subscriber has agreed. It matters only where the server asks for it.') },
      { key: 'ttl', title: gettext('Time to live'), numeric: true, sortBy: ({ ttl }) => ttl, text: ({ ttl }) => lasting(ttl) },
      { key: 'age', title: gettext('Age'), numeric: true, sortBy: (item) => ageOf(item), text: (item) => (item.age === undefined ? '–' : age(ageOf(item))) },
      { key: 'options', title: gettext('Options'), text: ({ options }) => (options && Object.keys(options).length ? preview(options) : '–') },
    ],
    actions: (item) => [
      { label: gettext('Update'), run: () => edit(latest(item)) },
      { label: gettext('Delete'), run: () => removeThem([latest(item)]), danger: true },
    ],
  });
  const element = el('div', { class: 'zw-subscriptions' }, el('div', { class: 'zw-tools' }, fresh, el('span', { class: 'zw-push' }), filter, create, remove), rows.element);

  /**
   * The socket of this page, if one alone can be it: Zaqar does not say whose they are, but on a socket this page has made its
   * subscription after it was opened.
   */
  function ownSocket() {
    const since = followedSince();
    if (since === undefined || host.steady.transport !== 'websocket') return undefined;
    const younger = items.filter((item) => isSocket(item) && item.at - item.age * 1_000 > since - SLACK_MS);
    return younger.length === 1 ? younger[0] : undefined;
  }

  function kindOf(item) {
    if (!isSocket(item)) return kind(item);
    return item.id === own ? gettext('WebSocket of this page') : gettext('WebSocket of a page or program');
  }

  const latest = ({ id }) => items.find((item) => item.id === id);
  const ageOf = (item) => (item.age ?? 0) + (Date.now() - item.at) / 1000;

  let reading = null;
  /** Reads all of them; one who asks while that is under way gets an answer of later. */
  async function read({ anew = false } = {}) {
    if (reading && !anew) return;
    const mine = reading = {};
    try {
      const found = [];
      more = false;
      for await (const item of queue.subscriptions.list({ limit: 20, signal })) {
        found.push({ ...item, at: Date.now() });
        if (found.length === MOST) { more = true; break; }
      }
      if (reading !== mine) return;
      items = found;
      own = ownSocket()?.id;
      readAt = Date.now();
      error = null;
    } catch (problem) {
      if (signal.aborted || reading !== mine) return;
      error = problem;
    } finally {
      if (reading === mine) reading = null;
    }
    paint();
  }

  function paint() {
    rows.set(wanted ? items.filter(({ subscriber }) => subscriber.toLowerCase().includes(wanted)) : items);
    setText(nothing, readAt === null && !error ? gettext('Reading…') : wanted && items.length ? gettext('No subscriber contains this text.')
      : error ? '' : gettext('Nobody has subscribed to %(queue)s. A subscription tells a web hook, a mail address or another service of each message.', { queue: name }));
    paintTools();
    paintFresh();
  }

  function paintFresh() {
    fresh.classList.toggle('text-danger', Boolean(error));
    if (error) {
      const { what, todo } = explain(error);
      setText(state, [gettext('The subscriptions could not be read.'), what, todo].filter(Boolean).join(' '));
    } else setText(state, more ? ngettext('Only the first %(n)s subscription is read.', 'Only the first %(n)s subscriptions are read.', MOST) : '');
    setText(old, error && readAt ? gettext('These are %(age)s old.', { age: age((Date.now() - readAt) / 1000) }) : '');
  }

  function paintTools() {
    const { size } = rows.selected;
    setDisabled(remove, size === 0, filter);
    setText(remove, size === 0 ? gettext('Delete Subscriptions') : ngettext('Delete %(n)s Subscription', 'Delete %(n)s Subscriptions', size));
  }

  /** Creates, or updates one that there is. */
  async function edit(item) {
    const scheme = el('select', { class: 'form-control', 'aria-label': gettext('Kind'), 'data-testid': 'subscriber-scheme' },
      ...SCHEMES.map((each) => el('option', { value: each }, schemeName(each))));
    const [, first, rest] = /^([a-z+]+):(?:\/\/)?(.*)$/s.exec(item?.subscriber ?? 'https:') ?? [];
    scheme.value = SCHEMES.includes(first) ? first : 'https';
    const kindField = field({ label: gettext('Kind'), input: scheme });
    const subscriber = () => `${scheme.value}:${scheme.value === 'mailto' ? '' : '//'}${address.value.trim()}`;
    const address = field({
      label: gettext('Subscriber'), required: true,
      input: el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', value: rest ?? '', 'data-testid': 'subscriber' }),
      check: (value) => addressProblem(scheme.value, value.trim()),
    });
    const ttl = numberField({
      label: gettext('Time to live'), min: 60, max: longest, value: item ? item.ttl : Math.min(3_600, longest), unit: gettext('seconds'), required: true,
      help: item ? gettext('From 60 to %(most)s; counts anew from the update on.', { most: count(longest) }) : gettext('From 60 to %(most)s; the subscription ends by itself then.', { most: count(longest) }),
    });
    ttl.input.dataset.testid = 'subscription-ttl';
    const optionsHelp = el('span');
    const options = field({
      label: gettext('Options, as JSON'),
      input: el('textarea', { rows: '3', class: 'zw-mono', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', 'data-testid': 'subscription-options' }),
      help: optionsHelp,
      check: optionsProblem,
    });
    if (item?.options && Object.keys(item.options).length) options.input.value = toJson(item.options);
    const suit = () => {
      address.input.placeholder = scheme.value === 'mailto' ? 'someone@example.org' : 'example.org/hook';
      setText(optionsHelp, optionsOf(scheme.value));
    };
    scheme.addEventListener('change', () => { suit(); if (address.value) address.show(); });
    // A whole address that is pasted brings its kind.
    address.input.addEventListener('input', () => {
      const pasted = /^(https?|trust\+https?|mailto):(?:\/\/)?(.+)$/.exec(address.input.value.trim());
      if (!pasted) return;
      [, scheme.value, address.input.value] = pasted;
      suit();
    });
    suit();
    await dialog({
      title: item ? gettext('Update a subscription to %(queue)s', { queue: name }) : gettext('Create a subscription to %(queue)s', { queue: name }),
      body: [el('div', { class: 'row' }, el('div', { class: 'col-sm-4' }, kindField.element), el('div', { class: 'col-sm-8' }, address.element)), ttl.element, options.element],
      wide: true,
      description: [gettext('Zaqar tells the subscriber of each message that is posted to the queue, until the subscription ends.'), gettext('A web hook gets a request by POST; a mail address gets a mail. Where the server asks for it, the subscriber must agree first.')],
      submit: item ? gettext('Update Subscription') : gettext('Create Subscription'),
      async onSubmit() {
        if (!valid([address, ttl, options])) return false;
        const wish = { subscriber: subscriber(), ttl: ttl.value, options: options.value.trim() ? parseJson(options.value) : {} };
        await withRight('subscribe', wish.ttl, (client) => {
          const { subscriptions } = client.queue(name);
          return item ? subscriptions.update(item.id, changesOf(item, wish)) : createIt(subscriptions, wish);
        });
        done(item ? gettext('The subscription of %(subscriber)s to %(queue)s is updated; it ends in %(time)s.', { subscriber: wish.subscriber, queue: name, time: lasting(wish.ttl) })
          : gettext('%(subscriber)s is subscribed to %(queue)s for %(time)s.', { subscriber: wish.subscriber, queue: name, time: lasting(wish.ttl) }));
        read({ anew: true });
        return true;
      },
    });
  }

  /** On Redis each subscription that has expired makes one creation fail (500), and is gone after it. */
  async function createIt(subscriptions, wish) {
    for (let left = 3; ; left -= 1) {
      try {
        return await subscriptions.create(wish);
      } catch (problem) {
        if (problem?.status !== 500 || left === 0) throw problem;
      }
    }
  }

  async function removeThem(chosen) {
    const left = [...chosen];
    const sockets = chosen.filter(isSocket).length;
    const deleted = () => chosen.length - left.length;
    await dialog({
      title: ngettext('Delete %(n)s subscription to %(queue)s?', 'Delete %(n)s subscriptions to %(queue)s?', chosen.length, { queue: name }),
      body: [
        el('p', {}, chosen.length === 1
          ? gettext('%(subscriber)s will be told of no more messages of %(queue)s.', { subscriber: chosen[0].subscriber, queue: name })
          : ngettext('%(n)s subscriber will be told of no more messages of %(queue)s.', '%(n)s subscribers will be told of no more messages of %(queue)s.', chosen.length, { queue: name })),
        sockets ? el('p', { class: 'text-danger' }, ngettext('%(n)s of them looks like an open WebSocket, of this page or another program, which would no longer learn at once of what comes.', '%(n)s of them look like open WebSockets, of this page or other programs, which would no longer learn at once of what comes.', sockets)) : null,
      ].filter(Boolean),
      submit: ngettext('Delete %(n)s subscription', 'Delete %(n)s subscriptions', chosen.length),
      danger: true,
      async onSubmit() {
        try {
          while (left.length) {
            await queue.subscriptions.delete(left[0].id);
            left.shift();
          }
        } finally {
          read({ anew: true });
          if (left.length && deleted()) done(ngettext('%(n)s subscription to %(queue)s is deleted.', '%(n)s subscriptions to %(queue)s are deleted.', deleted(), { queue: name }));
        }
        done(ngettext('%(n)s subscription to %(queue)s is deleted.', '%(n)s subscriptions to %(queue)s are deleted.', deleted(), { queue: name }));
        return true;
      },
    });
  }

  const readSoon = () => { if (shown && !document.hidden && host.steady.state === 'connected') read(); };
  const timer = setInterval(readSoon, EVERY_MS);
  const ticking = setInterval(() => { if (shown && !document.hidden) { rows.paint(); paintFresh(); } }, 1_000);
  paint();

  return {
    element,
    show() {
      shown = true;
      read();
    },
    hide() { shown = false; },
    close() {
      closing.abort();
      clearInterval(timer);
      clearInterval(ticking);
    },
  };
}

function subscriberCell({ subscriber }) {
  const node = el('span', { class: 'zw-mono zw-break' }, subscriber);
  return { node, paint: (now) => setText(node, now.subscriber) };
}

/** Zaqar gives a socket the address of its own notification port, with a UUID behind it. */
const isSocket = ({ subscriber }) => /^https?:\/\/[^/]+\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(subscriber);

/** A socket agrees by subscribing. */
const confirmedOf = (item) => (isSocket(item) ? '–' : item.confirmed ? gettext('Yes') : gettext('No'));

function kind(item) {
  return { http: gettext('Web hook'), https: gettext('Web hook'), mailto: gettext('Mail') }[/^[a-z]+(?=:)/.exec(item.subscriber)?.[0]] ?? gettext('With a trust');
}

const schemeName = (scheme) => ({
  https: gettext('Web hook, https://'), http: gettext('Web hook, http://'), mailto: gettext('Mail, mailto:'),
  'trust+https': gettext('Service with a trust, trust+https://'), 'trust+http': gettext('Service with a trust, trust+http://'),
})[scheme];

function addressProblem(scheme, value) {
  if (!value) return gettext('An address is needed.');
  if (scheme === 'mailto') return /^[^\s@]+@[^\s@]+$/.test(value) ? '' : gettext('This is not a mail address.');
  const url = `${scheme.replace('trust+', '')}://${value}`;
  return URL.canParse(url) && !/\s/.test(value) ? '' : gettext('This is not an address that can be called: a host, and what follows it.');
}

const optionsOf = (scheme) => (scheme === 'mailto'
  ? gettext('For example {"from": "zaqar@example.org", "subject": "A message has come"}.')
  : gettext('For example {"post_headers": {"X-From": "zaqar"}, "post_data": "{\\"message\\": \\"$zaqar_message$\\"}"}. post_data must be JSON in a string.'));

function optionsProblem(text) {
  if (!text.trim()) return '';
  try {
    const value = parseJson(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return gettext('The options are an object: {"name": value}.');
    // In binary mode a text that is not JSON keeps the server's notifiers busy for minutes with each message.
    if (typeof value.post_data === 'string') parseJson(value.post_data);
    else if (value.post_data !== undefined) return gettext('post_data must be a string that holds JSON.');
    return '';
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return error.message;
  }
}

function changesOf(item, wish) {
  const changes = { ttl: wish.ttl };
  if (wish.subscriber !== item.subscriber) changes.subscriber = wish.subscriber;
  if (toJson(wish.options) !== toJson(item.options ?? {})) changes.options = wish.options;
  return changes;
}

/** Sockets subscribe for a lifetime and more, and end by themselves. */
const lasting = (seconds) => (seconds >= 100 * 86_400 ? ngettext('%(n)s day', '%(n)s days', Math.round(seconds / 86_400)) : age(seconds));
