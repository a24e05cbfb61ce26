// Crashes the wasm of a process whose clients have timers set that ring in an hour at the earliest, and prints how the calls under way end. Then
// nothing is left to do. Run by crash.test.mjs with the addresses of a stand-in.

import WebSocket from 'ws';
import * as zaqar from '../../../pkg/node.js';
import { trappingWasm } from './traps.mjs';
import { arm, watchInstances } from './watch.js';

const HOUR = 3_600_000;
/** Seconds; it is renewed at a third. */
const LONGEST_CLAIM = 43_200;
const PATIENT = { projectId: 'p', timeoutMs: HOUR, keepAliveMs: HOUR, pollIntervalMs: { min: HOUR, max: HOUR } };

const [websocket, rest] = process.argv.slice(2);
watchInstances();
await zaqar.init(await trappingWasm());
const clients = await Promise.all([{ websocket, WebSocket }, { rest }].map(transport => zaqar.connect({ ...PATIENT, ...transport })));
const consumers = await Promise.all(clients.map(work));
const calls = clients.map(client => client.queue('silent').stats());
arm('unreachable');
const endings = [clients[0].queue('other').stats(), ...calls].map(call => call.catch(error => error));
console.error = () => undefined;
const ended = await Promise.all([...endings, ...consumers.map(consumer => consumer.closed), ...clients.map(client => client.closed)]);
console.log(JSON.stringify(ended.map(error => error?.code)));

/** A consumer that renews a claim while its handler runs. */
async function work(client, index) {
  const queue = client.queue(`work-${index}`);
  await queue.post({ body: 'work' });
  return new Promise(resolve => {
    const consumer = queue.consume((_, { signal }) => new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      setImmediate(() => resolve(consumer));
    }), { ttl: LONGEST_CLAIM });
  });
}
