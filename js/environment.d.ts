// What the build brings, and the one function we use of Node.

/** bindgen's JavaScript for the wasm. Each call makes one of its own, for an instance of its own. */
declare module 'zaqar-web-glue' {
  type Glue = typeof import('zaqar-web-wasm');
  export default function makeGlue(): Glue & { __wbg_set_wasm(exports: WebAssembly.Exports): void };
}

/** The wasm as hexadecimal digits. */
declare module 'zaqar-web-wasm-digits' {
  const digits: string;
  export default digits;
}

declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
