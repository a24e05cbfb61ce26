// The wasm module of this page: loaded once, shared by all clients.

import { attachTo, bytes, lenient, refresh, wasm, words } from './codec/decode.js';
import { encoder } from './codec/encode.js';
import { ZaqarError } from './errors.js';

/** Where a wasm can come from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

let loading: Promise<void> | undefined;

/**
 * Loads the wasm, once: a later call waits for the first, whatever its source. After a failure it can be tried again.
 */
export function load(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= instantiate(source).catch((cause: unknown) => {
    loading = undefined;
    throw unavailable(cause);
  });
  return loading;
}

/** A 32-bit word of the wasm memory. */
export function wordAt(pointer: number): number {
  refresh();
  return words[pointer >>> 2]! >>> 0;
}

/** Copies bytes, or those of a text, into the wasm's room. */
export function put(given: Uint8Array | string): void {
  const source = typeof given === 'string' ? encoder.encode(given) : given;
  const at = wasm.room(source.length);
  refresh();
  bytes.set(source, at);
}

/** The bytes whose start and length are two words there: until the next call of the wasm. */
export function viewAt(pointer: number): Uint8Array<ArrayBuffer> {
  const start = wordAt(pointer);
  return bytes.subarray(start, start + wordAt(pointer + 4));
}

/** A copy of them. */
export function bytesAt(pointer: number): Uint8Array<ArrayBuffer> {
  return viewAt(pointer).slice();
}

/** The same as text. */
export function textAt(pointer: number): string {
  return lenient.decode(viewAt(pointer));
}

async function instantiate(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  let given = await source();
  if (typeof given === 'string' || given instanceof URL || given instanceof Request) given = await fetch(given);
  if (given instanceof Response) {
    if (!given.ok) throw new Error(`${given.url} answered ${given.status}`);
    // Compiling while it loads needs exactly the right type; a server that does not know it costs some time, not more.
    const isTyped = given.headers.get('Content-Type') === 'application/wasm';
    given = await (isTyped ? WebAssembly.compileStreaming(given) : given.arrayBuffer());
  }
  const made: WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource = await WebAssembly.instantiate(given as BufferSource);
  attachTo('instance' in made ? made.instance : made);
}

function unavailable(cause: unknown): ZaqarError {
  if (!globalThis.WebAssembly) return new ZaqarError('unsupported', 'there is no WebAssembly here', { cause });
  // As Chromium, Firefox and Safari say it.
  const isForbidden = /unsafe-eval|by CSP/.test(String(cause));
  const sentence = isForbidden
    ? "the page's Content-Security-Policy forbids wasm: add 'wasm-unsafe-eval' to script-src"
    : `the wasm could not be loaded (${cause}): is it served beside the module, and allowed by connect-src?`;
  return new ZaqarError(isForbidden ? 'unsupported' : 'unavailable', sentence, { cause, retryable: !isForbidden });
}
