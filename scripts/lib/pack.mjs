// What npm would publish.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Problem, read } from './run.mjs';

/** Packs the package into `folder`; resolves to `{ tarball, files: [{ path, size }], size, unpackedSize, integrity }`. */
export async function pack(folder) {
  await mkdir(folder, { recursive: true });
  const { code, stdout, stderr } = await read('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  if (code !== 0) throw new Problem(`npm pack failed:\n${stderr}`);
  const [packed] = Object.values(JSON.parse(stdout));
  return { ...packed, tarball: path.join(folder, packed.filename) };
}
