import { Component, provideZonelessChangeDetection, signal } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Orders } from './orders';

@Component({
  selector: 'app-root',
  imports: [Orders],
  template: `
    <h1>Orders</h1>
    <button id="toggle" (click)="isShown.set(!isShown())">{{ isShown() ? 'Hide' : 'Show' }}</button>
    @if (isShown()) {
      <app-orders />
    }
  `,
})
class App {
  readonly isShown = signal(true);
}

bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] }).catch(console.error);
