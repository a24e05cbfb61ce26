// Which package this is, and which build of it.

import { version as published } from '../package.json';

/** Given by the build: a hash of the wasm. */
declare const WASM_HASH: string;

/** The version of the package. */
export const version: string = published;

/** Names the build: a module and a wasm of two builds don't fit. */
export const build = `${version}+${WASM_HASH}`;
