/** A promise that the wasm settles; a crash of the wasm rejects it. */
export class Pending {
  readonly promise: Promise<unknown>;
  readonly #endings: Set<(error: unknown) => void>;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;
  readonly #crashed: (error: unknown) => void;

  /** `endings` are the functions to call after a crash. */
  constructor(endings: Set<(error: unknown) => void>) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#endings = endings;
    this.#crashed = error => {
      // A call that was about to give it out never does: nobody listens to it.
      this.promise.catch(() => undefined);
      this.#reject(error);
    };
    endings.add(this.#crashed);
  }

  resolve(value: unknown): void {
    this.#endings.delete(this.#crashed);
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#endings.delete(this.#crashed);
    this.#reject(reason);
  }
}
