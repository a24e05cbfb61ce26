// Free TCP ports for servers that have to be told theirs.

import net from 'node:net';

/** `count` different ports on which nothing listens. All are held until the last is found, so none comes twice. */
export async function freePorts(count) {
  const holders = await Promise.all(Array.from({ length: count }, hold));
  const ports = holders.map(holder => holder.address().port);
  await Promise.all(holders.map(holder => new Promise(done => holder.close(done))));
  return ports;
}

function hold() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
