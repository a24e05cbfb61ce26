// One command to Zaqar's Redis. Tests use it to let things expire: an expired key is one that is gone.

import net from 'node:net';

/** Deletes the key and resolves to whether it was there. */
export function deleteKey(port, key) {
  return new Promise((resolve, reject) => {
    const command = ['DEL', key].map(part => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('');
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`*2\r\n${command}`));
    socket.once('data', answer => {
      socket.destroy();
      resolve(answer.toString().startsWith(':1'));
    });
    socket.once('error', reject);
  });
}
