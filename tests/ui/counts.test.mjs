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
