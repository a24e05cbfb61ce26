// What is meant to be reached: the least ratio of another's time to ours, by section, row and rival. Ratios are stated for
// Chromium; of Firefox less is asked.

const LIBRARIES = ['@msgpack/msgpack', 'msgpackr'];

export function goal(browser, section, row, rival) {
  const isLibrary = LIBRARIES.includes(rival);
  if (browser === 'firefox') {
    if (section !== 'codec') return undefined;
    if (isLibrary) return 2;
    return rival === 'JSON' && ['page', 'text', 'unicode'].includes(row) ? 1 : undefined;
  }
  switch (section) {
    case 'codec':
      if (isLibrary) return 2;
      if (rival === 'JSON') return { ack: 1.1, notification: 1.1, text: 1.1, page: 1.7, posted20: 5, unicode: 1 }[row];
      return rival === 'JSON as Zaqar sends it' && row === 'unicode' ? 1.4 : undefined;
    case 'sent':
      return rival === 'JSON' ? 1 : undefined;
    case 'receive':
      return rival === 'JSON' ? { page: 1.3, post: 2, text: 1, notification: 1, ack: 0.9 }[row] : undefined;
    case 'send':
      return isLibrary && row === 'post' ? 1.2 : undefined;
    default:
      return undefined;
  }
}

/** Bytes that a page downloads, and ms from the bytes of the wasm until it is ready. */
export const MOST = { bytes: 72_000, wasmReadyMs: 15, sideEffects: 0 };
