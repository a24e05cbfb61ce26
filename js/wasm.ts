// The wasm module of this page: loaded once, shared by all clients.

import load, { type InitOutput } from 'zaqar-web-wasm';

import { attach } from './codec/decode.js';
import { ZaqarError, invalid } from './errors.js';

/** Where a wasm can come from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

let loading: Promise<void> | undefined;
let loaded: InitOutput | undefined;
let words = new Uint32Array(0);

/**
 * Loads the wasm, once: a later call waits for the first, whatever its source. After a failure it can be tried again.
 * The default is the file beside this module.
 */
export function init(source?: WasmSource): Promise<void> {
  loading ??= instantiate(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** The raw exports. `init` must have resolved. */
export function wasm(): InitOutput {
  if (loaded === undefined) throw invalid('the wasm is not loaded: call and await init() first');
  return loaded;
}

/** A 32-bit word of the wasm memory. */
export function wordAt(pointer: number): number {
  if (words.buffer !== wasm().memory.buffer) words = new Uint32Array(wasm().memory.buffer);
  return words[pointer >>> 2]!;
}

async function instantiate(source: WasmSource = new URL('zaqar_web.wasm', import.meta.url)): Promise<void> {
  try {
    loaded = await load({ module_or_path: source });
    attach(loaded, loaded.memory);
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): ZaqarError {
  const isForbidden = cause instanceof WebAssembly.CompileError && /unsafe-eval|\bCSP\b|Content Security Policy/i.test(cause.message);
  const sentence = isForbidden
    ? "the page's Content-Security-Policy forbids wasm: add 'wasm-unsafe-eval' to script-src"
    : 'the wasm could not be loaded: is zaqar_web.wasm served beside the module?';
  return new ZaqarError(isForbidden ? 'unsupported' : 'unavailable', sentence, { cause });
}
