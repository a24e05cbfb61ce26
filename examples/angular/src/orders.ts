import { Component, inject } from '@angular/core';
import { ZAQAR, Zaqar } from './zaqar';

interface Order {
  sku: number;
}

const given = new URLSearchParams(location.search);

@Component({
  selector: 'app-orders',
  providers: [
    Zaqar,
    {
      provide: ZAQAR,
      useValue: {
        websocket: given.get('websocket') ?? 'ws://localhost:9000',
        rest: given.get('rest') ?? 'http://localhost:8888',
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
          <li>sku {{ message.body.sku }}</li>
        }
      </ul>
    }
  `,
})
export class Orders {
  readonly zaqar = inject(Zaqar);
  readonly messages = this.zaqar.tail<Order>('orders');

  post() {
    return this.zaqar.client()?.queue<Order>('orders').post({ body: { sku: 4711 } });
  }
}
