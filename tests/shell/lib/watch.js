// Watches the wasm of a page from both sides, in Node and in browsers: which of its exports are called, and what it calls, after
// it has crashed. It stands between the package and the wasm, in the place of `WebAssembly.instantiate`.

const real = WebAssembly.instantiate;
const clock = performance.now;
/** Tables and references, which have no code of ours. */
const IS_PLUMBING = /^__externref|^__wbindgen_(exn_store|init)/;

/** The instances, in the order in which they were made. */
export const instances = [];

export function watchInstances() {
  WebAssembly.instantiate = async (module, imports) => {
    // Node's `fetch` has a wasm of its own, which is made with the first request.
    if (!imports?.['./zaqar_web_bg.js']) return real.call(WebAssembly, module, imports);
    const state = { diedAt: undefined, entered: [], left: [] };
    const watched = Object.fromEntries(Object.entries(imports).map(([name, functions]) => [name, watchImports(functions, state)]));
    const { exports } = await real.call(WebAssembly, module, watched);
    instances.push(Object.assign(state, { trap: exports.trap }));
    return { exports: watchExports(exports, state) };
  };
  return () => (WebAssembly.instantiate = real);
}

/** What the global `trap` of traps.mjs stands for. */
export const TRAPS = { unreachable: 1, panic: 2, 'stack overflow': 3, 'access out of bounds': 4 };

/** Lets the newest instance end by that, one of `TRAPS` or an exception that is not its own, when it next looks at the clock. */
export function arm(trap) {
  if (trap === 'exception') {
    performance.now = () => {
      performance.now = clock;
      throw new Error('the clock has stopped');
    };
  } else {
    instances.at(-1).trap.value = TRAPS[trap];
  }
}

function watchExports(exports, state) {
  return Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, typeof value === 'function' && !IS_PLUMBING.test(name) ? watchExport(name, value, state) : value]));
}

function watchExport(name, entry, state) {
  return (...given) => {
    if (state.diedAt !== undefined) state.entered.push(name);
    try {
      return entry(...given);
    } catch (error) {
      state.diedAt ??= clock.call(performance);
      throw error;
    }
  };
}

function watchImports(functions, state) {
  return Object.fromEntries(Object.entries(functions).map(([name, value]) => [name, name.startsWith('__wb') ? watchImport(name, value, state) : value]));
}

function watchImport(name, leave, state) {
  return (...given) => {
    if (state.diedAt !== undefined) state.left.push(name);
    return leave(...given);
  };
}
