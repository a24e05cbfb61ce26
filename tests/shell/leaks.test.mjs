// What a closed client leaves behind: nothing. They live in a process of its own, which can collect its garbage when it likes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';

/** Bytes of a client that may be left: what the engine keeps for itself. One client has some thousands. */
const SLACK = 500;

for (const kind of ['socket', 'REST']) {
  test(`clients that are closed leave no memory, no reference and no handler behind: over ${kind}`, { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await read(process.execPath, ['--expose-gc', at('tests', 'shell', 'lib', 'cycles.mjs'), kind]);
    assert.equal(code, 0, stderr);
    const { before, after, alive, cycles } = JSON.parse(stdout);
    assert.equal(after.handlers, 0, 'functions to call after a crash');
    assert.equal(after.wasm, before.wasm, "the wasm's memory");
    assert.equal(after.references, before.references, "the wasm's references to values");
    assert.ok(alive <= 2, `${alive} clients are still there`);
    assert.ok(after.heap - before.heap < SLACK * cycles, `${(after.heap - before.heap) / cycles} bytes of each client are left`);
  });
}
