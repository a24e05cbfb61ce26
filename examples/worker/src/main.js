// The page shows and clicks. Socket, decoding and listing are the worker's, so none of it makes a frame late.

const given = new URLSearchParams(location.search);
// The page's address may name servers of this machine only: with a token, a link that names another would steal it.
const ours = (name, usual) => (/^\w+:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(given.get(name) ?? '') ? given.get(name) : usual);
const section = document.querySelector('section');
const list = document.querySelector('ul');
let worker;

/** A text of anything: whoever may post decides what a body is, and JSON has no `bigint`. */
const text = value => JSON.stringify(value, (key, part) => (typeof part === 'bigint' ? `${part}` : part));

function start() {
  worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => {
    if (data.transport !== undefined) document.querySelector('#transport').value = data.transport ?? 'none';
    if (data.body === undefined) return;
    const item = document.createElement('li');
    item.textContent = `sku ${text(data.body?.sku)}`;
    list.append(item);
  };
  worker.postMessage({
    connect: {
      websocket: ours('websocket', 'ws://localhost:9000'),
      rest: ours('rest', 'http://localhost:8888'),
      projectId: given.get('project') ?? 'demo',
    },
  });
}

document.querySelector('#post').addEventListener('click', () => worker.postMessage({ post: { sku: 4711 } }));
document.querySelector('#toggle').addEventListener('click', () => {
  section.hidden = !section.hidden;
  list.replaceChildren();
  // The worker closes its client, and then itself.
  if (section.hidden) worker.postMessage({ close: true });
  else start();
});
start();
