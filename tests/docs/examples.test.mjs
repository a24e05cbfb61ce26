// Every example in README.md, docs/ and the comments of js/api.d.ts is valid against the declarations that the package ships.
// tests/e2e/examples.test.mjs runs them.
//
// Each ```js or ```ts block becomes a file of its own: its imports on top, the rest inside an async function, so that it
// may `await`, `return` and declare what it likes. Names that a short example takes for granted are declared in KNOWN.
// TypeScript checks all of them in one run; a complaint is told with the document and line it is about. HTML blocks count
// for the modules in them.

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { cache } from '../../scripts/lib/paths.mjs';
import { complaintsAbout } from '../../scripts/lib/typescript.mjs';
import { blocksOf, examples, importsApart } from './blocks.mjs';

/** What a short example may use without saying where it comes from. */
const KNOWN = `
import type { CatalogEntry, Client, Json, Message, Notification, Queue, SignedUrl } from 'zaqar-web';
declare global {
  const client: Client;
  const queue: Queue;
  const orders: Queue;
  const websocket: string;
  const rest: string;
  const projectId: string;
  const token: string;
  const catalog: CatalogEntry[];
  const signedUrl: SignedUrl;
  const controller: AbortController;
  const signal: AbortSignal;
  const error: unknown;
  const order: Json;
  function show(...values: unknown[]): void;
  function work(body: Json, signal?: AbortSignal): Promise<void>;
  function lookWhetherItIsThere(order: Json): Promise<void>;
  function retryLater(order: Json): void;
  function tell(sentence: string): void;
}
`;

/** What examples for Node import besides. Node's own types are no dependency of this project. */
const NODE = `
declare module 'node:fs/promises' {
  export function readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
}
declare module 'node:module' {
  export function createRequire(url: string): { resolve(name: string): string };
}
declare module 'ws' {
  class Socket extends WebSocket {
    on(type: string, listener: (event: unknown) => void): this;
  }
  export { Socket as WebSocket };
}
`;

/** Names that api.d.ts gives, for examples that do not import them. */
const EXPORTS = ['connect', 'init', 'endpoints', 'version', 'ZaqarError'];

const folder = path.join(cache, 'docs-examples');

test('every example is valid against the contract', async () => {
  const all = (await examples()).filter(({ language }) => language !== 'html');
  assert.ok(all.length > 40, `only ${all.length} examples were found`);
  assert.deepEqual(await check(all), []);
});

test('an example that is not is told with its document and line', async () => {
  const [complaint, ...others] = await check(blocksOf('docs/x.md', '# x\n\n```js\nconst one = 1;\nawait queue.pots({ body: one });\n```\n'));
  assert.match(complaint, /^docs\/x\.md:5: .*'pots'/);
  assert.deepEqual(others, []);
});

/** TypeScript's complaints about these examples, each with the place in its document. */
async function check(examples) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'known.d.ts'), KNOWN);
  await writeFile(path.join(folder, 'node.d.ts'), NODE);
  await Promise.all(examples.map((example, index) => writeFile(path.join(folder, fileOf(example, index)), wrapped(example))));
  const options = { noImplicitAny: false, exactOptionalPropertyTypes: false, allowJs: true, checkJs: true, skipLibCheck: true };
  return (await complaintsAbout(folder, { options })).map(complaint => {
    const [, index, line, sentence] = /(?:^|\/)example-(\d+)\.\w+\((\d+),\d+\): (.*)$/.exec(complaint) ?? [];
    if (index === undefined) return complaint;
    const { document, line: first } = examples[index];
    return `${document}:${first + Number(line) - 3}: ${sentence}`;
  });
}

function fileOf({ language }, index) {
  return `example-${index}.${language}`;
}

/** Two lines before the code, so that lines can be counted back. */
function wrapped({ code }) {
  const { imports, rest } = importsApart(code, 'zaqar-web');
  const given = EXPORTS.filter(name => !imports.some(statement => new RegExp(`\\b${name}\\b`).test(statement)));
  imports.push(`import { ${given.join(', ')} } from 'zaqar-web';`);
  return `${imports.join(' ')}\nexport async function example() {\n${rest}\n}\n`;
}
