import { Component, inject } from '@angular/core';
import { ZAQAR, Zaqar } from './zaqar';

interface Order {
  sku: number;
}

const given = new URLSearchParams(location.search);
// The page's address may name servers of this machine only: with a token, a link that names another would steal it.
const ours = (name: string, usual: string) => (/^\w+:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(given.get(name) ?? '') ? given.get(name)! : usual);

@Component({
  selector: 'app-orders',
  providers: [
    Zaqar,
    {
      provide: ZAQAR,
      useValue: {
        websocket: ours('websocket', 'ws://localhost:9000'),
        rest: ours('rest', 'http://localhost:8888'),
        projectId: given.get('project') ?? 'demo',
      },
    },
  ],
  template: `
    @if (zaqar.error(); as error) {
      <p role="alert">{{ error.message }}</p>
    } @else {
      <p>Transport: <output id="transport">{{ zaqar.transport() ?? 'none' }}</output></p>
      <button id="post" [disabled]="!zaqar.client()" (click)="post()">Post one</button>
      <ul>
        @for (message of messages(); track message.id) {
          <li>sku {{ text(message.body?.sku) }}</li>
        }
      </ul>
    }
  `,
})
export class Orders {
  readonly zaqar = inject(Zaqar);
  readonly messages = this.zaqar.tail<Order>('orders');
  /** A text of anything: whoever may post decides what a body is, and JSON has no `bigint`. */
  readonly text = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));

  post() {
    return this.zaqar.client()?.queue<Order>('orders').post({ body: { sku: 4711 } });
  }
}
