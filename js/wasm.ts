// The wasm module of this page: loaded once, shared by all clients.

import type { InitOutput } from 'zaqar-web-wasm';

import { attach, bytes, refresh, words } from './codec/decode.js';
import { ZaqarError, invalid } from './errors.js';

/** Where a wasm can come from. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

let loading: Promise<void> | undefined;
let loaded: InitOutput | undefined;

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
  refresh();
  return words[pointer >>> 2]! >>> 0;
}

const NOTHING = new Uint8Array(0);

/** Copies bytes into the wasm's room, behind others. */
export function put(source: Uint8Array, before = NOTHING): void {
  const at = wasm().room(before.length + source.length);
  refresh();
  bytes.set(before, at);
  bytes.set(source, at + before.length);
}

/** A copy of the bytes whose start and length are two words there. */
export function bytesAt(pointer: number): Uint8Array<ArrayBuffer> {
  const start = wordAt(pointer);
  return bytes.slice(start, start + wordAt(pointer + 4));
}

/** The same as text. */
export function textAt(pointer: number): string {
  return new TextDecoder().decode(bytesAt(pointer));
}

async function instantiate(source: WasmSource = new URL('zaqar_web.wasm', import.meta.url)): Promise<void> {
  try {
    attachTo(await compiled(source));
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** It imports nothing, so the glue that wasm-bindgen writes is not needed. */
export function attachTo(instance: WebAssembly.Instance): void {
  loaded = instance.exports as unknown as InitOutput;
  attach(loaded, loaded.memory);
}

async function compiled(source: WasmSource | Response): Promise<WebAssembly.Instance> {
  if (source instanceof WebAssembly.Module) return WebAssembly.instantiate(source);
  const isBytes = source instanceof ArrayBuffer || ArrayBuffer.isView(source);
  if (isBytes) return (await WebAssembly.instantiate(source)).instance;
  const response = source instanceof Response ? source : await fetch(source);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  // Compiling while it loads needs the right type; a server that does not know it costs some time, not more.
  const isTyped = response.headers.get('Content-Type')?.startsWith('application/wasm');
  if (isTyped) return (await WebAssembly.instantiateStreaming(response)).instance;
  return (await WebAssembly.instantiate(await response.arrayBuffer())).instance;
}

function unavailable(cause: unknown): ZaqarError {
  const isForbidden = cause instanceof WebAssembly.CompileError && /unsafe-eval|\bCSP\b|Content Security Policy/i.test(cause.message);
  const sentence = isForbidden
    ? "the page's Content-Security-Policy forbids wasm: add 'wasm-unsafe-eval' to script-src"
    : 'the wasm could not be loaded: is zaqar_web.wasm served beside the module?';
  return new ZaqarError(isForbidden ? 'unsupported' : 'unavailable', sentence, { cause });
}
