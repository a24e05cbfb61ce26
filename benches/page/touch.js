// Reads what was decoded, as an application would, so that nobody wins by putting work off. Each contender imports a copy of
// its own (`./touch.js?name`), for engines keep what they learn of the objects at one place in the code with that place.

/** What is read of each kind of frame's body; a notification is its own body. The sum is only there to be used. */
export const touch = { ack, page, text: page, unicode: page, notification: message, posted20: posted, posted1: posted };

function ack(body) {
  return body.length;
}

function page({ messages }) {
  let sum = 0;
  for (const item of messages) sum += item.id.length + item.age + message(item);
  return sum;
}

function message({ ttl, body }) {
  if (typeof body === 'string') return ttl + body.length + body.charCodeAt(body.length - 1);
  // two kinds: measurements, and texts in many scripts
  if (body.title !== undefined) return ttl + body.seq + body.title.length + body.note.length + body.lang.length;
  const { source, resource_id, metric, timestamp, tags } = body;
  const { name, unit, value, count } = metric;
  return ttl + source.length + resource_id.length + name.length + unit.length + value + count + timestamp.length + tags.region.length + Number(tags.ok);
}

function posted({ message_ids }) {
  let sum = 0;
  for (const id of message_ids) sum += id.length;
  return sum;
}
