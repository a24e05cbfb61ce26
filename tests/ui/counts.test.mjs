// What the demo and the panels know of the queues, when the server's list and the page's own doing cross.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counts } from '../../ui/counts.js';

/** A list that goes on when it is told to: what it has to say was true when it was asked for. */
function crossing(names, meanwhile) {
  const counts = new Counts({
    async *queues() {
      const [first, ...rest] = names;
      yield { name: first };
      meanwhile(counts);
      for (const name of rest) yield { name };
    },
  });
  return counts;
}
const shown = counts => [...counts.queues.keys()];

test('a queue that is deleted while the list is read does not come back with it', async () => {
  const counts = crossing(['kept', 'deleted'], counts => counts.remove('deleted'));
  counts.add('deleted');
  await counts.list();
  assert.deepEqual(shown(counts), ['kept']);
});

test('one that is deleted and made again while the list is read stays', async () => {
  const counts = crossing(['kept', 'again'], counts => {
    counts.remove('again');
    counts.add('again').changedAt = Date.now();
  });
  counts.add('again');
  await counts.list();
  assert.deepEqual(shown(counts).sort(), ['again', 'kept']);
});

test('what another page deletes goes with the next list, and what it makes comes', async () => {
  const lists = [['a', 'b'], ['b', 'c']];
  const counts = new Counts({ queues: () => lists.shift().map(name => ({ name })) });
  await counts.list();
  await counts.list();
  assert.deepEqual(shown(counts), ['b', 'c']);
});

/** A client whose watches count at once, and that tells which queues are watched. */
function countingClient() {
  const watched = new Set();
  return {
    watched,
    watch({ queues: [name], signal }) {
      watched.add(name);
      signal.addEventListener('abort', () => watched.delete(name));
      return (async function* () {
        yield [{ name, stats: { free: 1, claimed: 0, total: 1 }, at: Date.now() }];
        await new Promise(resolve => signal.addEventListener('abort', resolve));
      })();
    },
    // What is listed is another test's.
    state: 'closed',
  };
}

test('all queues are watched until it is told which are looked at; the others are counted once where their numbers are wanted', async () => {
  globalThis.document = { hidden: false };
  const client = countingClient();
  const counts = new Counts(client);
  const all = Array.from({ length: 9 }, (_, i) => `q${i}`);
  try {
    counts.start();
    for (const name of all.slice(0, 2)) counts.add(name);
    assert.deepEqual([...client.watched], ['q0', 'q1']);
    counts.see(['q1']);
    assert.deepEqual([...client.watched], ['q1']);
    for (const name of all.slice(2)) counts.add(name);
    assert.deepEqual([...client.watched], ['q1']);

    const done = new Promise(resolve => counts.addEventListener('counts', () => counts.known === all.length && resolve()));
    counts.sweep = true;
    counts.see(['q2']);
    assert.ok(client.watched.size <= 5, `${client.watched.size} at once`);
    await done;
    assert.deepEqual([...client.watched], ['q2']);
    counts.remove('q2');
    assert.equal(client.watched.size, 0);
  } finally {
    counts.stop();
    delete globalThis.document;
  }
});
