// The modules of pkg/, made of js/ by esbuild, and by terser after it, which takes 3 % more off.
//
//   index.js            the package in one file, with zaqar_web.wasm beside it        exports "." in browsers
//   shared.js           the package without a wasm, for the three that follow
//   slim.js             brings no wasm                                                "./slim"
//   inline.js           has the wasm inside                                           "./inline"
//   node.js             reads zaqar_web.wasm from the disk                            "." in Node
//   node.cjs            the same in one file, for `require`                           all of them, where no bundler works
//   global.js           all in one classic script, as `zaqarWeb`                      for CDNs
//   react.js, vue.js, svelte.js, and .cjs of each      the bindings of js/bindings/      "./react", "./vue", "./svelte"
//
// Types stand beside them by the same names; bundlers take zaqar_web.wasm for a file, so its module is its URL.

import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, cache, pkg, root } from './paths.mjs';
import { Problem } from './run.mjs';

/** What bindgen has made of the wasm. */
export const bindgen = path.join(cache, 'build', 'bindgen');

const WASM = 'zaqar_web.wasm';
const SHARED = './shared.js';
const SAME_TYPES = "export * from './index.js';\n";

/** The script for CDNs; its hash is for the `integrity` of the tag. */
export const SCRIPT = 'global.js';

const REQUIRED = 'node.cjs';

/** The frameworks that have a binding, and what it imports of them. */
const BINDINGS = { react: 'react', vue: 'vue', svelte: 'svelte/store' };

/** Jest's jsdom hides the classes that Node has, but not its modules. */
const IN_COMMONJS = `const { TextDecoder, TextEncoder } = require('node:util'), moduleUrl = require('node:url').pathToFileURL(__filename);`;

export async function makeEntries({ minify }) {
  const parts = await wasmParts();
  const modules = {
    'index.js': ['index.ts'],
    'shared.js': ['shared.ts'],
    'slim.js': ['slim.ts', { external: [SHARED] }],
    'inline.js': ['inline.ts', { external: [SHARED] }],
    'node.js': ['node.ts', { external: [SHARED, 'node:fs/promises'] }],
    [REQUIRED]: ['node.ts', { format: 'cjs', external: ['node:*'], banner: { js: IN_COMMONJS }, define: { ...parts.define, 'import.meta.url': 'moduleUrl' } }],
    [SCRIPT]: ['inline.ts', { format: 'iife', globalName: 'zaqarWeb' }],
  };
  for (const [name, framework] of Object.entries(BINDINGS)) {
    for (const [ending, format] of [['js', 'esm'], ['cjs', 'cjs']]) modules[`${name}.${ending}`] = [`bindings/${name}.ts`, { format, external: [framework] }];
  }
  await Promise.all(Object.entries(modules).map(([name, [entry, options]]) => makeModule(name, entry, minify, { ...parts, ...options })));
  await makeTypes();
  const maps = Object.keys(modules).map(name => `${name}.map`);
  const known = [WASM, 'zaqar_web.named.wasm', ...Object.keys(modules), ...maps, ...TYPES];
  for (const name of await readdir(pkg)) if (!known.includes(name)) await rm(path.join(pkg, name), { recursive: true });
}

/** What a page's `<script integrity>` must say for this file. */
export async function integrity(file) {
  return `sha384-${createHash('sha384').update(await readFile(file)).digest('base64')}`;
}

/** What has the wasm within: a source map would have it once more. */
const WITHIN = ['inline.js', SCRIPT];

const TYPES = ['index.d.ts', 'slim.d.ts', 'inline.d.ts', 'index.d.cts', 'slim.d.cts', `${WASM}.d.ts`, `${WASM}.d.cts`, ...Object.keys(BINDINGS).flatMap(name => [`${name}.d.ts`, `${name}.d.cts`])];

async function makeTypes() {
  const write = (name, text) => writeFile(path.join(pkg, name), text);
  const api = await withRustTypes(await readFile(at('js', 'api.d.ts'), 'utf8'));
  const slim = await readFile(at('js', 'slim.api.d.ts'), 'utf8');
  // What is imported and what is required each has its own ZaqarError, so its own types.
  for (const kind of ['', 'c']) {
    await write(`index.d.${kind}ts`, api);
    await write(`slim.d.${kind}ts`, slim.replaceAll('./api.js', `./index.${kind}js`));
    for (const name of Object.keys(BINDINGS)) await write(`${name}.d.${kind}ts`, (await bindingTypes(name)).replaceAll('../api.js', `./index.${kind}js`));
  }
  await write('inline.d.ts', SAME_TYPES);
  const address = '/** The address of the file, as bundlers that take it for an asset give it. */\ndeclare const url: string;\n';
  await write(`${WASM}.d.ts`, `${address}export default url;\n`);
  await write(`${WASM}.d.cts`, `${address}export = url;\n`);
}

/** The types of a binding, with those that all have in common within. */
async function bindingTypes(name) {
  const [own, common] = await Promise.all([`${name}.api.d.ts`, 'api.d.ts'].map(file => readFile(at('js', 'bindings', file), 'utf8')));
  return `${own.replace(/^(?:import|export) type .* from '\.\/api\.js';\n/gm, '')}\n${common}`;
}

/** The types that api.d.ts has from Rust, in the place where it exports them: users get no types of the wasm. */
async function withRustTypes(api) {
  const rust = await readFile(path.join(bindgen, 'zaqar_web.d.ts'), 'utf8');
  const declaration = name => {
    const found = rust.match(new RegExp(`(?:/\\*\\*[^/]*\\*/\n)?export (?:type ${name} = .*;|interface ${name} \\{[^]*?\n\\})`));
    if (!found) throw new Problem(`src/ exports no type ${name}, which js/api.d.ts takes from it.`);
    return found[0];
  };
  return api
    .replace(/^import type .* from 'zaqar-web-wasm';\n/m, '')
    .replace(/^export type \{ (.*) \} from 'zaqar-web-wasm';$/m, (_, names) => names.split(', ').map(declaration).join('\n\n'));
}

/** Options of esbuild for whatever is bundled from js/ and runs on pkg/zaqar_web.wasm. */
export async function wasmParts() {
  const hash = await readFile(path.join(bindgen, 'hash'), 'utf8');
  return { plugins: [glue, wasmDigits], define: { WASM_HASH: JSON.stringify(hash) } };
}

/**
 * bindgen's module as a function, so that each instance of the wasm has its own: its variables are those of one instance. It returns
 * a plain object of what the module exports. One of getters, as bundlers make it, is slow to make and at every call.
 */
const glue = {
  name: 'glue',
  setup(build) {
    build.onResolve({ filter: /^zaqar-web-glue$/ }, ({ path }) => ({ path, namespace: 'glue' }));
    build.onLoad({ filter: /.*/, namespace: 'glue' }, async () => {
      const entryPoints = [path.join(bindgen, 'zaqar_web_bg.js')];
      const { outputFiles } = await build.esbuild.build({ entryPoints, bundle: true, format: 'esm', write: false });
      const [module, exported] = outputFiles[0].text.split(/^export (?=\{)/m);
      if (exported === undefined || / as /.test(exported)) throw new Problem("bindgen's module does not export its own names, and nothing else, at the end.");
      return { contents: `export default function makeGlue() {\n${module}\nreturn ${exported}\n}` };
    });
  },
};

/** Hexadecimal, for what is sent is compressed: by brotli these digits weigh 7 % more than the wasm, base64 29 %. */
const wasmDigits = {
  name: 'wasm-digits',
  setup(build) {
    build.onResolve({ filter: /^zaqar-web-wasm-digits$/ }, ({ path }) => ({ path, namespace: 'wasm-digits' }));
    build.onLoad({ filter: /.*/, namespace: 'wasm-digits' }, async () => ({ contents: await readFile(path.join(pkg, WASM), 'hex'), loader: 'text' }));
  },
};

/** The names of classes, which errors and consoles show. */
function classesOf(code) {
  return [...code.matchAll(/\b(?:var|let|const) ?(\w+) ?= ?class\b/g)].map(([, name]) => name);
}

async function makeModule(name, entry, isMinified, options) {
  const esbuild = await import('esbuild');
  const { minify } = await import('terser');
  const bundled = esbuild.build({
    absWorkingDir: root,
    entryPoints: [path.join('js', entry)],
    outfile: path.join('pkg', name),
    write: false,
    sourcemap: WITHIN.includes(name) ? false : 'external',
    bundle: true,
    // terser shortens names, and keeps those of classes, which errors and consoles show
    minifySyntax: isMinified,
    minifyWhitespace: isMinified,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  // esbuild has already shown the errors, with the lines they are in.
  const { outputFiles } = await bundled.catch(() => Promise.reject(new Problem(`esbuild could not bundle js/${entry}.`)));
  const [map, bundle] = outputFiles.length > 1 ? outputFiles : [undefined, ...outputFiles];
  const isModule = name !== SCRIPT;
  // Node prints the line in which an uncaught error began: not all 60 kB of it. In a page's module breaks would weigh 180 bytes.
  const format = ['shared.js', REQUIRED].includes(name) ? { max_line_len: 500 } : {};
  const compress = { passes: 3, sequences: false, hoist_funs: true, pure_getters: true };
  const sourceMap = map && { content: map.text, includeSources: true, url: `${name}.map` };
  const smaller = isMinified
    ? await minify(bundle.text, { module: isModule, ecma: 2022, mangle: { reserved: classesOf(bundle.text) }, format, compress, sourceMap })
    : { code: bundle.text, map: map?.text };
  await writeFile(path.join(pkg, name), smaller.code);
  if (smaller.map) await writeFile(path.join(pkg, `${name}.map`), smaller.map);
}
