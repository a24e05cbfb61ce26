import { useClientState, useTail, useWatch } from 'zaqar-web/react';
import { useClient } from './zaqar';

interface Order {
  sku: number;
}

const given = new URLSearchParams(location.search);
// The page's address may name servers of this machine only: with a token, a link that names another would steal it.
const ours = (name: string, usual: string) => (/^\w+:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(given.get(name) ?? '') ? given.get(name)! : usual);
// The same object each time: another one would be another connection.
const options = {
  websocket: ours('websocket', 'ws://localhost:9000'),
  rest: ours('rest', 'http://localhost:8888'),
  projectId: given.get('project') ?? 'demo',
};

/** A text of anything: whoever may post decides what a body is, and JSON has no `bigint`. */
const text = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));

export function Orders() {
  const { client, error } = useClient(options);
  const { transport } = useClientState(client);
  const { messages, error: ended } = useTail<Order>(client, 'orders');
  const { queues: [orders] } = useWatch(client, { queues: ['orders'] });
  if (ended) console.error(ended);
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <section>
      <p>Transport: <output id="transport">{transport ?? 'none'}</output></p>
      <p>In the queue: <output id="total">{orders?.stats?.total ?? '…'}</output></p>
      <button id="post" disabled={!client} onClick={() => client?.queue<Order>('orders').post({ body: { sku: 4711 } })}>Post one</button>
      <ul>{messages.map(({ id, body }) => <li key={id}>sku {text(body?.sku)}</li>)}</ul>
    </section>
  );
}
