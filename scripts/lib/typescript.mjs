// TypeScript's complaints about a folder of files that use the package by its name, as an application with strict settings would.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { at, pkg } from './paths.mjs';
import { read } from './run.mjs';

/**
 * Checks all in `folder`, where the settings are written; resolves to a complaint a line, each `file(line,column): …`. `options`
 * are the compiler's, beside the strict ones.
 */
export async function complaintsAbout(folder, { options = {}, files } = {}) {
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'],
      types: [], strict: true, exactOptionalPropertyTypes: true, noEmit: true,
      paths: { 'zaqar-web': [path.join(pkg, 'index.d.ts')], 'zaqar-web/*': [path.join(pkg, '*.d.ts')] },
      ...options,
    },
    ...(files ? { files } : { include: ['*'] }),
  }));
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc');
  const { code, stdout, stderr } = await read(process.execPath, [tsc, '--pretty', 'false', '--project', folder], { cwd: folder });
  const lines = `${stdout}${stderr}`.split('\n').filter(line => line.trim() !== '');
  return code === 0 ? [] : lines.length > 0 ? lines : [`tsc ended with ${code}`];
}
