// What all entries have in common: everything but where the wasm comes from. index.js has it inside, to be one file; the
// others import it, so that a page or process that uses two of them has one client and one ZaqarError.

export type * from './api.js';
export { connectWith } from './connect.js';
export { endpoints } from './endpoints.js';
export { ZaqarError, invalid } from './errors.js';
export { type WasmSource, load } from './wire.js';
export { version } from './version.js';
