import { DestroyRef, Injectable, InjectionToken, type Signal, effect, inject, signal } from '@angular/core';
// Angular's build takes no wasm file along; this entry has it inside.
import { type Client, type ConnectOptions, type Message, type Portable, connect } from 'zaqar-web/inline';

export const ZAQAR = new InjectionToken<ConnectOptions>('where Zaqar is');

/** A client for as long as the component that provides it, or the application. */
@Injectable()
export class Zaqar {
  readonly #client = signal<Client | undefined>(undefined);
  readonly #transport = signal<Client['transport']>(null);
  readonly #error = signal<Error | undefined>(undefined);

  readonly client = this.#client.asReadonly();
  /** What carries requests at the moment. */
  readonly transport = this.#transport.asReadonly();
  readonly error = this.#error.asReadonly();

  constructor() {
    // It closes a client that is there as well as one that is still connecting.
    const leave = new AbortController();
    inject(DestroyRef).onDestroy(() => leave.abort());
    connect({ ...inject(ZAQAR), signal: leave.signal }).then(
      client => {
        client.addEventListener('transportchange', ({ detail }) => this.#transport.set(detail.transport));
        this.#transport.set(client.transport);
        this.#client.set(client);
      },
      error => leave.signal.aborted || this.#error.set(error),
    );
  }

  /** The last messages of a queue, as they come. To be called where a component is made. */
  tail<Body extends Portable<Body>>(name: string, keep = 100): Signal<Message<Body>[]> {
    const messages = signal<Message<Body>[]>([]);
    effect(onCleanup => {
      const queue = this.#client()?.queue<Body>(name);
      if (!queue) return;
      const leave = new AbortController();
      onCleanup(() => leave.abort());
      const read = async () => {
        for await (const message of queue.tail({ from: 'start', signal: leave.signal })) {
          messages.update(known => [...known, message].slice(-keep));
        }
      };
      read().catch(error => leave.signal.aborted || console.error(error));
    });
    return messages;
  }
}
