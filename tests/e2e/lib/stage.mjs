// One world for a test file, and pages in it that have `t` (lib/in-page.mjs) at hand. Functions given to `page.evaluate`
// run in the page: they see `t`, the package as `zaqar`, and nothing of the file that they stand in.

import { readFile } from 'node:fs/promises';
import { after, before } from 'node:test';
import { startWorld } from '../../support/world.mjs';

/** Chromium writes these to the console by itself, whatever the page does about it. */
export const FAILED_SOCKET = /WebSocket connection to .* failed/;
export const FAILED_FETCH = /Failed to load resource/;

/**
 * Starts a world before the file's tests and stops it after them; `prepare` may open pages in it before the first test.
 * At the end each page must have had no problem besides the `expected` ones: no console error, no unhandled rejection.
 */
export function useStage({ zaqar, withKeystone, expected = [], prepare = () => {} } = {}) {
  const stage = { pages: [], openPage: options => openPage(stage, { expected, ...options }) };
  // One hook: Node 20 does not wait for the first before it calls a second.
  before(async () => {
    Object.assign(stage, await startWorld({ zaqar, withKeystone }), { openPage: stage.openPage });
    await prepare(stage);
  });
  after(async () => {
    try {
      for (const page of stage.pages) page.assertNoProblems();
    } finally {
      await stage.stop?.();
    }
  });
  return stage;
}

/** Opens a page whose `t.connect` connects to `endpoints`, by default those of the world. */
async function openPage(stage, { expected, endpoints = stage.endpoints, projectId = 'e2e' }) {
  const page = await stage.browser.openPage({ site: stage.site, expected });
  stage.site.route('/t.mjs', await script('in-page.mjs'));
  await page.evaluate(
    async options => {
      window.t = await import('/t.mjs');
      t.setUp(options);
    },
    { ...endpoints, projectId },
  );
  stage.pages.push(page);
  return page;
}

async function script(name) {
  const text = await readFile(new URL(name, import.meta.url));
  return (request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(text);
}

/** Resolves to the first truthy value of `condition`, which may be async. */
export async function until(condition, { within = 10_000, every = 20, what = String(condition) } = {}) {
  const end = performance.now() + within;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, every));
  }
}

/** Zaqar itself, asked by REST past the proxies and past the package: what is really stored. */
export function ask(zaqar, { projectId = 'e2e' } = {}) {
  const request = async (method, path, body) => {
    const answer = await fetch(`${zaqar.rest}${path}`, {
      method,
      headers: { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': projectId, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    request,
    /** All bodies of a queue of which nothing was deleted or claimed. */
    async bodies(queue) {
      const found = [];
      let path = `/v2/queues/${queue}/messages?limit=20&echo=true`;
      while (path !== undefined) {
        const { messages, links } = await request('GET', path);
        found.push(...messages.map(message => message.body));
        path = messages.length > 0 ? links[0]?.href : undefined;
      }
      return found;
    },
    subscriptions: async queue => (await request('GET', `/v2/queues/${queue}/subscriptions?limit=20`)).subscriptions,
    post: (queue, ...bodies) => request('POST', `/v2/queues/${queue}/messages`, { messages: bodies.map(body => ({ body })) }),
  };
}
