// What a queue may hold besides what an example expects: each value is one that the API promises to read, as JSON, for some of
// them only other producers can post.

/** Python's `time.time_ns()` and `float('nan')` are among them. */
export const PROMISED = [
  'null', 'true', '[]', '1780000000123456789', 'NaN', '-Infinity',
  '['.repeat(300) + ']'.repeat(300), '{"a":'.repeat(99) + '1' + '}'.repeat(99),
  '{"sku":1780000000123456789}', '{"sku":null}', '{"sku":{"toString":1,"valueOf":null,"toJSON":2,"__proto__":3}}', '{"toString":1,"toJSON":null}',
];
/** As long as one message may be, nearly. */
export const LONG = `"${'ä€😀'.repeat(20_000)}"`;

/** Posts them to a queue by REST, in the name of another client. */
export async function postPromised({ rest, projectId, token }, queue, values) {
  const headers = { 'Client-ID': crypto.randomUUID(), 'X-Project-ID': projectId, 'Content-Type': 'application/json' };
  if (token) headers['X-Auth-Token'] = token;
  const body = `{"messages":[${values.map(value => `{"body":${value},"ttl":300}`).join()}]}`;
  const answer = await fetch(`${rest}/v2/queues/${queue}/messages`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`posting to ${queue}: ${answer.status} ${await answer.text()}`);
}
