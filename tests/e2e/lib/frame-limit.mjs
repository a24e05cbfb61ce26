// A proxy before Zaqar's WebSocket that takes no frame above a limit, in either direction, and says so as RFC 6455 has it: it
// closes with 1009.

import net from 'node:net';

const TOO_BIG = 1009;

/** Resolves to `{ url, opened(), stop() }`, where `opened` is how many sockets came. */
export async function startFrameLimit({ port, limit }) {
  let opened = 0;
  const open = new Set();
  const server = net.createServer(client => {
    opened += 1;
    const upstream = net.connect(port, '127.0.0.1');
    const end = () => [client, upstream].forEach(socket => socket.destroy());
    const refuse = () => {
      client.end(closeFrame(TOO_BIG, `frames of more than ${limit} bytes are refused`));
      upstream.destroy();
    };
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      open.add(from);
      from.on('data', pass(limit, bytes => to.writable && to.write(bytes), refuse));
      from.on('error', end).on('close', () => open.delete(from));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('end', () => client.end());
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    opened: () => opened,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Passes the handshake, and then whole frames, up to the first that is too large. */
function pass(limit, forward, refuse) {
  let waiting = Buffer.alloc(0);
  let isOpen = false;
  let isOver = false;
  return chunk => {
    waiting = Buffer.concat([waiting, chunk]);
    while (!isOver) {
      const length = isOpen ? frameLength(waiting) : handshakeLength(waiting);
      if (isOpen && length > limit) {
        isOver = true;
        return refuse();
      }
      if (!(length <= waiting.length)) return;
      isOpen = true;
      forward(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  };
}

function handshakeLength(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? NaN : end + 4;
}

/** The length of a frame with its head; NaN while that has not come. */
function frameLength(bytes) {
  if (bytes.length < 2) return NaN;
  const short = bytes[1] & 0x7f;
  const head = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < head) return NaN;
  const payload = head === 2 ? short : head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return head + (bytes[1] & 0x80 ? 4 : 0) + payload;
}

function closeFrame(code, reason) {
  const text = Buffer.from(reason);
  const frame = Buffer.from([0x88, text.length + 2, 0, 0, ...text]);
  frame.writeUInt16BE(code, 2);
  return frame;
}
