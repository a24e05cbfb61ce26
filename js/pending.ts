/** A promise that the wasm settles; a crash of the wasm rejects it. */
export class Pending {
  readonly promise: Promise<unknown>;
  readonly #endings: Set<(error: unknown) => void>;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: unknown) => void;

  /** `endings` are the functions to call after a crash. */
  constructor(endings: Set<(error: unknown) => void>) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#endings = endings;
    endings.add(this.#reject);
  }

  resolve(value: unknown): void {
    this.#endings.delete(this.#reject);
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#endings.delete(this.#reject);
    this.#reject(reason);
  }
}
