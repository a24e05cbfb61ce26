// The worker view: `queue.consume()` with a handler that takes its time, fails now and then, and shows it.
import { byId, el, setText } from './ui/dom.js';
import { announce, done, failed } from './announce.js';
import { explain } from './ui/errors.js';
import { count, duration } from './ui/format.js';
import { gettext, ngettext } from './ui/i18n.js';
import { preview } from './ui/json.js';

const SHOW = 60;

export function workerPane({ client }) {
  const tabs = [byId('tab-claims'), byId('tab-worker')];
  const panels = [byId('claims'), byId('worker')];

  function open(i) {
    tabs.forEach((tab, j) => {
      tab.setAttribute('aria-selected', String(i === j));
      tab.tabIndex = i === j ? 0 : -1;
      panels[j].hidden = i !== j;
    });
  }
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => open(i));
    tab.addEventListener('keydown', ({ key }) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      open(1 - i);
      tabs[1 - i].focus();
    });
  });

  let queue = null;
  let consumer = null;
  let working = null;
  const option = (label, values, chosen) => el('label', {}, `${label} `, el('select', {}, ...values.map(([value, text]) => el('option', { value, selected: value === chosen }, text))));
  const slots = option(gettext('at once'), [[1, '1'], [4, '4'], [16, '16']], 4);
  const time = option(gettext('each'), [[100, '0.1 s'], [1000, '1 s'], [5000, '5 s']], 1000);
  const fails = option(gettext('failing'), [[0, gettext('none')], [0.1, gettext('1 in 10')], [0.5, gettext('half')]], 0);
  const read = (label) => Number(label.querySelector('select').value);
  const button = el('button', { type: 'button', 'data-testid': 'worker-button', onclick: () => (consumer ? stop() : start()) }, gettext('Start'));
  const facts = el('p', { class: 'worker-facts' });
  const runs = el('ol', { class: 'worker-runs', 'aria-label': gettext('What the worker did') });
  const idle = el('p', { class: 'worker-idle' }, gettext('The worker claims messages as they come, keeps each claim alive while its handler runs, and deletes the message when it is done.'));
  panels[1].append(el('form', { class: 'bar' }, slots, time, fails, button), facts, idle, runs);

  function handle(message, { signal }) {
    const bar = el('i');
    const row = el('li', {}, el('span', {}, preview(message.body, 100)), el('div', { class: 'meter' }, bar));
    runs.prepend(row);
    while (runs.childElementCount > SHOW) runs.lastElementChild.remove();
    const takes = read(time) * (0.6 + Math.random() * 0.8);
    const failing = Math.random() < read(fails);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        const part = Math.min(1, (performance.now() - started) / takes);
        bar.style.setProperty('transform', `scaleX(${part})`);
        if (part < 1) return;
        clearInterval(timer);
        row.dataset[failing ? 'failed' : 'done'] = '';
        if (failing) reject(new Error(gettext('The sample handler was told to fail.')));
        else resolve();
      }, 50);
      signal.addEventListener('abort', () => {
        clearInterval(timer);
        row.dataset.failed = '';
        reject(signal.reason);
      }, { once: true });
    });
  }

  function start() {
    if (!queue) return;
    working = queue;
    const begun = performance.now();
    try {
      consumer = client.queue(queue).consume(handle, { concurrency: read(slots), ttl: 60, grace: 60, onError: () => {} });
    } catch (error) {
      return failed(gettext('Starting the worker'), error);
    }
    idle.hidden = true;
    setText(button, gettext('Stop'));
    announce(gettext('The worker works on %(queue)s.', { queue: working }));
    consumer.closed.then((error) => {
      const { handled } = consumer;
      consumer = null;
      setText(button, gettext('Start'));
      button.disabled = false;
      if (error) announce(gettext('The worker stopped. %(why)s', { why: explain(error).what }), 'danger');
      else done(ngettext('The worker stopped after %(n)s message of %(queue)s in %(time)s.', 'The worker stopped after %(n)s messages of %(queue)s in %(time)s.', handled, { queue: working, time: duration(performance.now() - begun) }));
    });
  }

  async function stop() {
    button.disabled = true;
    setText(button, gettext('Stopping…'));
    await consumer?.stop();
  }

  setInterval(() => {
    facts.hidden = !consumer;
    if (!consumer) return;
    facts.replaceChildren(...[[gettext('running'), consumer.running], [gettext('handled'), consumer.handled], [gettext('failed'), consumer.failed]]
      .map(([label, n]) => el('span', {}, el('b', {}, count(n)), ` ${label}`)));
  }, 250);

  return { select(name) { queue = name; } };
}
