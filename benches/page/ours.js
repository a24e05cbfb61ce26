// The codec as the client uses it, with the functions that the package keeps to itself: its source on the built wasm.

import { build, decode, fill } from '../../js/codec/decode.ts';
import { encode } from '../../js/codec/encode.ts';
import { Driver, now } from '../../js/driver.ts';
import { ACTIONS } from '../../js/actions.ts';
import { attachTo, put, wasm } from '../../js/wasm.ts';
import { zaqar } from '../lib/zaqar.mjs';
import { fakeSocket } from './fake-socket.js';

/** A request is outstanding for the whole of a benchmark. */
const FOREVER = 1e9;
/** What each recorded reply answers. */
const ASKED = {
  ack: ['queue_create', { queue_name: 'bench' }],
  page: ['message_list', { queue_name: 'bench' }],
  text: ['message_list', { queue_name: 'bench' }],
  unicode: ['message_list', { queue_name: 'bench' }],
  posted20: ['message_post', { queue_name: 'bench', messages: [{ body: null, ttl: 60 }] }],
  posted1: ['message_post', { queue_name: 'bench', messages: [{ body: null, ttl: 60 }] }],
};

export async function load() {
  const bytes = await (await fetch('/pkg/zaqar_web.wasm')).arrayBuffer();
  attachTo((await WebAssembly.instantiate(bytes)).instance);
}

export { decode, encode };

/**
 * Reads replies as the client does: copied into the wasm, scanned without the echo of the request, matched to what was
 * asked, and of it the body built. `ask` must have been called as often before. Notifications are read whole.
 */
export async function replyReader(frames) {
  const answer = zaqar(frames);
  const FakeSocket = fakeSocket({ read: decode, write: value => encode(value).slice() }, answer);
  let driver;
  const host = {
    tell() {},
    arrived() {},
    receive(link, data) {
      const at = wasm().client_frame(driver.id, now(), link, fill(data));
      return at === 0 ? undefined : build(at);
    },
  };
  const place = { websocket: 'ws://bench', WebSocket: FakeSocket, rest: undefined, headers: {}, isJson: false };
  // in the order of `config` in src/bindings/client.rs
  const settings = [1, 300, FOREVER, 1e3, 15e3, 250, 30e3, 0, 0, 1, 0, 1, 2, 'bench', 'bench', null];
  driver = new Driver(place, host, settings);
  driver.pump();
  await new Promise(resolve => setTimeout(resolve, 50));
  const socket = FakeSocket.last;
  if (socket.sent === 0) throw new Error('the client did not ask for a first answer');
  socket.answers = false;
  return {
    ask(frame, times) {
      const [action, body] = ASKED[frame];
      const asked = encode(body).slice();
      for (; times > 0; times--) {
        put(asked);
        wasm().client_request(driver.id, now(), ACTIONS.indexOf(action), FOREVER, 0);
        driver.pump();
      }
    },
    read: data => host.receive(1, data),
  };
}
