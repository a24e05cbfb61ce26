// docs/transports.md quotes what the client says of its changes: word for word, and all of it.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';

const page = await readFile(at('docs', 'transports.md'), 'utf8');
const engine = at('src', 'engine');
const files = (await readdir(engine, { recursive: true })).filter(name => name.endsWith('.rs'));
const source = (await Promise.all(files.map(name => readFile(path.join(engine, name), 'utf8')))).join('');
const quoted = [...page.matchAll(/^\|[^|]*\|[^|]*\|[^|]*\| `([^`]+)` \|$/gm)].map(match => match[1]);
/** Why a socket ends that has carried nothing, so that no transport changes with it. */
const UNSEEN = ['the WebSocket gave no answer', 'the identity service does not answer the server'];

test('every reason in the table is one that the engine gives', () => {
  assert.ok(quoted.length > 8, `only ${quoted.length} reasons were found`);
  assert.deepEqual(quoted.filter(reason => !source.includes(`"${reason}"`)), []);
});

test('every reason that the engine gives for a change of transport is in the table', () => {
  const given = [...source.matchAll(/(?:set_transport|lose_socket)\([^;]*?"([^"]+)"/g)].map(match => match[1]);
  assert.ok(given.length > 3, `only ${given.length} reasons were found`);
  assert.deepEqual(given.filter(reason => !quoted.includes(reason) && !UNSEEN.includes(reason)), []);
});
