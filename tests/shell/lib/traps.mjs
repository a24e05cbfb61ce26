// A copy of the shipped wasm that can be made to trap at a chosen moment. Nothing in the product is there for it.
//
// Everything that reaches the engine first asks for the time: calls, frames, timers, answers, events of the page. So the import
// of the clock is replaced by a function that looks at a global, which the copy exports as `trap`. While the global is zero it
// goes on to the real clock; otherwise it does what the number in `TRAPS` (watch.js) says. Functions of ours would be no good places for
// it: the compiler inlines them as it likes, but never an import.
//
// The panic is a real one of Rust. A call site of `RefCell`'s check is looked up in the wasm, and called with the same place in
// the source; the text and the place of the error are what the panic hook makes of them.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import binaryen from 'binaryen';
import { pkg } from '../../../scripts/lib/paths.mjs';
import { TRAPS } from './watch.js';

const PANIC = /cell::panic_already_(mutably_)?borrowed/;

/** The shipped wasm, with names, and the exported global `trap`. */
export async function trappingWasm() {
  const module = await readNamed();
  const clock = importOf(module, /^__wbg_now_/);
  const { i32, f64, none } = binaryen;
  module.addGlobal('trap', i32, true, module.i32.const(0));
  module.addGlobalExport('trap', 'trap');
  const panic = panicCall(module);
  module.removeFunction(clock.name);
  module.addFunctionImport('real clock', clock.module, clock.base, none, f64);
  const is = trap => module.i32.eq(module.global.get('trap', i32), module.i32.const(TRAPS[trap]));
  const body = [
    module.if(is('unreachable'), module.unreachable()),
    module.if(is('panic'), panic),
    module.if(is('stack overflow'), module.drop(module.f64.add(module.call(clock.name, [], f64), module.f64.const(1)))),
    module.if(is('access out of bounds'), module.drop(module.i32.load(0, 4, module.i32.const(-4)))),
    module.call('real clock', [], f64),
  ];
  module.addFunction(clock.name, none, f64, [], module.block(null, body, f64));
  return emit(module);
}

/** The shipped wasm with at most so many pages of memory, of 64 KiB each. */
export async function narrowWasm(pages) {
  const module = await readNamed();
  const { initial } = module.getMemoryInfo();
  const text = module.emitText().replace(/\(memory (\$\S+) \d+\)/, `(memory $1 ${initial} ${pages})`);
  const section = customSection(await readFile(NAMED), 'zaqar_web_build');
  const narrow = binaryen.parseText(text);
  narrow.setFeatures(FEATURES);
  narrow.addCustomSection('zaqar_web_build', section);
  return emit(narrow);
}

const NAMED = path.join(pkg, 'zaqar_web.named.wasm');
const { BulkMemory, BulkMemoryOpt, CallIndirectOverlong, Multivalue, MutableGlobals, NontrappingFPToInt, ReferenceTypes, SignExt } = binaryen.Features;
/** As in scripts/build.mjs: every engine of today has them. */
const FEATURES = BulkMemory | BulkMemoryOpt | CallIndirectOverlong | Multivalue | MutableGlobals | NontrappingFPToInt | ReferenceTypes | SignExt;

async function readNamed() {
  const module = binaryen.readBinary(await readFile(NAMED));
  module.setFeatures(FEATURES);
  return module;
}

function emit(module) {
  if (!module.validate()) throw new Error('the changed wasm is not valid');
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

function customSection(bytes, name) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), name);
  return new Uint8Array(section);
}

function importOf(module, base) {
  for (const info of functions(module)) if (base.test(info.base)) return info;
  throw new Error(`the wasm imports nothing named ${base}`);
}

/** A call of the function that panics for a `RefCell`, with the arguments of a call that stands in `src/`. */
function panicCall(module) {
  const name = functions(module).map(info => info.name).find(name => PANIC.test(name));
  if (name === undefined) throw new Error('the wasm has no check of a RefCell whose panic could be borrowed');
  const calls = module.emitText().split(`(call $"${name}"`).slice(1);
  const places = calls.map(call => Number(call.match(/^\s*\(i32\.const (\d+)\)/)?.[1]));
  const place = places.find(place => place > 0 && fileAt(module, place).startsWith('src/'));
  if (place === undefined) throw new Error(`no call of ${name} names a place in src/`);
  return module.block(null, [module.call(name, [module.i32.const(place)], binaryen.none), module.unreachable()]);
}

/** The file of a `Location`, which begins with the address and the length of its name. */
function fileAt(module, place) {
  const header = new DataView(dataAt(module, place, 8).buffer);
  return Buffer.from(dataAt(module, header.getUint32(0, true), header.getUint32(4, true))).toString();
}

/** Bytes of the wasm's data. */
function dataAt(module, address, length) {
  for (let index = 0; index < module.getNumDataSegments(); index++) {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
    const start = address - offset;
    if (start >= 0 && start + length <= data.byteLength) return new Uint8Array(data).slice(start, start + length);
  }
  throw new Error(`the wasm has no data at ${address}`);
}

function functions(module) {
  return Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
}
