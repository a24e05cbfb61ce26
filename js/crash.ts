// Contains a crash of the wasm: what had been promised is rejected, what was open is closed, and the dead instance is never
// called again.

import { ZaqarError, guarded } from './errors.js';
import type { Pending } from './pending.js';

/** Closures and finalizers: nobody is there to whom an error could be thrown. */
const CALLED_BY_BROWSER = /^(wasm_bindgen_|__wbg_\w+_free$|__wbindgen_destroy_closure$)/;

/** Imports that run no code of the application and never call the instance. They are called with each frame. */
const CALLS_NOBODY = /^__(wbindgen_|wbg_(now|set|copy|pending|promise|resolve)_[0-9a-f]{16}$)/;

const SETS_TIMER = /^__wbg_setTimeout_/;
const CLEARS_TIMER = /^__wbg_clearTimeout_/;

/** Values that an export or import is called with. */
const MOST_GIVEN = 8;

type Lent = (...given: unknown[]) => unknown;

/** What a closure gives that no longer runs. bindgen's JavaScript takes what some give apart, into a value and an error. */
const NOTHING: readonly undefined[] = [];

/** One wasm instance, as far as it may crash. */
export class CrashGuard {
  /** Why the instance is dead. */
  error: ZaqarError | undefined;
  /** The promises that the instance is to settle. */
  readonly pending = new Set<Pending>();
  readonly #onCrash: () => void;
  /** The instance's own: each is called with the error. */
  #handlers: ReadonlySet<(error: unknown) => void> = new Set();
  /** What the instance has set and not cleared. Rust clears each timer, also one that has rung. */
  readonly #timers = new Set<unknown>();
  #clearTimer: Lent | undefined;
  #panic: string | undefined;
  #depth = 0;

  constructor(onCrash: () => void) {
    this.#onCrash = onCrash;
  }

  /** The text of a panic; the trap that it ends in follows. */
  panicked(text: string): void {
    this.#panic = text;
  }

  watch(handlers: ReadonlySet<(error: unknown) => void>): void {
    this.#handlers = handlers;
  }

  /**
   * The exports, guarded: an exception that comes out of one is a trap, or was thrown through the instance's frames, which left it
   * in the middle of something. Errors that Rust returns are thrown by bindgen's glue, outside of these.
   */
  guard(exports: WebAssembly.Exports): WebAssembly.Exports {
    const entries = Object.entries(exports).map(([name, value]) => [name, isEntry(name, value) ? this.#guarded(name, value) : value]);
    return Object.fromEntries(entries);
  }

  /**
   * The imports of that module, guarded: JavaScript that the instance calls may call it in turn, and keep to itself that it crashed.
   * Where it returns to a frame of the dead instance, that frame ends, too.
   */
  guardImports(module: WebAssembly.Module, imports: Record<string, unknown>): WebAssembly.ModuleImports {
    const names = WebAssembly.Module.imports(module).map(({ name }) => name);
    const guarded = (name: string, lent: Lent): Lent => (CALLS_NOBODY.test(name) ? lent : this.#returning(this.#timed(name, lent)));
    return Object.fromEntries(names.map(name => [name, guarded(name, imports[name] as Lent)]));
  }

  /** Keeps account of the timers that this import sets or clears. */
  #timed(name: string, lent: Lent): Lent {
    if (SETS_TIMER.test(name)) {
      return (ring, ms) => {
        const timer = lent(ring, ms);
        this.#timers.add(timer);
        return timer;
      };
    }
    if (!CLEARS_TIMER.test(name)) return lent;
    this.#clearTimer = lent;
    return timer => {
      this.#timers.delete(timer);
      return lent(timer);
    };
  }

  #returning(lent: Lent): Lent {
    return (a, b, c, d, e, f, g, h) => {
      const result = lent(a, b, c, d, e, f, g, h);
      if (!this.error) return result;
      // if it is a promise, nobody is left to hear that it was aborted
      Promise.resolve(result).catch(() => undefined);
      throw this.error;
    };
  }

  #guarded(name: string, entry: Lent): Lent {
    const isCalledByBrowser = CALLED_BY_BROWSER.test(name);
    // Eight are enough, and faster than a list.
    if (entry.length > MOST_GIVEN) throw new RangeError(`${name} takes more than ${MOST_GIVEN} values`);
    return (a, b, c, d, e, f, g, h) => {
      if (this.error) {
        if (isCalledByBrowser) return NOTHING;
        throw this.error;
      }
      this.#depth++;
      try {
        return entry(a, b, c, d, e, f, g, h);
      } catch (cause) {
        const error = this.error ?? this.#crashed(cause);
        // The frames of the dead instance that are below must not go on.
        if (isCalledByBrowser && this.#depth === 1) return NOTHING;
        throw error;
      } finally {
        this.#depth--;
      }
    };
  }

  #crashed(cause: unknown): ZaqarError {
    const what = this.#panic ?? [String(cause), ...placeOf(cause)].join(' at ');
    const message = `zaqar-web has crashed, which is a bug in it: ${what}. All its clients of this page have ended; connect again`;
    const error = (this.error = new ZaqarError('crashed', message, { delivery: 'unknown', cause }));
    console.error(error);
    this.#onCrash();
    for (const end of [...this.#handlers]) guarded(() => end(error));
    for (const pending of this.pending) pending.crashed(error);
    // They would do nothing, but Node waits for them.
    for (const timer of this.#timers) this.#clearTimer?.(timer);
    return error;
  }
}

/** Where a trap happened, as engines write it: the named wasm tells which function that is. */
function placeOf(cause: unknown): string[] {
  return /wasm-function\[\d+\]:0x[\da-f]+/.exec(String((cause as Error | undefined)?.stack)) ?? [];
}

/** All but bindgen's table of references, which each call uses many times and which has no code of ours. */
function isEntry(name: string, value: WebAssembly.ExportValue): value is (...given: unknown[]) => unknown {
  return typeof value === 'function' && !name.startsWith('__externref');
}
