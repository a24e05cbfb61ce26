// The other codecs, each in its fastest form that Zaqar understands.

import { Packr } from 'msgpackr';
import { ByHand as OnJson } from './by-hand.js?json';
import { ByHand as OnMsgpack } from './by-hand.js?msgpack';
import { ByHand as OnMsgpackr } from './by-hand.js?msgpackr';
import { msgpack } from './msgpack.js';
import { touch as touchJson } from './touch.js?json';
import { touch as touchMsgpack } from './touch.js?msgpack';
import { touch as touchMsgpackr } from './touch.js?msgpackr';

export const JSON_PARSE = 'JSON';
export const MSGPACK = '@msgpack/msgpack';
export const MSGPACKR = 'msgpackr';

// Its records are what it is known for; Zaqar cannot read them.
const packr = new Packr({ useRecords: false });

/** `read` and `write` turn what a socket gives into values and values into what it takes. */
export const rivals = {
  [JSON_PARSE]: { read: text => JSON.parse(text), write: value => JSON.stringify(value), touch: touchJson, Client: OnJson },
  [MSGPACK]: { ...msgpack, touch: touchMsgpack, Client: OnMsgpack },
  [MSGPACKR]: {
    read: bytes => packr.unpack(new Uint8Array(bytes)),
    write: value => packr.pack(value),
    touch: touchMsgpackr,
    Client: OnMsgpackr,
  },
};
