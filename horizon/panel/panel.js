// The entry of Project › Messaging › Queues.
import { connect } from './index.js';

const root = document.getElementById('zaqar-web');
const status = document.createElement('p');
status.setAttribute('role', 'status');
root.append(status);

try {
  const { websocket, rest, projectId } = await handOver();
  const client = await connect({ websocket, rest, projectId, token: handOver });
  status.textContent = `Connected to Zaqar over ${client.transport}.`;
} catch (error) {
  status.textContent = error.message;
}

async function handOver() {
  const csrf = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? '';
  const answer = await fetch(root.dataset.handover, {
    method: 'POST',
    headers: { 'X-CSRFToken': csrf, 'X-Requested-With': 'XMLHttpRequest' },
  });
  if (!answer.ok) throw new Error(await answer.json());
  return answer.json();
}
