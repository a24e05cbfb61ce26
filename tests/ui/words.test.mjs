// What the demo page and the panel say: in the reader's language where there is a catalogue, and with figures a person can read.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { explain, tell } from '../../ui/errors.js';
import { age, count, duration, rate } from '../../ui/format.js';
import { gettext, ngettext } from '../../ui/i18n.js';
import { parseJson } from '../../ui/json.js';
import { nameProblem } from '../../ui/names.js';

afterEach(() => {
  delete globalThis.gettext;
  delete globalThis.ngettext;
});

test('without a catalogue the words stand as they are written, with their values', () => {
  assert.equal(gettext('Delete %(name)s?', { name: 'orders' }), 'Delete orders?');
  assert.equal(ngettext('%(n)s message', '%(n)s messages', 1), '1 message');
  assert.equal(ngettext('%(n)s message in %(name)s', '%(n)s messages in %(name)s', 1204, { name: 'a' }), '1,204 messages in a');
});

test("Django's catalogue gives the words where there is one, in an order of its own", () => {
  globalThis.gettext = text => ({ 'Delete %(name)s from %(queue)s?': 'Aus %(queue)s %(name)s löschen?' })[text] ?? text;
  globalThis.ngettext = (one, many, n) => (n === 1 ? 'eine' : '%(n)s Nachrichten');
  assert.equal(gettext('Delete %(name)s from %(queue)s?', { name: 'x', queue: 'orders' }), 'Aus orders x löschen?');
  assert.equal(ngettext('%(n)s message', '%(n)s messages', 2), '2 Nachrichten');
});

test('a value that looks like a placeholder, or is none, is left as it is', () => {
  assert.equal(gettext('%(a)s and %(b)s', { a: '%(b)s' }), '%(b)s and %(b)s');
  assert.equal(gettext('%(n)s %', { n: 0 }), '0 %');
});

test('what went wrong is told in words, in the language of the catalogue, never as a stack', () => {
  assert.deepEqual(explain(Object.assign(new Error('x'), { code: 'forbidden' })), { what: 'This is not allowed for this project or token.', todo: 'Ask for the right, or use another project.' });
  assert.equal(explain(Object.assign(new Error('a body must be JSON'), { code: 'invalid-argument' })).what, 'a body must be JSON.');
  assert.match(explain(Object.assign(new Error('x'), { code: 'timeout', delivery: 'unknown' })).todo, /look before you repeat/);
  assert.equal(explain(undefined).what, 'Something went wrong.');
  globalThis.gettext = text => (text === '%(doing)s failed.' ? '%(doing)s schlug fehl.' : text);
  assert.match(tell('Purging orders', new Error('x')), /^Purging orders schlug fehl\. x\.$/);
});

test('a message that somebody else has claimed is told as that, not as a right that is missing', () => {
  const refused = message => explain(Object.assign(new Error(message), { code: 'forbidden', status: 403, action: 'message_delete' }));
  for (const said of ['Message ef8de43f is claimed', 'This message is claimed; it cannot be deleted without a valid claim ID.']) {
    assert.equal(refused(said).what, said.replace(/[^.]$/, '$&.'));
    assert.match(refused(said).todo, /free again when the claim ends/);
  }
  assert.match(refused('the signed URL does not allow this, or has expired').what, /not allowed for this project or token/);
});

test('that the client goes on trying is not promised of a call that the server has answered', () => {
  const refused = more => explain(Object.assign(new Error('x'), { code: 'unavailable', status: 503, ...more }));
  assert.match(refused({ action: 'queue_create' }).todo, /no pool that takes new queues/);
  assert.equal(refused({ action: 'message_post' }).todo, 'Repeat in a moment.');
  assert.match(explain(Object.assign(new Error('x'), { code: 'unavailable', action: 'queue_create' })).todo, /goes on trying/);
});

test('where JSON goes wrong is told in the language of the catalogue', () => {
  assert.throws(() => parseJson('[1,\n 2 3]'), { message: 'Line 2, column 4: a comma or ] is expected, but “3” stands there.' });
  const german = { 'Line %(line)s, column %(column)s: %(reason)s.': 'Zeile %(line)s, Spalte %(column)s: %(reason)s.', 'a value is expected, but %(there)s': '%(there)s statt eines Werts', 'the text ends': 'Textende' };
  globalThis.gettext = text => german[text] ?? text;
  assert.throws(() => parseJson('{"a": '), { message: 'Zeile 1, Spalte 7: Textende statt eines Werts.', reason: 'Textende statt eines Werts' });
});

test('figures have units and separators', () => {
  assert.deepEqual([count(1204567), age(130), age(59), age(90_061), duration(3.21), duration(2_100), rate(0.44), rate(1204)], ['1,204,567', '2 m 10 s', '59 s', '1 d 1 h', '3.2 ms', '2.1 s', '0.4/s', '1,204/s']);
});

test('a name that the server would refuse or break on is told why', () => {
  assert.equal(nameProblem('orders-2_a'), '');
  assert.match(nameProblem('a.b'), /No dots/);
  assert.match(nameProblem('a b'), /No spaces/);
  assert.match(nameProblem('é'), /“é” cannot be/);
  assert.match(nameProblem('x'.repeat(65)), /at most 64 characters; this one has 65/);
  assert.match(nameProblem(''), /Give it a name/);
});
