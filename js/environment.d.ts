// What is not TypeScript's to know: the wasm as hexadecimal digits, which the build writes, and the one function we use of Node.

declare module 'zaqar-web-wasm-digits' {
  const digits: string;
  export default digits;
}

declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
