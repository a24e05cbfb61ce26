// What somebody needs who is given a signed URL: headers, a command, a few lines of JavaScript. Texts only.
import { gettext } from '../ui/i18n.js';

/** What the signature opens: the calls by path and method, as REST has them. */
const CALLS = {
  messages: {
    GET: { path: '?limit=20&echo=true', title: () => gettext('List messages') },
    HEAD: { path: '?limit=20&echo=true', title: () => gettext('Head of a list of messages') },
    POST: { body: '{"messages": [{"body": {"hello": "zaqar"}, "ttl": 300}]}', title: () => gettext('Post a message') },
    DELETE: { path: '?pop=1', title: () => gettext('Pop a message') },
  },
  claims: {
    POST: { path: '?limit=5', body: '{"ttl": 300, "grace": 60}', title: () => gettext('Claim messages') },
    GET: { path: '/CLAIM', title: () => gettext('Look at a claim') },
    PATCH: { path: '/CLAIM', body: '{"ttl": 300, "grace": 60}', title: () => gettext('Renew a claim') },
    DELETE: { path: '/CLAIM', title: () => gettext('Release a claim') },
  },
  subscriptions: {
    GET: { title: () => gettext('List subscriptions') },
    POST: { body: '{"subscriber": "https://example.org/hook", "ttl": 3600}', title: () => gettext('Subscribe a web hook') },
    PATCH: { path: '/SUBSCRIPTION', body: '{"ttl": 3600}', title: () => gettext('Update a subscription') },
    DELETE: { path: '/SUBSCRIPTION', title: () => gettext('Delete a subscription') },
  },
};

/** `[{ title, method, url, body? }]`: what can be called with this signature. */
export function calls(rest, queue, { paths, methods }) {
  const opened = last(paths);
  return Object.entries(CALLS).filter(([path]) => opened.has(path)).flatMap(([path, byMethod]) => Object.entries(byMethod)
    .filter(([method]) => methods.includes(method))
    .map(([method, { path: more = '', body, title }]) => ({ title: title(), method, body, url: `${base(rest)}/v2/queues/${queue}/${path}${more}` })));
}

export function headers({ signature, expires, methods, paths, project }, clientId) {
  return {
    'URL-Signature': signature,
    'URL-Expires': expires,
    'URL-Methods': methods.join(','),
    'URL-Paths': paths.join(','),
    'X-Project-ID': project,
    'Client-ID': clientId,
  };
}

export const headerLines = (all) => Object.entries(all).map(([name, value]) => `${name}: ${value}`).join('\n');

export function curl({ method, url, body }, all) {
  const parts = ['curl', ...(method === 'GET' ? [] : method === 'HEAD' ? ['--head'] : [`-X ${method}`]), quoted(url)];
  const lines = Object.entries(body ? { ...all, 'Content-Type': 'application/json' } : all).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  if (body) lines.push(`-d ${quoted(body)}`);
  return [parts.join(' '), ...lines].join(' \\\n  ');
}

/** With this client. Only what the signature opens is in it. */
export function javascript(rest, queue, signedUrl) {
  const { paths, methods, project, expires, signature } = signedUrl;
  const opened = last(paths);
  const may = (path, ...all) => opened.has(path) && all.every((method) => methods.includes(method));
  return [
    "import { connect } from 'zaqar-web';",
    '',
    'const guest = await connect({',
    `  rest: ${JSON.stringify(base(rest))},`,
    '  signedUrl: {',
    ...Object.entries({ project, paths, methods, expires, signature }).map(([key, value]) => `    ${key}: ${JSON.stringify(value).replaceAll('","', '", "')},`),
    '  },',
    '});',
    `const queue = guest.queue(${JSON.stringify(queue)});`,
    ...(may('messages', 'POST') ? ["await queue.post({ body: { hello: 'zaqar' } });"] : []),
    ...(may('messages', 'GET') ? ['for await (const { id, body } of queue.messages()) console.log(id, body);'] : []),
    ...(may('messages', 'DELETE') ? ['const [taken] = await queue.pop();'] : []),
    ...(may('claims', 'POST') ? ['const claim = await queue.claim({ limit: 5, ttl: 300 });'] : []),
    ...(may('subscriptions', 'GET') ? ['const subscribers = await queue.subscriptions.list().toArray();'] : []),
    ...(may('subscriptions', 'POST') ? ["await queue.subscriptions.create({ subscriber: 'https://example.org/hook' });"] : []),
    '',
  ].join('\n');
}

/** `messages` of `/v2/queues/orders/messages` */
const last = (paths) => new Set(paths.map((path) => path.split('/').at(-1)));
const base = (rest) => rest.replace(/\/+$/, '');
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
