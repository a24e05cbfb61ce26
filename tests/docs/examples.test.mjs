// Every example in README.md, docs/ and the comments of js/api.d.ts is valid against js/api.d.ts.
//
// Each ```js or ```ts block becomes a file of its own: its imports on top, the rest inside an async function, so that it
// may `await`, `return` and declare what it likes. Names that a short example takes for granted are declared in KNOWN.
// TypeScript checks all of them in one run; a complaint is told with the document and line it is about. HTML blocks count
// for the scripts in them.

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { at, cache } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';

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
const EXPORTS = ['connect', 'init', 'endpoints', 'ZaqarError'];

const folder = path.join(cache, 'docs-examples');

/** `{ document, line, code, language }` of each example; `line` is where its code starts. */
let examples;

before(async () => {
  examples = [];
  for (const document of await documents()) examples.push(...blocksOf(document, await readFile(at(document), 'utf8')));
  examples.push(...comments('js/api.d.ts', await readFile(at('js', 'api.d.ts'), 'utf8')));
});

test('every example is valid against the contract', async () => {
  assert.ok(examples.length > 20, `only ${examples.length} examples were found`);
  const complaints = await check(examples);
  assert.deepEqual(complaints, []);
});

test('an example that is not is told with its document and line', async () => {
  const [complaint, ...others] = await check(blocksOf('docs/x.md', '# x\n\n```js\nconst one = 1;\nawait queue.pots({ body: one });\n```\n'));
  assert.match(complaint, /^docs\/x\.md:5: .*'pots'/);
  assert.deepEqual(others, []);
});

test('no document names a place of this machine, or links to a file that is not there', async () => {
  const wrong = [];
  for (const document of await documents()) {
    const text = await readFile(at(document), 'utf8');
    if (/\/(root|home|Users|tmp)\//.test(text)) wrong.push(`${document}: a path of a machine`);
    for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      const file = path.join(path.dirname(document), target);
      await readFile(at(file)).catch(error => error.code === 'EISDIR' || wrong.push(`${document}: ${target}`));
    }
  }
  assert.deepEqual(wrong, []);
});

async function documents() {
  const found = await readdir(at('docs'), { recursive: true });
  return ['README.md', 'CHANGELOG.md', ...found.filter(name => name.endsWith('.md')).map(name => path.join('docs', name)).sort()];
}

function blocksOf(document, text) {
  const blocks = [];
  for (const match of text.matchAll(/^( *)```(js|ts|html)\n([\s\S]*?)^ *```$/gm)) {
    const [whole, indent, language, inside] = match;
    const line = lineOf(text, match.index + whole.indexOf(inside));
    const lines = inside.split('\n').map(each => (each.startsWith(indent) ? each.slice(indent.length) : each)).join('\n');
    if (language === 'html') blocks.push(...scriptsOf(document, lines, line));
    else blocks.push({ document, line, language, code: lines });
  }
  return blocks;
}

function scriptsOf(document, html, first) {
  const scripts = [...html.matchAll(/<script type="module">\n([\s\S]*?)<\/script>/g)];
  return scripts.map(({ 1: code, index }) => ({ document, line: first + lineOf(html, index), language: 'js', code: code.replace(/^ {2}/gm, '') }));
}

/** The `@example` of each doc comment: it reaches to the end of the comment. */
function comments(document, text) {
  return [...text.matchAll(/^ *\* @example\n((?: *\* ?.*\n)*?) *\*\/$/gm)].map(match => ({
    document,
    line: lineOf(text, match.index) + 1,
    language: 'js',
    code: match[1].replace(/^ *\* ?/gm, ''),
  }));
}

function lineOf(text, index) {
  return text.slice(0, index).split('\n').length;
}

/** TypeScript's complaints about these examples, each with the place in its document. */
async function check(examples) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'known.d.ts'), KNOWN);
  await writeFile(path.join(folder, 'node.d.ts'), NODE);
  await Promise.all(examples.map((example, index) => writeFile(path.join(folder, fileOf(example, index)), wrapped(example))));
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom', 'dom.iterable', 'esnext.disposable'],
      types: [], strict: true, noImplicitAny: false, allowJs: true, checkJs: true, noEmit: true, skipLibCheck: true,
      paths: { 'zaqar-web': [at('js', 'api.d.ts')] },
    },
    include: ['*'],
  }));
  const { code, stdout, stderr } = await read(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '--pretty', 'false', '--project', folder], { cwd: folder });
  if (code === 0) return [];
  const complaints = [...stdout.matchAll(/^(?:.*\/)?example-(\d+)\.\w+\((\d+),\d+\): (.*)$/gm)].map(([, index, line, sentence]) => {
    const { document, line: first } = examples[index];
    return `${document}:${first + Number(line) - 3}: ${sentence}`;
  });
  return complaints.length > 0 ? complaints : [stdout + stderr];
}

function fileOf({ language }, index) {
  return `example-${index}.${language}`;
}

/** Two lines before the code, so that lines can be counted back; imports leave theirs empty in the function. */
function wrapped({ code }) {
  const imports = [];
  const rest = code.replace(/^import [^;]*;$/gm, statement => {
    // A page without a bundler imports the package by its address.
    imports.push(statement.replace(/'[^']*(?:zaqar-web|pkg)\/index\.js'/, "'zaqar-web'").replaceAll('\n', ' '));
    return statement.replace(/[^\n]/g, '');
  });
  const given = EXPORTS.filter(name => !imports.some(statement => new RegExp(`\\b${name}\\b`).test(statement)));
  imports.push(`import { ${given.join(', ')} } from 'zaqar-web';`);
  return `${imports.join(' ')}\nexport async function example() {\n${rest}\n}\n`;
}
