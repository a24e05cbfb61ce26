// What a queue's body is said to be goes in by `post` and comes out by every way of reading. For the compiler alone: each line
// under `@ts-expect-error` must be refused, and `same` takes nothing but `true`.

import type { Claim, Client, Json, Live, Message, NewMessage, Notification, Pages, Queue } from 'zaqar-web';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(verdict: Same<A, B>): void;

interface Order {
  sku: number;
  note?: string;
  readonly lines: readonly { name: string; count: bigint | null }[];
  replaces?: Order;
}

export async function typed(client: Client): Promise<void> {
  const orders = client.queue<Order>('orders');
  same<typeof orders, Queue<Order>>(true);
  const order: Order = { sku: 4711, lines: [{ name: 'spoon', count: 2n }] };

  await orders.post({ body: order, ttl: 300 });
  await orders.post([{ body: order }, { body: { ...order, replaces: order } }]);
  const drafts: readonly NewMessage<Order>[] = [{ body: order }];
  await orders.post(drafts);
  // @ts-expect-error: it has no lines
  await orders.post({ body: { sku: 4711 } });
  // @ts-expect-error: a sku is a number
  await orders.post([{ body: { sku: '4711', lines: [] } }]);
  // @ts-expect-error: nobody knows this key
  await orders.post({ body: { sku: 4711, lines: [], colour: 'red' } });

  const listed = orders.messages();
  same<typeof listed, Pages<Message<Order>>>(true);
  for await (const { items } of listed.pages()) same<typeof items, Message<Order>[]>(true);
  const one = await orders.get('id');
  same<typeof one, Message<Order>>(true);
  same<typeof one.body, Order>(true);
  const many = await orders.getMany(['id']);
  same<typeof many, Message<Order>[]>(true);
  const popped = await orders.pop();
  same<typeof popped, Message<Order>[]>(true);
  const claimed = await orders.claim();
  same<typeof claimed, Claim<Order> | null>(true);
  const held = await orders.getClaim('id');
  same<typeof held.messages, Message<Order>[]>(true);
  const tail = orders.tail();
  same<typeof tail, Live<Message<Order>>>(true);
  for await (const { body } of tail) same<typeof body, Order>(true);
  const pushed = orders.subscribe();
  same<typeof pushed, Live<Notification<Order>>>(true);
  for await (const { body } of pushed) same<typeof body.note, string | undefined>(true);

  orders.consume(({ body }) => same<typeof body, Order>(true), { onError: (_, { body }) => same<typeof body, Order>(true) });
  // @ts-expect-error: its messages are orders
  orders.consume((message: Message<string>) => message.body.length);
}

export async function untyped(client: Client): Promise<void> {
  const anything = client.queue('anything');
  same<typeof anything, Queue<Json>>(true);
  same<typeof anything, Queue>(true);
  await anything.post([{ body: null }, { body: [1n, 'two', { three: 3 }] }]);
  const [message] = await anything.pop();
  same<typeof message, Message | undefined>(true);
  // @ts-expect-error: undefined is no body
  await anything.post({ body: undefined });
  // @ts-expect-error: a date would come back as text
  await anything.post({ body: new Date() });
  // @ts-expect-error: it may be anything; look first
  message?.body.sku;
}

export function portable(client: Client): void {
  client.queue<string>('a');
  client.queue<Json>('a');
  client.queue<null | { readonly on: true } | [number, string]>('a');
  client.queue<{ kind: 'a'; of: Order[] } | { kind: 'b'; by: Record<string, Order> }>('a');
  // @ts-expect-error: a date would come back as text
  client.queue<{ when: Date }>('a');
  // @ts-expect-error: a map has no keys of its own
  client.queue<Map<string, number>>('a');
  // @ts-expect-error: bytes break other readers
  client.queue<{ file: Uint8Array }>('a');
  // @ts-expect-error: a function is no value
  client.queue<{ then(): void }>('a');
  // @ts-expect-error: nor is a symbol
  client.queue<{ deep: { key: symbol }[] }>('a');
}

/** A queue of orders is a queue of what orders are, to read; and goes where a plain queue is asked for. */
export function passed(orders: Queue<{ sku: number }>): Queue {
  const message = null! as Message<{ sku: number }>;
  const wider: Message<{ sku: number | string }> = message;
  // @ts-expect-error: a wider body need not be a number
  const narrower: Message<{ sku: number }> = wider;
  void narrower;
  return orders;
}
