// Where things are in the repository. Everything downloaded or made on the way to `pkg/` lives under `.cache/`, so that
// deleting `.cache target node_modules pkg` gives a fresh clone again.

import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
export const cache = path.join(root, '.cache');
export const pkg = path.join(root, 'pkg');

/** A path inside the repository. */
export function at(...parts) {
  return path.join(root, ...parts);
}
