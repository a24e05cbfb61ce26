import { build } from './codec/decode.js';

/** A promise that the wasm settles. */
export class Pending {
  readonly promise: Promise<unknown>;
  readonly #all: Set<Pending>;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;

  /** It is one of `all` until it is settled. */
  constructor(all: Set<Pending>) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#all = all.add(this);
  }

  resolve(value: unknown): void {
    this.#all.delete(this);
    this.#resolve(value);
  }

  /** Resolves to the value that the scan before found. */
  resolveFrom(head: number): void {
    try {
      this.resolve(build(head));
    } catch (damage) {
      this.reject(damage);
    }
  }

  reject(reason: unknown): void {
    this.#all.delete(this);
    this.#reject(reason);
  }

  /** The wasm settles it no more. */
  crashed(error: unknown): void {
    // A call that was about to give it out never does: nobody listens to it.
    this.promise.catch(() => undefined);
    this.reject(error);
  }
}
