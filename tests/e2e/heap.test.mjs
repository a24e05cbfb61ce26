// What a page holds in memory stays where it was, however much comes and however often the connection breaks: against a
// WebSocket class that answers in Zaqar's stead, for no server sends so much so fast.
//
// ZAQAR_NOTIFICATIONS and ZAQAR_RECONNECTS say how many: 1000000 and 1000 take some minutes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Encoder } from '@msgpack/msgpack';
import { DEMO, startSite } from '../../scripts/serve.mjs';
import { startBrowser } from '../support/browser.mjs';

const NOTIFICATIONS = Number(process.env.ZAQAR_NOTIFICATIONS ?? 40_000);
const RECONNECTS = Number(process.env.ZAQAR_RECONNECTS ?? 200);
/** Parts of the run between which the memory is weighed; the first is for what is made once. */
const PARTS = 10;
/** Megabytes by which a heap may differ from one weighing to the next without having grown. */
const NOISE = 0.5;

let browser;
let site;
before(async () => {
  [browser, site] = await Promise.all([startBrowser(), startSite({ roots: DEMO })]);
});
after(async () => {
  await browser?.stop();
  await site?.stop();
});

test(`${NOTIFICATIONS} notifications and ${RECONNECTS} reconnections leave the memory where it was`, { timeout: 1_200_000 }, async context => {
  const page = await browser.openPage({ site });
  const session = await page.context().newCDPSession(page);
  await page.evaluate(prepare, {
    push: [...new Encoder().encode({ Message_Type: 'Notification', queue_name: 'q', ttl: 300, body: { number: 1, text: 'x'.repeat(100), list: [1, 2, 3] } })],
    page: [...new Encoder().encode({ messages: [] })],
    stats: [...new Encoder().encode({ messages: { total: 0, free: 0, claimed: 0 } })],
    subscription: [...new Encoder().encode({ subscription_id: '7f65f3a8-1c36-4a3b-8a53-6c0ce42f1f4b' })],
  });
  const weights = [];
  for (let part = 0; part < PARTS; part += 1) {
    await page.evaluate(({ pushes, cuts }) => run(pushes, cuts), { pushes: NOTIFICATIONS / PARTS, cuts: RECONNECTS / PARTS });
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
    weights.push({ js: (usedSize + backingStorageSize) / 2 ** 20, wasm: await page.evaluate(() => memory.buffer.byteLength / 2 ** 20) });
  }
  const result = await page.evaluate(() => ({ received, reconnects: client.metrics().reconnects, notifications: client.metrics().notifications }));
  const [first] = weights;
  const last = weights.at(-1);
  context.diagnostic(`MB after each part: ${weights.map(({ js, wasm }) => `${js.toFixed(2)} + ${wasm.toFixed(2)}`).join(', ')}`);
  assert.equal(result.received, NOTIFICATIONS);
  assert.equal(result.reconnects, RECONNECTS);
  assert.ok(last.js <= first.js + NOISE, `${first.js} to ${last.js} MB`);
  assert.equal(last.wasm, first.wasm);
  page.assertNoProblems();
});

/** In the page: a client whose sockets are imitations, a subscriber and a tail that read all the time. */
async function prepare(bodies) {
  const { push, page, stats, subscription } = Object.fromEntries(Object.entries(bodies).map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    const { exports } = made.instance ?? made;
    window.memory = Object.values(exports).find(value => value instanceof WebAssembly.Memory);
    return made;
  };
  const latin1 = new TextDecoder('latin1');
  const text = new TextEncoder();
  const short = words => [0xa0 + words.length, ...text.encode(words)];

  /** The answer to a request: what was asked, a body, the status. */
  const answer = request => {
    const asked = latin1.decode(request);
    const [status, body] = asked.includes('subscription_create')
      ? [201, subscription]
      : asked.includes('message_list')
        ? [200, page]
        : asked.includes('queue_get_stats')
          ? [200, stats]
          : [200, Uint8Array.of(0x80)];
    return Uint8Array.from([0x83, ...short('request'), ...request, ...short('body'), ...body, ...short('headers'), 0x81, ...short('status'), 0xcc, status]).buffer;
  };

  class Imitation extends EventTarget {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;
    readyState = 0;
    bufferedAmount = 0;
    constructor() {
      super();
      queueMicrotask(() => this.#tell(new Event('open'), 1));
    }
    send(frame) {
      const request = new Uint8Array(ArrayBuffer.isView(frame) ? frame.slice().buffer : frame.slice(0));
      if (latin1.decode(request).includes('subscription_create')) window.live = this;
      queueMicrotask(() => this.readyState === 1 && this.receive(answer(request)));
    }
    receive(data) {
      this.#tell(new MessageEvent('message', { data }));
    }
    close(code = 1000) {
      queueMicrotask(() => this.#tell(new CloseEvent('close', { code }), 3));
    }
    #tell(event, state = this.readyState) {
      if (this.readyState === 3) return;
      this.readyState = state;
      this[`on${event.type}`]?.(event);
      this.dispatchEvent(event);
    }
  }

  window.client = await window.zaqar.connect({ websocket: 'ws://imitation', projectId: 'p', WebSocket: Imitation, backoffMs: { min: 1, max: 1 } });
  window.received = 0;
  const queue = client.queue('q');
  const notifications = queue.subscribe({ buffer: 1_000_000 });
  const tail = queue.tail();
  (async () => {
    for await (const { body } of notifications) received += body.number;
  })();
  void tail.next();
  await Promise.all([notifications.ready, tail.ready]);

  const turn = () => new Promise(resolve => setTimeout(resolve));
  const established = async before => {
    while (window.live === before) await turn();
    await client.ping();
  };
  window.run = async (pushes, cuts) => {
    for (let cut = 0; cut < cuts; cut += 1) {
      for (let sent = 0; sent < pushes / cuts; sent += 1) live.receive(push.slice().buffer);
      const before = live;
      before.close(1006);
      await established(before);
    }
  };
}
