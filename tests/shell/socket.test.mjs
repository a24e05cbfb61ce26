// The option `WebSocket`: whatever a class does, nothing crashes, each call settles with an error of ours, and the next socket works.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import vm from 'node:vm';
import { encode } from '@msgpack/msgpack';
import * as zaqar from '../../pkg/node.js';
import { FakeSocket, replyTo, socketClass } from './lib/fake.mjs';

const websocket = 'ws://zaqar.test:9000';
const fail = () => {
  throw new Error('spite');
};
const spiteful = () => new Proxy(() => undefined, { get: fail, getPrototypeOf: fail, has: fail, ownKeys: fail, apply: fail });
const otherRealm = source => vm.runInNewContext(source);

/** Data that is no frame of Zaqar, or none that anyone sends. */
const ODD_DATA = {
  'undefined': undefined, 'null': null, 'a number': 7, 'a bigint': 7n, 'a boolean': true, 'a symbol': Symbol('s'), 'a function': fail,
  'an object': {}, 'an object without a prototype': Object.create(null), 'an array': [1, 2], 'a Blob': new Blob(['x']), 'a Date': new Date(),
  'text that is not JSON': 'no JSON', 'an empty text': '', 'JSON that is no frame': '7', 'an empty buffer': new ArrayBuffer(0),
  'a buffer with garbage': Uint8Array.of(0xc1, 0xc1).buffer, 'a view of shared memory': new Uint8Array(new SharedArrayBuffer(8)),
  'shared memory': new SharedArrayBuffer(8), 'a buffer that was transferred': transferred(), 'a buffer of another realm': otherRealm('new ArrayBuffer(3)'),
  'a view of another realm': otherRealm('new Uint8Array(3)'), 'a DataView': new DataView(new ArrayBuffer(4)), 'a Float64Array': new Float64Array(4),
  'a length that lies': { length: 2 ** 40 }, 'a length that throws': { get length() { return fail(); } }, 'a spiteful proxy': spiteful(),
};

/** Events that are none. */
const ODD_EVENTS = {
  'no event': undefined, 'null': null, 'a number': 5, 'an object': {}, 'an event whose data throws': { get data() { return fail(); } },
  'an event whose code throws': { get code() { return fail(); } }, 'a close code that is no number': { code: 'x', data: 'x' },
  'a close code that is a bigint': { code: 5n }, 'a close code without bounds': { code: 1e12 }, 'a spiteful proxy': spiteful(),
};

const HOSTILE = {
  ...each('brings', ODD_DATA, data => ({ answer() { this.deliver(data); } })),
  ...each('tells of a message with', ODD_EVENTS, event => ({ answer() { this.onmessage?.(event); } })),
  ...each('tells of its end with', ODD_EVENTS, event => ({ answer() { this.onclose?.(event); } })),
  ...each('tells of its opening with', ODD_EVENTS, event => ({ open() { this.onopen?.(event); this.onopen?.(event); } })),
  ...each('throws from send', ODD_DATA, value => ({ send() { throw value; } })),
  ...each('throws from close', ODD_DATA, value => ({ answer() { this.deliver('no JSON'); }, close() { throw value; } })),
  'never opens': { open() {} },
  'closes at once': { open() { this.onclose?.({ code: 1006 }); } },
  'fails at once': { open() { this.onerror?.(new Error()); this.onclose?.({ code: 1006 }); } },
  'closes within send': { send() { this.onclose?.({ code: 1006 }); } },
  'brings a frame before it is open': { open() { this.deliver(encode({ queue_name: 'q', body: 1 }).slice().buffer); FakeSocket.prototype.open.call(this); } },
  'closes twice': { answer() { this.onclose?.({ code: 1001 }); this.onclose?.({ code: 1002 }); } },
};

const THROWING_CLASSES = {
  ...each('throws', ODD_DATA, value => function () { throw value; }),
  ...each('returns a setter that throws:', { onopen: 1, onclose: 1, onmessage: 1, onerror: 1, binaryType: 1 }, (_, name) => class extends socketClass() {
    constructor(url) {
      super(url);
      Object.defineProperty(this, name, { set: fail, get: () => null });
    }
  }),
  'has no close': class {},
  'is an arrow function': () => undefined,
  'returns something frozen': function () { return Object.freeze({}); },
  'is a spiteful proxy': spiteful(),
};

function each(what, values, make) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${what} ${name}`, make(value, name)]));
}

function transferred() {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

function assertOurs(error) {
  assert.ok(error instanceof zaqar.ZaqarError, String(error?.stack));
  assert.notEqual(error.code, 'crashed', error.message);
}

const options = { websocket, projectId: 'p', backoffMs: { min: 5, max: 5 } };

describe('a socket that', { timeout: 60_000, concurrency: 16 }, () => {
  for (const [what, changes] of Object.entries(HOSTILE)) {
    test(`${what} crashes nothing`, async () => {
      let isHostile = false;
      const Socket = socketClass(() => (isHostile ? changes : {}));
      const client = await zaqar.connect({ ...options, WebSocket: Socket });
      const queue = client.queue('q');
      isHostile = true;
      Object.assign(Socket.opened.at(-1), changes);
      for (const { status, reason } of await Promise.allSettled([queue.stats({ timeoutMs: 40 }), queue.create({}, { timeoutMs: 40 })])) {
        if (status === 'rejected') assertOurs(reason);
      }
      assert.notEqual(client.state, 'closed');
      await client.close({ timeoutMs: 0 });
      await assertNextWorks();
    });
  }
});

describe('a class that', { timeout: 60_000, concurrency: 16 }, () => {
  for (const [what, WebSocket] of Object.entries(THROWING_CLASSES)) {
    test(`${what} crashes nothing`, async () => {
      await zaqar.connect({ ...options, WebSocket, connectTimeoutMs: 40 }).then(client => client.close({ timeoutMs: 0 }), assertOurs);
      await assertNextWorks();
    });
  }
});

async function assertNextWorks() {
  const client = await zaqar.connect({ ...options, WebSocket: socketClass() });
  assert.equal((await client.queue('q').stats()).total, 0);
  await client.close();
}

/** Data that is a frame, in the forms that a class may bring. */
const FORMS = {
  'a buffer': buffer => buffer,
  'a Uint8Array': buffer => new Uint8Array(buffer),
  "a Uint8Array amid another's bytes": buffer => {
    const larger = new Uint8Array(buffer.byteLength + 20);
    larger.set(new Uint8Array(buffer), 7);
    return larger.subarray(7, 7 + buffer.byteLength);
  },
  "Node's Buffer": buffer => Buffer.from(new Uint8Array(buffer)),
  'a buffer of another realm': buffer => {
    const other = otherRealm(`new ArrayBuffer(${buffer.byteLength})`);
    new Uint8Array(other).set(new Uint8Array(buffer));
    return other;
  },
  'a view of shared memory': buffer => {
    const shared = new Uint8Array(new SharedArrayBuffer(buffer.byteLength));
    shared.set(new Uint8Array(buffer));
    return shared;
  },
};

for (const [form, make] of Object.entries(FORMS)) {
  test(`a frame is read from ${form}`, async () => {
    const WebSocket = socketClass(() => ({ answer(frame) { this.deliver(make(replyTo(frame))); } }));
    const client = await zaqar.connect({ ...options, WebSocket });
    assert.deepEqual(await client.queue('q').post({ body: 1 }), ['5a3b2e523d1c4f3c9d0a6f6c']);
    await client.close();
  });
}

const MOMENTS = {
  'opens while its handlers are set': class extends socketClass() {
    set onopen(handler) { handler?.({ type: 'open' }); }
    get onopen() { return null; }
  },
  'answers within send': class extends socketClass() {
    send(frame) { this.answer(frame); }
  },
  'fires its events in the constructor': class extends socketClass() {
    constructor(url) {
      super(url);
      this.onopen?.({});
      this.onmessage?.({});
      this.onclose?.({});
    }
  },
  'tells of its end within close': class extends socketClass() {
    close() { this.onclose?.({ code: 1000 }); }
  },
};

for (const [what, WebSocket] of Object.entries(MOMENTS)) {
  test(`a class that ${what} works`, async () => {
    const client = await zaqar.connect({ ...options, WebSocket });
    const queue = client.queue('q');
    assert.equal((await Promise.all([queue.stats(), queue.post({ body: 1 }), queue.stats()])).length, 3);
    await client.close();
    assert.equal(await client.closed, undefined);
  });
}
