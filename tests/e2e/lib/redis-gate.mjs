// A way to Redis that can be stopped between two commands of Zaqar's: it lists by asking for a marker's rank, and then for the
// places behind it. What happens in between happens to a real Zaqar, only less often.

import net from 'node:net';

/** Starts it before the Redis on `port`; resolves to its own `port`, `holdListing` and `stop`. */
export async function startRedisGate(port) {
  let awaited;
  const sockets = new Set();
  const server = net.createServer(client => {
    const redis = net.connect(port, '127.0.0.1');
    const commands = new Commands();
    for (const [from, to] of [[client, redis], [redis, client]]) {
      sockets.add(from);
      from.setNoDelay(true).on('error', () => to.destroy()).on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    let asked = [];
    let rank = 0;
    redis.on('data', chunk => {
      rank = asked[0] === 'ZRANK' ? Number(/^:(\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 0) : 0;
      client.write(chunk);
    });
    client.on('data', chunk => {
      for (const { words, bytes } of commands.read(chunk)) {
        const isHeld = words[0] === 'ZRANGE' && words[1] === awaited?.index && rank > 0;
        asked = words;
        if (!isHeld) {
          redis.write(bytes);
          continue;
        }
        // Zaqar waits for the answer before it sends anything more on this connection.
        const { hold } = awaited;
        awaited = undefined;
        hold(() => redis.write(bytes));
      }
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** Holds the next reading behind a marker of that queue; resolves, as soon as it is held, to what lets it go on. */
    holdListing: (queue, project = 'e2e') => new Promise(hold => (awaited = { index: `${project}.${queue}.messages`, hold })),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Cuts what a client sends into commands. */
class Commands {
  #rest = Buffer.alloc(0);

  read(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const found = [];
    for (let command; (command = this.#first()); ) {
      found.push(command);
      this.#rest = this.#rest.subarray(command.bytes.length);
    }
    return found;
  }

  #first() {
    let at = 0;
    const number = () => {
      const end = this.#rest.indexOf('\r\n', at);
      if (end < 0) return undefined;
      const value = Number(this.#rest.toString('latin1', at + 1, end));
      at = end + 2;
      return value;
    };
    const count = number();
    if (count === undefined) return undefined;
    const words = [];
    for (let word = 0; word < count; word += 1) {
      const length = number();
      if (length === undefined || at + length + 2 > this.#rest.length) return undefined;
      words.push(this.#rest.toString('latin1', at, at + length));
      at += length + 2;
    }
    return { words, bytes: this.#rest.subarray(0, at) };
  }
}
