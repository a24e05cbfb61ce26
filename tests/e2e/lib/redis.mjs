// Zaqar's Redis, for what a test has no time to wait for (claims and messages live a minute at least), and for what is
// really stored.

import net from 'node:net';

/**
 * Makes a claim one whose time is over. Until the server's garbage collection has come by, which it does every second,
 * it has trouble with such a claim; with `isCollected: false` it never comes by.
 */
export async function endClaim(port, { id, queue, project = 'e2e', messages }, { isCollected = true } = {}) {
  for (const message of messages) await command(port, 'HSET', message, 'c.e', '1');
  if ((await command(port, 'DEL', id)) !== 1) throw new Error('there was no such claim');
  if (isCollected) await command(port, 'ZADD', `${project}.${queue}.claims`, '1', id);
}

/** Makes messages expire: what they were is gone, and their places in the queue stay until they are collected. */
export async function expire(port, ids) {
  if (ids.length > 0) await command(port, 'DEL', ...ids);
}

/** Makes messages look as if they had been posted so many seconds earlier. */
export async function makeOlder(port, ids, seconds) {
  for (const id of ids) await command(port, 'HINCRBY', id, 'cr', String(-seconds));
}

/** The ids of a queue's messages in the store's order, and how many more places are held by expired ones. */
export async function stored(port, queue, project = 'e2e') {
  const places = await command(port, 'ZRANGE', `${project}.${queue}.messages`, '0', '-1');
  const ids = [];
  for (let from = 0; from < places.length; from += 500) {
    const some = places.slice(from, from + 500);
    const exist = await commands(port, some.map(id => ['EXISTS', id]));
    ids.push(...some.filter((_, place) => exist[place] === 1));
  }
  return { ids, expired: places.length - ids.length };
}

export async function command(port, ...words) {
  return (await commands(port, [words]))[0];
}

function commands(port, all) {
  const request = all.map(words => `*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(request.join('')));
    let text = '';
    socket.on('data', chunk => {
      text += chunk.toString('latin1');
      const answers = parse(text, all.length);
      if (answers === undefined) return;
      socket.destroy();
      const error = answers.find(answer => answer instanceof Error);
      if (error === undefined) resolve(answers);
      else reject(error);
    });
    socket.once('error', reject);
  });
}

/** So many answers of Redis's protocol; undefined while they are not complete. */
function parse(text, wanted) {
  let at = 0;
  const line = () => {
    const end = text.indexOf('\r\n', at);
    if (end < 0) throw new Incomplete();
    const words = text.slice(at, end);
    at = end + 2;
    return words;
  };
  const value = () => {
    const head = line();
    const rest = head.slice(1);
    switch (head[0]) {
      case ':':
        return Number(rest);
      case '-':
        return new Error(rest);
      case '*':
        return Array.from({ length: Math.max(0, Number(rest)) }, value);
      case '$': {
        const length = Number(rest);
        if (length < 0) return null;
        if (text.length < at + length + 2) throw new Incomplete();
        const bytes = text.slice(at, at + length);
        at += length + 2;
        return bytes;
      }
      default:
        return rest;
    }
  };
  try {
    return Array.from({ length: wanted }, value);
  } catch (error) {
    if (error instanceof Incomplete) return undefined;
    throw error;
  }
}

class Incomplete extends Error {}
