// The facade on a wire that only remembers: js/ bundled as it is, with `open` and `init` in the test's hands. Options are read by
// the built wasm. Needs `npm run build`.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { wasmParts } from '../../scripts/lib/entries.mjs';
import { pkg, root } from '../../scripts/lib/paths.mjs';

const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-facade-'));
const bundle = path.join(folder, 'facade.mjs');
const { plugins, ...parts } = await wasmParts();
await esbuild.build({
  stdin: {
    contents: `
      export * from './js/index.ts';
      export { queueName } from './js/check.ts';`,
    resolveDir: root,
  },
  outfile: bundle,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  ...parts,
  plugins: [
    ...plugins,
    {
      name: 'fake-wire',
      setup(build) {
        build.onResolve({ filter: /\/wire\.js$/ }, () => ({ path: 'wire', namespace: 'fake' }));
        build.onLoad({ filter: /.*/, namespace: 'fake' }, () => ({
          contents: `
            import { load as loadWasm } from './js/instance.js';
            export { read } from './js/conversation.js';
            export const open = (...all) => globalThis.fakeWire.open(...all);
            export { loadWithin } from './js/instance.js';
            export const load = source => globalThis.fakeWire.load(() => loadWasm(source));`,
          resolveDir: root,
        }));
      },
    },
  ],
});

globalThis.fakeWire = { load: load => load(), open: (options, events) => new FakeWire(options, events) };

export const facade = await import(pathToFileURL(bundle));
await rm(folder, { recursive: true });
await facade.init(await readFile(path.join(pkg, 'zaqar_web.wasm')));

/** What a test gives to `connect` when it does not matter. */
export const anywhere = { websocket: 'ws://zaqar.test:9000', rest: 'http://zaqar.test:8888', projectId: 'p', WebSocket: class {} };

/** Replies as `answers` has them by action, and keeps what it was asked. */
export class FakeWire {
  state = 'connecting';
  transport = null;
  hasRest = true;
  idsAtOnce = 20;
  popsAtOnce = 20;
  calls = [];
  answers = {};
  pages = [];
  closedWalks = 0;
  feeds = [];
  closings = [];
  connecting = new Promise((resolve, reject) => (this.settleConnected = { resolve, reject }));
  closed = new Promise(resolve => (this.settleClosed = resolve));

  constructor({ settings }, events) {
    this.settings = settings;
    this.events = events;
    FakeWire.last = this;
    // Of a lazy client nobody asks whether it is connected.
    this.connecting.catch(() => {});
    if (!FakeWire.staysSilent) this.connect();
  }

  /** As the real one: limited. */
  connected(limitMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new facade.ZaqarError('timeout', 'limit')), limitMs);
      this.connecting.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  connect() {
    const { state } = this;
    this.transport = 'websocket';
    this.state = 'connected';
    this.settleConnected.resolve();
    if (state !== 'connected') this.events.state('connected', undefined);
  }

  async call(action, body, options) {
    this.calls.push({ action, body, options });
    const answer = this.answers[action];
    return typeof answer === 'function' ? answer(body) : answer;
  }

  async callForStatus(action, body, options) {
    return this.call(action, body, options);
  }

  async post(queue, messages, options) {
    this.calls.push({ action: 'post', body: { queue, messages }, options });
    return messages.map((_, index) => `id-${index}`);
  }

  walk(query) {
    if (this.state === 'closed') throw closed();
    const pages = [...this.pages];
    this.calls.push({ action: 'walk', body: query });
    return { next: async () => pages.shift(), close: () => (this.closedWalks += 1) };
  }

  /** Replies page by page: each of `answers` has `rows`, and `hasMore` but for the last. */
  list(action, body) {
    if (this.state === 'closed') throw closed();
    const pages = [...(this.answers[action] ?? [])];
    return {
      next: async options => {
        const rows = pages.shift();
        if (rows) this.calls.push({ action, body, options });
        return rows && { rows, hasMore: pages.length > 0 };
      },
      close: () => (this.closedWalks += 1),
    };
  }

  subscribe(queue, sink) {
    if (this.state === 'closed') throw closed();
    const feed = { queue, sink, isOpen: true };
    this.feeds.push(feed);
    return { close: () => (feed.isOpen = false) };
  }

  /** Works what `claim_create` answers. */
  consume(claim, _concurrency, sink) {
    if (this.state === 'closed') throw closed();
    let running = 0;
    let isStopping = false;
    const endIfIdle = () => isStopping && running === 0 && sink.ended(undefined);
    const over = () => {
      running -= 1;
      endIfIdle();
    };
    void this.call('claim_create', claim).then(({ claim_id, messages = [] }) => {
      for (const message of messages) sink.work((running += 1), message, claim_id);
    });
    return {
      handled: job => {
        sink.done(job);
        over();
      },
      handlerFailed: over,
      stop: () => {
        isStopping = true;
        endIfIdle();
      },
      end: () => sink.ended(undefined),
    };
  }

  metrics() {
    return { requests: 0 };
  }

  async close(timeoutMs, error) {
    this.closings.push(timeoutMs);
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.settleConnected.reject(closed());
    this.events.state('closed', error);
    this.settleClosed(error);
  }
}

const closed = () => new facade.ZaqarError('closed', 'closed');

/** A connected client and its wire. */
export async function connected(options = {}) {
  const client = await facade.connect({ ...anywhere, ...options });
  return { client, wire: FakeWire.last };
}

/** For `assert.rejects`. */
export const code = expected => error => error instanceof facade.ZaqarError && error.code === expected;
