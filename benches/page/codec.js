// Decoding: from what the socket gives to values that have been read.

import { asZaqarWrites } from '../lib/frames.mjs';
import { race, repeated } from './measure.js';
import { decode, encode, load } from './ours.js';
import { JSON_PARSE, rivals } from './rivals.js';
import { touch as touchOurs } from './touch.js?ours';
import { touch as touchWhole } from './touch.js?whole';
import { touch as touchZaqars } from './touch.js?zaqars';

export async function codec({ frames, rounds }) {
  await load();
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
    contenders['zaqar-web'] = repeated(() => {
      sum += touchOurs[name](decode(bytes, isReply));
    });

    results[name] = await race(contenders, { ours: 'zaqar-web', rounds });
    if (!(sum > 0)) throw new Error(`nothing was read of ${name}`);
  }
  return results;
}
