// `npm run bench -- --against`: what it serves of a build, how it counts what a build sends, and what it marks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stampWasm } from '../../benches/lib/builds.mjs';
import { comparisonTables } from '../../benches/lib/comparison.mjs';
import { counting } from '../../benches/page/counting.js';

test('a row above 1.10 has a mark and one that shows 1.10 has none', async () => {
  const times = ratio => ({ this: { us: 2_000 * ratio, ratio, spread: 0.02 }, other: { us: 2_000, ratio: 1, spread: 0 } });
  const result = { wholeMs: times(1.11), importMs: times(1.104), wasmReadyMs: times(0.5) };
  const [{ rows }] = await comparisonTables('startup', result, {});
  assert.deepEqual(rows, [
    ['import to first reply', '2.22', '2.00', '1.11 ± 0.02', '✗ > 1.10'],
    ['import', '2.21', '2.00', '1.10 ± 0.02', ''],
    ['wasm ready, from its bytes', '1.00', '2.00', '0.50 ± 0.02', ''],
  ]);
});

test('each answer with a wasm has other bytes and the same module', async () => {
  // `(module (func (export "f")))`
  const wasm = Buffer.from('0061736d0100000001040160000003020100070501016600000a040102000b', 'hex');
  const [first, second] = await Promise.all([1, 123_456].map(number => WebAssembly.compile(stampWasm(wasm, number))));
  assert.notDeepEqual(stampWasm(wasm, 1), stampWasm(wasm, 2));
  for (const module of [first, second]) assert.deepEqual(WebAssembly.Module.exports(module), [{ name: 'f', kind: 'function' }]);
});

test('a frame that is sent after its call has returned is waited for', async () => {
  const sent = [];
  const Socket = counting(
    class {
      send(data) {
        sent.push(data);
      }
    },
  );
  const socket = new Socket();
  assert.equal(Socket.last, socket);
  socket.send('at once');
  await socket.hasSent(1);
  queueMicrotask(() => socket.send('later'));
  await socket.hasSent(2);
  assert.deepEqual(sent, ['at once', 'later']);
});
