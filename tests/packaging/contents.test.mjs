// What is in the tarball: the files that are meant to be, types and exports that tools understand, modules that do nothing until
// they are asked to and vanish from a bundle that does not use them.

import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { at } from '../../scripts/lib/paths.mjs';
import { complaintsAbout } from '../../scripts/lib/typescript.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { openWorkshop } from './lib/workshop.mjs';

const ENTRIES = ['zaqar-web', 'zaqar-web/inline', 'zaqar-web/slim'];

let workshop;
before(async () => (workshop = await openWorkshop()));
after(() => workshop?.clear());

const tool = async (...parts) => import(pathToFileURL(workshop.tool(...parts)));

test('the files are those of files.txt', async () => {
  const expected = (await readFile(new URL('files.txt', import.meta.url), 'utf8')).trim().split('\n');
  assert.deepEqual(workshop.files, expected);
});

test('what has not been built is not packed', async () => {
  const { folder } = await workshop.project('unbuilt', []);
  for (const part of ['package.json', '.npmrc', 'README.md', 'scripts']) await cp(at(part), path.join(folder, part), { recursive: true });
  const { code, stderr } = await read('npm', ['run', 'package', '--', '--dry-run'], { cwd: folder });
  assert.notEqual(code, 0);
  assert.match(stderr, /^There is no \.\/pkg\/index\.d\.ts, so the package is not built: run `npm run build`, then pack it\.$/m);
  await cp(at('pkg'), path.join(folder, 'pkg'), { recursive: true });
  assert.equal((await read('npm', ['run', 'package', '--', '--dry-run'], { cwd: folder })).code, 0);
});

test('publint has nothing to say', async () => {
  const { publint } = await tool('publint', 'src', 'index-node.js');
  const tarball = await readFile(workshop.tarball);
  const { messages } = await publint({ pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) }, strict: true });
  assert.deepEqual(messages, []);
});

test('are-the-types-wrong finds nothing wrong for those who import and those who require', async () => {
  // Tools that know no exports are left out: node10 is TypeScript's name for them.
  const attw = workshop.tool('@arethetypeswrong', 'cli', 'dist', 'index.js');
  const { code, stdout, stderr } = await read(process.execPath, [attw, workshop.tarball, '--profile', 'node16', '--no-color']);
  assert.equal(code, 0, stdout + stderr);
});

for (const [moduleResolution, module, file] of [['bundler', 'esnext', 'entries.ts'], ['nodenext', 'nodenext', 'entries.ts'], ['nodenext', 'nodenext', 'required.cts']]) {
  test(`${file} has the types of each entry with moduleResolution ${moduleResolution}`, async () => {
    const { folder } = await workshop.project(`types-${moduleResolution}-${file}`, ['types']);
    assert.deepEqual(await complaintsAbout(folder, { options: { module, moduleResolution, paths: {} }, files: [file] }), []);
  });
}

test('an import that is not used leaves nothing in a bundle', async () => {
  const { folder, write } = await workshop.project('unused', []);
  for (const [index, entry] of ENTRIES.entries()) await write(`${index}.js`, `import '${entry}';\nimport { connect, init, ZaqarError } from '${entry}';\n`);
  const files = ENTRIES.map((_, index) => path.join(folder, `${index}.js`));
  const { build } = await tool('esbuild', 'lib', 'main.js');
  const { outputFiles } = await build({ entryPoints: files, bundle: true, format: 'esm', minify: true, write: false, outdir: folder, logLevel: 'silent' });
  assert.deepEqual(outputFiles.map(file => file.text.trim()), ['', '', '']);
  const [{ rollup }, { default: resolve }] = [await tool('rollup', 'dist', 'es', 'rollup.js'), await tool('@rollup', 'plugin-node-resolve', 'dist', 'es', 'index.js')];
  for (const file of files) {
    const bundle = await rollup({ input: file, plugins: [resolve({ browser: true })], onwarn: () => {} });
    const { output } = await bundle.generate({ format: 'es' });
    assert.deepEqual(output.map(chunk => chunk.code.trim()), ['']);
  }
});

test('no entry awaits at its top, so it can be part of a classic script', async () => {
  const { folder } = await workshop.project('classic', []);
  const { build } = await tool('esbuild', 'lib', 'main.js');
  for (const entry of ENTRIES) {
    const stdin = { contents: `export * from '${entry}'`, resolveDir: folder };
    await build({ stdin, bundle: true, format: 'iife', write: false, logLevel: 'silent' });
  }
});
