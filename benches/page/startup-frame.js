// One start, in a document that has loaded nothing before.

import { work } from './frame.js';

work(({ build, server, isWhole }) => (isWhole ? whole : stepwise)(`/${build}/`, server));

/** As an application starts, with the files that were loaded for it. */
async function whole(base, server) {
  const begun = performance.now();
  const { connect } = await import(`${base}index.js`);
  const client = await connect({ websocket: server, projectId: 'bench' });
  const wholeMs = performance.now() - begun;
  await client.close();
  const files = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
  return { wholeMs, files: files.filter(path => path.startsWith(base)).map(path => path.slice(base.length)) };
}

async function stepwise(base, server) {
  const begun = performance.now();
  const { init, connect } = await import(`${base}index.js`);
  const imported = performance.now();
  // What an import does besides being loaded: nothing may be fetched, stored or left running.
  await new Promise(resolve => setTimeout(resolve, 20));
  const fetched = performance.getEntriesByType('resource').filter(({ name }) => !name.endsWith('.js')).length;
  const globals = Object.keys(window).filter(name => name.startsWith('zaqar')).length;

  const bytes = await (await fetch(`${base}zaqar_web.wasm`)).arrayBuffer();
  const before = performance.now();
  await init(bytes);
  const ready = performance.now();
  const client = await connect({ websocket: server, projectId: 'bench' });
  const answered = performance.now();
  await client.close();
  return {
    importMs: imported - begun,
    sideEffects: fetched + globals,
    wasmReadyMs: ready - before,
    firstReplyMs: answered - ready,
  };
}
