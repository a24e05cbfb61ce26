import type { QueueView, WatchOptions } from './api.js';
import type { Context } from './context.js';
import { record } from './check.js';
import { LiveIterator } from './live.js';
import { statsOf } from './stats.js';

/** Live counts of queues: `Client.watch`. Whoever reads slowly gets the latest, and nothing in between. */
export function watch(context: Context, options: WatchOptions): LiveIterator<readonly QueueView[]> {
  return new LiveIterator<readonly QueueView[]>(context, options, sink => {
    const { signal: _, ...chosen } = record(options, 'the options') as WatchOptions;
    // Queues that were named keep their order, all of a project are sorted.
    const views = new Views(chosen.queues === undefined, sink.latest);
    const watch = context.wire.watch(chosen, {
      ready: () => {
        sink.ready();
        views.begin();
      },
      added: name => views.set({ name }),
      gone: name => views.delete(name),
      counted: (name, { messages }, rate) => views.set({ name, stats: statsOf(messages), at: Date.now(), ...(rate && { rate }) }),
      failed: (name, error) => views.set({ ...views.get(name), name, error }),
      fail: sink.fail,
    });
    return () => watch.close();
  });
}

/** The views of all queues, of which all changes of one turn are told at once. */
class Views {
  readonly #views = new Map<string, QueueView>();
  readonly #isSorted: boolean;
  readonly #show: (views: readonly QueueView[]) => void;
  /** In the order in which they are shown; undefined when it is to be found anew. */
  #names: string[] | undefined;
  /** Nothing is shown before all of them are known. */
  #hasBegun = false;
  #isDue = false;

  constructor(isSorted: boolean, show: (views: readonly QueueView[]) => void) {
    this.#isSorted = isSorted;
    this.#show = show;
  }

  begin(): void {
    this.#hasBegun = true;
    this.#tell();
  }

  get(name: string): QueueView | undefined {
    return this.#views.get(name);
  }

  set(view: QueueView): void {
    if (!this.#views.has(view.name)) this.#names = undefined;
    this.#views.set(view.name, Object.freeze(view));
    this.#tell();
  }

  delete(name: string): void {
    this.#views.delete(name);
    this.#names = undefined;
    this.#tell();
  }

  #tell(): void {
    if (this.#isDue || !this.#hasBegun) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#names ??= this.#isSorted ? [...this.#views.keys()].sort() : [...this.#views.keys()];
      this.#show(Object.freeze(this.#names.map(name => this.#views.get(name)!)));
    });
  }
}
