// Over a real socket to a server on this machine. The browser's socket and the server, on the same processors, take most of
// the time: this tells what to expect, not who is faster.

import { ByHand } from './by-hand.js?loopback';
import { median } from './measure.js';
import { JSON_PARSE, rivals } from './rivals.js';

const PIPELINED = 64;
const projectId = 'bench';
const clientId = '56e572b2-b919-4cef-91d4-f0172200694e';

export async function loopback({ frames, rounds, server }) {
  const { connect } = await import('/pkg/index.js');
  const queueName = frames.notification.queue_name;
  const zaqarWeb = await connect({ websocket: server, projectId, clientId });
  const byHand = await ByHand.connect({ codec: rivals[JSON_PARSE], WebSocket, url: `${server}json`, projectId, clientId });

  const queue = zaqarWeb.queue(queueName);
  const live = queue.subscribe({ buffer: 100_000 });
  await live.ready;
  const contenders = {
    'zaqar-web': {
      ack: () => queue.create(),
      async page() {
        for await (const page of queue.messages({ limit: 20 }).pages()) return page;
      },
      notifications: live,
    },
    [JSON_PARSE]: {
      ack: () => byHand.create(queueName),
      page: () => byHand.messages(queueName, 20),
      notifications: await byHand.subscribe(queueName),
    },
  };

  const tasks = {
    'ack, one by one': ({ ack }) => sequence(ack, 200),
    [`ack, ${PIPELINED} at once`]: ({ ack }) => parallel(ack, 600),
    'page of 20, one by one': ({ page }) => sequence(page, 100),
    [`page of 20, ${PIPELINED} at once`]: ({ page }) => parallel(page, 300),
    // The server sends them where it finds a queue of this name.
    notifications: ({ notifications }, isJson) => stream(notifications, 1_000, isJson),
  };
  const results = {};
  for (const [task, work] of Object.entries(tasks)) {
    const rates = { 'zaqar-web': [], [JSON_PARSE]: [] };
    for (let round = 0; round < Math.max(5, rounds / 4); round++) {
      for (const name of round % 2 === 0 ? Object.keys(contenders) : Object.keys(contenders).reverse()) {
        const start = performance.now();
        const done = await work(contenders[name], name === JSON_PARSE);
        rates[name].push((1_000 * done) / (performance.now() - start));
      }
    }
    results[task] = { perSecond: median(rates['zaqar-web']), [JSON_PARSE]: median(rates[JSON_PARSE]) };
  }
  await zaqarWeb.close();
  byHand.close();
  return results;
}

async function sequence(call, count) {
  for (let left = count; left > 0; left--) await call();
  return count;
}

async function parallel(call, count) {
  let left = count;
  const work = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: PIPELINED }, work));
  return count;
}

async function stream(notifications, count, isJson) {
  await fetch(`/notify?count=${count}&json=${Number(isJson)}`);
  for (let left = count; left > 0; left--) await notifications.next();
  return count;
}
