// What the package declares: kept to the contract, typed end to end, free of `any`, and not changed without anyone seeing it.

import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { declarations, snapshot, withoutComments } from '../../scripts/api-snapshot.mjs';
import { at, cache, pkg } from '../../scripts/lib/paths.mjs';
import { complaintsAbout } from '../../scripts/lib/typescript.mjs';

test('every name of the contract is there, and is what the contract says', async () => {
  const folder = await folderFor('contract');
  await copyFile(at('tests', 'types', 'contract.d.ts'), path.join(folder, 'contract.d.ts'));
  const names = exported(await readFile(at('tests', 'types', 'contract.d.ts'), 'utf8'));
  assert.ok(names.length > 40, `only ${names.length} names were found`);
  await writeFile(path.join(folder, 'kept.ts'), KEPT + names.map(keeps).join('\n'));
  assert.deepEqual(await complaintsAbout(folder), []);
});

test('a declaration that strays from the contract is noticed', async () => {
  const folder = await folderFor('strayed');
  await copyFile(at('tests', 'types', 'contract.d.ts'), path.join(folder, 'contract.d.ts'));
  const strayed = (await readFile(path.join(pkg, 'index.d.ts'), 'utf8')).replace('pop(count?: number', 'pop(count: string');
  await writeFile(path.join(folder, 'strayed.d.ts'), strayed);
  await writeFile(path.join(folder, 'kept.ts'), KEPT.replace('zaqar-web', './strayed.js') + keeps(['interface', 'Queue', '']));
  const complaints = await complaintsAbout(folder);
  assert.match(complaints[0] ?? '', /kept\.ts.*Queue/);
});

test('a body is typed from the post to every way of reading', async () => {
  const folder = await folderFor('bodies');
  await copyFile(at('tests', 'types', 'bodies.ts'), path.join(folder, 'bodies.ts'));
  assert.deepEqual(await complaintsAbout(folder, { options: { noUncheckedIndexedAccess: true } }), []);
});

test('nothing is any, neither in the declarations nor in the facade behind them', async () => {
  const sources = (await readdir(at('js'), { recursive: true })).filter(name => /(?<!\.generated)\.ts$/.test(name));
  assert.ok(sources.length > 20, `only ${sources.length} files were found`);
  const wrong = [];
  for (const name of sources) {
    const code = withoutComments(await readFile(at('js', name), 'utf8'));
    wrong.push(...code.split('\n').filter(line => /[:<|&(,] *any\b|\bas any\b/.test(line)).map(line => `${name}: ${line.trim()}`));
  }
  assert.deepEqual(wrong, []);
});

test('the API is that of the snapshot', async () => {
  const [now, then] = [await declarations(), await readFile(snapshot, 'utf8')].map(text => text.split('\n'));
  const changes = [...then.filter(line => !now.includes(line)).map(line => `- ${line}`), ...now.filter(line => !then.includes(line)).map(line => `+ ${line}`)];
  assert.deepEqual(now, then, `The API has changed. If that is meant, run \`npm run build && npm run api\`, add a line to CHANGELOG.md, and commit both.\n${changes.join('\n')}`);
});

const KEPT = `import type * as Contract from './contract.js';
import type * as Shipped from 'zaqar-web';
type Kept<Promised, Given extends Promised> = Given;
`;

/** \`[kind, name, parameters]\` of each. */
function exported(text) {
  return [...text.matchAll(/^export (function|interface|type|class) (\w+)(<\w+>)?/gm)].map(match => match.slice(1));
}

/** A line that compiles if what the package ships under this name is what the contract promises. */
function keeps([kind, name, parameters]) {
  if (kind === 'function') return `export type ${name} = Kept<typeof Contract.${name}, typeof Shipped.${name}>;`;
  const given = parameters ? '<Contract.Json>' : '';
  const type = `export type ${name} = Kept<Contract.${name}${given}, Shipped.${name}${given}>;`;
  // What an application gives must be taken as well as the contract takes it.
  const taken = /Options$|^New|^Token$|^Json$/.test(name) ? `\nexport type ${name}Taken = Kept<Shipped.${name}, Contract.${name}>;` : '';
  return kind === 'class' ? `${type}\nexport type ${name}Class = Kept<typeof Contract.${name}, typeof Shipped.${name}>;` : type + taken;
}

async function folderFor(name) {
  const folder = path.join(cache, 'types', name);
  await mkdir(folder, { recursive: true });
  return folder;
}
