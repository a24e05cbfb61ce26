// The page shows and clicks. Socket, decoding and listing are the worker's, so none of it makes a frame late.

const given = new URLSearchParams(location.search);
const section = document.querySelector('section');
const list = document.querySelector('ul');
let worker;

function start() {
  worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => {
    if (data.transport !== undefined) document.querySelector('#transport').value = data.transport ?? 'none';
    if (data.body === undefined) return;
    const item = document.createElement('li');
    item.textContent = `sku ${data.body.sku}`;
    list.append(item);
  };
  worker.postMessage({
    connect: {
      websocket: given.get('websocket') ?? 'ws://localhost:9000',
      rest: given.get('rest') ?? 'http://localhost:8888',
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
