// Frames that a real Zaqar sent, in fixtures/frames.json as the values that they are: both of its encodings follow from
// those to the byte. And the requests that led to them.

/** As Zaqar's Python writes JSON: blanks behind commas and colons, ASCII only. */
export function asZaqarWrites(value) {
  if (Array.isArray(value)) return `[${value.map(asZaqarWrites).join(', ')}]`;
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
  return `{${Object.entries(value).map(([key, item]) => `${asZaqarWrites(key)}: ${asZaqarWrites(item)}`).join(', ')}}`;
}

/** What an application asks, by the name of the frame that is made of it. */
export function requests(frames) {
  const post = page => {
    const messages = page.body.messages.map(({ ttl, body }) => ({ ttl, body }));
    return { ...frames.posted1.request, body: { queue_name: 'echo', messages } };
  };
  return {
    list: frames.page.request,
    post1: frames.posted1.request,
    post20: frames.posted20.request,
    text: post(frames.text),
    unicode: post(frames.unicode),
  };
}
