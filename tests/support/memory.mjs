// How much memory JavaScript and the wasm hold.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The memories of all instances of wasm that are made from now on: a crash makes another. */
export function watchWasm() {
  const memories = [];
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...all) => {
    const instance = await instantiate(...all);
    memories.push((instance.instance ?? instance).exports.memory);
    return instance;
  };
  return { largest: () => Math.max(0, ...memories.map(memory => memory.buffer.byteLength)) };
}

/** Bytes of the heap and of buffers that are left when all garbage is collected. */
export function held() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
