import type { CallOptions } from './api.js';
import type { Action, Reply, Wire } from './wire.js';
import { callOptions, queueName } from './check.js';
import { type ZaqarError, invalid } from './errors.js';

/** What the parts of one client share. */
export class Context {
  /** How to end each running iterator when the client closes. */
  readonly running = new Set<(error: ZaqarError | undefined) => void>();

  constructor(
    readonly wire: Wire,
    readonly allowDottedNames: boolean,
    /** Tells the application of trouble that no call reports. */
    readonly trouble: (error: ZaqarError) => void,
  ) {
    void wire.closed.then(error => {
      for (const end of [...this.running]) end(error);
    });
  }

  call<A extends Action>(action: A, body: Record<string, unknown>, options: CallOptions | undefined): Promise<Reply<A>> {
    return this.wire.call(action, body, callOptions(options));
  }

  /** Whether a queue of this name breaks no others. */
  isHarmless(queue: string): boolean {
    return this.allowDottedNames || !queue.includes('.');
  }

  /** Refuses what would create a queue that breaks others. */
  mayCreate(queue: string): string {
    if (!this.isHarmless(queueName(queue))) {
      throw invalid(`queue ${queue}: a dot in the name can break other queues on Redis; on another store, set allowDottedNames`);
    }
    return queue;
  }
}
