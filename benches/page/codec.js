// Decoding: from what the socket gives to values that have been read.

import { asZaqarWrites } from '../lib/frames.mjs';
import { race, repeated } from './measure.js';
import { decode, encode, load, replyReader } from './ours.js';
import { JSON_PARSE, rivals } from './rivals.js';
import { touch as touchOurs } from './touch.js?ours';
import { touch as touchWhole } from './touch.js?whole';
import { touch as touchZaqars } from './touch.js?zaqars';

export async function codec({ frames, rounds }) {
  await load();
  const reader = await replyReader(frames);
  const results = {};
  for (const [name, frame] of Object.entries(frames)) {
    const isReply = frame.request !== undefined;
    const bytes = encode(frame).slice().buffer;
    const text = JSON.stringify(frame);
    const zaqars = asZaqarWrites(frame);
    let sum = 0;

    const whole = (data, { read, touch }) => {
      const value = read(data);
      sum += touch[name](isReply ? value.body : value);
    };
    const contenders = {};
    for (const [rival, codec] of Object.entries(rivals)) {
      const data = rival === JSON_PARSE ? text : bytes;
      contenders[rival] = repeated(() => whole(data, codec));
    }
    contenders['JSON as Zaqar sends it'] = repeated(() => whole(zaqars, { read: JSON.parse, touch: touchZaqars }));
    contenders['zaqar-web, whole frame'] = repeated(() => whole(bytes, { read: decode, touch: touchWhole }));
    const read = isReply ? reader.read : decode;
    const body = repeated(() => {
      sum += touchOurs[name](read(bytes));
    });
    contenders['zaqar-web'] = isReply ? times => inBatches(times, count => reader.ask(name, count), body) : body;

    results[name] = await race(contenders, { ours: 'zaqar-web', rounds });
    if (!(sum > 0)) throw new Error(`nothing was read of ${name}`);
  }
  return results;
}

/** So many requests are under way at once, as they may be in an application. */
const BATCH = 64;

/** Time spent on work for which something must be prepared each time. */
function inBatches(times, prepare, work) {
  let spent = 0;
  for (let left = times; left > 0; left -= BATCH) {
    const count = Math.min(left, BATCH);
    prepare(count);
    spent += work(count);
  }
  return spent;
}
