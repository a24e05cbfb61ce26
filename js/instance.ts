// The wasm of this page: compiled once, and one instance of it that all clients share. After a crash there is a fresh one.

import makeGlue from 'zaqar-web-glue';
import { attachTo } from './codec/decode.js';
import { VERSION as LAYOUT_VERSION } from './codec/layout.generated.js';
import { CrashGuard } from './crash.js';
import { ZaqarError, attempt, guarded } from './errors.js';
import { hostOf } from './host.js';
import { build } from './version.js';

/** Where a wasm can come from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** A timer that is set. */
export interface Delay {
  cancel(): void;
}

/** What the wasm exports. */
export type Core = ReturnType<typeof makeGlue>;

/** The section of the wasm that names the build it belongs to. */
const BUILD_SECTION = 'zaqar_web_build';
/** What the imports of the wasm are named after. */
const GLUE = './zaqar_web_bg.js';

let compiling: Promise<WebAssembly.Module> | undefined;
let starting: Promise<void> | undefined;
let current: Core | undefined;

/**
 * Loads the wasm, once: a later call waits for the first, whatever its source. After a failure it can be tried again, and after a
 * crash it starts a fresh instance.
 */
export function load(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  compiling ??= compile(source).catch((cause: unknown) => {
    compiling = undefined;
    throw cause;
  });
  starting ??= compiling.then(start).catch((cause: unknown) => {
    starting = undefined;
    throw cause instanceof ZaqarError ? cause : unavailable(cause);
  });
  return starting;
}

/** The instance that lives. `load` has resolved. */
export function core(): Core {
  return current!;
}

/** The same for one caller: within a time, and until its signal is aborted. */
export function loadWithin(load: () => Promise<void>, limitMs: number, signal: AbortSignal | undefined): Promise<void> {
  let forget!: () => void;
  const impatience = new Promise<never>((_, reject) => {
    const abort = () => reject(signal!.reason);
    signal?.addEventListener('abort', abort);
    const timer = setTimeout(() => {
      reject(new ZaqarError('timeout', `the wasm was not loaded within ${limitMs} ms`, { retryable: true }));
    }, limitMs);
    forget = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  return Promise.race([load(), impatience]).finally(forget);
}

/** Calls a function once, later, unless it is cancelled. */
export function delay(ms: number, ring: () => void): Delay {
  // A wasm that has crashed rings no more.
  const handle = attempt(() => new (core().Delay)(ms, () => guarded(ring)));
  return { cancel: () => void attempt(() => handle?.cancel()) };
}

async function compile(source: () => WasmSource | Promise<WasmSource>): Promise<WebAssembly.Module> {
  refuseBareRuntime();
  let given = await source();
  if (typeof given === 'string' || given instanceof URL || isOf(globalThis.Request, given)) given = await fetch(given);
  if (isOf(globalThis.Response, given)) {
    if (!given.ok) throw new Error(`${given.url} answered ${given.status}`);
    // Compiling while it loads needs exactly the right type; a server that does not know it costs some time, not more.
    const isTyped = given.headers.get('Content-Type') === 'application/wasm';
    given = await (isTyped ? WebAssembly.compileStreaming(given) : given.arrayBuffer());
  }
  const module = given instanceof WebAssembly.Module ? given : await WebAssembly.compile(given);
  refuseOtherBuild(module);
  return module;
}

async function start(module: WebAssembly.Module): Promise<void> {
  const crash = new CrashGuard(() => (starting = undefined));
  const glue = makeGlue();
  const { exports } = await WebAssembly.instantiate(module, { [GLUE]: crash.guardImports(module, glue as Record<string, unknown>) });
  glue.__wbg_set_wasm(crash.guard(exports));
  (exports.__wbindgen_start as () => void)();
  if (glue.layoutVersion() !== LAYOUT_VERSION) throw unsupported('its memory has another layout');
  glue.attach(hostOf(crash));
  attachTo(glue, exports.memory as WebAssembly.Memory);
  crash.watch(glue.crashHandlers());
  current = glue;
}

/** jsdom lacks the classes of `fetch`; bytes and modules can be had without them. */
function isOf<T>(kind: (abstract new (...given: never[]) => T) | undefined, value: unknown): value is T {
  return kind !== undefined && value instanceof kind;
}

/**
 * Names what a runtime lacks, before it is needed. `typeof` and not `globalThis`, for node.cjs has a TextDecoder of its own. Where
 * there is one, there is a TextEncoder.
 */
function refuseBareRuntime(): void {
  const kinds = { WebAssembly: typeof WebAssembly, TextDecoder: typeof TextDecoder, EventTarget: typeof EventTarget };
  const missing = Object.entries(kinds).find(([, kind]) => kind === 'undefined');
  if (missing) throw new ZaqarError('unsupported', `there is no ${missing[0]} here`);
}

/** A wasm of another build would fail in ways that tell nothing. */
function refuseOtherBuild(module: WebAssembly.Module): void {
  const [section] = WebAssembly.Module.customSections(module, BUILD_SECTION);
  const found = section ? new TextDecoder().decode(section) : 'of an unknown build';
  if (found !== build) throw unsupported(`it is ${found}`);
}

function unsupported(why: string): ZaqarError {
  return new ZaqarError('unsupported', `this module is zaqar-web ${build} and cannot use the wasm: ${why}. Serve both files of one release`);
}

function unavailable(cause: unknown): ZaqarError {
  // As Chromium, Firefox and Safari say it.
  const isForbidden = /unsafe-eval|by CSP/.test(String(cause));
  const sentence = isForbidden
    ? "the page's Content-Security-Policy forbids wasm: add 'wasm-unsafe-eval' to script-src"
    : `the wasm could not be loaded (${cause}): is it served beside the module, and allowed by connect-src?`;
  return new ZaqarError(isForbidden ? 'unsupported' : 'unavailable', sentence, { cause, retryable: !isForbidden });
}

