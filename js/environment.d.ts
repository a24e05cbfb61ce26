// What is not TypeScript's to know: the base64 that the build makes of the wasm, and the one function we use of Node.

declare module 'zaqar-web-wasm-base64' {
  const base64: string;
  export default base64;
}

declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
