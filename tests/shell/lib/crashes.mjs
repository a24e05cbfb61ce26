// What must be true of every crash, whatever the wasm ends by and wherever: assertions on what `crash` (crash.js) tells.

import assert from 'node:assert/strict';

/** What the message of the error says for each trap. Engines word them differently. */
const SAYS = {
  exception: /the clock has stopped at wasm-function\[\d+\]:0x/,
  panic: /panicked at src\/[\w/]+\.rs:\d+:\d+:\n.*borrowed/,
  unreachable: /unreachable.* at wasm-function\[\d+\]:0x/,
  'stack overflow': /(call stack|recursion).* at wasm-function\[\d+\]:0x/i,
  'access out of bounds': /out of bounds.* at wasm-function\[\d+\]:0x/,
};
/** By the promise's name: how it ends if not like the others. */
const CLOSED = /: (closed|consumer)$/;

export const TRAPS_OF_ALL_KINDS = Object.keys(SAYS);

export function assertContained(report, trap) {
  const pending = report.settled.filter(({ ms }) => !(ms <= 100));
  assert.deepEqual(pending, [], 'all settles within 100 ms');
  for (const { name, how } of report.settled) {
    assert.equal(how, CLOSED.test(name) ? 'resolved to crashed' : 'rejected with crashed', name);
  }
  assert.match(report.message, SAYS[trap]);
  assert.match(report.message, /zaqar-web has crashed/);
  for (const text of report.reports) {
    assert.match(text, /→ closed crashed/);
    assert.match(text, SAYS[trap]);
  }
  assert.deepEqual(report.states, [['closed', null], ['closed', null]]);
  assert.deepEqual(report.closing, ['resolved', 'resolved']);
  assert.deepEqual(report.later, Array(4).fill('rejected with crashed'));
  assert.deepEqual(report.metrics, ['number', 'number']);
  assert.deepEqual(report.entered, [], 'nothing calls the dead instance');
  assert.deepEqual(report.left, [], 'the dead instance calls nothing');
  assert.deepEqual(report.uncaught, []);
  assert.equal(report.said.length, 1, 'the console is told once');
  assert.deepEqual(report.open, { sockets: 0, exchanges: 0 });
  assert.deepEqual(report.came, ['websocket', 'polling']);
}
