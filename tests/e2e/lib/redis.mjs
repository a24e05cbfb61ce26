// Zaqar's Redis, for what a test has no time to wait for: the end of a claim, which lives a minute at least.

import net from 'node:net';

/**
 * Makes a claim one whose time is over. Until the server's garbage collection has come by, which it does every second,
 * it has trouble with such a claim; with `isCollected: false` it never comes by.
 */
export async function endClaim(port, { id, queue, project = 'e2e', messages }, { isCollected = true } = {}) {
  for (const message of messages) await command(port, 'HSET', message, 'c.e', '1');
  if ((await command(port, 'DEL', id)) !== ':1') throw new Error('there was no such claim');
  if (isCollected) await command(port, 'ZADD', `${project}.${queue}.claims`, '1', id);
}

function command(port, ...words) {
  return new Promise((resolve, reject) => {
    const text = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`*${words.length}\r\n${text}`));
    socket.once('data', answer => {
      socket.destroy();
      resolve(answer.toString().trim());
    });
    socket.once('error', reject);
  });
}
