// The panel of a real Horizon at one queue, and Zaqar as a worker of the same project sees that queue.

import { startHorizonWorld } from '../../support/horizon.mjs';
import { FAILED_FETCH, FAILED_SOCKET, until } from './stage.mjs';

/** What the view of a queue is tried over: a name, the state that it shows, and what the network does to the socket. */
export const TRANSPORTS = [
  { how: 'over the WebSocket', prefix: 'ws', transport: /^Live$/, settings: { mode: 'pass' } },
  { how: 'with the socket refused by a proxy', prefix: 'rest', transport: /^Live, by polling$/, settings: { mode: 'status', status: 403 } },
];

export let world;
/** Zaqar as a worker of the same project uses it. */
export let zaqar;

export async function begin() {
  world = await startHorizonWorld({ zaqar: { gcSeconds: 1 } });
  zaqar = await world.zaqarOf('demo');
}

export async function end() {
  await world?.stop();
}

/** What is stored, whoever holds it. */
export async function stored(queue) {
  const found = [];
  // A marker that names no message begins at the head; without one Zaqar refuses to show claimed messages.
  let path = `/v2/queues/${queue}/messages?limit=20&echo=true&include_claimed=true&marker=head`;
  for (;;) {
    const { messages, links } = await zaqar('GET', path);
    if (messages.length === 0) return found;
    found.push(...messages);
    path = links[0].href;
  }
}

export const post = (queue, ...bodies) => zaqar('POST', `/v2/queues/${queue}/messages`, { messages: bodies.map(body => ({ body, ttl: 600 })) });
export const stats = async queue => (await zaqar('GET', `/v2/queues/${queue}/stats`)).messages;
export const subscriptions = async queue => (await zaqar('GET', `/v2/queues/${queue}/subscriptions?limit=20`)).subscriptions;

/** The panel at one queue, and how a test reads and presses it. */
export async function openQueue(queue, { tab = '', ...options } = {}) {
  const page = await world.openHorizon({ path: `/project/message_queues/#!/${queue}${tab && `/${tab}`}`, project: 'demo', expected: [FAILED_SOCKET, FAILED_FETCH], ...options });
  page.setDefaultTimeout(20_000);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const part = name => page.getByTestId(name);
  const rows = page.locator('.zw-list .zw-row');
  return {
    page,
    part,
    rows,
    press: name => part(name).click(),
    /** Waits until the part's text fits. */
    async reads(name, expression, within = 20_000) {
      const locator = typeof name === 'string' ? part(name) : name;
      let text;
      await until(async () => expression.test((text = (await locator.allTextContents()).join('\n'))), { within, what: `${name} reads ${expression}` }).catch(error => {
        throw new Error(`${error.message}; it reads “${text}”`);
      });
      return text;
    },
    counts: (locator, n) => until(async () => (await locator.count()) === n, { within: 20_000, what: `${locator}: ${n}` }),
    /** What the page has just said. */
    async says(expression, within = 20_000) {
      await page.locator('.zw-toast').filter({ hasText: expression }).last().waitFor({ timeout: within });
      // The next one that says the same is another.
      for (const close of await page.locator('.zw-toast .close').all()) await close.click({ timeout: 1_000 }).catch(() => {});
    },
    /** The words of the dialog that is open. */
    async asked() {
      await page.locator('dialog[open]').last().waitFor();
      return (await page.locator('dialog[open]').last().innerText()).replace(/\s+/g, ' ');
    },
    answer: () => page.locator('dialog[open]').last().getByTestId('dialog-submit').click(),
    row: text => rows.filter({ hasText: text }),
    copied: () => page.evaluate(() => navigator.clipboard.readText()),
    async close() {
      page.assertNoProblems();
      await page.context().close();
    },
  };
}
