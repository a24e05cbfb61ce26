// What crosses the border of the wasm, and what stays on its side: checks of the source, the crate and the shipped wasm.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { xtask } from '../../scripts/build.mjs';
import { at, pkg } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';

/** What Rust does, by the words for it in TypeScript, and the files that may have them nevertheless, with the reason. */
const RUSTS = {
  'a WebSocket is made': { words: /\bnew WebSocket\b|\bWebSocket\(/, may: {} },
  'something is fetched': { words: /\bfetch\(/, may: { 'instance.ts': 'loads the wasm' } },
  'a timer is set': { words: /\bset(Timeout|Interval)\(/, may: {
    'instance.ts': 'limits the loading of the wasm, which cannot do it',
    'bindings/follow.ts': 'draws once for all that comes in a turn; it is no part of the package\'s main module',
  } },
  'the page is watched': { words: /addEventListener\('(online|offline|visibilitychange|freeze|resume|pagehide|pageshow)'/, may: {} },
  'memory is read by offset': { words: /\b(frameRoom|scanFrame|new DataView\(memory|memory\.buffer)/, may: {} },
};

/** The crates that this project is made of for the browser. */
const CRATES = ['gloo-timers', 'js-sys', 'rmp-serde', 'serde', 'serde-wasm-bindgen', 'wasm-bindgen', 'wasm-bindgen-futures', 'web-sys'];

let files;
let module;
before(async () => {
  const names = (await readdir(at('js'), { recursive: true })).filter(name => name.endsWith('.ts') && !name.startsWith('codec'));
  files = await Promise.all(names.map(async name => ({ name, code: withoutComments(await readFile(at('js', name), 'utf8')) })));
  module = await WebAssembly.compile(await readFile(path.join(pkg, 'zaqar_web.wasm')));
});

for (const [what, { words, may }] of Object.entries(RUSTS)) {
  test(`only Rust, and what says why, is where ${what}`, () => {
    const found = files.filter(({ code }) => words.test(code)).map(({ name }) => name);
    assert.deepEqual(found.sort(), Object.keys(may).sort());
  });
}

test('the wasm is made of the eight crates', async () => {
  const { code, stdout, stderr } = await read('cargo', ['tree', '--locked', '--offline', '--target', 'wasm32-unknown-unknown', '-e', 'normal', '--depth', '1', '--prefix', 'none', '--format', '{p}']);
  assert.equal(code, 0, stderr);
  const [, ...crates] = stdout.trim().split('\n').map(line => line.split(' ')[0]);
  for (const crate of CRATES) assert.ok(crates.includes(crate), `${crate} is not among ${crates}`);
});

test('the layout that JavaScript has is the one that Rust prints, and its version is what the wasm exports', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'zaqar-layout-'));
  try {
    const file = path.join(folder, 'layout.ts');
    await xtask('layout', file);
    const printed = await readFile(file, 'utf8');
    assert.equal(await readFile(at('js', 'codec', 'layout.generated.ts'), 'utf8'), printed);
    const version = Number(/VERSION\b[^=]*= (\d+)/.exec(printed)[1]);
    const imports = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]));
    const { exports } = await WebAssembly.instantiate(module, { './zaqar_web_bg.js': imports });
    assert.equal(exports.layoutVersion() >>> 0, version);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('what the wasm exports has names', () => {
  for (const { name } of WebAssembly.Module.exports(module)) assert.ok(name.length > 2, name);
});

test('the wasm imports functions of bindgen and nothing else', () => {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    assert.equal(from, './zaqar_web_bg.js');
    assert.equal(kind, 'function');
    assert.match(name, /^__wb/);
  }
});

function withoutComments(code) {
  return code.replace(/\/\*[^]*?\*\//g, '').replace(/(^|[^:'])\/\/.*$/gm, '$1');
}
