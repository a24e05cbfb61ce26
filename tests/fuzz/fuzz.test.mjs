import assert from 'node:assert/strict';
import test from 'node:test';
import { fuzz } from './run.mjs';

test('at hostile servers every call settles, with nothing but a ZaqarError, and nothing leaks or crashes', async () => {
  const { lives, wrong } = await fuzz({ milliseconds: 5_000, seed: 1 });
  assert.deepEqual(wrong, []);
  assert.ok(lives > 20, `${lives} lives`);
});
