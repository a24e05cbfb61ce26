// Connects and closes clients again and again and prints, as JSON, what is left of them. Run with `--expose-gc` by leaks.test.mjs.

import * as zaqar from '../../../pkg/node.js';
import { fakeFetch, socketClass } from './fake.mjs';

const WARM_UP = 500;
/** Over REST each takes ten times as long. */
const CYCLES = { socket: 2_000, REST: 500 };

let exports;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...given) => {
  const instance = await instantiate.apply(WebAssembly, given);
  // Node instantiates wasm of its own
  if (instance.exports?.crashHandlers) exports = instance.exports;
  return instance;
};

const clients = [];
const [kind] = process.argv.slice(2);
const Socket = socketClass();
await cycles(WARM_UP);
clients.splice(0);
const before = await measure();
await cycles(CYCLES[kind]);
const alive = clients.splice(0).filter(client => client.deref() !== undefined).length;
const after = await measure();
console.log(JSON.stringify({ before, after, alive, cycles: CYCLES[kind] }));

async function cycles(count) {
  for (let n = 1; n <= count; n++) {
    await cycle();
    if (n % 100 === 0) await collect();
  }
}

/** What a client has in the wasm is given back when JavaScript's objects are collected. */
async function collect() {
  for (let n = 0; n < 3; n++) {
    gc();
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** All that a client can have: calls, iterators, a consumer, a signal. Some end by themselves, the others when it closes. */
async function cycle() {
  const controller = new AbortController();
  const transport = kind === 'socket' ? { websocket: 'ws://zaqar.test', WebSocket: Socket } : { rest: 'http://zaqar.test', fetch: fakeFetch() };
  const client = await zaqar.connect({ ...transport, projectId: 'p', signal: controller.signal, token: async () => 't', logger: () => undefined });
  clients.push(new WeakRef(client));
  Socket.opened.length = Socket.sent.length = 0;
  const queue = client.queue('q');
  await Promise.all([queue.stats({ signal: controller.signal }), queue.post({ body: 1 }), queue.messages().toArray()]);
  const tail = queue.tail();
  const subscription = queue.subscribe();
  const consumer = queue.consume(() => undefined);
  await Promise.all([tail.ready, subscription.ready]);
  void tail.next();
  await consumer.stop();
  await client.close();
}

async function measure() {
  await collect();
  gc();
  return {
    heap: process.memoryUsage().heapUsed,
    wasm: exports.memory.buffer.byteLength,
    references: exports.__wbindgen_externrefs.length,
    handlers: exports.crashHandlers().size,
  };
}
