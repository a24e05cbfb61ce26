// One start, in a document that has loaded nothing before.

window.onmessage = async ({ data: server }) => {
  try {
    parent.postMessage(await start(server));
  } catch (error) {
    parent.postMessage({ error: String(error.stack ?? error) });
  }
};

async function start(server) {
  const begun = performance.now();
  const { init, connect } = await import('/pkg/index.js');
  const imported = performance.now();
  // What an import does besides being loaded: nothing may be fetched, stored or left running.
  await new Promise(resolve => setTimeout(resolve, 20));
  const fetched = performance.getEntriesByType('resource').filter(({ name }) => !name.endsWith('.js')).length;
  const globals = Object.keys(window).filter(name => name.startsWith('zaqar')).length;

  const bytes = await (await fetch('/pkg/zaqar_web.wasm')).arrayBuffer();
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
