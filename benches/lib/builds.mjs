// Builds of the package as a page loads them. Each answer has bytes of its own, because browsers keep what they have compiled
// by its bytes: without that only the first start would be one.

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const LOADED = {
  '.js': { type: 'text/javascript; charset=utf-8', stamp: stampScript },
  '.wasm': { type: 'application/wasm', stamp: stampWasm },
};

/** Routes for the files of `builds`, which are folders by name. The files are read once. */
export async function buildRoutes(builds) {
  const routes = {};
  for (const [build, folder] of Object.entries(builds)) {
    for (const name of await readdir(folder, { recursive: true })) {
      const loaded = LOADED[path.extname(name)];
      if (loaded === undefined) continue;
      const bytes = await readFile(path.join(folder, name));
      routes[`/${build}/${name.replaceAll(path.sep, '/')}`] = stamped(bytes, loaded);
    }
  }
  return routes;
}

let answers = 0;

function stamped(bytes, { type, stamp }) {
  return (_, response) => void response.writeHead(200, { 'Content-Type': type }).end(stamp(bytes, (answers += 1)));
}

function stampScript(bytes, number) {
  return Buffer.concat([bytes, Buffer.from(`\n// ${number}\n`)]);
}

/** A custom section, which no engine looks at. It comes first, because a compiler that streams compares the beginnings. */
export function stampWasm(bytes, number) {
  const content = Buffer.from(String(number).padStart(12, '0'));
  const section = Buffer.from([0, 1 + NAME.length + content.length, NAME.length, ...NAME, ...content]);
  return Buffer.concat([bytes.subarray(0, HEADER_LENGTH), section, bytes.subarray(HEADER_LENGTH)]);
}

const NAME = Buffer.from('bench');
const HEADER_LENGTH = 8;
